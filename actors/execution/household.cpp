// SPDX-License-Identifier: MIT
#include "actors/execution/household.hpp"

#include "core/network.hpp"

#include <algorithm>

namespace logos::execution {
namespace {

constexpr std::size_t network_bytes = 8;

} // namespace

std::string household_of(std::string_view client_address) {
  const auto address = core::parse_peer(client_address);
  if (!address) return std::string{client_address};
  if (!address->v6) return address->str();
  return {reinterpret_cast<const char*>(address->bytes.data()), network_bytes};
}

std::string shown_household(std::string_view client_address) {
  auto address = core::parse_peer(client_address);
  if (!address) return "an address that is not known"; // whatever a proxy passed on is not for a log
  if (!address->v6) return address->str();
  std::fill(address->bytes.begin() + network_bytes, address->bytes.end(), std::uint8_t{0});
  return address->str() + "/64";
}

} // namespace logos::execution
