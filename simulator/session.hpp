// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/desk.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace logos::simulator {

/// Serves one accepted connection until it ends. It keeps itself alive; `io` must be run by one thread, and `d` must
/// outlive that run. With `tls`, the handshake comes first.
void serve(boost::asio::io_context& io, desk& d, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

} // namespace logos::simulator
