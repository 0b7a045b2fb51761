// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logos::core {

/// An IP address in network byte order: IPv4 in the first four bytes, IPv6 in all of them. A plain value; any thread.
struct ip_address {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};

  bool operator==(const ip_address&) const = default;
  std::string str() const;
};

/// `192.0.2.1`, `2001:db8::1`; nothing for every other spelling, also for those that a resolver understands.
std::optional<ip_address> parse_ip(std::string_view text);
/// An IPv4 address that was mapped into IPv6 (`::ffff:192.0.2.1`) as itself; any other as it is.
ip_address unmapped(const ip_address& address);
/// A peer's address as sockets tell it; one of IPv4 that came over IPv6 is IPv4's, and a zone does not count. Nothing
/// when it is no address.
std::optional<ip_address> parse_peer(std::string_view text);

/// All addresses that begin with the same bits.
struct ip_network {
  ip_address base;
  unsigned bits = 0;

  bool contains(const ip_address& address) const;
  /// Whether every address of `other` is in this one, too.
  bool covers(const ip_network& other) const;
  /// `10.0.0.0/8`; of an address alone `192.0.2.1/32`.
  std::string str() const;
};

/// `10.0.0.0/8`, `fd00::/8`, or an address alone. When it is none, or names bits behind its length, words that say so
/// (`bad_field`).
boost::system::result<ip_network, failure> parse_network(std::string_view text);

/// What an address is set aside for, when it is not one of the public internet; empty: it is. Loopback, private,
/// link-local, shared, multicast, documentation and the like, also where such an IPv4 address is wrapped in IPv6
/// (mapped, 6to4, NAT64).
std::string_view reserved_for(const ip_address& address);

} // namespace logos::core
