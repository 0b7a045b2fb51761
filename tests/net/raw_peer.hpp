// SPDX-License-Identifier: MIT
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace logos::net::test {

/// How long a test waits for what must come. Long, because machines are slow; nothing waits for it to pass.
inline constexpr std::chrono::seconds patience{10};

/// A TCP connection driven by the test's thread, on either side. Nothing blocks longer than `patience`.
class raw_peer {
public:
  raw_peer() = default;
  explicit raw_peer(int descriptor) : fd_{descriptor} {}
  raw_peer(raw_peer&& other) noexcept;
  raw_peer& operator=(raw_peer&& other) noexcept;
  ~raw_peer() { close(); }
  /// `receive_buffer`: bytes, 0 is the system's choice.
  static raw_peer connect(std::uint16_t port, int receive_buffer = 0);

  bool open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  bool send(std::string_view bytes);
  /// What the socket takes at once.
  std::size_t send_some(std::string_view bytes);
  bool writable_within(std::chrono::milliseconds limit);
  /// Reads until what is unread holds `mark`; returns and consumes everything up to its end. Empty when the
  /// connection ended or patience did.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t n);
  /// A message with Content-Length or chunked framing (not taken off), head included.
  std::string read_message();
  /// Everything until the other side closes; `reset` tells whether it did so with RST.
  std::string read_to_end();
  bool ended_by_reset() const { return reset_; }
  bool timed_out() const { return timed_out_; }
  /// The other side closed, with nothing unread before it.
  bool sees_end() { return read_to_end().empty() && !timed_out_; }
  /// Whether something, or the end, can be read within `limit`.
  bool readable_within(std::chrono::milliseconds limit);
  void shut_down_writing();
  void close();
  /// Closes with RST.
  void reset();

private:
  bool fill();

  int fd_ = -1;
  std::string unread_;
  bool reset_ = false;
  bool timed_out_ = false;
};

/// A listening socket on loopback, port 0.
class raw_listener {
public:
  explicit raw_listener(int backlog = 64);
  ~raw_listener();
  raw_listener(const raw_listener&) = delete;
  raw_listener& operator=(const raw_listener&) = delete;
  std::uint16_t port() const { return port_; }
  raw_peer accept();
  bool pending_within(std::chrono::milliseconds limit) const;
  void close();

private:
  int fd_;
  std::uint16_t port_ = 0;
};

} // namespace logos::net::test
