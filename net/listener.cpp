// SPDX-License-Identifier: MIT
#include "net/listener.hpp"

#include "net/session.hpp"

#include <boost/asio/ip/v6_only.hpp>

#include <sys/socket.h>

namespace logos::net {
namespace {

constexpr std::chrono::milliseconds pause_after_error{100};

using reuse_port = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

} // namespace

listener::listener(io_thread& io) : io_{io}, acceptor_{io.context()}, pause_{io.context()} {}

std::string listener::open(const tcp::endpoint& endpoint) {
  boost::system::error_code e;
  acceptor_.open(endpoint.protocol(), e);
  if (!e) acceptor_.set_option(boost::asio::socket_base::reuse_address{true}, e);
  if (!e) acceptor_.set_option(reuse_port{true}, e);
  // Together with an IPv4 listener on the same port.
  if (!e && endpoint.address().is_v6()) acceptor_.set_option(boost::asio::ip::v6_only{true}, e);
  if (!e) acceptor_.bind(endpoint, e);
  if (!e) acceptor_.listen(boost::asio::socket_base::max_listen_connections, e);
  return e ? e.message() : std::string{};
}

tcp::endpoint listener::local() const {
  boost::system::error_code e;
  return acceptor_.local_endpoint(e);
}

void listener::start(std::shared_ptr<const tls_context> tls) {
  tls_ = std::move(tls);
  accept();
}

void listener::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void listener::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept(io_.context(), [self = boost::intrusive_ptr<listener>{this}](
                                            const boost::system::error_code& e, tcp_socket socket) {
    self->accepted(e, std::move(socket));
  });
}

void listener::accepted(const boost::system::error_code& e, tcp_socket socket) {
  if (e == boost::asio::error::operation_aborted || !acceptor_.is_open()) return;
  if (e == boost::asio::error::connection_aborted) return accept();
  if (e) {
    // Out of descriptors or memory: the waiting connection stays in the queue until there is room.
    io_.counters().accept_errors.add();
    return rest();
  }
  if (io_.connections() >= io_.settings().max_connections) {
    io_.counters().connections_refused.add();
    boost::system::error_code ignored;
    socket.close(ignored);
  } else {
    const boost::intrusive_ptr<session> s{new session{io_, std::move(socket), tls_}};
    s->start();
  }
  accept();
}

void listener::rest() {
  pause_.expires_after(pause_after_error);
  pause_.async_wait([self = boost::intrusive_ptr<listener>{this}](const boost::system::error_code& e) {
    if (!e) self->accept();
  });
}

} // namespace logos::net
