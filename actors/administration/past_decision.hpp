// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/classification/policies.hpp"
#include "actors/classification/scoring/balance.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Decisions that stand in the books (`classification_statistics`), made again under another policy.
namespace logos::administration {

/// What is kept of a decision.
struct past_decision {
  struct model {
    std::int64_t id = 0;
    classification::contributions given{};
  };
  std::vector<model> models; // as they were ranked; the books tell of the first 50
  /// How hard the prompt looked; nothing: it is not on the books, since the process did not log at FULL.
  std::optional<double> difficulty{};
  classification::balance weights{};
};
/// Nothing when the text is of another form: an older version's.
std::optional<past_decision> read_decision(const std::string& statistics);

/// What a policy would have made of a decision.
struct second_thought {
  std::int64_t model_id = 0; // 0: it forbids all that the prompt was compared with
  std::int64_t deployment_id = 0;
  double learned = 0; // what was learned of the model with such prompts, -1 to 1
  bool wider = false; // it admits models that the prompt was not compared with, which are left out
  bool open = false;  // who is first hangs on what the prompt looked like, and is not known
};

/// Ranks the models again: those that `policy` forbids are gone, what a policy wants counts as it wants it, all else as
/// it did. What a prompt looked like counts only where another topic is wanted, for models with its tag or that of the
/// topic before: what they fit is then known within bounds, and the answer is `open` when these leave more than one
/// first. `before`: the policy under which it was decided. Both may be null. Pure.
second_thought reconsider(const past_decision& made, const classification::petitioner& by, const catalog::snapshot& now,
                          const catalog::policy* before, const catalog::policy* policy);

} // namespace logos::administration
