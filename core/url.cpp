// SPDX-License-Identifier: MIT
#include "core/url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>

namespace logos::core {
namespace {

failure refused(std::string why) { return {ec::bad_field, std::move(why), "url"}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_ipv6(std::string_view host) {
  std::array<unsigned char, 16> bytes;
  return inet_pton(AF_INET6, std::string(host).c_str(), bytes.data()) == 1;
}

/// The four bytes of an IPv4 address in its dotted form.
std::optional<std::array<unsigned char, 4>> ipv4(std::string_view host) {
  std::array<unsigned char, 4> bytes;
  if (inet_pton(AF_INET, std::string(host).c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

/// Only digits and dots: meant as an address, so it has to be one.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), is_host_character)) return false;
  const auto numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return numeric ? ipv4(host).has_value() : host.front() != '.' && host.find("..") == std::string_view::npos;
}

struct host_and_port {
  std::string_view host;
  std::optional<std::string_view> port;
};

/// Splits `host`, `host:port`, `[v6]`, `[v6]:port`; says why it cannot.
boost::system::result<host_and_port, failure> split_authority(std::string_view text) {
  host_and_port parts;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return refused("the ']' after the IPv6 address is missing");
    parts.host = text.substr(1, end - 1);
    if (!is_ipv6(parts.host)) return refused("'" + std::string(parts.host) + "' is not an IPv6 address");
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') return refused("only ':' and a port may follow the IPv6 address");
    if (!text.empty()) parts.port = text.substr(1);
    return parts;
  }
  const auto colon = text.find(':');
  parts.host = text.substr(0, colon);
  if (colon != std::string_view::npos) parts.port = text.substr(colon + 1);
  if (parts.port && parts.port->find(':') != std::string_view::npos)
    return refused("an IPv6 address needs brackets: [::1]:8080");
  return parts;
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : '[' + host + ']'; }

} // namespace

std::string url::authority() const {
  const bool own_port = port == (tls() ? 443 : 80);
  return bracketed(host) + (own_port ? std::string() : ':' + std::to_string(port));
}

std::string url::str() const {
  return scheme + "://" + authority() + path + (query.empty() ? std::string() : '?' + query);
}

boost::system::result<url, failure> parse_url(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return refused("an address starts with http:// or https://");
  url parsed;
  parsed.scheme = lower(text.substr(0, scheme_end));
  if (parsed.scheme != "http" && parsed.scheme != "https")
    return refused("the scheme '" + parsed.scheme + "' is not http or https");
  text.remove_prefix(scheme_end + 3);
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
    return refused("spaces, control characters and characters outside ASCII must be percent-encoded");
  if (text.find('#') != std::string_view::npos) return refused("a fragment (#…) has no meaning here");
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    parsed.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const auto slash = std::min(text.find('/'), text.size());
  const auto authority = text.substr(0, slash);
  if (authority.find('@') != std::string_view::npos)
    return refused("a user name or password does not belong in the address; use api_key");
  const auto parts = split_authority(authority);
  if (!parts) return parts.error();
  if (parts->host.find(':') == std::string_view::npos && !is_host(parts->host))
    return refused(parts->host.empty() ? "the host is missing" : "'" + std::string(parts->host) + "' is not a host");
  parsed.host = lower(parts->host);
  parsed.port = parsed.tls() ? 443 : 80;
  if (parts->port && !parts->port->empty()) {
    const auto port = parse_port(*parts->port);
    if (!port || *port == 0) return refused("'" + std::string(*parts->port) + "' is not a port (1 to 65535)");
    parsed.port = *port;
  }
  parsed.path = text.substr(slash);
  while (!parsed.path.empty() && parsed.path.back() == '/')
    parsed.path.pop_back();
  return parsed;
}

std::string endpoint::str() const { return bracketed(host) + ':' + std::to_string(port); }

boost::system::result<endpoint, failure> parse_endpoint(std::string_view text) {
  const auto parts = split_authority(text);
  if (!parts) return parts.error();
  if (!parts->port) return refused("expected host:port, for example 127.0.0.1:8080");
  const auto port = parse_port(*parts->port);
  if (!port) return refused("'" + std::string(*parts->port) + "' is not a port (0 to 65535)");
  const auto host = parts->host.empty() || parts->host == "*" ? std::string_view{"0.0.0.0"} : parts->host;
  if (host.find(':') == std::string_view::npos && !is_host(host))
    return refused("'" + std::string(host) + "' is not a host");
  return endpoint{lower(host), *port};
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  const auto v4 = ipv4(host);
  return v4 && (*v4)[0] == 127;
}

bool is_private_host(std::string_view host) {
  if (is_loopback_host(host)) return true;
  if (const auto v4 = ipv4(host)) {
    const auto& b = *v4;
    return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 169 && b[1] == 254);
  }
  std::array<unsigned char, 16> v6;
  if (inet_pton(AF_INET6, std::string(host).c_str(), v6.data()) == 1)
    return (v6[0] & 0xfe) == 0xfc || (v6[0] == 0xfe && (v6[1] & 0xc0) == 0x80);
  return !host.empty() && host.find('.') == std::string_view::npos;
}

} // namespace logos::core
