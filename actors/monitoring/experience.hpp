// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace logos::monitoring {

/// How long a deployment takes, as learned. What a request to it may expect.
/// A prompt's `tokens` are those that the provider reports.
std::int64_t expected_first_token_us(const actors::learned& of, std::uint32_t prompt_tokens);
/// The whole answer.
std::int64_t expected_duration_us(const actors::learned& of, std::uint32_t prompt_tokens, std::uint32_t answer_tokens);

/// What is learned of a provider's deployments from how their calls end and what their MONITOR sees: online estimates
/// that forget. Times are those that a call takes there, without the gateway's own queue. A member of the SCHEDULER's
/// state; pure, one thread.
class experience {
public:
  /// Of what is remembered, this share remains with each further call: about the last fifty count.
  static constexpr double memory = 0.98;
  /// Of failures about the last ten: who begins to fail is to be avoided soon, and who has recovered to be asked.
  static constexpr double failure_memory = 0.9;

  /// A permit has ended. What says nothing about the provider (the client left, nothing was sent) is passed over.
  void observe(std::int64_t deployment_id, const actors::release& r);
  /// The deployment's model lies in memory.
  void observe(std::int64_t deployment_id, const actors::loaded_model& model);
  /// What was learned before a restart. What is known already stands.
  void recall(const actors::learned& before);
  void forget(std::int64_t deployment_id) { rows_.erase(deployment_id); }

  /// All zeros but the id if nothing is known.
  actors::learned of(std::int64_t deployment_id) const;
  std::vector<actors::learned> all() const;

private:
  /// A line through points that fade: y against x.
  struct line {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    void add(double at_x, double at_y);
    double slope() const; // never negative
    double start() const; // never negative
    double at(double at_x) const { return start() + slope() * at_x; }
  };
  struct row {
    line first;               // first token, µs, by tokens of the prompt
    double answer_tokens = 0; // of answers that came as streams
    double answer_us = 0;     // from their first token on
    double ends = 0;
    double failures = 0;
    std::uint64_t calls = 0;
    actors::learned fixed; // id, load time, memory
  };
  row& at(std::int64_t deployment_id);
  static void learn_times(row& of, const actors::release& r);

  std::map<std::int64_t, row> rows_;
};

} // namespace logos::monitoring
