// SPDX-License-Identifier: MIT
// LEDGER, as rules come and what was used before is read.
#include "actors/accounting/ledger.hpp"
#include "core/fault_point.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;

constexpr auto flush_time = 30s;
// REGISTRY does one job after the other: asked again sooner, it would do the same twice.
constexpr auto query_time = 15min;
constexpr auto reread_after = 500ms;
// More than NODE takes to ask all others; it is asked again, if need be, as long as rows may be on their way.
constexpr auto level_time = 20s;
constexpr auto levels_time = 60s;
constexpr auto look_for_rows_every = 30s;

template <class Rule>
bool among(const std::vector<Rule>& all, const Rule& rule) {
  return std::any_of(all.begin(), all.end(), [&](const Rule& r) { return r.id == rule.id && r.continues(rule); });
}

/// Rules of `some` that are still among `all`.
template <class Rule>
std::vector<Rule> still(const std::vector<Rule>& some, const std::vector<Rule>& all) {
  std::vector<Rule> kept;
  std::copy_if(some.begin(), some.end(), std::back_inserter(kept), [&](const Rule& r) { return among(all, r); });
  return kept;
}

/// A moment in the period before the one that `now` lies in.
core::wall_time before(core::budget_period period, core::wall_time now) { return core::start_of(period, now) - 1us; }

/// A request is one, however late it ends; its tokens count as `minute_window` says.
past_use use_of(const limit_rule& l, core::wall_time at, std::int64_t tokens, std::int64_t reserved,
                core::wall_time known) {
  if (l.kind == core::limit_kind::requests_per_minute) return {l.id, false, at, 1, false, 1, known};
  return {l.id, false, at, tokens, false, reserved, known};
}

} // namespace

std::uint64_t ledger_state::adopt(const catalog::snapshot_ptr& snapshot) {
  const bool is_first = std::exchange(version_, snapshot->version) == 0;
  rules_awaited_until_ = {};
  governs_ = !snapshot->rules.empty();
  auto& unread = parts_.kept->unread;
  const bool was_reading = !unread.empty();
  unread = {still(unread.limits, snapshot->rules.limits), still(unread.budgets, snapshot->rules.budgets)};
  const auto fresh = parts_.kept->book.adopt(snapshot->rules);
  parts_.shown->credited_nano.store(parts_.kept->book.credited(), std::memory_order_relaxed);
  if (parts_.find_neighbours) {
    unread.limits.insert(unread.limits.end(), fresh.limits.begin(), fresh.limits.end());
    unread.budgets.insert(unread.budgets.end(), fresh.budgets.begin(), fresh.budgets.end());
  }
  if (is_first ? was_reading : !fresh.empty()) {
    late_ = true;
    levelled_until_ = clock_.steady() + levels_time;
    written_off_.insert(lost_.begin(), lost_.end()); // back, they tell of more rows
  }
  note_crossings();
  // In force from now on: whoever a rule without a past is about waits until it has one.
  go_on();
  read_past();
  return version_;
}

void ledger_state::read_past() {
  if (reading_ || recovering_ || version_ == 0) return;
  if (parts_.kept->unread.empty() && restorable_.empty() && ended_.empty()) return;
  reading_ = true;
  const auto at = parts_.find_neighbours();
  if (!at.storage || !at.registry) return try_again();
  if (late_ && at.nodes)
    level(at, parts_.kept->unread);
  else
    read_behind_journal(at, parts_.kept->unread);
}

/// A request that runs as rules come is claimed when its INGRESS has them; one that has ended before is known by its
/// row alone. So the past is read when all INGRESSes have the rules, and all rows from before are in the database.
void ledger_state::level(const ledger_parts::neighbours& at, const rules& about) {
  const auto over = [this] { return clock_.steady() >= levelled_until_; };
  self_->request(at.nodes, level_time, atom::refresh_v, atom::flush_v)
      .then(
          [this, at, about, over, n = version_](const std::vector<std::string>& writing) {
            if (!writing.empty() && !over()) return try_again();
            if (n == version_) late_ = false; // else newer rules are to be levelled, too
            go_without_rows(writing);
            read_behind_journal(at, about);
          },
          [this, at, about, over](const caf::error&) { over() ? read_behind_journal(at, about) : try_again(); });
}

