// SPDX-License-Identifier: MIT
#include "actors/accounting/account_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;
using core::ec;
using core::scope;

/// What a book should say, kept in the simplest way: everything for ever.
struct model {
  struct sums {
    core::nano held = 0;
    core::nano spent = 0;
    int open_ended = 0;
  };
  using entries = std::vector<std::pair<core::wall_time, core::nano>>; // credits, and when they were made
  struct budget {
    budget_rule rule;
    std::map<core::wall_time, sums> periods;
  };
  struct run {
    claim what;
    std::vector<std::pair<std::int64_t, int>> under; // budgets and their generations
  };
  std::map<std::int64_t, budget> budgets;
  std::map<std::int64_t, int> generations;
  std::map<std::uint64_t, run> open;
  std::map<std::int64_t, entries> credits;

  core::nano allowed(const budget& b, core::wall_time at) {
    auto sum = b.rule.amount;
    for (const auto& [made_at, amount] : credits[b.rule.id])
      if (core::start_of(b.rule.period, made_at) == core::start_of(b.rule.period, at)) sum += amount;
    return std::max<core::nano>(sum, 0);
  }
  sums& of(budget& b, core::wall_time at) { return b.periods[core::start_of(b.rule.period, at)]; }
  void adopt(const rules& all) {
    std::map<std::int64_t, budget> kept;
    for (const auto& rule : all.budgets) {
      auto& b = kept[rule.id];
      if (const auto known = budgets.find(rule.id); known != budgets.end() && rule.continues(known->second.rule))
        b = known->second;
      else
        ++generations[rule.id];
      b.rule = rule;
    }
    budgets = std::move(kept);
  }
  ec objection(const claim& c) {
    auto out = ec::none;
    for (auto& [id, b] : budgets) {
      if (!b.rule.hard || !concerns(b.rule.scope, b.rule.scope_id, c.who)) continue;
      const auto& s = of(b, c.at);
      const auto left = allowed(b, c.at) - s.spent;
      if (left <= 0 || c.hold > left)
        out = ec::budget_spent;
      else if ((c.hold > left - s.held || (c.open_ended && s.open_ended > 0)) && out == ec::none)
        out = ec::rate_limited;
    }
    return out;
  }
  ec reserve(std::uint64_t n, const claim& c) {
    if (open.contains(n)) return ec::none;
    const auto out = objection(c);
    if (out == ec::none) enter(n, c);
    return out;
  }
  ec judge_again(std::uint64_t n, claim c) {
    settle(n, 0);
    const auto out = objection(c);
    if (out != ec::none) { // what it has cost before is still to come
      c.hold = c.owed;
      c.open_ended = false;
    }
    enter(n, c);
    return out;
  }
  void enter(std::uint64_t n, const claim& c) {
    run r{c, {}};
    for (auto& [id, b] : budgets) {
      if (!concerns(b.rule.scope, b.rule.scope_id, c.who)) continue;
      of(b, c.at).held += c.hold;
      of(b, c.at).open_ended += c.open_ended ? 1 : 0;
      r.under.emplace_back(id, generations[id]);
    }
    open.emplace(n, std::move(r));
  }
  void settle(std::uint64_t n, core::nano cost) {
    const auto at = open.find(n);
    if (at == open.end()) return;
    for (const auto& [id, generation] : at->second.under) {
      const auto b = budgets.find(id);
      if (b == budgets.end() || generations[id] != generation) continue;
      auto& s = of(b->second, at->second.what.at);
      s.held -= at->second.what.hold;
      s.open_ended -= at->second.what.open_ended ? 1 : 0;
      s.spent += cost;
    }
    open.erase(at);
  }
};

