// SPDX-License-Identifier: MIT
#pragma once
#include "core/sample_windows.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace logos::net {

/// What is kept of a text that comes in pieces, to estimate with: all of it while it is short, else windows spread
/// evenly over it. Adding costs a copy of the piece.
class text_sample {
public:
  static constexpr std::size_t window_bytes = core::sample_window;
  static constexpr std::size_t most_bytes = core::sampled_bytes;

  void add(std::string_view piece);
  /// Bytes of the whole text.
  std::uint64_t size() const { return size_; }
  /// The whole text, or its windows one behind the other.
  std::string_view kept() const { return kept_; }
  bool is_whole() const { return stride_ == 1; }

private:
  void thin_out();

  std::string kept_;
  std::uint64_t size_ = 0;
  std::uint64_t stride_ = 1; // every such window is kept; a power of two
};

} // namespace logos::net
