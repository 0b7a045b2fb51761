// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"

#include "storage/store.hpp"

#include <algorithm>
#include <limits>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;

constexpr auto flush_time = 30s;
// REGISTRY does one job after the other: asked again sooner, it would do the same twice.
constexpr auto query_time = 15min;
constexpr auto retry_after = 500ms;

/// What was spent and used before, for each of these rules. Runs on REGISTRY's thread.
storage::result<std::vector<past_use>> read_all(storage::store& in, const rules& of, core::wall_time now) {
  std::vector<past_use> out;
  for (const auto& b : of.budgets) {
    const auto spent = in.spent(b.scope, b.scope_id, core::start_of(b.period, now));
    if (!spent) return spent.error();
    out.push_back({b.id, true, now, *spent});
  }
  for (const auto& l : of.limits) {
    if (l.kind == core::limit_kind::parallel_requests) continue;
    const auto uses = in.recent_uses(l.scope, l.scope_id, now - minute_window::length);
    if (!uses) return uses.error();
    for (const auto& u : *uses)
      out.push_back({l.id, false, u.at, l.kind == core::limit_kind::requests_per_minute ? 1 : u.tokens});
  }
  return out;
}

core::nano saturated(account_book::wide sum) {
  return static_cast<core::nano>(std::min<account_book::wide>(sum, std::numeric_limits<core::nano>::max()));
}

template <class Rule>
bool among(const std::vector<Rule>& all, const Rule& rule) {
  return std::any_of(all.begin(), all.end(), [&](const Rule& r) { return r.id == rule.id && r.continues(rule); });
}

} // namespace

ledger_state::ledger_state(actors::self_pointer<ledger_state> self, ledger_parts parts, const core::clock& clock)
    : self_{self},
      parts_{std::move(parts)},
      clock_{clock} {}

ledger_state::handle::behavior_type ledger_state::make_behavior() {
  return {
      [this](const std::vector<actors::usage_entry>& entries) { totals_.add(entries); },
      [this](atom::totals) { return totals_.list(); },
      [this](const claim& c, const actors::ingress_actor& asker) { reserve(c, asker); },
      [this](const settlement& s) { settle(s); },
      [this](atom::adopt, const catalog::snapshot_ptr& snapshot) { return adopt(snapshot); },
      [this](atom::tick) { read_past(); },
      [this](atom::status) { return self_->vitals(condition()); },
  };
}

void ledger_state::reserve(const claim& c, const actors::ingress_actor& asker) {
  // Before the first catalog it is not known which rules there are.
  if (version_ == 0 || awaits_past(c.who))
    waiting_[c.request] = {c, asker};
  else
    decide(c, asker);
}

bool ledger_state::awaits_past(const parties& who) const {
  const auto about = [&](const auto& rule) { return concerns(rule.scope, rule.scope_id, who); };
  const auto& unread = parts_.kept->unread;
  return std::any_of(unread.limits.begin(), unread.limits.end(), about) ||
         std::any_of(unread.budgets.begin(), unread.budgets.end(), about);
}

void ledger_state::decide(const claim& c, const actors::ingress_actor& asker) {
  auto out = parts_.kept->book.reserve(c, clock_.wall(), clock_.steady());
  if (out.refusal.code != core::ec::none) parts_.shown->refusals.fetch_add(1, std::memory_order_relaxed);
  show();
  self_->send(asker, std::move(out));
}

void ledger_state::settle(const settlement& s) {
  // Whoever gave up waiting has nothing reserved, and must not get it later.
  waiting_.erase(s.request);
  parts_.kept->book.settle(s.request, s.tokens, s.cost, clock_.steady());
  show();
}

std::uint64_t ledger_state::adopt(const catalog::snapshot_ptr& snapshot) {
  version_ = snapshot->version;
  auto& unread = parts_.kept->unread;
  std::erase_if(unread.limits, [&](const limit_rule& r) { return !among(snapshot->rules.limits, r); });
  std::erase_if(unread.budgets, [&](const budget_rule& r) { return !among(snapshot->rules.budgets, r); });
  const auto fresh = parts_.kept->book.adopt(snapshot->rules);
  if (parts_.find_neighbours) {
    unread.limits.insert(unread.limits.end(), fresh.limits.begin(), fresh.limits.end());
    unread.budgets.insert(unread.budgets.end(), fresh.budgets.begin(), fresh.budgets.end());
  }
  // In force from now on: whoever a rule without a past is about waits until it has one.
  if (unread.empty())
    go_on();
  else
    read_past();
  return version_;
}

