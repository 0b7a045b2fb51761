// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/accounting/figures.hpp"
#include "actors/accounting/totals.hpp"
#include "actors/accounting/tray.hpp"
#include "actors/hosted.hpp"
#include "actors/scheduling/lease.hpp"
#include "core/time.hpp"
#include "storage/alerts.hpp"
#include "storage/reports.hpp"
#include "storage/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::accounting {

/// What is known of limits and budgets. Outlives a LEDGER that dies, so that no reservation is forgotten.
struct accounts {
  account_book book;
  rules unread;                             // rules in the book of which it is not known yet what was used before
  std::vector<storage::crossing> crossings; // that the database does not have yet, the oldest first
  std::shared_ptr<tray> coming = std::make_shared<tray>();
};

struct ledger_parts {
  /// Where the LEDGER learns what was used before; asked anew each time, for either may have been made again.
  struct neighbours {
    actors::storage_actor storage;
    actors::registry_actor registry;
    actors::alerts_actor alerts{};  // is told of what it may find in the database
    actors::leveller_actor nodes{}; // NODE; empty: there is nobody who claims by a catalog of his own
  };
  std::shared_ptr<accounts> kept = std::make_shared<accounts>();
  std::shared_ptr<figures> shown = std::make_shared<figures>();
  std::function<neighbours()> find_neighbours{}; // empty: there was nothing before
  /// In a cluster: the right to rule. Such a LEDGER first hears from the TELLERs what is reserved (`recover`).
  std::shared_ptr<const scheduling::lease> right{};
  /// Of a gateway that stands alone: its right to the database, without which nothing is ruled on. Null: nobody else
  /// can be there.
  std::shared_ptr<const scheduling::lease> sole{};
};

/// LEDGER: reserves limits and budgets for requests before they ask for a permit, and settles what they really used. A
/// claim that comes while what was used before is still being read waits for it, if that is about it.
class ledger_state {
public:
  using handle = actors::ledger_actor;
  /// `clock` outlives the actor.
  ledger_state(actors::self_pointer<ledger_state> self, ledger_parts parts, const core::clock& clock);
  ~ledger_state();
  ledger_state(const ledger_state&) = delete;
  ledger_state& operator=(const ledger_state&) = delete;
  handle::behavior_type make_behavior();

private:
  using past = storage::result<storage::past>;
  template <class Value>
  using by_request = std::unordered_map<core::uuid, Value, core::uuid_hash>;
  /// What is asked of the database: rules whose past is unread, and requests that may be part of it or not.
  struct question {
    rules about;
    core::wall_time at{};
    std::vector<storage::past_query> queries; // one for each budget, then one for each limit on a minute, then `ended`
    std::vector<budget_rule> ended;           // of which the period before this one is asked, too
    std::vector<storage::past_request> requests;
  };

  /// Who claims: a TELLER, or an INGRESS of this process, whose rulings are sent together.
  struct asker {
    actors::claimant_actor teller;
    actors::ingress_actor ingress;
  };

  // claims (ledger.cpp)
  void reserve(const claim& c, const asker& who);
  bool awaits_past(const parties& who) const;
  bool awaits_rules(const claim& c);
  bool may_rule() const {
    const auto& needed = parts_.right ? parts_.right : parts_.sole;
    return !needed || needed->holds(clock_.steady());
  }
  void decide(const claim& c, const asker& who);
  ruling rule(const claim& c, const actors::claimant_actor& teller);
  void pass_on(ruling out, const asker& who);
  /// When the request came in, by this process' clock: in its minute it counts, whenever it is claimed.
  core::steady_time came(const claim& c) const;
  /// With the number of the node whose TELLER has sent it.
  claim numbered(claim c, const actors::claimant_actor& teller) const;
  void send_rulings();
  use_answer tell_uses(const use_question& q);
  void settle(const settlement& s);
  void empty_tray();
  void go_on();
  void tick();
  void show();
  std::string condition() const;

  // what was used before (ledger_past.cpp)
  std::uint64_t adopt(const catalog::snapshot_ptr& snapshot);
  void read_past();
  void level(const ledger_parts::neighbours& at, const rules& about);
  void read_behind_journal(const ledger_parts::neighbours& at, const rules& about);
  void query(const actors::registry_actor& registry, const rules& about);
  question make_question(const rules& about) const;
  /// Requests about which the database was not asked, so that its answer may count them or not.
  bool came_meanwhile(const question& asked) const;
  void take(const storage::past& found, const question& asked);
  void recall(const past_use& use);
  void recall_ended_periods(const storage::past& found, const question& asked);
  void recall_ended(const ended_claim& e, const rules& of);
  void try_again();
  void go_without_rows(const std::vector<std::string>& of);
  void look_for_rows();

  // alerts (ledger_alerts.cpp)
  void note_crossings();
  void crossings_written(std::size_t count, const actors::alerts_actor& alerts);

  // the TELLERs of a cluster (ledger_reports.cpp)
  void recover(const std::vector<std::string>& reporters, std::chrono::microseconds fence);
  void take_report(const report& r, const actors::claimant_actor& teller);
  std::uint32_t number_of(const std::string& holder);
  /// Whether the node of a TELLER has used, or may have, what this LEDGER does not know exactly.
  bool came_back(std::uint32_t holder, const report& r) const;
  void hear_of_rows(const report& r);
  void await_rows(const std::string& holder);
  void count_anew(const std::string& holder);
  void expect(const std::string& holder, std::chrono::microseconds fence);
  void end_holds_of(std::uint32_t holder, const by_request<bool>& still);
  void heed_fences();

  actors::self_pointer<ledger_state> self_;
  ledger_parts parts_;
  const core::clock& clock_;
  totals totals_;
  std::uint64_t version_ = 0;                   // of the catalog
  core::steady_time rules_awaited_until_{};     // of a newer one that a claim was made by; none: no such claim has come
  bool late_ = false;                           // rules came while requests ran that were under none of these
  core::steady_time levelled_until_{};          // at the latest, since then
  std::vector<std::string> incomplete_without_; // nodes whose rows were not there in that time
  core::steady_time next_look_{};
  bool governs_ = false; // there are rules
  bool reading_ = false;
  bool writing_ = false; // crossings
  bool balanced_ = true;
  bool ticking_ = false;
  by_request<std::pair<claim, asker>> waiting_;
  std::vector<std::pair<actors::ingress_actor, std::vector<ruling>>> rulings_; // to be sent

  // Requests that ended while the past of rules about them is unread.
  by_request<ended_claim> ended_;
  // In a cluster.
  bool recovering_ = false;
  core::steady_time recovered_at_{}; // at the latest
  core::steady_time rows_awaited_until_{};
  std::chrono::microseconds report_fence_{};
  std::set<std::string> unheard_;
  std::set<std::string> behind_;         // holders with rows that are still on their way to the database
  by_request<claim> restorable_;         // reported, and reserved once the past is known
  std::vector<std::string> holders_{{}}; // by their numbers; the first is this process
  std::vector<actors::claimant_actor> tellers_{{}};
  std::set<std::string> written_off_;               // holders whose claims were settled at what they held
  std::set<std::string> lost_;                      // holders that have not reported since
  std::map<std::string, core::steady_time> fences_; // holders that are lost, and until when their calls may run
};

} // namespace logos::accounting
