// SPDX-License-Identifier: MIT
#pragma once
#include "core/cascade.hpp"
#include "core/money.hpp"
#include "core/uuid.hpp"
#include "net/usage_facts.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::execution {

class admission;

/// More than this is not held back of an answer: it goes to the client unjudged.
inline constexpr std::size_t longest_held_back = 1U << 20;

/// How far a request has come whose policy lets a cheap model answer first. Kept with its admission.
struct cascading {
  /// An answer that failed a check, or broke off while it was held back, as the books have it.
  struct dropped_answer {
    core::uuid row; // id of its row
    std::int64_t deployment_id = 0;
    std::optional<core::answer_check> why{}; // nothing: it broke off
    net::usage tokens;
    core::nano cost = 0;
    std::chrono::microseconds took{0}; // from the request's arrival
  };

  core::cascade rules;
  std::vector<std::vector<std::int64_t>> steps; // the deployments of each model
  std::size_t at = 0;                           // the step that is under way
  std::string choice;                           // statistics of the classification, without the cascade
  std::vector<dropped_answer> dropped;
  bool escalates = false; // the last call's answer was dropped

  bool more() const { return at + 1 < steps.size(); }
  core::nano spent() const;
};

/// Brings a request to the next model of its cascade, as one that has not been tried anywhere; false when there is
/// none.
bool next_step(admission& a);
/// Writes into the statistics how far the cascade has come.
void note_cascade(admission& a);
/// The statistics of an answer's own row.
std::string statistics_of_dropped(const admission& a, const core::uuid& request,
                                  const std::optional<core::answer_check>& why);
/// The check that an answer failed, or `cut`.
std::string_view word_of(const std::optional<core::answer_check>& why);

} // namespace logos::execution
