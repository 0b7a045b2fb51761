// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/features.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// What speaks for a model, each by a function of its own. All are pure; higher is better. How much each of them counts
/// is the balance's affair (balance.hpp).
namespace logos::classification {

/// A model's weights, as operators and feedback set them. Higher is better in each, also in latency and cost.
struct model_weights {
  std::int32_t accuracy = 0;
  std::int32_t quality = 0;
  std::int32_t latency = 0;
  std::int32_t cost = 0;
};

/// What a policy wants of these. 1024 stands for the highest weight among the candidates, -1024 for the lowest.
struct wanted_weights {
  std::int32_t accuracy = 0;
  std::int32_t quality = 0;
  std::int32_t latency = 0;
};
inline constexpr std::int32_t highest_wanted = 1024, lowest_wanted = -1024;

/// The same without sentinels; 0 in their place when there are no candidates. As upstream (facts/logos.md 4, 1).
wanted_weights resolve(wanted_weights wanted, std::span<const model_weights> candidates);

/// Upstream's policy stage (4, 2): for latency, accuracy and quality 1 / (1 + exp(-0.0625 (weight - wanted))), summed.
/// From 0 to 3. `wanted` has no sentinels. What a policy forbids is no candidate.
double policy_stage(const model_weights& has, const wanted_weights& wanted);

/// Upstream's token stage (4, 3): the share of the model's tags that the system prompt contains. From 0 to 1; a model
/// without tags gets 0, where upstream gives it 1.
double tag_stage(std::size_t contained, std::size_t tags);

/// How near an example is, and whether it is one of what the model is good at (1) or bad at (-1).
struct nearness {
  float similarity = 0;
  float worth = 1;
};
/// In place of upstream's AI stage (4, 4): the similarity of the question and the model's description, or, if that is
/// more, the mean of the three nearest examples of what it is good at; less, should the nearest example of what it is
/// bad at be nearer than these, by the difference. From -1 to 1.
double semantic_stage(float description, std::span<const nearness> examples);

/// What tags say a model is made for.
enum class skill : std::uint32_t {
  code = 1U << 0,
  mathematics = 1U << 1,
  reasoning = 1U << 2,
  vision = 1U << 3,
  tools = 1U << 4,
  json = 1U << 5,
  translation = 1U << 6,
  writing = 1U << 7,
  multilingual = 1U << 8,
  sound = 1U << 9,
  first_language = 1U << 16, // and so on, in the order of `language`
};
/// The skills that a tag stands for, as bits; 0 for most. In lower case.
std::uint32_t skills_of(std::string_view tag);
/// 0.6 × how well the skills fit what the prompt is (programs, mathematics, thought, images, tools, JSON, its language)
/// + 0.4 × difficulty × `strength`, the model's place between the weakest (0) and the strongest (1) candidate. From 0
/// to 1: what is hard goes to the strong, and nothing goes to the weak because it is easy.
double feature_stage(const features& of, std::uint32_t skills, double strength);

/// What was measured of a model's deployments, and is known of this request there. Nothing: not known.
struct measured_facts {
  std::optional<std::chrono::microseconds> first_byte{}; // learned
  std::optional<std::chrono::microseconds> wait{};       // for a place, now
  std::optional<std::int64_t> price_nano{};              // of this request, estimated
  std::optional<double> error_rate{};                    // 0 to 1
  std::optional<std::int64_t> context_tokens{};          // how long a prompt and its answer may be
};
/// -log2((time + 50 ms) / (best + 50 ms)) / 6, from -1 (64 times as long as the best) to 0.
double time_stage(std::chrono::microseconds time, std::chrono::microseconds best);
/// -log2((price + 10 µ) / (least + 10 µ)) / 10, from -1 (a thousand times as dear as the cheapest) to 0.
double price_stage(std::int64_t nano, std::int64_t least_nano);
/// Minus the share of calls that fail.
double error_stage(double rate);
/// 0 while the prompt fills less than 0.8 of the context, -1 when there is no room for an answer, a line between.
double context_stage(std::uint64_t prompt_tokens, std::int64_t context_tokens);

} // namespace logos::classification
