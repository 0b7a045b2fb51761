// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

namespace logos::execution {

/// Whom a client's address stands for, where addresses are counted: of IPv6 its first 64 bits, which one client has to
/// itself; an address of IPv4 that came over IPv6 is IPv4's. What is no address stands for itself. Short; not for eyes.
std::string household_of(std::string_view client_address);
/// The same for eyes: `192.0.2.1`, `2001:db8:1:2::/64`, or words where the address is not known.
std::string shown_household(std::string_view client_address);

} // namespace logos::execution
