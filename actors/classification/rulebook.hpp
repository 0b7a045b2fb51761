// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/balance.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace logos::classification {

/// A model of a provider's that tells what texts are about, in the built-in encoder's place.
struct embedding_rules {
  std::string model{};
  std::string process{};                // name or id of whose requests these are
  std::chrono::microseconds patience{}; // of a decision
  std::size_t remembered = 10'000;      // prompts
};

/// How an operator wants models to be chosen.
struct decision_rules {
  /// A prompt that a model, or every model that is tagged with a topic, is good (1) or bad (-1) at.
  struct example {
    std::string model{}; // its name or alias; empty: of the topic
    std::string topic{};
    std::string text{};
    float worth = 1;
  };
  balance weights = default_balance();
  std::vector<example> examples{};
  std::optional<embedding_rules> embeddings{}; // nothing: the built-in encoder only
};
using decision_rules_ptr = std::shared_ptr<const decision_rules>;

/// The rules that hold now. Any thread.
class rulebook {
public:
  decision_rules_ptr current() const {
    const std::lock_guard lock{guard_};
    return rules_;
  }
  void replace(decision_rules_ptr fresh) {
    const std::lock_guard lock{guard_};
    rules_ = std::move(fresh);
  }

private:
  mutable std::mutex guard_;
  decision_rules_ptr rules_ = std::make_shared<const decision_rules>();
};

} // namespace logos::classification
