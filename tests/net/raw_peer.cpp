// SPDX-License-Identifier: MIT
#include "raw_peer.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace logos::net::test {
namespace {

bool wait_for(int fd, short events, std::chrono::milliseconds limit) {
  pollfd p{fd, events, 0};
  return ::poll(&p, 1, static_cast<int>(limit.count())) > 0;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

void set(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

} // namespace

raw_peer::raw_peer(raw_peer&& other) noexcept : fd_{std::exchange(other.fd_, -1)}, unread_{std::move(other.unread_)} {}

raw_peer& raw_peer::operator=(raw_peer&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  unread_ = std::move(other.unread_);
  reset_ = timed_out_ = false;
  return *this;
}

raw_peer raw_peer::connect(std::uint16_t port, int receive_buffer) {
  raw_peer made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (receive_buffer != 0) set(made.fd_, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  set(made.fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto to = loopback(port);
  if (::connect(made.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) made.close();
  return made;
}

bool raw_peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(fd_, POLLOUT, patience)) return false;
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EAGAIN) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::size_t raw_peer::send_some(std::string_view bytes) {
  const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

bool raw_peer::writable_within(std::chrono::milliseconds limit) { return wait_for(fd_, POLLOUT, limit); }

bool raw_peer::fill() {
  if (fd_ < 0) return false;
  if (!wait_for(fd_, POLLIN, patience)) {
    timed_out_ = true;
    return false;
  }
  char buffer[65536];
  const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n < 0) reset_ = true;
  if (n <= 0) return false;
  unread_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

std::string raw_peer::read_until(std::string_view mark) {
  std::size_t at;
  while ((at = unread_.find(mark)) == std::string::npos)
    if (!fill()) return {};
  const std::string result = unread_.substr(0, at + mark.size());
  unread_.erase(0, result.size());
  return result;
}

std::string raw_peer::read_exactly(std::size_t n) {
  while (unread_.size() < n)
    if (!fill()) return {};
  const std::string result = unread_.substr(0, n);
  unread_.erase(0, n);
  return result;
}

std::string raw_peer::read_message() {
  std::string head = read_until("\r\n\r\n");
  std::string lower = head;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (lower.find("transfer-encoding: chunked") != std::string::npos) {
    if (unread_.starts_with("0\r\n\r\n")) return head + read_exactly(5);
    return head + read_until("\r\n0\r\n\r\n");
  }
  const auto at = lower.find("content-length:");
  if (at == std::string::npos) return head;
  return head + read_exactly(std::strtoul(lower.c_str() + at + 15, nullptr, 10));
}

std::string raw_peer::read_to_end() {
  while (fill()) {
  }
  return std::exchange(unread_, {});
}

bool raw_peer::readable_within(std::chrono::milliseconds limit) {
  return !unread_.empty() || wait_for(fd_, POLLIN, limit);
}

void raw_peer::shut_down_writing() { ::shutdown(fd_, SHUT_WR); }

void raw_peer::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void raw_peer::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

raw_listener::raw_listener(int backlog) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto at = loopback(0);
  socklen_t size = sizeof at;
  if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(fd_, backlog) != 0) std::abort();
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
}

raw_listener::~raw_listener() { close(); }

void raw_listener::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool raw_listener::pending_within(std::chrono::milliseconds limit) const { return wait_for(fd_, POLLIN, limit); }

raw_peer raw_listener::accept() {
  if (!pending_within(patience)) return {};
  raw_peer made{::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)};
  set(made.descriptor(), IPPROTO_TCP, TCP_NODELAY, 1);
  return made;
}

} // namespace logos::net::test
