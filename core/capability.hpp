// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::core {

/// What a model can do, as far as a request shows that it needs it.
enum class capability : std::uint8_t {
  chat,        // generates text
  tools,       // calls tools
  vision,      // reads images
  json_schema, // keeps to a schema
  audio,       // hears sounds in a prompt
  embeddings,
  moderation,
  rerank, // and whatever else scores pairs of texts
  image_generation,
  speech,
  transcription
};

std::string_view to_string(capability);
std::optional<capability> parse_capability(std::string_view);

/// Some of them.
class capability_set {
public:
  constexpr capability_set() = default;
  constexpr capability_set(std::initializer_list<capability> all) {
    for (const auto c : all)
      add(c);
  }
  constexpr void add(capability c) { bits_ = static_cast<std::uint16_t>(bits_ | 1U << static_cast<unsigned>(c)); }
  constexpr bool has(capability c) const { return (bits_ >> static_cast<unsigned>(c) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  /// What is here and not there.
  constexpr capability_set without(capability_set other) const {
    capability_set out;
    out.bits_ = static_cast<std::uint16_t>(bits_ & ~other.bits_);
    return out;
  }
  constexpr bool operator==(const capability_set&) const = default;

private:
  std::uint16_t bits_ = 0;
};

/// What is said of a model: what takes a prompt of several kinds, or calls tools, generates text as well.
capability_set completed(capability_set said);
/// Words in the order of the enum.
std::vector<std::string> words_of(capability_set);
/// The same parted by blanks, as the database keeps it, and back; unknown words are left out.
std::string joined(capability_set);
capability_set parse_capabilities(std::string_view text);
/// The words that there are, parted by commas.
std::string_view capability_words();

/// What a request needs of the model that answers it.
struct needs {
  capability_set capabilities{};
  std::int64_t tokens = 0; // in the context: prompt and the length of answer that is asked for, an estimate
};

} // namespace logos::core
