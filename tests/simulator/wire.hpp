// SPDX-License-Identifier: MIT
#pragma once
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

namespace logos::simulator {

/// A blocking client that sees the bytes. One connection.
class wire {
public:
  explicit wire(std::uint16_t port) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port}, error);
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  }

  void send(std::string_view bytes) {
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
  }

  void post(std::string_view path, std::string_view body, std::string_view headers = {}) {
    send("POST " + std::string{path} + " HTTP/1.1\r\nHost: sim\r\nContent-Type: application/json\r\n" +
         std::string{headers} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
  }

  void ask(std::string_view path) { send("GET " + std::string{path} + " HTTP/1.1\r\nHost: sim\r\n\r\n"); }

  /// The next whole answer; `error` tells what is wrong with it.
  boost::beast::http::response<boost::beast::http::string_body> answer() {
    boost::beast::http::response<boost::beast::http::string_body> r;
    boost::beast::http::read(socket_, buffer_, r, error);
    return r;
  }

  /// Reads until what was read holds `text`, or the connection ends; returns all of it.
  std::string read_until(std::string_view text) {
    std::string all;
    char some[4096];
    while (!error && all.find(text) == std::string::npos)
      all.append(some, socket_.read_some(boost::asio::buffer(some), error));
    return all;
  }

  void close() { socket_.close(); }

  boost::system::error_code error{};

private:
  boost::asio::io_context io_{};
  boost::asio::ip::tcp::socket socket_{io_};
  boost::beast::flat_buffer buffer_{};
};

/// Waits for `condition`, for ten seconds at most; returns whether it came true.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

} // namespace logos::simulator
