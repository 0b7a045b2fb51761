// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/exchange.hpp"

#include <chrono>
#include <cstddef>

namespace logos::net {

/// Watches over a body while it comes. A handler that takes a body under conditions attaches one to the exchange in
/// `refuse_head`; it is asked until the body is whole. I/O thread only.
class body_gate : public attachment {
public:
  /// Longest time from the head to the last byte of the body, where the session's own limit is not shorter.
  virtual std::chrono::milliseconds total() const = 0;
  /// Asked before more of the body is kept, which will then have `bytes` bytes. A failure is the answer, after which
  /// the connection ends; its code is none when they may be kept.
  virtual core::failure admit(std::size_t bytes) = 0;
  /// What the client is told whose body has not come within `total`.
  virtual core::failure late() const = 0;
};

} // namespace logos::net
