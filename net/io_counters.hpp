// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cstdint>

namespace logos::net {

/// A number that one thread changes and any thread reads.
class counter {
public:
  void add(std::uint64_t n = 1) { value_.store(value() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) { value_.store(value() - n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// What one I/O thread has done. Changed by it alone.
struct io_counters {
  counter connections_open; // client connections now
  counter connections_total;
  counter connections_refused; // over max_connections
  counter accept_errors;
  counter tls_failures; // client handshakes
  counter requests;
  counter requests_malformed;
  counter requests_timed_out; // head or body not sent in time
  counter bytes_in;           // from clients, above TLS
  counter bytes_out;
  counter write_stalls;    // clients that did not read and were closed
  counter upstream_open;   // provider connections now, idle ones too
  counter upstream_opened; // connections made
  counter upstream_reused;
  counter upstream_retried; // a pooled connection was stale
  counter upstream_failed;  // calls that ended without the provider's whole answer
  counter upstream_timeouts;
  counter upstream_bytes_in;
  counter upstream_bytes_out;
};

} // namespace logos::net
