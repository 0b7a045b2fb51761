// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/endpoint.hpp"
#include "core/error.hpp"
#include "core/vocabulary.hpp"
#include "net/exchange.hpp"
#include "net/json_look.hpp"
#include "net/multipart_look.hpp"
#include "net/routes.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logos::ingress {

enum class body_kind : std::uint8_t { none, json, multipart, opaque };

/// What a client wants of a model, read from its request. Views point into the request.
struct intent {
  net::route_match route;
  endpoint at = endpoint::other; // what the path is for
  bool reads = false;            // asks for what is there already: uses no tokens
  body_kind body = body_kind::none;
  net::json_look json;           // if body is json
  net::multipart_look multipart; // if body is multipart
  std::string model;             // as asked for; empty: the CLASSIFIER chooses
  bool model_in_path = false;    // as Google's API names it (model_path.hpp)
  bool stream = false;
  std::optional<core::priority> priority;
  core::traffic_mode mode = core::traffic_mode::interactive;
  std::optional<std::chrono::milliseconds> patience; // how long it may queue
  std::string_view dataset;
  std::string_view metadata;       // JSON
  std::string_view provider;       // the client insists on this provider
  std::uint32_t tokens = 0;        // estimate, prompt and answer
  std::uint32_t prompt_tokens = 0; // of them
};

/// Reads the intent of an inference request. Fails with what to tell the client; nothing of what the gateway does not
/// read is judged. `looker` belongs to the calling thread.
boost::system::result<intent, core::failure> read_intent(const net::request_view& request,
                                                         const net::route_match& route, net::json_looker& looker);

/// The Logos key that a request carries: `logos_key`, `logos-key`, `Authorization` (with or without Bearer), or where
/// the clients of Azure and Anthropic put theirs, `api-key` and `x-api-key`. Empty: none.
std::string_view find_key(const net::request_view& request);

/// An id in a header, e.g. `use_profile`: nothing when it is not a positive integer.
std::optional<std::int64_t> parse_id(std::string_view text);

/// Percent-decodes; nothing when the encoding is broken or hides a control byte.
std::optional<std::string> percent_decode(std::string_view text);

} // namespace logos::ingress
