// SPDX-License-Identifier: MIT
#include "actors/accounting/account_book.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace logos::accounting {
namespace {

using core::ec;
using core::limit_kind;
using std::chrono::ceil;
using std::chrono::milliseconds;

// A clock that was set back, or a claim that comes late, finds what was spent in its period. What is held is kept
// anyway.
constexpr int kept_periods = 4;
// What one answer without a bound may hold of a budget that keys of other people draw on.
constexpr core::nano part_of_shared = 4;
// Found again when they are forgotten.
constexpr std::size_t most_concerns = 10'000;

/// As a power of two: where an answer is cut tells its client no more of what is left for others than within a factor.
core::nano part_of(core::nano rest) {
  if (rest < part_of_shared) return std::min<core::nano>(rest, 0);
  return static_cast<core::nano>(std::bit_floor(static_cast<std::uint64_t>(rest / part_of_shared)));
}

/// Of amounts that are not negative.
core::nano saturated_sum(core::nano a, core::nano b) { return a > most_money - b ? most_money : a + b; }

/// What has to be spent for a threshold to be passed: rounded up.
core::nano share_of(core::nano amount, std::int64_t percent) {
  __extension__ using wide = __int128;
  const auto exact = (wide{amount} * percent + 99) / 100;
  return static_cast<core::nano>(std::min<wide>(exact, most_money));
}

/// Copies what is known of the rules that stay, and returns the others.
template <class State, class Rule>
std::vector<Rule> adopt_rules(std::map<std::int64_t, State>& states, const std::vector<Rule>& all,
                              std::uint64_t adoption) {
  std::vector<Rule> unknown;
  std::map<std::int64_t, State> kept;
  for (const auto& rule : all) {
    auto& state = kept[rule.id];
    if (const auto known = states.find(rule.id); known != states.end() && rule.continues(known->second.rule)) {
      state = std::move(known->second);
    } else {
      state.since = adoption;
      unknown.push_back(rule);
    }
    state.rule = rule;
  }
  states = std::move(kept);
  return unknown;
}

} // namespace

bool concerned(const rules& by, const parties& who) {
  const auto about = [&](const auto& rule) { return concerns(rule.scope, rule.scope_id, who); };
  return std::any_of(by.limits.begin(), by.limits.end(), about) ||
         std::any_of(by.budgets.begin(), by.budgets.end(), about);
}

rules account_book::adopt(const rules& all) {
  ++adoptions_;
  const auto index = [](const auto& rules, rule_index& about) {
    about = {};
    for (const auto& rule : rules)
      about[static_cast<std::size_t>(rule.scope)][rule.scope_id].push_back(rule.id);
  };
  index(all.limits, limits_about_);
  index(all.budgets, budgets_about_);
  for (const auto& rule : all.budgets) {
    const auto known = budgets_.find(rule.id);
    if (known == budgets_.end() || known->second.rule == rule) continue;
    // Other thresholds, or an amount of which more is spent than before: of what is still being spent.
    if (auto& periods = known->second.periods; !periods.empty())
      periods.rbegin()->second.look_at = periods.rbegin()->second.passed_percent = 0;
  }
  concerns_.clear();
  rules unknown{adopt_rules(limits_, all.limits, adoptions_), adopt_rules(budgets_, all.budgets, adoptions_)};
  for (auto& [id, s] : budgets_)
    for (auto& [begins, a] : s.periods)
      if (a.spent >= a.look_at) look(s, begins, a);
  return unknown;
}

void account_book::look(const budget_state& s, core::wall_time begins, account& a, bool silently) {
  a.look_at = most_money;
  const auto allowed = s.rule.allowed_at(begins);
  if (s.rule.amount == 0 && allowed == 0) return; // spent from the beginning, by nobody
  for (const auto percent : s.rule.alert_at_percent) {
    const auto share =
        std::max<core::nano>(share_of(allowed, percent), 1); // of nothing left by credits, whatever is spent
    if (a.spent < share) {
      a.look_at = std::min(a.look_at, share);
    } else if (percent > a.passed_percent) {
      a.passed_percent = percent;
      if (!silently) crossings_.push_back({s.rule.id, begins, percent, allowed, a.spent});
    }
  }
}

