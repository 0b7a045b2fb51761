// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string_view>

namespace logos::classification {

/// What a single word tells of a prompt. A word may tell several things: `la` is French, Spanish and Italian.
enum class hint : std::uint32_t {
  english = 1U << 0,
  german = 1U << 1,
  french = 1U << 2,
  spanish = 1U << 3,
  italian = 1U << 4,
  portuguese = 1U << 5,
  dutch = 1U << 6,
  code = 1U << 8,        // stands in programs, or in talk of them
  mathematics = 1U << 9, // stands in proofs and exercises
  demanding = 1U << 10,  // asks for thought: prove, compare, design
  fact = 1U << 11,       // what, who, when
  how = 1U << 12,
  why = 1U << 13,
  make = 1U << 14,   // write, create, draft
  change = 1U << 15, // translate, summarise, rewrite
  sort = 1U << 16,   // classify, extract, label
};
inline constexpr std::uint32_t bit(hint h) { return static_cast<std::uint32_t>(h); }
/// The hints that say what kind of answer is asked for.
inline constexpr std::uint32_t request_hints =
    bit(hint::fact) | bit(hint::how) | bit(hint::why) | bit(hint::make) | bit(hint::change) | bit(hint::sort);

/// The longest word that tells anything, in bytes.
inline constexpr std::size_t longest_hint = 15;

/// The hints that a word gives, as bits; 0 for nearly all. `word` has its ASCII letters in lower case. Any thread;
/// takes some nanoseconds.
std::uint32_t hints_of(std::string_view word);

/// The hash that its words are found by (FNV-1a), for who reads them byte by byte anyway: of nothing, and with one byte
/// more.
inline constexpr std::uint32_t hash_of_nothing = 2166136261U;
constexpr std::uint32_t hash_on(std::uint32_t hash, char next) {
  return (hash ^ static_cast<unsigned char>(next)) * 16777619U;
}
/// The same as above, of a word of at most `longest_hint` bytes whose hash is known.
std::uint32_t hints_of(std::string_view word, std::uint32_t hash);

} // namespace logos::classification
