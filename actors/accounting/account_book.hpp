// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/credits.hpp"
#include "actors/accounting/minute_window.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/uuid.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::accounting {

struct limit_rule {
  std::int64_t id = 0;
  core::scope scope = core::scope::process;
  std::int64_t scope_id = 0;
  core::limit_kind kind = core::limit_kind::requests_per_minute;
  std::int64_t value = 0;
  std::string of{}; // the name of whom it is about, for refusals
  /// Counts the same as that one did: only the value may differ.
  bool continues(const limit_rule& x) const { return scope == x.scope && scope_id == x.scope_id && kind == x.kind; }
  bool operator==(const limit_rule&) const = default;
};

struct budget_rule {
  std::int64_t id = 0;
  core::scope scope = core::scope::process;
  std::int64_t scope_id = 0;
  core::budget_period period = core::budget_period::total;
  core::nano amount = 0;
  bool hard = true;                             // refuse what could exceed it; else only say so
  std::vector<std::int64_t> alert_at_percent{}; // of what is allowed; growing
  core::wall_time since{};                      // when it became what it is
  std::int64_t counting = 0;                    // another one: what was spent has to be read again
  std::string of{};                             // the name of whom it is about, for refusals
  std::vector<period_credit> credits{};         // the earliest period first
  /// What was credited in the period of a moment, and what may be spent in it all in all.
  core::nano credited_at(core::wall_time moment) const {
    return credits.empty() ? 0 : credited(credits, core::start_of(period, moment));
  }
  core::nano allowed_at(core::wall_time moment) const { return allowed(amount, credited_at(moment)); }
  bool continues(const budget_rule& x) const {
    return scope == x.scope && scope_id == x.scope_id && period == x.period && counting == x.counting;
  }
  bool operator==(const budget_rule&) const = default;
};

struct rules {
  std::vector<limit_rule> limits;
  std::vector<budget_rule> budgets;
  bool empty() const { return limits.empty() && budgets.empty(); }
  bool operator==(const rules&) const = default;
};

/// Whom a request concerns, by scope; 0: nobody of that kind.
using parties = std::array<std::int64_t, 5>;
inline bool concerns(core::scope scope, std::int64_t scope_id, const parties& who) {
  return scope_id != 0 && who[static_cast<std::size_t>(scope)] == scope_id;
}

/// Whether any of these rules is about them.
bool concerned(const rules& by, const parties& who);

/// Whether whoever asks may know how much the rules of this scope allow: those of models and services are also others'.
inline bool is_own(core::scope scope) {
  return scope == core::scope::process || scope == core::scope::profile || scope == core::scope::user;
}

/// The largest amount. A hold of as much may stand for more, since bounds and costs saturate at it.
inline constexpr core::nano most_money = std::numeric_limits<core::nano>::max();

/// How far a request has come that makes a claim.
enum class stage : std::uint8_t {
  fresh,   // it has not been let in
  waiting, // it was, and still waits for a provider: budgets that were changed judge it anew
  running, // it was let in when no rule was about it, and is with a provider: counted, whatever is left
};

/// What a request may use at most, before it is known.
struct claim {
  core::uuid request;
  parties who{};
  std::int64_t tokens = 0;
  core::nano hold = 0;
  core::wall_time at{};     // when the request came in: the period of that moment pays, however long it runs
  std::uint32_t holder = 0; // the LEDGER's number for whoever claims, in a cluster
  // Of an answer to which the client has set no bound: what of the above it can do without. It is reserved as far as
  // there is that much, and such a request is refused only when there is not even the rest.
  std::int64_t spare_tokens = 0;
  core::nano spare_hold = 0;
  /// It may cost more than the hold, and nobody knows by how much before its answer: under a budget one such claim is
  /// open at a time, so that no more than one of them can be spent beyond a hard one's amount.
  bool open_ended = false;
  stage at_stage = stage::fresh;
  bool can_be_shorter = true; // a field says how long the answer may be
  /// Of `waiting`: what it has cost already, and will be settled with even if it is refused now.
  core::nano owed = 0;
  std::uint64_t catalog = 0; // the version that it was made by: whoever rules knows that one, too
};

/// The tightest limit of a kind on the key, its profile or its user, for `x-ratelimit-*`. Those on models and services
/// would tell what others use.
struct headroom {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::milliseconds reset{0}; // until all of it is free again
};

struct ruling {
  core::uuid request;
  core::failure refusal;         // code none: admitted, and reserved
  stage at_stage = stage::fresh; // the claim's: a request may have claimed again meanwhile
  std::optional<headroom> requests;
  std::optional<headroom> tokens;
  // Of what the claim can do without, what was not reserved.
  std::int64_t spared_tokens = 0;
  core::nano spared_hold = 0;
};

