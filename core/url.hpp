// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace logos::core {

/// An absolute http or https address, taken apart. A plain value; any thread.
struct url {
  std::string scheme; // "http" or "https"
  std::string host;   // lower case; an IPv6 literal without its brackets
  std::uint16_t port = 0;
  std::string path;  // "" or "/…" without a slash at its end; may hold `{model}`
  std::string query; // without its '?'

  bool operator==(const url&) const = default;
  bool tls() const { return scheme == "https"; }
  /// `host:port` as a Host header wants it: brackets around IPv6, the port left out where it is the scheme's own.
  std::string authority() const;
  /// `scheme://authority/path?query`
  std::string str() const;
};

/// Takes `text` apart. Refused with words that say why: other schemes, user names and passwords, fragments, spaces and
/// control characters, hosts and ports out of range.
boost::system::result<url, failure> parse_url(std::string_view text);

/// A host and a port to listen on or to connect to.
struct endpoint {
  std::string host; // a name or an address; an IPv6 literal without its brackets
  std::uint16_t port = 0;

  bool operator==(const endpoint&) const = default;
  /// `host:port`, `[::1]:port`
  std::string str() const;
};

/// `host:port`, `[v6]:port`, `:port` (every address). Port 0 lets the system choose.
boost::system::result<endpoint, failure> parse_endpoint(std::string_view text);

/// Loopback and private addresses (RFC 1918, RFC 4193, link-local) and names without a dot: the machine or its site.
bool is_private_host(std::string_view host);
/// 127.0.0.0/8, ::1, localhost.
bool is_loopback_host(std::string_view host);

} // namespace logos::core
