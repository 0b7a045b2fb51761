// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/past_decision.hpp"
#include "actors/catalog/snapshot.hpp"
#include "core/capability.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

/// What requests of the past had to obey, and would have, were a policy another one.
namespace logos::administration {

/// A policy that would be changed.
struct reform {
  std::int64_t policy_id = 0;
  bool all = false;              // of every decision: as if its request had named the policy, or obeyed it as all do
  catalog::snapshot_ptr now;     // the catalog
  catalog::snapshot_ptr changed; // its policies, with the changed one
};

/// What a policy is worked out from, with one of its policies replaced, or taken out where it is not `enabled`.
catalog::snapshot_ptr with_policy(const catalog::snapshot_ptr& of, const catalog::policy& changed, bool enabled);

/// What policies are worked out from, of one reform, without policies that are newer than a decision. A copy hangs on
/// which these are and on nothing else, so a replay makes it once for all its decisions. Bounded memory.
class earlier_catalogs {
public:
  struct two {
    catalog::snapshot_ptr now, changed;
  };
  /// `most`: so many are kept; of more, those that are asked for are made anew.
  explicit earlier_catalogs(std::size_t most = 64) : most_{most} {}
  /// `newer`: policies, by id, in the catalog's order.
  two without(const reform& asked, const std::vector<std::int64_t>& newer);
  /// How often a copy was made.
  std::size_t made() const { return made_; }

private:
  std::size_t most_;
  std::size_t made_ = 0;
  std::map<std::vector<std::int64_t>, two> kept_;
};

/// What a request had to obey and what it would have had to. Of each only privacy, thresholds and topic count.
struct two_terms {
  catalog::policy before{}, after{};
  bool forbidden = false; // it named a policy that would not be there for it
};

/// `after` is what the request obeyed, but for what the change makes another: a change of nothing leaves both the same,
/// whatever has become of policies since. `policy_id`: of its row, for a decision of before `obeyed` was kept. `needs`:
/// as far as they are known. `earlier`: of this reform.
two_terms terms_of(const reform& asked, earlier_catalogs& earlier, const catalog::principal& who,
                   const catalog::profile* with, const past_decision& made, std::int64_t policy_id,
                   const core::needs& needs);

} // namespace logos::administration
