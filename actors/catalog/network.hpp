// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace logos::catalog {

/// Addresses that begin alike: an IPv4 or IPv6 network in CIDR notation.
class network {
public:
  /// `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the prefix must be 0.
  static boost::system::result<network, core::failure> parse(std::string_view text);

  bool contains(const boost::asio::ip::address& a) const;
  /// Whether every address of `other` is in this one, too.
  bool covers(const network& other) const;
  /// As `parse` takes it, in its usual form.
  std::string text() const;

private:
  using v4 = boost::asio::ip::network_v4;
  using v6 = boost::asio::ip::network_v6;
  explicit network(v4 of) : of_{of} {}
  explicit network(v6 of) : of_{of} {}

  std::variant<v4, v6> of_;
};

/// A peer's address as sockets tell it; one of IPv4 that came over IPv6 is IPv4's, and a zone does not count. Nothing
/// when it is no address.
std::optional<boost::asio::ip::address> parse_client(std::string_view text);

} // namespace logos::catalog
