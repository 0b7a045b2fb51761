// SPDX-License-Identifier: MIT
#pragma once
#include "tokenization/vocabulary.hpp"

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace logos::tokenization {

/// Byte-pair encoding of one piece of text after the other. Keeps its memory between pieces; one thread at a time.
class merger {
public:
  /// `of` outlives it.
  explicit merger(const vocabulary& of) : vocabulary_{of} {}

  /// Appends the tokens of `piece` (at most 4 GiB): as long as two neighbours make a token, the two that make the one
  /// of the lowest rank are merged, the first of equals. Takes time n log n for n bytes, whatever they are, and about
  /// 24 n bytes of memory for a long piece.
  void merge(std::string_view piece, std::vector<token>& to);
  /// What was looked up, compared and taken so far: a count of its work that is the same on every machine.
  std::uint64_t steps() const { return steps_; }

private:
  /// A part of the piece that is a token already. It is known by where it begins.
  struct part {
    std::uint32_t previous;
    std::uint32_t next;
    token joined; // what it makes with the next
  };
  static constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  /// A part that made a token with the next one when it was noted, in the list of those that make the same.
  struct note {
    std::uint32_t at;
    std::uint32_t before; // the note of before in the list
  };
  /// All that make the token of a rank are merged in one turn, from left to right. A turn waits while what it made
  /// makes a token of a lower rank.
  struct turn {
    token rank;
    std::size_t begin; // in due_
    std::size_t next;
  };

  void merge_few(std::string_view piece, std::vector<token>& to);
  void merge_many(std::string_view piece, std::vector<token>& to);
  void merge_at(std::string_view piece, std::uint32_t at);
  /// Looks up what the part at `at` makes with the next, and notes it.
  void pair_up(std::string_view piece, std::uint32_t at);
  void begin_turn();
  token find(std::string_view bytes);

  const vocabulary& vocabulary_;
  std::vector<part> parts_;
  std::vector<note> notes_;
  std::uint32_t free_note_ = none;   // those that may be used again, in a list, too
  std::vector<std::uint32_t> lists_; // by rank: the last note of its list
  std::vector<token> ranks_;         // a heap of the ranks whose lists are not empty, the lowest first
  std::vector<std::uint32_t> due_;   // parts of all turns, those of the last turn last
  std::vector<turn> turns_;          // each has a lower rank than the one before
  std::uint64_t steps_ = 0;
};

} // namespace logos::tokenization
