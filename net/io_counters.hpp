// SPDX-License-Identifier: MIT
#pragma once
#include "core/counter.hpp"

namespace logos::net {

using core::counter;

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
