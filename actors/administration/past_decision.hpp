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
  /// What it obeyed, as `classification::append_obeyed` tells it.
  struct terms {
    std::vector<std::int64_t> policies;
    std::int64_t named_id = 0, wished_id = 0;
    catalog::policy in_force{};                    // privacy, thresholds and topic
    std::optional<classification::wish> by_name{}; // where it wished for a topic, one that is no model's
  };
  std::optional<terms> obeyed{}; // nothing: it is of before this was kept
};
/// Nothing when the text is of another form: an older version's.
std::optional<past_decision> read_decision(const std::string& statistics);
/// Whether these statistics say that the decision obeyed this policy.
bool has_obeyed(const std::string& statistics, std::int64_t policy_id);

/// What a policy would have made of a decision.
struct second_thought {
  std::int64_t model_id = 0; // 0: it forbids all that the prompt was compared with
  std::int64_t deployment_id = 0;
  bool stays = false; // the first is who was first
  bool wider = false; // it admits models that the prompt was not compared with, which are left out
  bool open = false;  // who is first hangs on what is not known
};

/// Ranks the models again: those that `after` forbids are gone, and the scores of the others are moved by what their
/// weights of today are worth more, or less, under it than under `before`; all else counts as it did. So nothing moves
/// where both are the same, whatever has become of the catalog. What a prompt looked like counts only where another
/// topic is wanted, for models with its tag or that of the topic before: what they fit is then known within bounds, and
/// the answer is `open` when these leave more than one first. It is, too, when the first is there no more under
/// `before`, and where nobody knows what was obeyed and the scores say that it was not `before`. Pure.
second_thought reconsider(const past_decision& made, const classification::petitioner& by, const catalog::snapshot& now,
                          const catalog::policy& before, const catalog::policy& after);

/// Whether who has served under `before` might serve under `after`; `deployment_id` 0: any of the model. Nothing: who
/// it was is not there any more, so that it cannot be told.
std::optional<bool> may_still_serve(const classification::petitioner& by, const catalog::snapshot& now,
                                    std::int64_t model_id, std::int64_t deployment_id, const catalog::policy& before,
                                    const catalog::policy& after);

} // namespace logos::administration
