// SPDX-License-Identifier: MIT
#pragma once
#include "core/network.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace logos::net {

/// How an I/O thread treats clients and provider connections. Immutable once given to a server.
struct http_settings {
  std::size_t header_bytes = 32 << 10; // of a whole request head; more is 431
  std::size_t target_bytes = 8 << 10;  // more is 414
  std::size_t body_bytes = 32 << 20;   // more is 413
  std::chrono::milliseconds header_time{30'000};
  std::chrono::milliseconds body_time{60'000};     // longest time without a byte of content while a client sends a body
  std::chrono::milliseconds body_total{600'000};   // from a request's head to the last byte of its body
  std::chrono::milliseconds keep_alive{75'000};    // an idle client connection is closed silently
  std::chrono::milliseconds write_stall{60'000};   // longest time in which a client takes nothing
  std::chrono::milliseconds linger{2'000};         // for a client that still sends after a refusal
  std::uint32_t max_connections = 16'384;          // per I/O thread
  std::vector<std::string> cors{};                 // allowed origins; "*" is every one
  std::vector<core::ip_network> trusted_proxies{}; // whose word on a client's address counts (net/client_address.hpp)
  std::chrono::milliseconds upstream_idle{30'000}; // a pooled provider connection
  std::chrono::milliseconds name_validity{30'000}; // of a provider's resolved addresses
  std::uint32_t upstream_kept = 256;               // idle connections per provider and I/O thread
  std::size_t response_header_bytes = 64 << 10;    // of a provider's head
};

} // namespace logos::net
