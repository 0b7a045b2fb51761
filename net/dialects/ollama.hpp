// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/time.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Ollama's native API, as far as the MONITOR and the residency planner use it. Clients never reach it.
namespace logos::net::ollama {

inline constexpr std::string_view loaded_models_path = "/api/ps";
inline constexpr std::string_view known_models_path = "/api/tags";
inline constexpr std::string_view version_path = "/api/version";
inline constexpr std::string_view generate_path = "/api/generate";
inline constexpr std::string_view embed_path = "/api/embed";

/// A model in memory, from /api/ps.
struct loaded_model {
  std::string name;
  std::int64_t size_bytes = 0;
  std::int64_t size_vram_bytes = 0;
  core::wall_time expires_at{};    // 1970 when it is missing or unreadable
  std::int64_t context_length = 0; // 0 when the server does not say
};

/// A model on disk, from /api/tags.
struct known_model {
  std::string name;
  std::int64_t size_bytes = 0;
};

/// These fail with ec::upstream_protocol on an answer that is not what Ollama sends.
boost::system::result<std::vector<loaded_model>, core::failure> parse_loaded_models(std::string_view json);
boost::system::result<std::vector<known_model>, core::failure> parse_known_models(std::string_view json);
boost::system::result<std::string, core::failure> parse_version(std::string_view json);

/// Bodies for generate_path: load `model` and keep it for `keep_alive_s` seconds; unload it.
std::string load_body(std::string_view model, std::int64_t keep_alive_s);
std::string unload_body(std::string_view model);
/// The same for embed_path, which loads every model; generate_path loads none that only embeds.
std::string embedder_load_body(std::string_view model, std::int64_t keep_alive_s);

/// What Ollama says of a failure (`{"error":"…"}`); empty for anything else.
std::string parse_error(std::string_view json);
/// Whether that is how generate_path refuses a model that only embeds.
bool only_embeds(int status, std::string_view json);

/// A model's name as Ollama compares it: in small letters, without the host and the library that it assumes, with its
/// tag. `gemma3`, `Gemma3:latest` and `library/gemma3`, with a host before it or not, are one model.
std::string canonical(std::string_view model);
inline bool same_model(std::string_view a, std::string_view b) { return a == b || canonical(a) == canonical(b); }

/// RFC 3339 with any number of fractional digits and any offset.
core::wall_time parse_timestamp(std::string_view text);

} // namespace logos::net::ollama
