// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace logos::ingress {

/// Memory for bodies whose senders are not known yet, since the key stands in them: strangers fill no more of it than
/// this. What has come of a body counts, but for its first 64 KiB, not what its head announces; and it comes within
/// `total`, so that nobody stays in the room for long. Of one I/O thread.
class strangers_room {
public:
  explicit strangers_room(std::size_t bytes = std::size_t{16} << 20,
                          std::chrono::milliseconds total = std::chrono::seconds{10})
      : left_{std::make_shared<std::size_t>(bytes)},
        total_{total} {}

  /// Lets the body of such a request in, as its head states it, and attaches to `x` what watches over it while it
  /// comes (`net::body_gate`) and holds its place. The failure's code is none when it may come; else it says how to
  /// send the key instead.
  core::failure admit(net::exchange& x);

private:
  std::shared_ptr<std::size_t> left_; // outlived by places
  std::chrono::milliseconds total_;
};

} // namespace logos::ingress
