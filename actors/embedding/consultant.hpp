// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/decider.hpp"
#include "actors/embedding/shelf.hpp"
#include "actors/embedding/terms.hpp"

#include <functional>
#include <memory>
#include <string>

namespace logos::embedding {

/// Whether, and by what, an embedding model has a say in a decision: the CLASSIFIER's part of it, without CAF. One
/// thread.
class consultant {
public:
  /// `changed`: other texts are on order from here on. `warn` hears each trouble once.
  consultant(std::shared_ptr<shelf> with, std::function<void()> changed, std::function<void(const std::string&)> warn);

  classification::second_opinion ask(const classification::inquest& of);

private:
  const terms& terms_for(const catalog::snapshot_ptr& catalog, const classification::decision_rules_ptr& rules);
  classification::second_opinion without(classification::fallback why);

  std::shared_ptr<shelf> with_;
  std::function<void()> changed_;
  std::function<void(const std::string&)> warn_;
  std::weak_ptr<const catalog::snapshot> of_; // `terms_` are by it
  classification::decision_rules_ptr by_;     // and these
  terms terms_;
  std::string warned_;
};

} // namespace logos::embedding