void account_book::recall(const past_use& use, core::wall_time now, core::steady_time steady) {
  if (use.of_budget) {
    const auto at = budgets_.find(use.rule_id);
    if (at == budgets_.end()) return;
    const auto begins = core::start_of(at->second.rule.period, use.at);
    auto& a = at->second.periods[begins];
    a.spent = saturated_sum(a.spent, use.amount);
    if (a.spent >= a.look_at) look(at->second, begins, a, use.silently);
    return;
  }
  const auto at = limits_.find(use.rule_id);
  if (at == limits_.end()) return;
  const auto was = [&](core::wall_time moment) {
    return steady - std::max<std::chrono::microseconds>(now - moment, std::chrono::microseconds{0});
  };
  const auto came = was(use.at);
  const auto known = use.known == core::wall_time{} ? came : was(use.known);
  if (std::max(came, known) + minute_window::length > steady)
    at->second.window.recall(came, use.reserved, use.amount, known);
}

claim account_book::fitted(claim c, const concern& about, core::steady_time now) {
  // A minute has as much left as nobody has reserved: a limit counts what is likely, and is settled to what was.
  auto room = c.tokens;
  if (c.spare_tokens > 0)
    for (const auto& a : about.limits)
      if (a.state->rule.kind == limit_kind::tokens_per_minute)
        room = std::min(room, a.state->rule.value - a.state->window.sum(now));
  c.tokens = std::max(room, c.tokens - std::exchange(c.spare_tokens, 0));
  // A budget has as much left as is not spent: what others hold may come back, and is waited for.
  auto left = c.hold;
  if (c.spare_hold > 0)
    for (const auto& a : about.budgets)
      if (const auto& rule = a.state->rule; rule.hard) {
        // One answer without a bound takes a part of what it shares with others: they would wait until it ends.
        const auto rest = rule.allowed_at(c.at) - balance_of(*a.state, c.at).spent;
        left = std::min(left, is_own(rule.scope) ? rest : part_of(rest));
      }
  c.hold = std::max(left, c.hold - std::exchange(c.spare_hold, 0));
  return c;
}

void account_book::show(ruling& to, limit_state& s, core::steady_time now) const {
  if (s.rule.kind == limit_kind::parallel_requests || !is_own(s.rule.scope)) return;
  auto& shown = s.rule.kind == limit_kind::requests_per_minute ? to.requests : to.tokens;
  headroom h;
  h.limit = s.rule.value;
  h.remaining = std::max<std::int64_t>(s.rule.value - s.window.sum(now), 0);
  h.reset = ceil<milliseconds>(s.window.room_at(now, s.rule.value, s.rule.value) - now);
  if (!shown || h.remaining < shown->remaining) shown = h;
}

std::size_t account_book::parties_hash::operator()(const parties& who) const {
  std::uint64_t sum = 0;
  for (const auto id : who)
    sum = (sum ^ static_cast<std::uint64_t>(id)) * 0x9e3779b97f4a7c15; // as Fibonacci hashing does
  return sum ^ (sum >> 32);
}

const std::shared_ptr<const account_book::concern>& account_book::concern_of(const parties& who) {
  if (const auto known = concerns_.find(who); known != concerns_.end()) return known->second;
  const auto made = std::make_shared<concern>();
  made->adoption = adoptions_;
  const auto find = [&](auto& states, const rule_index& about, auto& into) {
    for (std::size_t scope = 0; scope < about.size(); ++scope) {
      if (who[scope] == 0) continue;
      const auto rules = about[scope].find(who[scope]);
      if (rules == about[scope].end()) continue;
      for (const auto id : rules->second) {
        auto& state = states.at(id);
        into.push_back({id, state.since, &state});
      }
    }
  };
  find(limits_, limits_about_, made->limits);
  find(budgets_, budgets_about_, made->budgets);
  if (concerns_.size() >= most_concerns) concerns_.clear();
  return concerns_.emplace(who, made).first->second;
}

template <class State>
State* account_book::still(std::map<std::int64_t, State>& states, const concern& about, const applied<State>& a) const {
  if (about.adoption == adoptions_) return a.state;
  const auto found = states.find(a.rule);
  return found == states.end() || found->second.since != a.since ? nullptr : &found->second;
}

void account_book::enter(limit_state& s, const reservation& r) {
  if (s.rule.kind == limit_kind::parallel_requests)
    ++s.parallel;
  else if (s.rule.kind == limit_kind::requests_per_minute)
    s.window.add(r.at, 1);
  else
    s.window.reserve(r.at, r.what.tokens);
}

void account_book::enter(budget_state& s, const reservation& r) {
  auto& a = s.periods[core::start_of(s.rule.period, r.what.at)];
  a.held += r.what.hold;
  if (r.what.open_ended) ++a.open_ended;
}

