// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

#include <array>
#include <optional>

/// Reading the parameters behind `?`. Each leaves `out` alone when its parameter is not there; the failure's code is
/// none when it is sound.
namespace logos::administration {

/// From 1970 on.
core::failure read_time(const query& parameters, std::string_view name, std::optional<core::wall_time>& out);
/// Not empty: that would be no filter.
core::failure read_text_filter(const query& parameters, std::string_view name, std::string& out);
/// A positive id.
core::failure read_id_filter(const query& parameters, std::string_view name, std::int64_t& out);
/// `from` 1970 and `to` far away, where they are not given.
core::failure read_range(const query& parameters, core::wall_time& from, core::wall_time& to);
inline constexpr core::wall_time far_away{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};

/// The enumerator whose place in `words` the word has.
template <class Enum, std::size_t N>
std::optional<Enum> find_word(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

} // namespace logos::administration
