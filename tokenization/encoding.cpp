// SPDX-License-Identifier: MIT
#include "tokenization/encoding.hpp"

#include <algorithm>

namespace logos::tokenization {
namespace {

// Unicode's White_Space, which is what \s means in the expressions that tiktoken has; PCRE2's \s is another set.
#define LOGOS_SPACE R"(\x09-\x0d\x{85}\p{Z})"

/// As in tiktoken 0.14, with \s and $ spelled out.
constexpr std::string_view o200k_pattern =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}|)"
    R"( ?[^\p{L}\p{N})" LOGOS_SPACE R"(]+[\r\n/]*|)"
    "[" LOGOS_SPACE "]*[\\r\\n]+|"
    "[" LOGOS_SPACE "]+(?![^" LOGOS_SPACE "])|"
    "[" LOGOS_SPACE "]+";

constexpr std::string_view cl100k_pattern = R"('(?i:[sdmt]|ll|ve|re)|)"
                                            R"([^\r\n\p{L}\p{N}]?+\p{L}++|)"
                                            R"(\p{N}{1,3}+|)"
                                            R"( ?[^\p{L}\p{N})" LOGOS_SPACE R"(]++[\r\n]*+|)"
                                            "[" LOGOS_SPACE "]++\\z|"
                                            "[" LOGOS_SPACE "]*[\\r\\n]|"
                                            "[" LOGOS_SPACE "]+(?![^" LOGOS_SPACE "])|"
                                            "[" LOGOS_SPACE "]";

#undef LOGOS_SPACE

const vocabulary& o200k_words() {
  static const vocabulary words{o200k_ranks()};
  return words;
}

const splitter& o200k_cuts() {
  static const splitter cuts{o200k_pattern};
  return cuts;
}

std::vector<special_token> harmony_tokens() {
  std::vector<special_token> all{{"<|startoftext|>", 199998}, {"<|endoftext|>", 199999}};
  for (token t = 200000; t < 201088; ++t)
    all.push_back({"<|reserved_" + std::to_string(t) + "|>", t});
  const special_token named[] = {{"<|return|>", 200002}, {"<|constrain|>", 200003},  {"<|channel|>", 200005},
                                 {"<|start|>", 200006},  {"<|end|>", 200007},        {"<|message|>", 200008},
                                 {"<|call|>", 200012},   {"<|endofprompt|>", 200018}};
  for (const auto& n : named)
    all[n.number - 199998] = n;
  return all;
}

} // namespace

encoding::encoding(std::string_view name, const vocabulary& words, const splitter& cuts,
                   std::vector<special_token> special)
    : name_{name},
      words_{words},
      cuts_{cuts},
      special_{std::move(special)} {}

std::vector<token> encoding::encode(std::string_view text) const {
  std::vector<token> out;
  merger work{words_};
  cuts_.split(text, [&](std::string_view piece) { work.merge(piece, out); });
  return out;
}

std::uint64_t encoding::count(std::string_view text) const {
  std::uint64_t sum = 0;
  std::vector<token> of_piece;
  merger work{words_};
  cuts_.split(text, [&](std::string_view piece) {
    of_piece.clear();
    work.merge(piece, of_piece);
    sum += of_piece.size();
  });
  return sum;
}

std::optional<std::string_view> encoding::bytes(token t) const {
  if (t < words_.size()) return words_.bytes(t);
  const auto at = std::lower_bound(special_.begin(), special_.end(), t,
                                   [](const special_token& s, token number) { return s.number < number; });
  if (at == special_.end() || at->number != t) return std::nullopt;
  return at->name;
}

std::optional<std::string> encoding::decode(std::span<const token> tokens) const {
  std::string out;
  for (const auto t : tokens) {
    const auto text = bytes(t);
    if (!text) return std::nullopt;
    out += *text;
  }
  return out;
}

const encoding& o200k_base() {
  static const encoding it{
      "o200k_base", o200k_words(), o200k_cuts(), {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}};
  return it;
}

const encoding& o200k_harmony() {
  static const encoding it{"o200k_harmony", o200k_words(), o200k_cuts(), harmony_tokens()};
  return it;
}

const encoding& cl100k_base() {
  static const vocabulary words{cl100k_ranks()};
  static const splitter cuts{cl100k_pattern};
  static const encoding it{"cl100k_base",
                           words,
                           cuts,
                           {{"<|endoftext|>", 100257},
                            {"<|fim_prefix|>", 100258},
                            {"<|fim_middle|>", 100259},
                            {"<|fim_suffix|>", 100260},
                            {"<|endofprompt|>", 100276}}};
  return it;
}

} // namespace logos::tokenization
