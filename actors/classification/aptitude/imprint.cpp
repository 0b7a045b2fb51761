// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/imprint.hpp"

#include "actors/classification/aptitude/surface.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace logos::classification {
namespace {

constexpr std::size_t read_at_the_start = 1280;
constexpr std::size_t read_at_the_end = 512;
/// How much each kind of n-gram counts, before the whole is brought to length 1.
constexpr float word_weight = 1.0F, pair_weight = 0.5F, part_weight = 0.35F, mark_weight = 0.7F;

using weights = std::array<float, imprint::slots>;

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

  /// The heaviest, of length 1 together.
  std::vector<imprint::gram> grams() {
    std::vector<std::pair<float, std::uint16_t>> all;
    for (const auto slot : touched_) {
      // A word that comes often does not say as much more.
      const float w = weight_[slot];
      if (w != 0) all.emplace_back(std::copysign(std::sqrt(std::abs(w)), w), slot);
      weight_[slot] = 0; // each once
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return std::abs(a.first) != std::abs(b.first) ? std::abs(a.first) > std::abs(b.first) : a.second < b.second;
    });
    if (all.size() > imprint::sparse_limit) all.resize(imprint::sparse_limit);
    float square = 0;
    for (const auto& [w, slot] : all)
      square += w * w;
    std::vector<imprint::gram> out;
    out.reserve(all.size());
    for (const auto& [w, slot] : all) {
      const auto rounded = std::lround(w / std::sqrt(square) / imprint::sparse_unit);
      if (rounded != 0) out.push_back({slot, static_cast<std::int8_t>(std::clamp(rounded, -127L, 127L))});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
    return out;
  }

private:
  void add(std::uint32_t h, float weight) {
    const auto slot = static_cast<std::uint16_t>(h % imprint::slots);
    if (weight_[slot] == 0) touched_.push_back(slot);
    weight_[slot] += (h >> 31) != 0 ? -weight : weight;
  }

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

  weights weight_{};
  std::vector<std::uint16_t> touched_;
  std::uint32_t before_ = 0;
};

/// A step for each doubling, halved.
std::uint32_t step_of(std::size_t n) {
  return static_cast<std::uint32_t>(std::lround(2 * std::log2(1.0 + static_cast<double>(n))));
}

std::int16_t rounded(float value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -8.0F, 8.0F) / imprint::dense_unit));
}

/// Puts `values` into a block. More than it has room for are folded: each goes to a place and with a sign that its
/// number says, which keeps lengths and angles roughly.
void fold(std::span<const float> values, float scale, std::span<std::int16_t> block) {
  std::array<float, imprint::dense_size> sum{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const auto h = mix(static_cast<std::uint32_t>(i) * 2654435761U + 1);
    const bool fits = values.size() <= block.size();
    sum[fits ? i : h % block.size()] += (fits || (h >> 31) == 0 ? scale : -scale) * values[i];
  }
  for (std::size_t i = 0; i < block.size(); ++i)
    block[i] = rounded(sum[i]);
}

float length_of(std::span<const float> values) {
  double square = 0;
  for (const float v : values)
    if (std::isfinite(v)) square += static_cast<double>(v) * v;
  return static_cast<float>(std::sqrt(square));
}

} // namespace

imprint imprint_of(const prompt& p) {
  imprint out;
  const auto whole = p.text.size();
  const bool is_long = whole > read_at_the_start + read_at_the_end;
  const auto head = is_long ? p.text.substr(0, read_at_the_start) : p.text;
  collection found;
  found.read(head);
  if (is_long) found.read(p.text.substr(whole - read_at_the_end));
  found.mark("length", step_of(whole));
  found.mark("turns", step_of(p.turns));
  const auto first = p.text.substr(0, p.text.find_first_of(" ,.:\n"));
  found.mark("first", hash(first.substr(0, 40), 3));
  const auto last = p.text.find_last_not_of(" \n\t");
  if (last != std::string_view::npos) found.mark("last", static_cast<std::uint8_t>(p.text[last]));
  out.grams = found.grams();

  const std::span dense{out.dense};
  dense[0] = rounded(1);
  fold(surface_of(head, whole, p.turns), 1,
       dense.subspan(imprint::surface_at, imprint::traits_at - imprint::surface_at));
  fold(p.traits, 1, dense.subspan(imprint::traits_at, imprint::meaning_at - imprint::traits_at));
  const float length = length_of(p.embedding);
  if (length > 0) fold(p.embedding, 1 / length, dense.subspan(imprint::meaning_at));
  return out;
}

} // namespace logos::classification
