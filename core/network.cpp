// SPDX-License-Identifier: MIT
#include "core/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace logos::core {
namespace {

struct reservation {
  std::string_view network;
  std::string_view purpose;
};

// The registries of special-purpose addresses that IANA keeps (RFC 6890), and multicast.
constexpr std::array v4_reservations{
    reservation{"0.0.0.0/8", "unspecified"},        reservation{"10.0.0.0/8", "private"},
    reservation{"100.64.0.0/10", "shared"},         reservation{"127.0.0.0/8", "loopback"},
    reservation{"169.254.0.0/16", "link-local"},    reservation{"172.16.0.0/12", "private"},
    reservation{"192.0.0.0/24", "reserved"},        reservation{"192.0.2.0/24", "documentation"},
    reservation{"192.88.99.0/24", "reserved"},      reservation{"192.168.0.0/16", "private"},
    reservation{"198.18.0.0/15", "benchmark"},      reservation{"198.51.100.0/24", "documentation"},
    reservation{"203.0.113.0/24", "documentation"}, reservation{"224.0.0.0/4", "multicast"},
    reservation{"255.255.255.255/32", "broadcast"}, reservation{"240.0.0.0/4", "reserved"},
};
constexpr std::array v6_reservations{
    reservation{"::/128", "unspecified"},
    reservation{"::1/128", "loopback"},
    reservation{"fc00::/7", "private"},
    reservation{"fe80::/10", "link-local"},
    reservation{"ff00::/8", "multicast"},
    reservation{"64:ff9b:1::/48", "private"},
    reservation{"2001:db8::/32", "documentation"},
    reservation{"3fff::/20", "documentation"},
    // Teredo, ORCHID and other protocols: nobody's web server.
    reservation{"2001::/23", "reserved"},
};

struct reserved_network {
  ip_network network;
  std::string_view purpose;
};

/// The tables above, parsed once.
template <const auto& Table>
std::string_view purpose_of(const ip_address& address) {
  using row = reserved_network;
  static const auto rows = [] {
    std::array<row, Table.size()> made;
    for (std::size_t i = 0; i < Table.size(); ++i)
      made[i] = {*parse_network(Table[i].network), Table[i].purpose};
    return made;
  }();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.network.contains(address); });
  return found == rows.end() ? std::string_view{} : found->purpose;
}

/// The IPv4 address that stands in an IPv6 address from a byte on.
ip_address embedded(const ip_address& in, std::size_t from) {
  ip_address out;
  std::copy_n(in.bytes.begin() + static_cast<std::ptrdiff_t>(from), 4, out.bytes.begin());
  return out;
}

bool begins_with(const ip_address& address, std::string_view network) {
  const auto parsed = parse_network(network);
  return parsed && parsed->contains(address);
}

/// The network of this length that the address is in.
ip_network network_of(const ip_address& address, unsigned bits) {
  ip_network out{address, bits};
  for (unsigned bit = bits; bit < address.bytes.size() * 8; ++bit)
    out.base.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return out;
}

/// What was written, and not more of it than helps.
std::string quoted(std::string_view text) { return "'" + std::string{text.substr(0, 100)} + "'"; }

failure no_network(std::string_view text) {
  return {ec::bad_field, quoted(text) + " is neither an address nor a network such as 10.0.0.0/8 or 2001:db8::/32."};
}

} // namespace

std::string ip_address::str() const {
  char text[INET6_ADDRSTRLEN]{};
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
  return text;
}

std::optional<ip_address> parse_ip(std::string_view text) {
  ip_address out;
  const std::string terminated{text};
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) return out;
  out.v6 = true;
  if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) return out;
  return std::nullopt;
}

ip_address unmapped(const ip_address& address) {
  return address.v6 && begins_with(address, "::ffff:0:0/96") ? embedded(address, 12) : address;
}

std::optional<ip_address> parse_peer(std::string_view text) {
  const auto address = parse_ip(text.substr(0, text.find('%')));
  if (!address) return std::nullopt;
  return unmapped(*address);
}

bool ip_network::contains(const ip_address& address) const {
  if (address.v6 != base.v6) return false;
  const auto whole = bits / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin())) return false;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> (bits % 8));
  return bits % 8 == 0 || ((base.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

bool ip_network::covers(const ip_network& other) const { return other.bits >= bits && contains(other.base); }

std::string ip_network::str() const { return base.str() + "/" + std::to_string(bits); }

boost::system::result<ip_network, failure> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = parse_ip(text.substr(0, slash));
  if (!base) return no_network(text);
  const unsigned longest = base->v6 ? 128 : 32;
  ip_network out{*base, longest};
  if (slash == std::string_view::npos) return out;
  const auto length = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), out.bits);
  if (length.empty() || error != std::errc{} || end != length.data() + length.size() || out.bits > longest)
    return no_network(text);
  // 10.1.2.3/8 is more likely a slip than a network.
  if (const auto meant = network_of(*base, out.bits); meant.base != *base)
    return failure{ec::bad_field, quoted(text) + " has bits behind its prefix; the network is " + meant.str() + "."};
  return out;
}

std::string_view reserved_for(const ip_address& address) {
  if (!address.v6) return purpose_of<v4_reservations>(address);
  if (const auto inner = unmapped(address); !inner.v6) return reserved_for(inner);
  if (begins_with(address, "2002::/16")) return reserved_for(embedded(address, 2));
  if (begins_with(address, "64:ff9b::/96")) return reserved_for(embedded(address, 12));
  if (const auto purpose = purpose_of<v6_reservations>(address); !purpose.empty()) return purpose;
  // What was ever given to anybody begins so.
  return begins_with(address, "2000::/3") ? std::string_view{} : std::string_view{"reserved"};
}

} // namespace logos::core
