// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace logos::classification {

/// What is kept of a prompt to learn from: numbers only, the text cannot be read from it. All numbers are integers, so
/// that every node computes with the same ones.
struct imprint {
  /// Its blocks, those that say most with least first, so that a few of the first numbers are an imprint, too: a
  /// constant; the surface (length first, then shares of kinds of characters); traits that others found; the meaning,
  /// an encoder's vector.
  static constexpr std::size_t surface_at = 1;
  static constexpr std::size_t traits_at = 16;
  static constexpr std::size_t meaning_at = 40;
  static constexpr std::size_t count = 104;
  /// What an integer counts.
  static constexpr float unit = 1.0F / 2048;

  std::array<std::int16_t, count> numbers{};

  bool operator==(const imprint&) const = default;
  /// Memory in bytes.
  static constexpr std::size_t size() { return sizeof(imprint); }
};

/// A prompt to make an imprint of. The views are not kept.
struct prompt {
  std::string_view text{};            // UTF-8; of a long one, its beginning and its end are read
  std::uint32_t turns = 1;            // messages of the conversation
  std::span<const float> traits{};    // what else is known of it, each about -1 to 1, always in the same order
  std::span<const float> embedding{}; // an encoder's vector of any length, or none; its scale does not matter
};

/// The imprint of a prompt: surface, traits, and the embedding brought to length 1. Where there is none, or it is 0
/// since the encoder does not know the language, words, pairs and parts of words are hashed to stand in for it.
/// Whatever is longer than its block is folded: each number goes to a place and with a sign that a hash says. Takes at
/// most some 20 µs, however long the text is, and a few with an embedding. Pure; any thread.
imprint imprint_of(const prompt& p);

/// As bytes, for storage, with a version: what the numbers mean may be another thing in another program.
std::string to_bytes(const imprint& of);
/// Nothing when these are not bytes of this version and layout.
std::optional<imprint> imprint_from(std::string_view bytes);

} // namespace logos::classification