/// The end of a claim: what the request really used.
struct settlement {
  core::uuid request;
  std::int64_t tokens = 0;
  core::nano cost = 0;
};

/// How far a limit is used: what its last minute counts, or what runs now. `reserved` is the part of it that is of
/// requests which still run, and may be corrected.
struct limit_use {
  std::int64_t id = 0; // the limit's
  std::int64_t used = 0;
  std::int64_t reserved = 0;
  std::int64_t remaining = 0;
  bool operator==(const limit_use&) const = default;
};

/// How far a budget is used in one of its periods: what has been spent, and what requests that still run hold. Both
/// stop at the largest amount.
struct budget_use {
  std::int64_t id = 0; // the budget's
  core::nano spent = 0;
  core::nano held = 0;
  bool operator==(const budget_use&) const = default;
};

/// Asks how far these limits and budgets are used; budgets in the period that `at` lies in.
struct use_question {
  std::vector<std::int64_t> limits;
  std::vector<std::int64_t> budgets{};
  core::wall_time at{};
};

/// What is known of them. The others are left out, and `unknown` says why: a sentence; empty: there are no such rules.
struct use_answer {
  std::vector<limit_use> limits;
  std::vector<budget_use> budgets;
  std::string unknown;
};

/// What was used before a rule was adopted: spent from a budget, or requests or tokens of the last minute.
struct past_use {
  std::int64_t rule_id = 0;
  bool of_budget = false;
  core::wall_time at{};
  std::int64_t amount = 0;
  bool silently = false; // the budget was another one then: no threshold is noted
  // Of a limit: what of it was reserved when it came, and when it was known to be what it is; none: as it came.
  std::int64_t reserved = 0;
  core::wall_time known{};
};

/// A budget has been spent up to a threshold of its own.
struct crossing {
  std::int64_t budget_id = 0;
  core::wall_time period_start{};
  std::int64_t threshold_percent = 0;
  core::nano amount = 0; // what the budget allows in the period, credits included
  core::nano spent = 0;  // in the period
  bool operator==(const crossing&) const = default;
};

/// What several rules say against one claim, as one refusal: that a budget is spent before that a limit is reached; of
/// these in the words of the rule that lasts longest. Whoever waits waits for all of them, so `retry_after_s` is the
/// longest, and none if waiting does not help against one of them.
class objections {
public:
  /// `why` with code none: nothing is said.
  void add(core::failure why);
  core::failure sum() const;

private:
  static constexpr std::uint32_t never = std::numeric_limits<std::uint32_t>::max();
  core::failure gravest_;
  std::uint32_t gravest_wait_s_ = 0;
  std::uint32_t longest_wait_s_ = 0;
};

/// The books of limits and budgets: a claim is reserved against every rule that concerns it, or against none, and ends
/// exactly once. At every moment reserved = settled + released + outstanding. Pure; one thread.
class account_book {
public:
  account_book() = default;
  account_book(const account_book&) = delete;
  account_book& operator=(const account_book&) = delete;

  /// The rules from now on. Returns those of which nothing is known yet: what was used before is to be `recall`ed.
  rules adopt(const rules& all);
  /// Once per use, the oldest first, before the first claim that it matters to.
  void recall(const past_use& use, core::wall_time now, core::steady_time steady);
  /// The open claims that one of these rules is about.
  std::vector<core::uuid> open_about(const rules& some) const;
  /// An open claim from before these rules holds from now on under those of them that are about it.
  void attach(const core::uuid& request, const rules& some);

  ruling reserve(const claim& c, core::steady_time steady);
  /// Asks those budgets of an open claim that there are now whether they would admit it, as if it held nothing, and
  /// holds what it may cost by now. Its tokens stay what they are. Refused, it holds what it owes and nothing more, and
  /// ends as others do. One that is not open is reserved, and refused, it is open with what it owes.
  ruling judge_again(const claim& c, core::steady_time steady);
  /// Reserves what was admitted elsewhere, whatever is left. `steady`: when that was. Rules whose past is `unread` are
  /// left out: it is to be attached to them once that is known.
  void restore(const claim& c, core::steady_time steady, const rules& unread = {});
  /// The claim's end: what it really used. Again, or unknown: nothing.
  void settle(const core::uuid& request, std::int64_t tokens, core::nano cost, core::steady_time steady);
  /// The claim's end without any use: it counts as a request, and nothing else.
  void release(const core::uuid& request, core::steady_time steady) { settle(request, 0, 0, steady); }

