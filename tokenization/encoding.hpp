// SPDX-License-Identifier: MIT
#pragma once
#include "tokenization/merger.hpp"
#include "tokenization/splitter.hpp"
#include "tokenization/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::tokenization {

/// A token that stands for no text: `<|endoftext|>`.
struct special_token {
  std::string name;
  token number;
};

/// One of OpenAI's encodings. What looks like a special token in a text is text. Immutable, any thread.
class encoding {
public:
  /// The parts outlive it.
  encoding(std::string_view name, const vocabulary& words, const splitter& cuts, std::vector<special_token> special);

  std::string_view name() const { return name_; }
  /// Exactly what OpenAI's tiktoken gives for `encode_ordinary`. Bytes that are not UTF-8 are encoded byte by byte.
  /// Time n log n for n bytes, whatever they are.
  std::vector<token> encode(std::string_view text) const;
  /// How many tokens `encode` gives.
  std::uint64_t count(std::string_view text) const;
  /// The bytes of a token, ordinary or special; nothing when there is no such token.
  std::optional<std::string_view> bytes(token t) const;
  /// The bytes of all of them; nothing when one is no token. They need not be UTF-8.
  std::optional<std::string> decode(std::span<const token> tokens) const;

private:
  std::string_view name_;
  const vocabulary& words_;
  const splitter& cuts_;
  std::vector<special_token> special_; // by number
};

// Each is made when it is first asked for, which takes some 20 ms.
const encoding& o200k_base();
/// o200k_base with the special tokens of gpt-oss.
const encoding& o200k_harmony();
const encoding& cl100k_base();

} // namespace logos::tokenization
