// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/conversation.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace logos::classification {

enum class language : std::uint8_t {
  unknown,
  english,
  german,
  french,
  spanish,
  italian,
  portuguese,
  dutch,
  russian, // whatever is written in Cyrillic
  greek,
  hebrew,
  arabic,
  hindi, // whatever is written in Devanagari
  korean,
  japanese,
  chinese,
  count_
};
std::string_view to_string(language);

/// What kind of answer is asked for.
enum class question_kind : std::uint8_t { statement, yes_no, fact, how, why, make, change, sort, count_ };
std::string_view to_string(question_kind);

/// What can be told of a prompt without understanding it. Shares are from 0 (none) to 1 (nothing else).
struct features {
  std::uint32_t tokens = 0; // of the whole prompt, at four bytes a token
  std::uint32_t turns = 0;
  std::uint32_t tools = 0;
  std::uint32_t images = 0;
  std::uint32_t sounds = 0;
  std::uint32_t files = 0;
  language tongue = language::unknown;
  question_kind kind = question_kind::statement;
  bool tool_demanded = false;
  bool json = false;     // must the answer be
  bool schema = false;   // of a given shape
  float code = 0;        // programs, or talk of them
  float mathematics = 0; // formulas, or talk of them
  float structure = 0;   // lists, tables, headings
  float demand = 0;      // words that ask for thought
  /// How hard the prompt looks, 0 to 1: a guess by all of the above, for as long as nothing better is known.
  float difficulty = 0;
};

/// Reads a prompt's features in one pass over what the user asked last: bytes and lines of all of it, words of its
/// beginning and end. Allocates nothing. Any thread.
features extract(const conversation& of);

/// The features as numbers from 0 to 1, in the order of `feature_names`: what is learned by and shown.
inline constexpr std::array<std::string_view, 22> feature_names{
    "length", "turns",       "tools",     "images", "sounds",     "files",   "json",           "schema",
    "code",   "mathematics", "structure", "demand", "difficulty", "english", "other_language", "fact",
    "how",    "why",         "make",      "change", "sort",       "yes_no"};
std::array<float, feature_names.size()> numbers(const features& of);

} // namespace logos::classification