  /// They grow as long as the process lives, so they are wider than any amount.
  __extension__ using wide = __int128;
  struct sums {
    wide reserved = 0;
    wide settled = 0; // of what was reserved
    wide released = 0;
    wide outstanding = 0;
    wide over_hold = 0; // settled beyond what was reserved
  };
  const sums& totals() const { return sums_; }
  bool balanced() const { return sums_.reserved == sums_.settled + sums_.released + sums_.outstanding; }
  /// All that was credited to the budgets that there are, whatever the period. Stops at the largest amounts.
  core::nano credited() const;
  std::size_t open() const { return open_.size(); }
  /// An open claim, null if it is not; valid until the next change.
  const claim* find(const core::uuid& request) const;
  /// The open claims of one holder.
  std::vector<core::uuid> open_of(std::uint32_t holder) const;
  /// A budget's state in the period of a moment. What is spent stops at the largest amount.
  struct balance {
    core::nano spent = 0;
    wide held = 0;
    std::int64_t open_ended = 0; // claims that are open now, and may cost more than is held
  };
  balance balance_of(std::int64_t budget_id, core::wall_time moment) const;
  /// Of those of these limits that there are.
  std::vector<limit_use> uses_of(const std::vector<std::int64_t>& limits, core::steady_time now);
  /// The same of budgets, in the period that a moment lies in.
  std::vector<budget_use> budget_uses_of(const std::vector<std::int64_t>& budgets, core::wall_time moment) const;
  /// Thresholds that were passed and not taken yet. The same one may come again after its budget was changed.
  bool crossed() const { return !crossings_.empty(); }
  std::vector<crossing> take_crossings() { return std::exchange(crossings_, {}); }

private:
  struct limit_state {
    limit_rule rule;
    std::uint64_t since = 0; // tells it from a former rule of the same id
    minute_window window;
    std::int64_t parallel = 0;
  };
  struct account : balance {
    core::nano look_at = 0;          // spent so far that it may have passed a threshold
    std::int64_t passed_percent = 0; // the highest threshold that was
  };
  struct budget_state {
    budget_rule rule;
    std::uint64_t since = 0;
    std::map<core::wall_time, account> periods; // by their beginning
  };
  template <class State>
  struct applied {
    std::int64_t rule;
    std::uint64_t since;
    State* state; // valid as long as nothing else is adopted
  };
  /// The rules that are about a request.
  struct concern {
    std::uint64_t adoption = 0; // in whose time the states are valid; 0: never
    std::vector<applied<limit_state>> limits;
    std::vector<applied<budget_state>> budgets;
  };
  struct parties_hash {
    std::size_t operator()(const parties& who) const;
  };
  struct reservation {
    claim what;
    core::steady_time at;
    std::shared_ptr<const concern> about;
  };
  /// The claim with no more of what it can do without than there is.
  static claim fitted(claim c, const concern& about, core::steady_time now);
  core::failure objection(limit_state& s, const claim& c, core::steady_time now);
  core::failure objection(const budget_state& s, const claim& c) const;
  static balance balance_of(const budget_state& s, core::wall_time moment);
  void show(ruling& to, limit_state& s, core::steady_time now) const;
  /// The rules that are about these. Found once for all their requests, until others are adopted.
  const std::shared_ptr<const concern>& concern_of(const parties& who);
  /// Still what it was when it was applied; else null.
  template <class State>
  State* still(std::map<std::int64_t, State>& states, const concern& about, const applied<State>& a) const;
  /// Notes the thresholds that an account has passed; silently: never.
  void look(const budget_state& s, core::wall_time begins, account& a, bool silently = false);
  static void enter(limit_state& s, const reservation& r);
  static void enter(budget_state& s, const reservation& r);
  /// Takes back what the reservation holds of its budgets.
  void leave_budgets(const reservation& r);
  void open_account(reservation r);

  /// Ids of rules by whom they are about.
  using rule_index =
      std::array<std::unordered_map<std::int64_t, std::vector<std::int64_t>>, std::tuple_size_v<parties>>;
  std::map<std::int64_t, limit_state> limits_;
  std::map<std::int64_t, budget_state> budgets_;
  rule_index limits_about_;
  rule_index budgets_about_;
  std::unordered_map<parties, std::shared_ptr<const concern>, parties_hash> concerns_;
  std::unordered_map<core::uuid, reservation, core::uuid_hash> open_;
  std::vector<crossing> crossings_;
  std::uint64_t adoptions_ = 0;
  sums sums_;
};

} // namespace logos::accounting
