// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace logos::classification {

/// What is kept of a prompt to learn from: numbers only, the text cannot be read from it. All numbers are integers, so
/// that every node computes with the same ones.
struct imprint {
  /// How many numbers the dense part has, and its blocks: a constant; the surface (lengths, shares of kinds of
  /// characters); traits that others found; the meaning, an encoder's vector.
  static constexpr std::size_t surface_at = 1;
  static constexpr std::size_t traits_at = 16;
  static constexpr std::size_t meaning_at = 48;
  static constexpr std::size_t dense_size = 112;
  /// Into how many slots n-grams are hashed, and how many of one prompt are kept: the heaviest.
  static constexpr std::size_t slots = 8192;
  static constexpr std::size_t sparse_limit = 224;
  /// What an integer of the dense and of the sparse part counts.
  static constexpr float dense_unit = 1.0F / 2048;
  static constexpr float sparse_unit = 1.0F / 127;

  /// An n-gram's slot and weight.
  struct gram {
    std::uint16_t slot = 0;
    std::int8_t weight = 0;
    bool operator==(const gram&) const = default;
  };

  std::array<std::int16_t, dense_size> dense{};
  std::vector<gram> grams{}; // by slot, each once; the sum of squares of their weights is about 1

  bool operator==(const imprint&) const = default;
  /// Memory in bytes, roughly.
  std::size_t size() const { return sizeof *this + grams.capacity() * sizeof(gram); }
};

/// A prompt to make an imprint of. The views are not kept.
struct prompt {
  std::string_view text{};            // UTF-8; of a long one, its beginning and its end are read
  std::uint32_t turns = 1;            // messages of the conversation
  std::span<const float> traits{};    // what else is known of it, each about -1 to 1, always in the same order
  std::span<const float> embedding{}; // an encoder's vector of any length, or none; its scale does not matter
};

/// The imprint of a prompt: words, pairs of words and parts of words, hashed; the surface; traits and embedding, folded
/// where they are longer than their block. Takes at most some 30 µs, however long the text is. Pure; any thread.
imprint imprint_of(const prompt& p);

} // namespace logos::classification