void ledger_state::read_past() {
  if (reading_ || parts_.kept->unread.empty()) return;
  reading_ = true;
  const auto at = parts_.find_neighbours();
  if (!at.storage || !at.registry) return try_again();
  // First what the journal still has: it is part of the past.
  self_->request(at.storage, flush_time, atom::flush_v)
      .then(
          [this, registry = at.registry](std::uint64_t left) {
            if (left != 0) return try_again();
            query(registry);
          },
          [this](const caf::error&) { try_again(); });
}

void ledger_state::query(const actors::registry_actor& registry) {
  const auto asked = std::make_shared<const rules>(parts_.kept->unread);
  actors::store_job job{[asked, now = clock_.wall()](storage::store& in) -> actors::store_reply {
    return std::make_shared<past>(read_all(in, *asked, now));
  }};
  self_->request(registry, query_time, std::move(job))
      .then(
          [this, asked](const actors::store_reply& reply) {
            const auto& uses = *std::static_pointer_cast<past>(reply);
            if (!uses) return try_again();
            take(*uses, *asked);
          },
          [this](const caf::error&) { try_again(); });
}

void ledger_state::take(const std::vector<past_use>& uses, const rules& asked) {
  reading_ = false;
  auto& unread = parts_.kept->unread;
  // Only what is still unread: a rule may have been replaced by another of the same id meanwhile.
  const auto wanted = [&](const past_use& u) {
    const auto has = [&](const auto& now, const auto& then) {
      return std::any_of(then.begin(), then.end(), [&](const auto& r) { return r.id == u.rule_id && among(now, r); });
    };
    return u.of_budget ? has(unread.budgets, asked.budgets) : has(unread.limits, asked.limits);
  };
  for (const auto& u : uses)
    if (wanted(u)) parts_.kept->book.recall(u, clock_.wall(), clock_.steady());
  std::erase_if(unread.limits, [&](const limit_rule& r) { return among(asked.limits, r); });
  std::erase_if(unread.budgets, [&](const budget_rule& r) { return among(asked.budgets, r); });
  if (!unread.empty()) return read_past();
  go_on();
}

void ledger_state::try_again() {
  reading_ = false;
  self_->delayed_send(self_, retry_after, atom::tick_v);
}

void ledger_state::go_on() {
  for (const auto& [request, waiting] : std::exchange(waiting_, {}))
    decide(waiting.first, waiting.second);
}

void ledger_state::show() {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto& book = parts_.kept->book;
  const auto& s = book.totals();
  auto& to = *parts_.shown;
  to.reserved_nano.store(saturated(s.reserved), relaxed);
  to.settled_nano.store(saturated(s.settled), relaxed);
  to.released_nano.store(saturated(s.released), relaxed);
  to.outstanding_nano.store(saturated(s.outstanding), relaxed);
  to.over_hold_nano.store(saturated(s.over_hold), relaxed);
  to.reservations.store(book.open(), relaxed);
  if (std::exchange(balanced_, book.balanced()) == balanced_ || balanced_) return;
  to.imbalances.fetch_add(1, relaxed);
  spdlog::error("ledger: the books do not balance: {} reserved, {} settled, {} released, {} held",
                core::to_decimal(saturated(s.reserved)), core::to_decimal(saturated(s.settled)),
                core::to_decimal(saturated(s.released)), core::to_decimal(saturated(s.outstanding)));
}

std::string ledger_state::condition() const {
  const auto& book = parts_.kept->book;
  auto text = "counting " + std::to_string(totals_.size()) + " accounts, " + std::to_string(book.open()) +
              " reservations hold " + core::to_decimal(saturated(book.totals().outstanding));
  if (!parts_.kept->unread.empty()) text += ", reading what was used before";
  return text + (book.balanced() ? "" : ", OUT OF BALANCE");
}

} // namespace logos::accounting
