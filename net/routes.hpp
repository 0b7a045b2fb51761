// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string_view>

namespace logos::net {

enum class route : std::uint8_t {
  inference,    // /v1/{rest}, /openai/{rest}, /openai/deployments/{name}/{rest}
  models_list,  // /v1/models, /openai/models
  model_one,    // /v1/models/{rest}
  feedback,     // /v1/feedback
  job_submit,   // /jobs/v1/{rest}, /jobs/openai/{rest}
  jobs_list,    // /jobs
  job_one,      // /jobs/{rest}
  health,       // /health
  ready,        // /ready
  metrics,      // /metrics
  docs,         // /docs
  openapi_json, // /openapi.json
  admin,        // /admin/v1/{rest}
  logosdb,      // /logosdb/{rest}
  forward_host, // /forward_host
  extras,       // /extras/tokenize, /extras/tokenize/count, /extras/detokenize
  console,      // / and its static files
  preflight,    // OPTIONS with a CORS request
  unknown       // 404
};

/// What a request line asks for. Views point into the path that was classified, still percent-encoded.
struct route_match {
  route to = route::unknown;
  std::string_view rest{};       // what the route's pattern names {rest}
  std::string_view deployment{}; // {name} of /openai/deployments/{name}/…, still percent-encoded
  /// Methods for the `Allow` header of a 405; empty when any method goes.
  std::string_view allow{};
  bool method_allowed = true;
  bool needs_key = true;
  bool key_in_body = false; // the key may stand in the JSON body, as `logos_key`
  /// The path cannot be served safely: `..`, an encoded slash or NUL in a fixed part, control bytes. Answer 400.
  bool bad_path = false;
};

/// Finds the route of `path` (the request target up to `?`). `preflight`: the request carries
/// Access-Control-Request-Method.
route_match classify(std::string_view method, std::string_view path, bool preflight = false);

} // namespace logos::net
