// SPDX-License-Identifier: MIT
#include "net/routes.hpp"

#include "net/path_text.hpp"

namespace logos::net {
namespace {

constexpr std::string_view reading = "GET, HEAD";
constexpr std::string_view submitting = "POST, GET, PUT, PATCH, DELETE"; // a HEAD has no answer to be kept

bool is_reading(std::string_view method) { return method == "GET" || method == "HEAD"; }

/// Length of the part of `path` that spells `prefix` after one decoding; npos when it does not.
std::size_t spelled(std::string_view path, std::string_view prefix) {
  std::size_t at = 0;
  for (const char expected : prefix) {
    if (at >= path.size()) return std::string_view::npos;
    const auto got = decode_at(path, at);
    // A slash that was encoded is data, not structure.
    if (got.byte != static_cast<unsigned char>(expected) || (expected == '/' && got.length != 1))
      return std::string_view::npos;
    at += got.length;
  }
  return at;
}

/// Takes `prefix` off `path`.
bool take(std::string_view& path, std::string_view prefix) {
  const auto length = spelled(path, prefix);
  if (length == std::string_view::npos) return false;
  path.remove_prefix(length);
  return true;
}

bool is_exactly(std::string_view path, std::string_view text) {
  return take(path, text) && (path.empty() || path == "/");
}

bool has_encoded_slash(std::string_view path) {
  for (std::size_t i = 0; i < path.size();) {
    const auto got = decode_at(path, i);
    if (got.length == 3 && got.byte == '/') return true;
    i += got.length;
  }
  return false;
}

route_match open_to_all(route to) { return {.to = to, .allow = reading, .needs_key = false}; }

route_match any_method(route to, std::string_view rest) { return {.to = to, .rest = rest}; }

/// What stands below /v1/ and /openai/.
route_match below_inference(std::string_view method, std::string_view rest, bool v1) {
  if (is_exactly(rest, "models")) {
    // Azure's clients and OpenAI's create nothing here; a POST is a mistake, not something to relay.
    return {.to = route::models_list, .allow = reading};
  }
  if (auto id = rest; take(id, "models/") && is_reading(method))
    return {.to = route::model_one, .rest = id, .allow = reading};
  if (v1 && is_exactly(rest, "feedback")) return {.to = route::feedback, .allow = "POST"};
  if (auto name = rest; !v1 && take(name, "deployments/")) {
    const auto slash = name.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == name.size()) return {};
    return {.to = route::inference, .rest = name.substr(slash + 1), .deployment = name.substr(0, slash)};
  }
  if (rest.empty()) return {};
  return any_method(route::inference, rest);
}

route_match below_jobs(std::string_view rest) {
  for (const std::string_view prefix : {"v1/", "openai/"})
    if (auto path = rest; take(path, prefix))
      return path.empty() ? route_match{} : route_match{.to = route::job_submit, .rest = path, .allow = submitting};
  if (rest.find('/') != std::string_view::npos) return {};
  return {.to = route::job_one, .rest = rest, .allow = "GET, HEAD, DELETE"};
}

route_match find(std::string_view method, std::string_view path) {
  if (auto rest = path; take(rest, "/v1/")) return below_inference(method, rest, true);
  if (auto rest = path; take(rest, "/openai/")) {
    // Azure's newer clients send /openai/v1/…
    const bool v1 = take(rest, "v1/");
    return below_inference(method, rest, v1);
  }
  if (is_exactly(path, "/jobs")) return {.to = route::jobs_list, .allow = reading};
  if (auto rest = path; take(rest, "/jobs/")) return below_jobs(rest);
  if (auto rest = path; take(rest, "/admin/v1/"))
    return has_encoded_slash(rest.substr(0, rest.find('/'))) ? route_match{.bad_path = true}
                                                             : any_method(route::admin, rest);
  if (auto rest = path; take(rest, "/logosdb/")) {
    auto match = any_method(route::logosdb, rest);
    match.needs_key = !is_exactly(rest, "setup"); // it makes no key any more, and says so
    match.key_in_body = match.needs_key;
    return match;
  }
  for (const std::string_view text : {"/extras/tokenize", "/extras/tokenize/count", "/extras/detokenize"})
    if (is_exactly(path, text)) return {.to = route::extras, .allow = "POST"};
  if (is_exactly(path, "/health")) return open_to_all(route::health);
  if (is_exactly(path, "/ready")) return open_to_all(route::ready);
  if (is_exactly(path, "/docs")) return open_to_all(route::docs);
  if (is_exactly(path, "/openapi.json")) return open_to_all(route::openapi_json);
  if (is_exactly(path, "/forward_host")) return open_to_all(route::forward_host);
  if (is_exactly(path, "/metrics")) return {.to = route::metrics, .allow = reading};
  if (path == "/" || is_exactly(path, "/index.html") || is_exactly(path, "/favicon.ico") ||
      is_exactly(path, "/console"))
    return open_to_all(route::console);
  for (const std::string_view prefix : {"/console/", "/assets/"})
    if (auto rest = path; take(rest, prefix)) {
      auto match = open_to_all(route::console);
      match.rest = rest;
      return match;
    }
  return {};
}

/// `method` is one of the comma-separated words in `allow`.
bool lists(std::string_view allow, std::string_view method) {
  while (!allow.empty()) {
    const auto comma = allow.find(',');
    if (allow.substr(0, comma) == method) return true;
    if (comma == std::string_view::npos) return false;
    allow.remove_prefix(comma + 2);
  }
  return false;
}

} // namespace

route_match classify(std::string_view method, std::string_view path, bool preflight) {
  if (method == "OPTIONS" && preflight) return {.to = route::preflight, .needs_key = false};
  if (path.empty() || path.front() != '/' || !safe_path(path)) return {.bad_path = true};
  auto match = find(method, path);
  if (match.to == route::unknown) {
    match.needs_key = false;
    return match;
  }
  match.method_allowed = match.allow.empty() || lists(match.allow, method);
  return match;
}

} // namespace logos::net
