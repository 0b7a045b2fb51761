// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/stages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace logos::classification {
namespace {

constexpr std::uint32_t bit(skill s) { return static_cast<std::uint32_t>(s); }
constexpr std::uint32_t bit(language l) { return bit(skill::first_language) << static_cast<unsigned>(l); }
static_assert(16 + static_cast<unsigned>(language::count_) <= 32);

double logistic_step(std::int32_t weight, std::int32_t wanted) {
  constexpr double slope = 0.0625;
  return 1.0 / (1.0 + std::exp(-slope * (static_cast<double>(weight) - wanted)));
}

constexpr std::array<std::pair<std::string_view, skill>, 32> skill_words{{
    {"code", skill::code},
    {"coder", skill::code},
    {"coding", skill::code},
    {"programming", skill::code},
    {"developer", skill::code},
    {"software", skill::code},
    {"math", skill::mathematics},
    {"maths", skill::mathematics},
    {"mathematics", skill::mathematics},
    {"reasoning", skill::reasoning},
    {"thinking", skill::reasoning},
    {"logic", skill::reasoning},
    {"analysis", skill::reasoning},
    {"vision", skill::vision},
    {"image", skill::vision},
    {"images", skill::vision},
    {"multimodal", skill::vision},
    {"tools", skill::tools},
    {"tool-use", skill::tools},
    {"function-calling", skill::tools},
    {"agent", skill::tools},
    {"agents", skill::tools},
    {"json", skill::json},
    {"structured", skill::json},
    {"translation", skill::translation},
    {"translate", skill::translation},
    {"writing", skill::writing},
    {"creative", skill::writing},
    {"multilingual", skill::multilingual},
    {"audio", skill::sound},
    {"speech", skill::sound},
    {"voice", skill::sound},
}};

} // namespace

wanted_weights resolve(wanted_weights wanted, std::span<const model_weights> candidates) {
  const auto meant = [&](std::int32_t& value, std::int32_t model_weights::*of) {
    if (value != highest_wanted && value != lowest_wanted) return;
    const auto less = [of](const model_weights& a, const model_weights& b) { return a.*of < b.*of; };
    const auto [low, high] = std::minmax_element(candidates.begin(), candidates.end(), less);
    value = candidates.empty() ? 0 : value == highest_wanted ? (*high).*of : (*low).*of;
  };
  meant(wanted.accuracy, &model_weights::accuracy);
  meant(wanted.quality, &model_weights::quality);
  meant(wanted.latency, &model_weights::latency);
  return wanted;
}

double policy_stage(const model_weights& has, const wanted_weights& wanted) {
  return logistic_step(has.latency, wanted.latency) + logistic_step(has.accuracy, wanted.accuracy) +
         logistic_step(has.quality, wanted.quality);
}

double tag_stage(std::size_t contained, std::size_t tags) {
  return tags == 0 ? 0 : static_cast<double>(contained) / static_cast<double>(tags);
}

double semantic_stage(float description, std::span<const nearness> examples) {
  std::array<float, 3> nearest{-2, -2, -2};
  float bad = -2;
  for (const auto& e : examples) {
    if (e.worth < 0) {
      bad = std::max(bad, e.similarity * -e.worth);
      continue;
    }
    const auto near = e.similarity * e.worth;
    if (near <= nearest[2]) continue;
    nearest[2] = near;
    if (nearest[2] > nearest[1]) std::swap(nearest[1], nearest[2]);
    if (nearest[1] > nearest[0]) std::swap(nearest[0], nearest[1]);
  }
  double sum = 0;
  int count = 0;
  for (const auto n : nearest) {
    if (n > -2) {
      sum += n;
      ++count;
    }
  }
  const auto good = count == 0 ? double{description} : std::max(double{description}, sum / count);
  return std::clamp(bad > good ? good - (bad - good) : good, -1.0, 1.0);
}

std::uint32_t skills_of(std::string_view tag) {
  for (const auto& [word, s] : skill_words)
    if (word == tag) return bit(s);
  for (unsigned l = 1; l < static_cast<unsigned>(language::count_); ++l)
    if (to_string(static_cast<language>(l)) == tag) return bit(static_cast<language>(l));
  return 0;
}

double feature_stage(const features& of, std::uint32_t skills, double strength) {
  double fit = 0;
  const auto has = [skills](std::uint32_t wanted) { return (skills & wanted) != 0; };
  const auto fits = [&](skill s, double much) {
    if (has(bit(s))) fit = std::max(fit, much);
  };
  fits(skill::code, of.code);
  fits(skill::mathematics, of.mathematics);
  fits(skill::reasoning, std::max(of.demand, of.difficulty));
  fits(skill::vision, of.images > 0 ? 1 : 0);
  fits(skill::sound, of.sounds > 0 ? 1 : 0);
  fits(skill::tools, of.tool_demanded ? 1 : of.tools > 0 ? 0.7 : 0);
  fits(skill::json, of.schema ? 0.8 : of.json ? 0.5 : 0);
  fits(skill::translation, of.kind == question_kind::change ? 0.4 : 0);
  fits(skill::writing, of.kind == question_kind::make ? 0.5 * (1 - of.code) : 0);
  if (of.tongue != language::unknown && of.tongue != language::english) {
    if (has(bit(of.tongue))) fit = std::max(fit, 0.8);
    fits(skill::multilingual, 0.5);
  }
  return 0.6 * fit + 0.4 * of.difficulty * strength;
}

double time_stage(std::chrono::microseconds time, std::chrono::microseconds best) {
  constexpr double unnoticed = 50'000;
  const auto ratio = (static_cast<double>(std::max<std::int64_t>(time.count(), 0)) + unnoticed) /
                     (static_cast<double>(std::max<std::int64_t>(best.count(), 0)) + unnoticed);
  return std::clamp(-std::log2(ratio) / 6, -1.0, 0.0);
}

double price_stage(std::int64_t nano, std::int64_t least_nano) {
  constexpr double unnoticed = 10'000;
  const auto ratio = (static_cast<double>(std::max<std::int64_t>(nano, 0)) + unnoticed) /
                     (static_cast<double>(std::max<std::int64_t>(least_nano, 0)) + unnoticed);
  return std::clamp(-std::log2(ratio) / 10, -1.0, 0.0);
}

double error_stage(double rate) { return rate > 0 ? -std::min(rate, 1.0) : 0.0; }

double context_stage(std::uint64_t prompt_tokens, std::int64_t context_tokens) {
  if (context_tokens <= 0) return 0;
  const auto filled = static_cast<double>(prompt_tokens) / static_cast<double>(context_tokens);
  return -std::clamp((filled - 0.8) / 0.2, 0.0, 1.0);
}

} // namespace logos::classification
