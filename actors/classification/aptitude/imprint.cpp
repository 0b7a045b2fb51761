// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/imprint.hpp"

#include "actors/classification/aptitude/surface.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace logos::classification {
namespace {

constexpr std::size_t read_at_the_start = 1280;
constexpr std::size_t read_at_the_end = 512;
/// How much each kind of n-gram counts, before the whole is brought to length 1.
constexpr float word_weight = 1.0F, pair_weight = 0.5F, part_weight = 0.35F, mark_weight = 0.7F;

/// Where n-grams are counted before they are folded.
constexpr std::size_t slots = 4096;

using block = std::span<std::int16_t>;

std::uint32_t mix(std::uint32_t h) { // the finaliser of MurmurHash3
  h = (h ^ (h >> 16)) * 0x85ebca6bU;
  h = (h ^ (h >> 13)) * 0xc2b2ae35U;
  return h ^ (h >> 16);
}

/// FNV-1a.
std::uint32_t hash(std::string_view text, std::uint32_t seed) {
  std::uint32_t h = 2166136261U ^ seed;
  for (const char c : text)
    h = (h ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return mix(h);
}

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

/// Collects the n-grams of a text. What the same slot gets is added with a sign that the hash says, so that two n-grams
/// that meet there disturb each other as little as possible.
class collection {
public:
  void read(std::string_view text) {
    std::string word;
    for (const char c : text) {
      if (in_word(c)) {
        word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if (word.size() < 40) continue;
      }
      take(word);
    }
    take(word);
    before_ = 0;
  }

  /// Something that is no word of the text.
  void mark(std::string_view what, std::uint32_t value) { add(hash(what, 77) + mix(value + 1), mark_weight); }

  /// What was counted in each slot. A word that comes often does not say as much more.
  std::span<const float> counted() {
    for (auto& w : weight_)
      if (w != 0) w = std::copysign(std::sqrt(std::abs(w)), w);
    return weight_;
  }

private:
  void add(std::uint32_t h, float weight) { weight_[h % slots] += (h >> 31) != 0 ? -weight : weight; }

  /// A word that is complete: itself, with the one before, and its parts. Short words are mostly glue.
  void take(std::string& word) {
    if (word.empty()) return;
    const auto length = static_cast<float>(word.size());
    const auto own = hash(word, 1);
    const float says = std::min(1.0F, length / 6);
    add(own, word_weight * says * says);
    if (before_ != 0) add(mix(before_ * 31 + own), pair_weight * says);
    before_ = own;
    if (word.size() >= 4) {
      const std::string edged = '<' + word + '>';
      for (std::size_t at = 0; at + 4 <= edged.size(); ++at)
        add(hash(std::string_view{edged}.substr(at, 4), 2), part_weight * part_weight);
    }
    word.clear();
  }

  std::array<float, slots> weight_{};
  std::uint32_t before_ = 0;
};

std::int16_t rounded(float value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -8.0F, 8.0F) / imprint::unit));
}

using sums = std::array<float, imprint::count>;

/// More values than a block has room for are folded, which keeps lengths and angles roughly.
sums folded(std::span<const float> values, std::size_t room) {
  sums out{};
  const bool fits = values.size() <= room;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || values[i] == 0) continue;
    const auto h = mix(static_cast<std::uint32_t>(i) * 2654435761U + 1);
    out[fits ? i : h % room] += fits || (h >> 31) == 0 ? values[i] : -values[i];
  }
  return out;
}

void put(std::span<const float> values, block into) {
  const auto sum = folded(values, into.size());
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = rounded(sum[i]);
}

/// The same brought to length 1. False, and nothing put, where all is 0.
bool put_direction(std::span<const float> values, block into) {
  const auto sum = folded(values, into.size());
  double square = 0;
  for (const float v : sum)
    square += static_cast<double>(v) * v;
  const auto length = std::sqrt(square);
  if (!(length > 0)) return false;
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = rounded(static_cast<float>(sum[i] / length));
  return true;
}

} // namespace

imprint imprint_of(const prompt& p) {
  imprint out;
  const auto whole = p.text.size();
  const bool is_long = whole > read_at_the_start + read_at_the_end;
  const auto head = is_long ? p.text.substr(0, read_at_the_start) : p.text;
  const auto part = [&](std::size_t from, std::size_t to) { return std::span{out.numbers}.subspan(from, to - from); };
  out.numbers[0] = rounded(1);
  put(surface_of(head, whole, p.turns), part(imprint::surface_at, imprint::traits_at));
  put(p.traits, part(imprint::traits_at, imprint::meaning_at));
  const auto meaning = part(imprint::meaning_at, imprint::count);
  if (put_direction(p.embedding, meaning)) return out;
  collection found;
  found.read(head);
  if (is_long) found.read(p.text.substr(whole - read_at_the_end));
  const auto first = p.text.substr(0, p.text.find_first_of(" ,.:\n"));
  found.mark("first", hash(first.substr(0, 40), 3));
  const auto last = p.text.find_last_not_of(" \n\t");
  if (last != std::string_view::npos) found.mark("last", static_cast<std::uint8_t>(p.text[last]));
  put_direction(found.counted(), meaning);
  return out;
}

} // namespace logos::classification
