// SPDX-License-Identifier: MIT
#pragma once
#include "net/channel.hpp"
#include "net/io_thread.hpp"
#include "net/tls.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <memory>
#include <string>

namespace logos::net {

/// Accepts client connections on one I/O thread; every I/O thread has its own on the same port (SO_REUSEPORT).
class listener : public boost::intrusive_ref_counter<listener, boost::thread_safe_counter> {
public:
  explicit listener(io_thread& io);

  /// Binds. Nothing on success, else what went wrong. Before the thread runs.
  std::string open(const tcp::endpoint& endpoint);
  tcp::endpoint local() const;
  /// Begins to accept. `tls`: null for plain HTTP. I/O thread.
  void start(std::shared_ptr<const tls_context> tls);
  /// New connections use another certificate. I/O thread.
  void secure(std::shared_ptr<const tls_context> tls) { tls_ = std::move(tls); }
  /// Accepts no more. I/O thread.
  void stop();

private:
  void accept();
  void accepted(const boost::system::error_code& e, tcp_socket socket);
  void rest();

  io_thread& io_;
  boost::asio::basic_socket_acceptor<tcp, io_executor> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    io_executor>
      pause_;
  std::shared_ptr<const tls_context> tls_;
};

} // namespace logos::net
