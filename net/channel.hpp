// SPDX-License-Identifier: MIT
#pragma once
#include "net/tls.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <sys/uio.h>

namespace logos::net {

using tcp = boost::asio::ip::tcp;
/// Sockets carry the concrete executor: no type erasure per operation.
using io_executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<tcp, io_executor>;

/// What one read or write did. `bytes` counts in every state.
struct transfer {
  enum class state : std::uint8_t {
    wait, // the socket has no more (reads) or takes no more (writes) for now
    more, // it may have or take more at once
    ended,
    failed
  };
  std::size_t bytes = 0;
  state then = state::wait;
};

/// A connected TCP socket, plain or with TLS. Reads and writes happen at once and never block; one waits for
/// readiness, so a connection that waits holds no buffer. One I/O thread.
class channel {
public:
  enum class handshake_state : std::uint8_t { done, want_read, want_write, failed };

  explicit channel(tcp_socket socket) : socket_{std::move(socket)} {}
  tcp_socket& socket() { return socket_; }
  bool open() const { return socket_.is_open(); }
  /// Small writes leave at once. After connect or accept.
  void set_no_delay();
  /// From now on the bytes are TLS. Call `handshake` until it is done.
  void secure(ssl_ptr ssl);
  handshake_state handshake();

  transfer read(std::span<char> into);
  /// Writes all parts as one gather, as far as the socket takes them.
  transfer write(std::span<const iovec> parts);
  /// No more bytes will be written; the peer sees the end.
  void shut_down_writing();
  void close();
  /// The next close sends RST, so that the peer stops at once.
  void reset_on_close();
  /// The peer has closed its side, whether or not all its bytes have been read. One system call.
  bool peer_closed();
  /// Why the last transfer or handshake failed.
  std::string failure_text() const;

  /// Calls `owner->on_readable()` when reading may give something; nothing if that is already awaited. The wait holds
  /// a reference to the owner and ends silently when the channel is closed.
  template <class Owner>
  void await_readable(Owner* owner) {
    if (awaiting_readable_ || !open()) return;
    awaiting_readable_ = true;
    socket_.async_wait(tcp_socket::wait_read,
                       [self = boost::intrusive_ptr<Owner>{owner}, this](const boost::system::error_code& e) {
                         awaiting_readable_ = false;
                         if (!e && open()) self->on_readable();
                       });
  }
  /// As `await_readable`, for `owner->on_writable()`.
  template <class Owner>
  void await_writable(Owner* owner) {
    if (awaiting_writable_ || !open()) return;
    awaiting_writable_ = true;
    socket_.async_wait(tcp_socket::wait_write,
                       [self = boost::intrusive_ptr<Owner>{owner}, this](const boost::system::error_code& e) {
                         awaiting_writable_ = false;
                         if (!e && open()) self->on_writable();
                       });
  }

private:
  transfer read_plain(std::span<char> into);
  transfer read_tls(std::span<char> into);
  transfer write_plain(std::span<const iovec> parts);
  transfer write_tls(std::span<const iovec> parts);

  tcp_socket socket_;
  ssl_ptr ssl_;
  int error_ = 0;
  std::string tls_error_;
  bool awaiting_readable_ = false;
  bool awaiting_writable_ = false;
};

} // namespace logos::net
