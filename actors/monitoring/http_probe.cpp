// SPDX-License-Identifier: MIT
#include "actors/monitoring/http_probe.hpp"

#include "net/fetch.hpp"
#include "net/io_thread.hpp"
#include "net/secret_mask.hpp"

#include <charconv>
#include <utility>

namespace logos::monitoring {
namespace {

constexpr std::string_view openai_prefix = "/v1/";
constexpr std::size_t most_body_bytes = 4 << 20; // lists of several thousand models

std::shared_ptr<const net::upstream_target> target_at(const net::endpoint_address& address,
                                                      const net::upstream_target* like) {
  net::upstream_target target;
  if (like != nullptr) target = *like; // keeps what is said about certificates
  target.host = address.host;
  target.tls = address.tls;
  std::from_chars(address.port.data(), address.port.data() + address.port.size(), target.port);
  return std::make_shared<const net::upstream_target>(std::move(target));
}

/// What an error says may be told: not the key that it was asked with.
probe_answer answer_of(net::fetch_result got, std::string_view secret) {
  if (!got) return {0, {}, got.error().code, got.error().message};
  if (got->status >= 300) net::mask_secret(got->body, secret);
  return {got->status, std::move(got->body), core::ec::none, {}};
}

} // namespace

http_probe::http_probe(net::io_thread_ptr io, std::chrono::milliseconds timeout)
    : io_{std::move(io)},
      timeout_{timeout} {}

std::unique_ptr<http_probe> http_probe::make(net::io_thread_ptr io, const catalog::provider& of,
                                             std::chrono::milliseconds timeout) {
  net::deployment_settings settings;
  settings.type = of.type;
  settings.base_url = of.base_url;
  settings.api_key = of.api_key;
  settings.auth_header = of.auth_header;
  settings.auth_format = of.auth_format;
  settings.api_version = of.api_version;
  auto route = net::route_of(settings);
  auto native = net::parse_base_url(of.admin_url.empty() ? of.base_url : of.admin_url);
  if (!route || !native) return nullptr;
  std::unique_ptr<http_probe> made{new http_probe{std::move(io), timeout}};
  made->secret_ = of.api_key;
  made->route_ = std::move(*route);
  made->target_ = of.target ? of.target : target_at(made->route_.address, nullptr);
  made->native_target_ =
      of.admin_url.empty() ? made->target_ : target_at(native->address, of.target ? of.target.get() : nullptr);
  made->native_prefix_ = native->path;
  const auto& host = native->address.host;
  made->native_headers_ = "Host: " + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
                          native->address.port + "\r\n" + made->route_.auth_line + "Accept-Encoding: identity\r\n";
  return made;
}

void http_probe::fetch(std::string path, std::function<void(probe_answer)> done) {
  auto head = head_for(path);
  if (head.empty())
    return done({0, {}, core::ec::bad_field, "The provider's settings do not allow to ask for " + path + "."});
  const bool native = !path.starts_with(openai_prefix);
  net::fetch(*io_, native ? native_target_ : target_, std::move(head), {}, timeout_, most_body_bytes,
             [done = std::move(done), key = secret_](net::fetch_result got) { done(answer_of(std::move(got), key)); });
}

void http_probe::post(std::string path, std::string body, std::chrono::milliseconds at_most,
                      std::function<void(probe_answer)> done) {
  auto head = "POST " + native_prefix_ + path + " HTTP/1.1\r\n" + native_headers_ +
              "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  net::fetch(*io_, native_target_, std::move(head), std::move(body), at_most, most_body_bytes,
             [done = std::move(done), key = secret_](net::fetch_result got) { done(answer_of(std::move(got), key)); });
}

std::string http_probe::head_for(const std::string& path) const {
  if (!path.starts_with(openai_prefix))
    return "GET " + native_prefix_ + path + " HTTP/1.1\r\n" + native_headers_ + "\r\n";
  net::client_request wish;
  wish.method = "GET";
  wish.path = std::string_view{path}.substr(openai_prefix.size());
  const auto request = net::build(route_, wish);
  if (!request) return {};
  return "GET " + request->target + " HTTP/1.1\r\n" + request->header_lines + "\r\n";
}

} // namespace logos::monitoring
