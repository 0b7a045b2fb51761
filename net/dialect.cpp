// SPDX-License-Identifier: MIT
#include "net/dialect.hpp"

#include "net/dialects/dialects.hpp"
#include "net/header_policy.hpp"
#include "net/path_text.hpp"

#include <algorithm>
#include <charconv>

namespace logos::net {
namespace {

using core::ec;
using core::failure;
using core::provider_type;
constexpr std::size_t npos = std::string_view::npos;

failure wrong_url(std::string_view why) {
  return {ec::bad_field, std::string{"The URL "}.append(why).append("."), "base_url"};
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_v6_address(std::string_view host) {
  return host.find(':') != npos && host.find_first_not_of("0123456789abcdefABCDEF:.") == npos;
}

/// Host and port of `authority`; false when it is not one.
bool read_authority(std::string_view authority, endpoint_address& into) {
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == npos) return false;
    into.host = authority.substr(1, close - 1);
    if (!is_v6_address(into.host)) return false;
    authority.remove_prefix(close + 1);
    if (!authority.empty() && authority.front() != ':') return false;
    if (!authority.empty()) port = authority.substr(1);
  } else {
    const auto colon = authority.find(':');
    into.host = authority.substr(0, colon);
    if (!is_host_name(into.host)) return false;
    if (colon != npos) port = authority.substr(colon + 1);
  }
  if (port.empty()) {
    into.port = into.tls ? "443" : "80";
    return true;
  }
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || stop != port.data() + port.size() || number == 0 || number > 65535) return false;
  into.port = std::to_string(number);
  return true;
}

std::string host_header_of(const endpoint_address& address) {
  auto host = address.host.find(':') == npos ? address.host : "[" + address.host + "]";
  if (address.port != (address.tls ? "443" : "80")) host.append(":").append(address.port);
  return host;
}

std::optional<failure> shape_credentials(deployment_route& route, const deployment_settings& settings) {
  const bool azure = settings.type == provider_type::azure;
  const bool anthropic = settings.type == provider_type::anthropic;
  auto name = settings.auth_header;
  auto format = settings.auth_format;
  if (name.empty()) name = azure ? "api-key" : anthropic ? "x-api-key" : "Authorization";
  if (format.empty()) format = equal_names(name, "Authorization") ? "Bearer {}" : "{}";
  if (!valid_header_name(name)) return failure{ec::bad_field, "'" + name + "' is not a header name.", "auth.header"};
  const auto slot = format.find("{}");
  if (slot == npos || !valid_header_value(format))
    return failure{ec::bad_field, "The format must contain {} where the key goes, and no control characters.",
                   "auth.format"};
  if (!valid_header_value(settings.api_key))
    return failure{ec::bad_field, "The provider's key contains a line end or another control character.", "api_key"};
  if (settings.api_key.empty()) return std::nullopt;
  route.auth_line = name + ": " + format.replace(slot, 2, settings.api_key) + "\r\n";
  route.auth_name = std::move(name);
  return std::nullopt;
}

/// An endpoint of its own takes the place of the path, or of the whole URL. Azure's is read by its dialect.
std::optional<failure> shape_endpoint(deployment_route& route, const base_url& base,
                                      const deployment_settings& settings) {
  const std::string_view endpoint = settings.endpoint;
  if (endpoint.empty() || settings.type == provider_type::azure) return std::nullopt;
  if (endpoint.starts_with("http://") || endpoint.starts_with("https://")) {
    auto whole = parse_base_url(endpoint);
    if (!whole) return failure{ec::bad_field, whole.error().message, "endpoint"};
    route.address = whole->address;
    route.fixed_path = dialects::path_of(*whole, settings) + (whole->versioned ? "/v1" : "");
    route.fixed_query = whole->query;
  } else {
    const auto query = endpoint.find('?');
    auto path = endpoint.substr(0, query);
    while (path.starts_with('/'))
      path.remove_prefix(1);
    route.fixed_path = dialects::path_of(base, settings) + "/" + std::string{path};
    if (query != npos) route.fixed_query = endpoint.substr(query + 1);
  }
  if (route.fixed_path.empty()) route.fixed_path = "/";
  if (!safe_path(route.fixed_path) || !safe_query(route.fixed_query))
    return failure{ec::bad_field, "The endpoint has a path segment or a byte that is not allowed.", "endpoint"};
  return std::nullopt;
}

