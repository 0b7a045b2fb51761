// SPDX-License-Identifier: MIT
#include "simulator/session.hpp"

#include "simulator/exchange.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <memory>
#include <type_traits>

namespace logos::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t most_pipelined = 1024 * 1024;
constexpr std::uint64_t largest_body = 64 * 1024 * 1024;
constexpr std::uint32_t largest_head = 64 * 1024;

/// One connection. It reads all the time, also while an answer is written, so that a client that goes away is seen at
/// once. Every handler holds the session.
template <class Stream>
class session final : public line, public std::enable_shared_from_this<session<Stream>> {
public:
  static constexpr bool secure = !std::is_same_v<Stream, tcp::socket>;

  template <class... Args>
  session(asio::io_context& io, desk& d, Args&&... args)
      : stream_{std::forward<Args>(args)...},
        desk_{d},
        exchange_{io, d, *this} {
    expect_request();
  }

  void start() {
    error_code ignored;
    stream_.lowest_layer().set_option(tcp::no_delay{true}, ignored);
    if constexpr (secure)
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const error_code& error) {
                                if (!error) self->read();
                              });
    else
      read();
  }

  void send(std::string_view bytes) override {
    asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()),
                      [self = this->shared_from_this()](const error_code& error, std::size_t) {
                        if (error)
                          self->gone();
                        else if (!self->closed_)
                          self->exchange_.sent();
                      });
  }

  void finish(bool keep_alive) override {
    if (keep_alive) {
      expect_request();
      feed();
    } else if constexpr (secure) {
      stream_.async_shutdown([self = this->shared_from_this()](const error_code&) { self->gone(); });
    } else {
      // The client closes too, which ends the reading; closing at once could reset what is still on its way.
      last_ = true;
      error_code ignored;
      stream_.shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  void close(bool reset) override {
    error_code ignored;
    if (reset) stream_.lowest_layer().set_option(asio::socket_base::linger{true, 0}, ignored);
    gone();
  }

  std::shared_ptr<void> hold() override { return this->shared_from_this(); }

private:
  void expect_request() {
    parser_.emplace();
    parser_->eager(true);
    parser_->body_limit(largest_body);
    parser_->header_limit(largest_head);
    raw_.clear();
    continued_ = false;
  }

  void read() {
    if (reading_ || closed_) return;
    reading_ = true;
    stream_.async_read_some(asio::buffer(chunk_),
                            [self = this->shared_from_this()](const error_code& error, std::size_t n) {
                              self->reading_ = false;
                              if (error) {
                                self->gone();
                              } else if (!self->last_) {
                                self->in_.append(self->chunk_.data(), n);
                                self->feed();
                              } else {
                                self->read();
                              }
                            });
  }

  void gone() {
    if (std::exchange(closed_, true)) return;
    exchange_.lost();
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

  /// Parses what has come, and begins with a request once it is complete.
  void feed() {
    while (!closed_ && !last_ && !exchange_.active() && !in_.empty()) {
      error_code error;
      const auto used = parser_->put(asio::buffer(in_), error);
      raw_.append(in_, 0, used);
      in_.erase(0, used);
      if (error == http::error::need_more) error = {};
      if (error) {
        refuse();
        break;
      }
      if (parser_->is_done()) {
        answer();
        continue;
      }
      if (parser_->is_header_done()) go_ahead();
      if (used == 0 || in_.empty()) break;
    }
    if (in_.size() < most_pipelined) read();
  }

  void go_ahead() {
    if (continued_ || parser_->get().find(http::field::expect) == parser_->get().end()) return;
    continued_ = true;
    error_code ignored;
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::write(stream_, asio::buffer(text.data(), text.size()), ignored);
  }

  void answer() {
    const auto& message = parser_->get();
    const request r{.method = message.method_string(),
                    .target = message.target(),
                    .content_type = message[http::field::content_type],
                    .authorization = message[http::field::authorization],
                    .api_key = message["api-key"],
                    .body = message.body()};
    // Lists and health checks, which a gateway's monitors send at any time, would push out what a test wants to see.
    const bool poll = r.method == "GET" || r.method == "HEAD";
    if (!poll && r.target.substr(0, 9) != "/control/") desk_.where().last_request.swap(raw_);
    exchange_.begin(r, {.chunks = message.version() >= 11,
                        .keep_alive = message.keep_alive(),
                        .head_only = message.method() == http::verb::head});
  }

  void refuse() {
    static constexpr std::string_view text =
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    last_ = true;
    asio::async_write(stream_, asio::buffer(text.data(), text.size()),
                      [self = this->shared_from_this()](const error_code&, std::size_t) { self->finish(false); });
  }

  Stream stream_;
  desk& desk_;
  exchange exchange_;
  std::optional<http::request_parser<http::string_body>> parser_{};
  std::array<char, 8192> chunk_{};
  std::string in_{};  // read and not yet parsed
  std::string raw_{}; // the exact bytes of the request at hand
  bool reading_ = false, closed_ = false, last_ = false, continued_ = false;
};

} // namespace

void serve(asio::io_context& io, desk& d, tcp::socket socket, asio::ssl::context* tls) {
  if (tls != nullptr)
    std::make_shared<session<asio::ssl::stream<tcp::socket>>>(io, d, std::move(socket), *tls)->start();
  else
    std::make_shared<session<tcp::socket>>(io, d, std::move(socket))->start();
}

} // namespace logos::simulator