/// First what the journal still has: it is part of the past.
void ledger_state::read_behind_journal(const ledger_parts::neighbours& at, const rules& about) {
  self_->request(at.storage, flush_time, atom::flush_v)
      .then(
          [this, about, registry = at.registry](std::uint64_t left) {
            if (left != 0) return try_again();
            query(registry, about);
          },
          [this](const caf::error&) { try_again(); });
}

/// A database that one node cannot reach shall not stop the service of all: these rows are counted when they are there.
void ledger_state::go_without_rows(const std::vector<std::string>& of) {
  for (const auto& holder : of)
    spdlog::warn("ledger: what {} has spent is counted without rows that it could not write yet", holder);
  if (of.empty()) return;
  incomplete_without_ = of;
  next_look_ = clock_.steady() + look_for_rows_every;
  self_->delayed_send(self_, look_for_rows_every, atom::tick_v);
}

void ledger_state::look_for_rows() {
  if (incomplete_without_.empty() || clock_.steady() < next_look_) return;
  next_look_ = clock_.steady() + look_for_rows_every;
  self_->delayed_send(self_, look_for_rows_every, atom::tick_v);
  const auto nodes = parts_.find_neighbours().nodes;
  if (!nodes) return;
  self_->request(nodes, level_time, atom::refresh_v, atom::flush_v)
      .then(
          [this](const std::vector<std::string>& writing) {
            if (writing.empty()) count_anew(incomplete_without_.front());
          },
          [](const caf::error&) {}); // asked again
}

ledger_state::question ledger_state::make_question(const rules& about) const {
  question asked;
  const auto& unread = parts_.kept->unread;
  asked.about = {still(about.limits, unread.limits), still(about.budgets, unread.budgets)};
  const auto now = asked.at = clock_.wall();
  for (const auto& b : asked.about.budgets)
    asked.queries.push_back({b.scope, b.scope_id, core::start_of(b.period, now), true});
  for (const auto& l : asked.about.limits)
    if (l.kind != core::limit_kind::parallel_requests)
      asked.queries.push_back(
          {l.scope, l.scope_id, now - minute_window::length, false, l.kind == core::limit_kind::tokens_per_minute});
  // Requests that came before the period began may still wait, or run. And a threshold may have been passed just before
  // a process died that nobody started again in that period.
  for (const auto& b : asked.about.budgets) {
    if (b.period == core::budget_period::total) continue;
    asked.ended.push_back(b);
    asked.queries.push_back({b.scope, b.scope_id, core::start_of(b.period, before(b.period, now)), true});
  }
  // Whether they are part of what is read, or still to come.
  const auto& book = parts_.kept->book;
  for (const auto& request : book.open_about(asked.about))
    asked.requests.push_back({request, book.find(request)->at});
  for (const auto& [request, c] : restorable_)
    asked.requests.push_back({request, c.at});
  for (const auto& [request, e] : ended_)
    asked.requests.push_back({request, e.what.at});
  return asked;
}

void ledger_state::query(const actors::registry_actor& registry, const rules& about) {
  empty_tray(); // what INGRESSes have told before they had the rules, or with that
  const auto asked = std::make_shared<const question>(make_question(about));
  actors::store_job job{[asked](storage::store& in) -> actors::store_reply {
    return std::make_shared<past>(in.read_past(asked->queries, asked->requests));
  }};
  self_->request(registry, query_time, std::move(job))
      .then(
          [this, asked](const actors::store_reply& reply) {
            const auto& found = *std::static_pointer_cast<past>(reply);
            if (found) return take(*found, *asked);
            spdlog::warn("ledger: what was used before cannot be read: {}", found.error().message);
            try_again();
          },
          [this](const caf::error&) { try_again(); });
}

bool ledger_state::came_meanwhile(const question& asked) const {
  by_request<bool> known;
  for (const auto& each : asked.requests)
    known[each.id] = true;
  const auto is_new = [&](const core::uuid& request, const parties& who) {
    return !known.contains(request) && concerned(asked.about, who);
  };
  return std::any_of(restorable_.begin(), restorable_.end(),
                     [&](const auto& r) { return is_new(r.first, r.second.who); }) ||
         std::any_of(ended_.begin(), ended_.end(), [&](const auto& e) { return is_new(e.first, e.second.what.who); });
}