std::optional<failure> shape_paths(deployment_route& route, const base_url& base, const deployment_settings& settings) {
  switch (settings.type) {
  case provider_type::azure: return dialects::shape_azure(route, base, settings);
  case provider_type::ollama: return dialects::shape_ollama(route, base, settings);
  default: return dialects::shape_openai(route, base, settings);
  }
}

} // namespace

std::string dialects::path_of(const base_url& base, const deployment_settings& settings) {
  constexpr std::string_view slot = "{model}";
  auto path = base.path;
  if (path.find(slot) == npos) return path;
  std::string encoded;
  append_encoded(encoded, settings.upstream_model);
  for (auto at = path.find(slot); at != npos; at = path.find(slot, at + encoded.size()))
    path.replace(at, slot.size(), encoded);
  return path;
}

boost::system::result<base_url, failure> parse_base_url(std::string_view text) {
  base_url url;
  if (equal_names(text.substr(0, 8), "https://"))
    url.address.tls = true;
  else if (!equal_names(text.substr(0, 7), "http://"))
    return wrong_url("must begin with http:// or https://");
  text.remove_prefix(url.address.tls ? 8 : 7);
  const auto authority = text.substr(0, text.find_first_of("/?#"));
  if (authority.find('@') != npos) return wrong_url("must not contain a user or password; use api_key and auth");
  if (!read_authority(authority, url.address)) return wrong_url("has no valid host and port");
  text.remove_prefix(authority.size());
  const auto question = text.find('?');
  auto path = text.substr(0, question);
  if (question != npos) url.query = text.substr(question + 1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (path.ends_with("/v1")) {
    path.remove_suffix(3);
    url.versioned = true;
    while (path.ends_with('/'))
      path.remove_suffix(1);
  }
  if (!safe_path(path) || !safe_query(url.query)) return wrong_url("has a path segment or a byte that is not allowed");
  url.path = path;
  return url;
}

boost::system::result<deployment_route, failure> route_of(const deployment_settings& settings) {
  auto base = parse_base_url(settings.base_url);
  if (!base) return base.error();
  if (base->path.find("{model}") != npos && settings.upstream_model.find_first_not_of('.') == std::string::npos)
    return failure{ec::bad_field, "{model} in the URL needs a model name.", "upstream"};
  deployment_route route;
  route.type = settings.type;
  route.address = base->address;
  if (settings.type != provider_type::azure) route.fixed_query = base->query;
  if (auto problem = shape_paths(route, *base, settings)) return std::move(*problem);
  if (auto problem = shape_endpoint(route, *base, settings)) return std::move(*problem);
  if (auto problem = shape_credentials(route, settings)) return std::move(*problem);
  route.host_header = host_header_of(route.address);
  return route;
}

boost::system::result<upstream_request, failure> build(const deployment_route& route, const client_request& request) {
  auto cleaned = request;
  while (cleaned.path.starts_with('/'))
    cleaned.path.remove_prefix(1);
  if (!safe_path(cleaned.path)) return failure{ec::bad_request, "The path has a segment or byte that is not allowed."};
  if (!safe_query(cleaned.query)) return failure{ec::bad_request, "The query has a byte that is not allowed."};
  upstream_request out;
  out.target = route.type == provider_type::azure ? dialects::azure_target(route, cleaned)
                                                  : dialects::openai_target(route, cleaned);
  auto& lines = out.header_lines;
  lines.reserve(512);
  lines.append("Host: ").append(route.host_header).append("\r\n");
  lines += route.auth_line;
  // Usage is read in passing, so the answer must not be compressed.
  lines += "Accept-Encoding: identity\r\n";
  append_forwarded_headers(lines, request.headers, route.auth_name, request.own_credentials);
  return out;
}

} // namespace logos::net
