// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/decider.hpp"
#include "actors/learning/learner.hpp"
#include "config/settings.hpp"

namespace logos::commands {

/// What the LEARNER is made with, as the operator has it.
learning::learner_parts learner_parts_of(const config::learning_settings& given, learning::store_factory open);

/// What the CLASSIFIER asks of what was learned, without a message.
classification::learned_source advice_from(std::shared_ptr<const learning::board> shows);

} // namespace logos::commands
