// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"

#include "storage/store.hpp"

#include <algorithm>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;

constexpr auto database_time = 30s;
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
  if (version_ == 0 || !parts_.kept->unread.empty())
    waiting_.emplace_back(c, asker);
  else
    decide(c, asker);
}

void ledger_state::decide(const claim& c, const actors::ingress_actor& asker) {
  auto out = parts_.kept->book.reserve(c, clock_.wall(), clock_.steady());
  if (out.refusal.code != core::ec::none) parts_.shown->refusals.fetch_add(1, std::memory_order_relaxed);
  show();
  self_->send(asker, std::move(out));
}

void ledger_state::settle(const settlement& s) {
  // Whoever gave up waiting has nothing reserved, and must not get it later.
  std::erase_if(waiting_, [&](const auto& w) { return w.first.request == s.request; });
  parts_.kept->book.settle(s.request, s.tokens, s.cost, clock_.steady());
  show();
}

caf::result<std::uint64_t> ledger_state::adopt(const catalog::snapshot_ptr& snapshot) {
  version_ = snapshot->version;
  auto& unread = parts_.kept->unread;
  std::erase_if(unread.limits, [&](const limit_rule& r) { return !among(snapshot->rules.limits, r); });
  std::erase_if(unread.budgets, [&](const budget_rule& r) { return !among(snapshot->rules.budgets, r); });
  const auto fresh = parts_.kept->book.adopt(snapshot->rules);
  if (parts_.find_neighbours) {
    unread.limits.insert(unread.limits.end(), fresh.limits.begin(), fresh.limits.end());
    unread.budgets.insert(unread.budgets.end(), fresh.budgets.begin(), fresh.budgets.end());
  }
  if (unread.empty()) {
    go_on();
    return version_;
  }
  auto promise = self_->make_response_promise<std::uint64_t>();
  adopting_.push_back(promise);
  read_past();
  return promise;
}

void ledger_state::read_past() {
  if (reading_ || parts_.kept->unread.empty()) return;
  reading_ = true;
  const auto at = parts_.find_neighbours();
  if (!at.storage || !at.registry) return try_again();
  // First what the journal still has: it is part of the past.
  self_->request(at.storage, database_time, atom::flush_v)
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
  self_->request(registry, database_time, std::move(job))
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
  for (auto& promise : std::exchange(adopting_, {}))
    promise.deliver(version_);
  for (const auto& [claimed, asker] : std::exchange(waiting_, {}))
    decide(claimed, asker);
}

void ledger_state::show() {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto& book = parts_.kept->book;
  const auto& s = book.totals();
  auto& to = *parts_.shown;
  to.reserved_nano.store(s.reserved, relaxed);
  to.settled_nano.store(s.settled, relaxed);
  to.released_nano.store(s.released, relaxed);
  to.outstanding_nano.store(s.outstanding, relaxed);
  to.over_hold_nano.store(s.over_hold, relaxed);
  to.reservations.store(book.open(), relaxed);
  if (book.balanced()) return;
  to.imbalances.fetch_add(1, relaxed);
  spdlog::error("ledger: the books do not balance: {} reserved, {} settled, {} released, {} held",
                core::to_decimal(s.reserved), core::to_decimal(s.settled), core::to_decimal(s.released),
                core::to_decimal(s.outstanding));
}

std::string ledger_state::condition() const {
  const auto& book = parts_.kept->book;
  auto text = "counting " + std::to_string(totals_.size()) + " accounts, " + std::to_string(book.open()) +
              " reservations hold " + core::to_decimal(book.totals().outstanding);
  if (!parts_.kept->unread.empty()) text += ", reading what was used before";
  return text + (book.balanced() ? "" : ", OUT OF BALANCE");
}

} // namespace logos::accounting
