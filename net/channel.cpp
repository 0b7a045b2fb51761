// SPDX-License-Identifier: MIT
#include "net/channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

namespace logos::net {
namespace {

// One TLS record holds at most this much.
constexpr std::size_t record_bytes = 16 * 1024;

std::size_t total(std::span<const iovec> parts) {
  std::size_t n = 0;
  for (const auto& part : parts)
    n += part.iov_len;
  return n;
}

/// Copies up to `into.size()` bytes of `parts`, leaving out the first `skip`.
std::size_t gather(std::span<const iovec> parts, std::size_t skip, std::span<char> into) {
  std::size_t n = 0;
  for (const auto& part : parts) {
    if (skip >= part.iov_len) {
      skip -= part.iov_len;
      continue;
    }
    const auto take = std::min(part.iov_len - skip, into.size() - n);
    std::memcpy(into.data() + n, static_cast<const char*>(part.iov_base) + skip, take);
    n += take;
    skip = 0;
    if (n == into.size()) break;
  }
  return n;
}

} // namespace

void channel::set_no_delay() {
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
}

void channel::secure(ssl_ptr ssl) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  ssl_ = std::move(ssl);
}

channel::handshake_state channel::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) return handshake_state::done;
  switch (SSL_get_error(ssl_.get(), done)) {
  case SSL_ERROR_WANT_READ: return handshake_state::want_read;
  case SSL_ERROR_WANT_WRITE: return handshake_state::want_write;
  default: break;
  }
  error_ = errno;
  tls_error_ = tls_errors();
  if (const auto verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
    tls_error_ = std::string{"certificate: "} + X509_verify_cert_error_string(verdict);
  if (tls_error_.empty()) tls_error_ = "the connection ended during the TLS handshake";
  return handshake_state::failed;
}

transfer channel::read(std::span<char> into) { return ssl_ ? read_tls(into) : read_plain(into); }
transfer channel::write(std::span<const iovec> parts) { return ssl_ ? write_tls(parts) : write_plain(parts); }

transfer channel::read_plain(std::span<char> into) {
  for (;;) {
    const auto n = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) {
      const auto bytes = static_cast<std::size_t>(n);
      return {bytes, bytes == into.size() ? transfer::state::more : transfer::state::wait};
    }
    if (n == 0) return {0, transfer::state::ended};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {0, transfer::state::wait};
    error_ = errno;
    return {0, transfer::state::failed};
  }
}

transfer channel::read_tls(std::span<char> into) {
  std::size_t n = 0;
  while (n < into.size()) {
    std::size_t got = 0;
    ERR_clear_error();
    const int done = SSL_read_ex(ssl_.get(), into.data() + n, into.size() - n, &got);
    if (done == 1) {
      n += got;
      continue;
    }
    switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {n, transfer::state::wait};
    case SSL_ERROR_ZERO_RETURN: return {n, transfer::state::ended};
    default:
      error_ = errno;
      tls_error_ = tls_errors();
      return {n, transfer::state::failed};
    }
  }
  return {n, transfer::state::more};
}

transfer channel::write_plain(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = std::min<std::size_t>(parts.size(), 1024);
  for (;;) {
    const auto n = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      const auto bytes = static_cast<std::size_t>(n);
      return {bytes, bytes == total(parts) ? transfer::state::more : transfer::state::wait};
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {0, transfer::state::wait};
    error_ = errno;
    return {0, transfer::state::failed};
  }
}

transfer channel::write_tls(std::span<const iovec> parts) {
  // A write that has to be tried again is tried with at least the same bytes: what was not taken stays in order.
  const std::size_t all = total(parts);
  std::size_t sent = 0;
  char record[record_bytes];
  while (sent < all) {
    const auto n = gather(parts, sent, record);
    std::size_t taken = 0;
    ERR_clear_error();
    const int done = SSL_write_ex(ssl_.get(), record, n, &taken);
    if (done == 1) {
      sent += taken;
      continue;
    }
    switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {sent, transfer::state::wait};
    default:
      error_ = errno;
      tls_error_ = tls_errors();
      return {sent, transfer::state::failed};
    }
  }
  return {sent, transfer::state::more};
}

void channel::shut_down_writing() {
  if (!open()) return;
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  boost::system::error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
}

void channel::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void channel::reset_on_close() {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger{true, 0}, ignored);
}

bool channel::peer_closed() {
  if (!open()) return true;
  pollfd p{socket_.native_handle(), POLLRDHUP, 0};
  return ::poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

std::string channel::failure_text() const {
  if (!tls_error_.empty()) return tls_error_;
  return error_ != 0 ? std::system_category().message(error_) : "connection closed";
}

} // namespace logos::net
