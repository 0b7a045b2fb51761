// SPDX-License-Identifier: MIT
#pragma once
#include "core/sample_windows.hpp"
#include "tokenization/family.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace logos::tokenization {

/// Counts the tokens of texts that may be long in a bounded time: where all of them together are likely to have more
/// than `most_bytes`, by windows spread evenly over them, and the rest in proportion. One thread.
class sampled_count {
public:
  static constexpr std::size_t window_bytes = core::sample_window;
  static constexpr std::size_t most_bytes = core::sampled_bytes;

  /// `likely_bytes` of all texts together; 0: all is counted, whatever its length.
  explicit sampled_count(const family& of, std::size_t likely_bytes = 0);
  void add(std::string_view text);
  /// As family::thousandths has it, of all that was added.
  std::uint64_t thousandths() const;
  /// Nothing was left out.
  bool is_whole() const { return covered_ == seen_; }

private:
  const family* of_;
  std::uint64_t stride_ = 1; // every such window is counted
  std::uint64_t seen_ = 0;   // bytes of all texts
  std::uint64_t covered_ = 0;
  std::uint64_t thousandths_ = 0;
};

/// `cut`, a part of a text, without the parts of characters at its ends, each of whose bytes would be a token.
std::string_view whole_characters(std::string_view cut);

} // namespace logos::tokenization