void ledger_state::take(const storage::past& found, const question& asked) {
  core::fault_point("ledger.past_read");
  reading_ = false;
  const auto is_over = [&](const budget_rule& b) {
    return core::start_of(b.period, asked.at) != core::start_of(b.period, clock_.wall());
  };
  // What was asked is a period's that has ended meanwhile: it tells nothing of the one that has begun.
  if (std::any_of(asked.about.budgets.begin(), asked.about.budgets.end(), is_over)) return read_past();
  if (came_meanwhile(asked)) return read_past();
  auto& unread = parts_.kept->unread;
  // Only what is still unread: a rule may have been replaced by another of the same id meanwhile.
  const rules read{still(asked.about.limits, unread.limits), still(asked.about.budgets, unread.budgets)};
  const auto now = clock_.wall();
  recall_ended_periods(found, asked);
  auto answer = found.answers.begin();
  for (const auto& b : asked.about.budgets) {
    if (among(unread.budgets, b)) recall({b.id, true, now, answer->spent});
    ++answer;
  }
  for (const auto& l : asked.about.limits) {
    if (l.kind == core::limit_kind::parallel_requests) continue;
    if (among(unread.limits, l))
      for (const auto& u : answer->uses) // how much of the answer was reserved no row tells: as if it were nothing
        recall(use_of(l, u.at, u.tokens, u.prompt_tokens, u.ended));
    ++answer;
  }
  std::erase_if(unread.limits, [&](const limit_rule& r) { return among(asked.about.limits, r); });
  std::erase_if(unread.budgets, [&](const budget_rule& r) { return among(asked.about.budgets, r); });
  const by_request<bool> booked = [&] {
    by_request<bool> all;
    for (const auto& request : found.booked)
      all[request] = true;
    return all;
  }();
  auto& book = parts_.kept->book;
  for (const auto& each : asked.requests) {
    const auto& request = each.id;
    const auto ended = ended_.find(request);
    const auto reported = restorable_.find(request);
    if (booked.contains(request)) {
      // Part of what was read; its settlement is on its way.
    } else if (ended != ended_.end()) {
      recall_ended(ended->second, read);
    } else if (reported != restorable_.end() && book.find(request) == nullptr) {
      book.restore(reported->second, came(reported->second), unread);
    } else {
      book.attach(request, read);
    }
    if (ended != ended_.end()) ended_.erase(ended);
    if (reported != restorable_.end()) restorable_.erase(reported);
  }
  note_crossings();
  show();
  if (!unread.empty() || !restorable_.empty()) return read_past(); // rules, or requests of theirs, came meanwhile
  ended_.clear();                                                  // of requests that these rules are not about
  go_on();
}

void ledger_state::recall_ended_periods(const storage::past& found, const question& asked) {
  auto answer = found.answers.end() - static_cast<std::ptrdiff_t>(asked.ended.size());
  for (const auto& b : asked.ended) {
    const auto both = (answer++)->spent; // this period's, too
    const auto same = [&](const budget_rule& r) { return r.id == b.id; };
    const auto at = std::find_if(asked.about.budgets.begin(), asked.about.budgets.end(), same);
    const auto ours = found.answers[static_cast<std::size_t>(at - asked.about.budgets.begin())].spent;
    const bool changed_since = b.since >= core::start_of(b.period, asked.at); // it was another budget then, or none
    if (among(parts_.kept->unread.budgets, b))
      recall({b.id, true, before(b.period, asked.at), both - ours, changed_since});
  }
}

void ledger_state::recall(const past_use& use) { parts_.kept->book.recall(use, clock_.wall(), clock_.steady()); }

void ledger_state::recall_ended(const ended_claim& e, const rules& of) {
  const auto at = e.what.at;
  for (const auto& b : of.budgets)
    if (concerns(b.scope, b.scope_id, e.what.who)) recall({b.id, true, at, e.cost});
  for (const auto& l : of.limits)
    if (concerns(l.scope, l.scope_id, e.what.who) && l.kind != core::limit_kind::parallel_requests)
      recall(use_of(l, at, e.tokens, e.what.tokens, clock_.wall()));
}

void ledger_state::try_again() {
  reading_ = false;
  self_->delayed_send(self_, reread_after, atom::tick_v);
}

} // namespace logos::accounting
