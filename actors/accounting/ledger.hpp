// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/accounting/figures.hpp"
#include "actors/accounting/totals.hpp"
#include "actors/hosted.hpp"
#include "core/time.hpp"
#include "storage/result.hpp"

#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::accounting {

/// What is known of limits and budgets. Outlives a LEDGER that dies, so that no reservation is forgotten.
struct accounts {
  account_book book;
  rules unread; // rules in the book of which it is not known yet what was used before
};

struct ledger_parts {
  /// Where the LEDGER learns what was used before; asked anew each time, for either may have been made again.
  struct neighbours {
    actors::storage_actor storage;
    actors::registry_actor registry;
  };
  std::shared_ptr<accounts> kept = std::make_shared<accounts>();
  std::shared_ptr<figures> shown = std::make_shared<figures>();
  std::function<neighbours()> find_neighbours{}; // empty: there was nothing before
};

/// LEDGER: reserves limits and budgets for requests before they ask for a permit, and settles what they really used. A
/// claim that comes while what was used before is still being read waits for it, if that is about it.
class ledger_state {
public:
  using handle = actors::ledger_actor;
  /// `clock` outlives the actor.
  ledger_state(actors::self_pointer<ledger_state> self, ledger_parts parts, const core::clock& clock);
  handle::behavior_type make_behavior();

private:
  using past = storage::result<std::vector<past_use>>;

  void reserve(const claim& c, const actors::ingress_actor& asker);
  bool awaits_past(const parties& who) const;
  void decide(const claim& c, const actors::ingress_actor& asker);
  void settle(const settlement& s);
  std::uint64_t adopt(const catalog::snapshot_ptr& snapshot);
  void read_past();
  void query(const actors::registry_actor& registry);
  void take(const std::vector<past_use>& uses, const rules& asked);
  void try_again();
  void go_on();
  void show();
  std::string condition() const;

  actors::self_pointer<ledger_state> self_;
  ledger_parts parts_;
  const core::clock& clock_;
  totals totals_;
  std::uint64_t version_ = 0; // of the catalog
  bool reading_ = false;
  bool balanced_ = true;
  std::unordered_map<core::uuid, std::pair<claim, actors::ingress_actor>, core::uuid_hash> waiting_;
};

} // namespace logos::accounting
