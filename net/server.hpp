// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"
#include "net/http_settings.hpp"
#include "net/io_thread.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace logos::net {

class listener;
class tls_context;

struct server_settings {
  /// Each a numeric address; `0.0.0.0` and `::` may stand together. Port 0: any, the same for all.
  std::vector<boost::asio::ip::tcp::endpoint> listen;
  unsigned threads = 1;
  std::string certificate_file; // empty: plain HTTP
  std::string key_file;
  http_settings http;
};

/// The I/O threads and what listens on them. Made, started and stopped by one thread.
class server {
public:
  /// Makes each I/O thread's handler, on the starting thread, before that I/O thread runs.
  using handler_factory = std::function<std::unique_ptr<request_handler>(io_thread&)>;

  explicit server(server_settings settings);
  /// Stops.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds, starts the threads and accepts. Nothing on success, else what went wrong, ready to be shown. Call once.
  std::optional<std::string> start(const handler_factory& make_handler);
  /// The first half of `start`: binds and runs the threads. Clients connect, and wait until `start_accepting`.
  std::optional<std::string> open(const handler_factory& make_handler);
  void start_accepting();
  /// The port that clients connect to, after `start`.
  std::uint16_t port() const { return port_; }
  std::vector<io_thread_ptr>& threads() { return threads_; }

  /// No new connections. Those that are there go on.
  void stop_accepting();
  /// `stop_accepting`, closes idle connections, lets running requests end with `connection: close` and waits for that
  /// at most `limit`. True when none is left.
  bool drain(std::chrono::milliseconds limit);
  /// After `drain`: ends running requests with ec::shutting_down, which the clients are told as far as they listen, and
  /// what is still open a second later at once. Returns when the handlers know. The threads go on.
  void close_connections();
  /// Closes everything and ends the threads. Handlers are destroyed on the calling thread. May be called again.
  void stop();
  /// Reads the certificate files again, for new connections. On an error, which is returned, the old ones stay.
  std::optional<std::string> reload_tls();

private:
  std::uint64_t connections() const;
  bool wait_for_closing(std::chrono::milliseconds limit) const;

  server_settings settings_;
  std::vector<io_thread_ptr> threads_;
  std::vector<boost::intrusive_ptr<listener>> listeners_; // of all threads; thread i's follow those of thread i - 1
  std::vector<std::thread> running_;
  std::uint16_t port_ = 0;
  std::shared_ptr<const tls_context> tls_; // null: plain HTTP
};

} // namespace logos::net
