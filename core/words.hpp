// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace logos::core {

/// An enum's values as words, in their order.
template <std::size_t N>
using words = std::array<std::string_view, N>;

/// The value that a word stands for.
template <class Enum, std::size_t N>
std::optional<Enum> parse_word(const words<N>& all, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (all[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

/// `unknown` for what is no value.
template <class Enum, std::size_t N>
std::string_view word_of(const words<N>& all, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? all[index] : std::string_view{"unknown"};
}

} // namespace logos::core
