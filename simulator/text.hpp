// SPDX-License-Identifier: MIT
#pragma once
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::simulator {

/// A 64-bit hash that is the same on every machine and in every run.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed);

/// A stream of numbers that follows from its seed (splitmix64).
class sequence {
public:
  explicit sequence(std::uint64_t seed) : state_{seed} {}
  std::uint64_t next();
  /// Uniform enough in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

private:
  std::uint64_t state_;
};

/// Tokens of a text: one for every four bytes begun.
unsigned count_tokens(std::string_view text);

/// `tokens` words, each with the space before it; one word is one token of an answer.
std::vector<std::string> words(std::uint64_t seed, std::size_t tokens);

/// Cuts `text` into pieces of about six bytes, never inside a UTF-8 character: how JSON answers are streamed.
std::vector<std::string> pieces_of(std::string_view text);

/// A vector of length 1 and dimension `dimension` that depends on the text and the seed only.
std::vector<float> embedding(std::string_view text, std::uint64_t seed, std::size_t dimension);

/// `[0.1,…]` and the base64 form (little-endian floats), as the embeddings API has them.
void append_floats(std::string& out, const std::vector<float>& values);
std::string base64(std::string_view bytes);
std::string base64_of(const std::vector<float>& values);

/// A JSON value that satisfies `schema` as far as type, enum, const, properties, items, anyOf, $ref and minimum go.
std::string example_of(simdjson::dom::element schema, std::uint64_t seed);

} // namespace logos::simulator
