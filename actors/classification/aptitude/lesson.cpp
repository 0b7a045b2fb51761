// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/lesson.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace logos::classification {
namespace {

constexpr std::array<std::pair<std::string_view, float>, 22> labels{{
    {"good", 1.0F},        {"bad", 0.0F},     {"up", 1.0F},        {"down", 0.0F},     {"positive", 1.0F},
    {"negative", 0.0F},    {"correct", 1.0F}, {"incorrect", 0.0F}, {"wrong", 0.0F},    {"right", 1.0F},
    {"thumbs_up", 1.0F},   {"like", 1.0F},    {"dislike", 0.0F},   {"success", 1.0F},  {"failure", 0.0F},
    {"thumbs_down", 0.0F}, {"true", 1.0F},    {"false", 0.0F},     {"accepted", 1.0F}, {"rejected", 0.0F},
    {"neutral", 0.5F},     {"mixed", 0.5F},
}};

} // namespace

meaning meaning_of(signal what, float score) {
  switch (what) {
  case signal::score: return {std::clamp(score, 0.0F, 1.0F), 1.0F};
  case signal::preferred: return {1.0F, 1.0F};
  case signal::retry: return {0.0F, 0.2F};
  case signal::regenerate: return {0.0F, 0.4F};
  case signal::error: return {0.0F, 0.3F};
  case signal::abandoned: return {0.25F, 0.1F};
  case signal::forgotten: return {};
  case signal::unfit: return {0.0F, 0.3F};
  case signal::accepted: return {1.0F, 0.4F};
  }
  return {};
}

float blame_of(signal what) {
  const auto means = meaning_of(what, 0);
  return means.weight * (1 - 2 * means.result);
}

std::optional<float> score_of(std::string_view label) {
  std::string word;
  for (const char c : label)
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == '-' || c == ' ' ? '_' : c;
  const auto at = std::find_if(labels.begin(), labels.end(), [&](const auto& l) { return l.first == word; });
  if (at == labels.end()) return std::nullopt;
  return at->second;
}

} // namespace logos::classification
