// SPDX-License-Identifier: MIT
#pragma once
#include "core/network.hpp"
#include "net/header_view.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

/// Proxies that are believed what they say of whom they speak for.
using trusted_proxies = std::vector<core::ip_network>;

/// The address of a client whose proxy does not tell it in a way that can be read; RFC 7239's word. It is in no
/// network.
inline constexpr std::string_view unknown_client = "unknown";

/// Whether the peer of a connection, as its socket tells it, is a trusted proxy.
bool is_trusted(std::string_view peer, const trusted_proxies& trusted);

/// The address of the client for whom `peer`, a trusted proxy, sends these headers: the last in `X-Forwarded-For`, or
/// if that is not there in `Forwarded` (RFC 7239), that is no trusted proxy itself; what stands before it, anybody may
/// have written. The peer where there is none. `unknown_client` where what is looked at on the way is no address.
std::string client_behind(std::string_view peer, std::span<const header_view> headers, const trusted_proxies& trusted);

} // namespace logos::net