void account_book::open_account(reservation r) {
  for (const auto& a : r.about->limits)
    enter(*a.state, r);
  for (const auto& a : r.about->budgets)
    enter(*a.state, r);
  sums_.reserved += r.what.hold;
  sums_.outstanding += r.what.hold;
  const auto request = r.what.request;
  open_.emplace(request, std::move(r));
}

ruling account_book::reserve(const claim& c, core::steady_time steady) {
  ruling out;
  out.request = c.request;
  const auto& about = concern_of(c.who);
  // Asked again, it has what it was given.
  const bool known = open_.contains(c.request);
  objections heard;
  const auto fit = known ? open_.find(c.request)->second.what : fitted(c, *about, steady);
  for (const auto& a : about->limits)
    if (!known) heard.add(objection(*a.state, fit, steady));
  for (const auto& a : about->budgets)
    if (!known) heard.add(objection(*a.state, fit));
  out.at_stage = c.at_stage;
  out.refusal = heard.sum();
  if (out.refusal.code == ec::none && !known) open_account({fit, steady, about});
  out.spared_tokens = c.tokens - fit.tokens;
  out.spared_hold = c.hold - fit.hold;
  for (const auto& a : about->limits)
    show(out, *a.state, steady);
  return out;
}

void account_book::leave_budgets(const reservation& r) {
  for (const auto& a : r.about->budgets)
    if (auto* const s = still(budgets_, *r.about, a)) {
      auto& b = s->periods[core::start_of(s->rule.period, r.what.at)];
      b.held -= r.what.hold;
      if (r.what.open_ended) --b.open_ended;
    }
}

const claim* account_book::find(const core::uuid& request) const {
  const auto at = open_.find(request);
  return at == open_.end() ? nullptr : &at->second.what;
}

std::vector<core::uuid> account_book::open_of(std::uint32_t holder) const {
  std::vector<core::uuid> found;
  for (const auto& [request, r] : open_)
    if (r.what.holder == holder) found.push_back(request);
  return found;
}

void account_book::settle(const core::uuid& request, std::int64_t tokens, core::nano cost, core::steady_time steady) {
  const auto at = open_.find(request);
  if (at == open_.end()) return;
  const auto r = std::move(at->second);
  open_.erase(at);
  for (const auto& a : r.about->limits) {
    auto* const found = still(limits_, *r.about, a);
    if (found == nullptr) continue; // removed or replaced meanwhile
    auto& s = *found;
    if (s.rule.kind == limit_kind::parallel_requests)
      s.parallel = std::max<std::int64_t>(s.parallel - 1, 0);
    else if (s.rule.kind == limit_kind::tokens_per_minute)
      s.window.settle(r.at, r.what.tokens, tokens, steady);
    s.window.sum(steady);
  }
  for (const auto& a : r.about->budgets) {
    auto* const found = still(budgets_, *r.about, a);
    if (found == nullptr) continue;
    auto& s = *found;
    const auto begins = core::start_of(s.rule.period, r.what.at);
    auto& b = s.periods[begins];
    b.held -= r.what.hold;
    if (r.what.open_ended) --b.open_ended;
    b.spent = saturated_sum(b.spent, cost);
    if (b.spent >= b.look_at) look(s, begins, b);
    if (s.periods.size() <= kept_periods) continue;
    auto oldest = s.periods.find(begins);
    for (int kept = 1; kept < kept_periods && oldest != s.periods.begin(); ++kept)
      --oldest;
    std::erase_if(s.periods, [from = oldest->first](const auto& p) {
      return p.second.held == 0 && p.second.open_ended == 0 && p.first < from;
    });
  }
  const auto within = std::min(cost, r.what.hold);
  sums_.outstanding -= r.what.hold;
  sums_.settled += within;
  sums_.released += r.what.hold - within;
  sums_.over_hold += cost - within;
}

core::nano account_book::credited() const {
  wide sum = 0;
  for (const auto& [id, s] : budgets_)
    for (const auto& c : s.rule.credits)
      sum += c.sum;
  return static_cast<core::nano>(std::clamp<wide>(sum, -most_money, most_money));
}

account_book::balance account_book::balance_of(const budget_state& s, core::wall_time moment) {
  const auto at = s.periods.find(core::start_of(s.rule.period, moment));
  return at == s.periods.end() ? balance{} : balance{at->second};
}

account_book::balance account_book::balance_of(std::int64_t budget_id, core::wall_time moment) const {
  const auto found = budgets_.find(budget_id);
  return found == budgets_.end() ? balance{} : balance_of(found->second, moment);
}

} // namespace logos::accounting