/// Rules come, change, are credited and go, clocks go to and fro, claims end twice or late: the book says what the
/// model says.
class account_book_property_test : public ::testing::TestWithParam<unsigned> {
protected:
  std::uint64_t any(std::uint64_t below) { return random_() % below; }
  rules some_rules(core::wall_time now) {
    rules out;
    constexpr core::budget_period periods[]{core::budget_period::hour, core::budget_period::day,
                                            core::budget_period::total};
    for (std::int64_t id = 1; id <= 4; ++id) {
      if (any(4) == 0) continue; // there is none now
      budget_rule b{id,
                    id % 2 == 0 ? scope::process : scope::user,
                    7,
                    periods[static_cast<std::size_t>(id) % 3],
                    static_cast<core::nano>(any(3) * 500),
                    any(3) != 0};
      if (any(8) == 0) b.period = periods[any(3)];
      auto& entries = model_.credits[id];
      if (any(3) == 0) entries.emplace_back(now, static_cast<core::nano>(any(900)) - 400);
      credit_sums credits{b.period};
      for (const auto& [made_at, amount] : entries)
        credits.add(made_at, amount);
      b.credits = credits.list();
      out.budgets.push_back(b);
    }
    return out;
  }

  std::minstd_rand random_{GetParam()};
  account_book book_;
  model model_;
};

TEST_P(account_book_property_test, is_what_a_simple_model_says) {
  const core::wall_time first{std::chrono::sys_days{std::chrono::year{2026} / 5 / 31} + 22h};
  const core::steady_time steady{1h};
  std::uint64_t made = 0;
  for (int step = 0; step < 4'000; ++step) {
    // Four hours, two days and two months, in any order.
    const auto now = first + std::chrono::minutes{any(4 * 60)};
    const auto n = any(3) == 0 ? any(made + 1) : ++made;
    switch (any(9)) {
    case 8: { // budgets may be others by now, and it may cost more, or less
      if (model_.open.empty()) break;
      const auto at = std::next(model_.open.begin(), static_cast<std::ptrdiff_t>(any(model_.open.size())));
      auto c = at->second.what;
      c.hold = static_cast<core::nano>(any(300));
      c.open_ended = any(4) == 0;
      c.owed = any(2) == 0 ? static_cast<core::nano>(any(100)) : 0;
      c.at_stage = stage::waiting;
      ASSERT_EQ(book_.judge_again(c, steady).refusal.code, model_.judge_again(at->first, c)) << "step " << step;
      break;
    }
    case 0: {
      const auto all = some_rules(now);
      book_.adopt(all);
      model_.adopt(all);
      break;
    }
    case 1:
    case 2:
    case 3:
    case 4: {
      claim c{
          core::uuid::from_halves(1, n), {7, 0, any(2) == 0 ? 7 : 0, 0, 9}, 0, static_cast<core::nano>(any(200)), now};
      c.open_ended = any(4) == 0;
      ASSERT_EQ(book_.reserve(c, steady).refusal.code, model_.reserve(n, c)) << "step " << step;
      break;
    }
    default: {
      const auto running =
          model_.open.empty()
              ? n
              : std::next(model_.open.begin(), static_cast<std::ptrdiff_t>(any(model_.open.size())))->first;
      const auto whose = any(4) == 0 ? n : running; // it may have ended, or not have begun
      const auto cost = static_cast<core::nano>(any(250));
      book_.settle(core::uuid::from_halves(1, whose), 0, cost, steady);
      model_.settle(whose, cost);
    }
    }
    account_book::wide held = 0;
    for (const auto& [request, r] : model_.open)
      held += r.what.hold;
    ASSERT_EQ(book_.totals().outstanding, held) << "step " << step;
    ASSERT_TRUE(book_.balanced());
    for (auto& [id, b] : model_.budgets)
      for (auto& [begins, s] : b.periods) {
        ASSERT_GE(s.held, 0);
        ASSERT_EQ(book_.balance_of(id, begins).held, s.held) << "step " << step << ", budget " << id;
        ASSERT_EQ(book_.balance_of(id, begins).open_ended, s.open_ended) << "step " << step << ", budget " << id;
        ASSERT_EQ(book_.balance_of(id, begins).spent, s.spent) << "step " << step << ", budget " << id;
      }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, account_book_property_test, ::testing::Range(1U, 9U));

} // namespace
} // namespace logos::accounting
