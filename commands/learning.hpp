// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/decider.hpp"
#include "actors/learning/learner.hpp"
#include "config/settings.hpp"

namespace logos::commands {

/// What the LEARNER is made with, as the operator has it.
learning::learner_parts learner_parts_of(const config::learning_settings& given, learning::store_factory open);

/// What the CLASSIFIER asks of what was learned, without a message, and what it tries. For one CLASSIFIER.
struct advice {
  classification::learned_source learned;
  classification::explorer explores; // empty where the operator does not want it
};
advice advice_from(const config::learning_settings& given, std::shared_ptr<const learning::board> shows);

} // namespace logos::commands
