// SPDX-License-Identifier: MIT
#include "actors/catalog/network.hpp"

namespace logos::catalog {
namespace {

namespace ip = boost::asio::ip;
using core::ec;
using core::failure;

failure no_network(std::string_view text) {
  return {ec::bad_field, "'" + std::string{text.substr(0, 100)} +
                             "' is neither an address nor a network such as 10.0.0.0/8 or 2001:db8::/32."};
}

failure loose_bits(std::string_view text, const std::string& meant) {
  return {ec::bad_field,
          "'" + std::string{text.substr(0, 100)} + "' has bits behind its prefix; the network is " + meant + "."};
}

template <class Network>
bool same_prefix(const Network& in, const Network& of) {
  return Network{of.address(), in.prefix_length()}.canonical() == in.canonical();
}

} // namespace

boost::system::result<network, failure> network::parse(std::string_view text) {
  const std::string whole{text};
  boost::system::error_code wrong;
  const bool one = text.find('/') == text.npos;
  if (text.find(':') == text.npos) {
    const auto parsed = ip::make_network_v4(one ? whole + "/32" : whole, wrong);
    if (wrong) return no_network(text);
    if (parsed.canonical() != parsed) return loose_bits(text, parsed.canonical().to_string());
    return network{parsed};
  }
  const auto parsed = ip::make_network_v6(one ? whole + "/128" : whole, wrong);
  if (wrong || text.find('%') != text.npos) return no_network(text);
  if (parsed.address().is_v4_mapped())
    return failure{ec::bad_field, "'" + whole + "' is IPv4 in IPv6's notation; write it as IPv4, such as 10.0.0.0/8."};
  if (parsed.canonical() != parsed) return loose_bits(text, parsed.canonical().to_string());
  return network{parsed};
}

bool network::contains(const ip::address& a) const {
  if (const auto* four = std::get_if<v4>(&of_)) return a.is_v4() && same_prefix(*four, v4{a.to_v4(), 32});
  return a.is_v6() && same_prefix(std::get<v6>(of_), v6{a.to_v6(), 128});
}

bool network::covers(const network& other) const {
  return std::visit(
      [&]<class Network>(const Network& mine) {
        const auto* theirs = std::get_if<Network>(&other.of_);
        return theirs != nullptr && theirs->prefix_length() >= mine.prefix_length() && same_prefix(mine, *theirs);
      },
      of_);
}

std::string network::text() const {
  return std::visit([](const auto& of) { return of.to_string(); }, of_);
}

std::optional<ip::address> parse_client(std::string_view text) {
  boost::system::error_code wrong;
  const auto parsed = ip::make_address(text.substr(0, text.find('%')), wrong);
  if (wrong) return std::nullopt;
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, parsed.to_v6());
  return parsed;
}

} // namespace logos::catalog
