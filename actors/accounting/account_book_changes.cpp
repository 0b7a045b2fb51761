// SPDX-License-Identifier: MIT
// The part of the books about claims that are open while rules, or who keeps the books, change.
#include "actors/accounting/account_book.hpp"

#include <algorithm>

namespace logos::accounting {

using core::ec;

ruling account_book::judge_again(const claim& c, core::steady_time steady) {
  auto asked = c;
  asked.spare_hold = std::min(c.spare_hold, std::max<core::nano>(c.hold - c.owed, 0)); // it has cost that already
  const auto at = open_.find(c.request);
  if (at == open_.end()) {
    auto out = reserve(asked, steady);
    if (out.refusal.code == ec::none) return out;
    auto owing = c;
    owing.tokens = owing.spare_tokens = owing.spare_hold = 0;
    owing.hold = c.owed;
    owing.open_ended = false;
    open_account({owing, steady, concern_of(c.who)});
    return out;
  }
  auto& r = at->second;
  const auto now_about = concern_of(r.what.who);
  leave_budgets(r);
  asked.spare_tokens = 0; // limits are not asked again
  auto fit = fitted(asked, *now_about, steady);
  const auto objected = [&] {
    objections heard;
    for (const auto& a : now_about->budgets)
      heard.add(objection(*a.state, fit));
    return heard.sum();
  };
  ruling out;
  out.request = c.request;
  out.at_stage = c.at_stage;
  out.refusal = objected();
  // It has been let in with less, which is not taken from it because others hold the rest.
  if (out.refusal.code == ec::rate_limited && r.what.hold < fit.hold && r.what.hold >= c.hold - asked.spare_hold) {
    fit.hold = r.what.hold;
    out.refusal = objected();
  }
  const bool refused = out.refusal.code != ec::none;
  const auto hold = refused ? c.owed : fit.hold;
  sums_.released += r.what.hold;
  sums_.reserved += hold;
  sums_.outstanding += hold - r.what.hold;
  r.what.hold = hold;
  r.what.open_ended = !refused && fit.open_ended;
  auto about = std::make_shared<concern>(*r.about);
  about->adoption = 0; // its limits may be of rules that are gone
  about->budgets = now_about->budgets;
  r.about = std::move(about);
  for (const auto& a : now_about->budgets)
    enter(*a.state, r);
  out.spared_tokens = std::max<std::int64_t>(c.tokens - r.what.tokens, 0);
  out.spared_hold = c.hold - fit.hold;
  for (const auto& a : now_about->limits)
    show(out, *a.state, steady);
  return out;
}

void account_book::restore(const claim& c, core::steady_time steady, const rules& unread) {
  if (open_.contains(c.request)) return;
  if (!concerned(unread, c.who)) return open_account({c, steady, concern_of(c.who)});
  auto about = std::make_shared<concern>(*concern_of(c.who));
  const auto leave_out = [](auto& from, const auto& some) {
    std::erase_if(from, [&](const auto& a) {
      return std::any_of(some.begin(), some.end(), [&](const auto& rule) { return rule.id == a.rule; });
    });
  };
  leave_out(about->limits, unread.limits);
  leave_out(about->budgets, unread.budgets);
  open_account({c, steady, std::move(about)});
}

std::vector<core::uuid> account_book::open_about(const rules& some) const {
  std::vector<core::uuid> found;
  for (const auto& [request, r] : open_)
    if (concerned(some, r.what.who)) found.push_back(request);
  return found;
}

void account_book::attach(const core::uuid& request, const rules& some) {
  const auto at = open_.find(request);
  if (at == open_.end()) return;
  auto& r = at->second;
  auto wider = std::make_shared<concern>(*r.about);
  wider->adoption = 0; // what was applied before may be of rules that are gone
  const auto attach_all = [&](auto& states, const auto& fresh, auto& has) {
    for (const auto& rule : fresh) {
      const auto state = states.find(rule.id);
      if (state == states.end() || !concerns(rule.scope, rule.scope_id, r.what.who)) continue;
      const auto since = state->second.since;
      const auto same = [&](const auto& a) { return a.rule == rule.id && a.since == since; };
      if (std::any_of(has.begin(), has.end(), same)) continue;
      has.push_back({rule.id, since, nullptr});
      enter(state->second, r);
    }
  };
  attach_all(limits_, some.limits, wider->limits);
  attach_all(budgets_, some.budgets, wider->budgets);
  r.about = std::move(wider);
}

} // namespace logos::accounting
