// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/word_pieces.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace logos::classification {

inline constexpr std::size_t dimensions = 64;

/// What a text is about, as a direction: of length 1, or 0 where nothing is known.
using embedding = std::array<float, dimensions>;

/// The cosine of the angle between two: 1 for the same, around 0 for what has nothing to do with each other.
float similarity(const embedding& a, const embedding& b);

/// A static encoder: each word piece has a vector of its own, and a text's is their sum. The vectors were distilled
/// from a sentence transformer (see README, licences), so that texts on the same matter lie near each other though they
/// share no word. English; other languages by their words that English has, too. Immutable, any thread.
class encoder {
public:
  /// `rows` holds `dimensions` numbers for each piece and outlives the encoder.
  encoder(std::string_view pieces, std::span<const std::int8_t> rows);

  /// Of a text longer than `encoded_bytes` its beginning and its end count: some 10 µs at most.
  embedding encode(std::string_view text) const { return encode(text, {}); }
  /// The same of a text that may need another one to be understood (`and in Rust?`): the shorter it is, the more of
  /// `before` is added.
  embedding encode(std::string_view text, std::string_view before) const;

private:
  using sums = std::array<std::int32_t, dimensions>;
  void add(std::string_view text, sums& into) const;
  void add_ends(std::string_view text, std::size_t bytes, sums& into) const;

  word_pieces pieces_;
  std::span<const std::int8_t> rows_;
};

inline constexpr std::size_t encoded_bytes = 2048;
/// Bytes of a question that needs no other to be understood.
inline constexpr std::size_t clear_bytes = 160;

/// What is looked at of a text: all of it, or its beginning and its end, `bytes` at most. No word is cut where blanks
/// part them.
struct text_ends {
  std::string_view head;
  std::string_view tail{};
};
text_ends ends_of(std::string_view text, std::size_t bytes);

/// The one that is compiled in. Made when it is first asked for, which takes some ms.
const encoder& built_in_encoder();

} // namespace logos::classification
