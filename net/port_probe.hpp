// SPDX-License-Identifier: MIT
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

namespace logos::net {

/// Whether `endpoint` is free to listen on. With SO_REUSEPORT a second process could share a port unnoticed; this
/// finds out first. Answers nothing when it is free, else a message that names the process that holds it, as far as
/// the kernel tells.
std::optional<std::string> port_taken(const boost::asio::ip::tcp::endpoint& endpoint);

} // namespace logos::net
