// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::core {

/// What an answer is looked at for, before a cheap model's answer is good enough.
enum class answer_check : std::uint8_t {
  refusal,    // the model declines, or its provider's filter does
  schema,     // the answer is not of the form that the request asked for
  confidence, // the model was not sure of its words
  tools,      // the arguments of a call are no JSON
  empty,      // it says nothing and calls nothing
  truncated   // it ended because it was as long as it may be
};
inline constexpr std::size_t answer_checks = 6;

std::string_view to_string(answer_check);
std::optional<answer_check> parse_answer_check(std::string_view);

/// Some of them.
class check_set {
public:
  constexpr check_set() = default;
  constexpr check_set(std::initializer_list<answer_check> all) {
    for (const auto c : all)
      add(c);
  }
  constexpr void add(answer_check c) { bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(c)); }
  constexpr bool has(answer_check c) const { return (bits_ >> static_cast<unsigned>(c) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const check_set&) const = default;

private:
  std::uint8_t bits_ = 0;
};

/// Words in the order of the enum.
std::vector<std::string> words_of(check_set);
/// The same parted by blanks, as the database keeps it, and back; unknown words are left out.
std::string joined(check_set);
check_set parse_checks(std::string_view text);
/// The words that there are, parted by commas.
std::string_view check_words();

/// Whether, and how, a cheap model answers first and another one only when that answer fails a check.
struct cascade {
  static constexpr std::int64_t fewest_steps = 2, longest = 5;

  check_set checks{};                         // none: there is no cascade
  std::int64_t min_confidence_permille = 500; // of `answer_check::confidence`
  std::int64_t most_steps = fewest_steps;     // models that are asked, at most

  bool on() const { return !checks.empty(); }
  bool operator==(const cascade&) const = default;
};

} // namespace logos::core
