// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <string>
#include <string_view>

/// Paths of Google's own API name the model: `models/NAME:generateContent`, also below others
/// (`projects/…/models/NAME:generateContent`).
namespace logos::ingress {

/// What such a path says. Views into it, still percent-encoded.
struct model_path {
  std::string_view name;
  std::string_view method; // without the colon
};
/// Of what is POSTed to, below /v1/. Nothing: it names no model.
std::optional<model_path> read_model_path(std::string_view rest);

/// Whether somebody who reads paths leniently (encoded slashes and colons, capitals, empty segments, parameters) may
/// find a model, a tuned model or an endpoint named in this one. What `read_model_path` reads is among it.
bool resembles_model_path(std::string_view rest);

/// Whether the provider sends the answer as events, and not as one list.
bool streams_events(const model_path& to, std::string_view query);

/// As providers may list a model that such paths name without its beginning: `models/NAME`.
inline constexpr std::string_view listed_below = "models/";
/// Such a path with the name by which the provider knows the model.
std::string with_model(std::string_view rest, std::string_view upstream_name);

} // namespace logos::ingress
