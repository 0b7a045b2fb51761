// SPDX-License-Identifier: MIT
#include "actors/accounting/account_book.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <random>
#include <set>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;
using core::ec;
using core::limit_kind;
using core::scope;

class account_book_test : public ::testing::Test {
protected:
  static core::uuid id(std::uint64_t n) { return core::uuid::from_halves(1, n); }
  ruling reserve(std::uint64_t n, std::int64_t tokens = 0, core::nano hold = 0) {
    return book_.reserve({id(n), {7, 0, 3, 0, 9}, tokens, hold, clock_.wall()}, clock_.steady());
  }
  bool admitted(std::uint64_t n, std::int64_t tokens = 0, core::nano hold = 0) {
    return reserve(n, tokens, hold).refusal.code == ec::none;
  }
  /// A request whose answer has no bound of the client's.
  ruling reserve_boundless(std::uint64_t n, std::int64_t tokens, std::int64_t spare_tokens, core::nano hold = 0,
                           core::nano spare_hold = 0) {
    return book_.reserve({id(n), {7, 0, 3, 0, 9}, tokens, hold, clock_.wall(), 0, spare_tokens, spare_hold},
                         clock_.steady());
  }
  void settle(std::uint64_t n, std::int64_t tokens = 0, core::nano cost = 0) {
    book_.settle(id(n), tokens, cost, clock_.steady());
  }
  core::manual_clock clock_;
  account_book book_;
};

TEST_F(account_book_test, exactly_as_many_are_admitted_as_the_budget_holds) {
  for (core::nano k = 0; k < 40; ++k) {
    account_book book;
    book.adopt({{}, {{1, scope::process, 7, core::budget_period::total, k * 10, true}}});
    int in = 0;
    for (std::uint64_t n = 0; n < 200; ++n)
      in += book.reserve({id(n), {7}, 0, 10, clock_.wall()}, clock_.steady()).refusal.code == ec::none ? 1 : 0;
    EXPECT_EQ(in, k);
    for (std::uint64_t n = 0; n < 200; ++n)
      book.settle(id(n), 0, 10, clock_.steady());
    EXPECT_EQ(book.balance_of(1, clock_.wall()).spent, k * 10);
    EXPECT_EQ(book.totals().outstanding, 0);
  }
}

TEST_F(account_book_test, a_budget_that_is_held_is_429_and_one_that_is_spent_is_402) {
  book_.adopt({{}, {{1, scope::user, 3, core::budget_period::total, 100, true}}});
  EXPECT_TRUE(admitted(1, 0, 60));
  EXPECT_EQ(reserve(2, 0, 60).refusal.code, ec::rate_limited);
  EXPECT_GT(reserve(2, 0, 60).refusal.retry_after_s, 0U);
  settle(1, 0, 50);
  EXPECT_EQ(reserve(2, 0, 60).refusal.code, ec::budget_spent);
  EXPECT_TRUE(admitted(2, 0, 50));
  settle(2, 0, 50);
  EXPECT_EQ(reserve(3, 0, 0).refusal.code, ec::budget_spent) << "also what costs nothing: the budget is spent";
}

TEST_F(account_book_test, a_spent_budget_says_when_it_starts_anew) {
  book_.adopt({{}, {{1, scope::user, 3, core::budget_period::day, 100, true}}});
  const auto begins = core::end_of(core::budget_period::day, clock_.wall());
  const auto wait = [&] {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(begins - clock_.wall()).count());
  };
  const auto words = "starts anew at " + core::to_iso8601(begins);
  EXPECT_TRUE(admitted(1, 0, 60));
  settle(1, 0, 60);
  const auto dear = reserve(2, 0, 70).refusal;
  EXPECT_EQ(dear.code, ec::budget_spent);
  EXPECT_EQ(dear.retry_after_s, wait());
  EXPECT_NE(dear.message.find(words), std::string::npos) << dear.message;
  const auto never = reserve(2, 0, 101).refusal;
  EXPECT_EQ(never.retry_after_s, 0U) << "it costs more than there is in any day";
  EXPECT_EQ(never.message.find("anew"), std::string::npos) << never.message;
  EXPECT_TRUE(admitted(3, 0, 40));
  settle(3, 0, 40);
  const auto spent = reserve(4, 0, 10).refusal;
  EXPECT_EQ(spent.retry_after_s, wait());
  EXPECT_NE(spent.message.find(words), std::string::npos) << spent.message;
  clock_.advance(std::chrono::seconds{wait()});
  EXPECT_TRUE(admitted(5, 0, 70)) << "it was true";
  settle(5);
  book_.adopt({{}, {{3, scope::model, 9, core::budget_period::day, 100, true}}});
  EXPECT_EQ(reserve(6, 0, 101).refusal.retry_after_s, reserve(6, 0, 200).refusal.retry_after_s);
  EXPECT_GT(reserve(6, 0, 101).refusal.retry_after_s, 0U) << "or its amount, which others share, could be found";
  book_.adopt({{}, {{2, scope::user, 3, core::budget_period::total, 0, true}}});
  EXPECT_EQ(reserve(7, 0, 10).refusal.retry_after_s, 0U) << "in total: it never does";
}

TEST_F(account_book_test, whoever_is_refused_by_several_rules_hears_when_the_last_of_them_lets_go) {
  const budget_rule hour{1, scope::user, 3, core::budget_period::hour, 10, true};
  const budget_rule day{2, scope::process, 7, core::budget_period::day, 10, true};
  const budget_rule month{3, scope::model, 9, core::budget_period::month, 10, true};
  const budget_rule ever{4, scope::user, 3, core::budget_period::total, 10, true};
  const limit_rule rate{5, scope::process, 7, limit_kind::requests_per_minute, 1};
  const limit_rule large{6, scope::process, 7, limit_kind::tokens_per_minute, 4};
  const auto until = [&](const budget_rule& b) {
    return static_cast<std::uint32_t>(
        std::chrono::ceil<std::chrono::seconds>(core::end_of(b.period, clock_.wall()) - clock_.wall()).count());
  };
  const auto refused = [&](std::vector<limit_rule> limits, std::vector<budget_rule> budgets, std::int64_t tokens = 1) {
    account_book book;
    book.adopt({std::move(limits), std::move(budgets)});
    const parties who{7, 0, 3, 0, 9};
    EXPECT_EQ(book.reserve({id(1), who, 1, 10, clock_.wall()}, clock_.steady()).refusal.code, ec::none);
    book.settle(id(1), 1, 10, clock_.steady());
    return book.reserve({id(2), who, tokens, 1, clock_.wall()}, clock_.steady()).refusal;
  };
  for (const auto& all :
       {std::vector{hour, day, month}, std::vector{month, hour, day}, std::vector{day, month, hour}}) {
    const auto why = refused({}, all);
    EXPECT_EQ(why.code, ec::budget_spent);
    EXPECT_EQ(why.retry_after_s, until(month));
    EXPECT_NE(why.message.find(core::to_iso8601(core::end_of(month.period, clock_.wall()))), std::string::npos)
        << "the words and the number are about the same: " << why.message;
  }
  for (const auto& all : {std::vector{hour, ever}, std::vector{ever, hour}}) {
    EXPECT_EQ(refused({}, all).retry_after_s, 0U) << "one of them is never free again";
    EXPECT_EQ(refused({}, all).message.find("anew"), std::string::npos);
  }
  clock_.advance(std::chrono::seconds{until(hour) - 10});
  const auto near = refused({rate}, {hour});
  EXPECT_EQ(near.code, ec::budget_spent);
  EXPECT_EQ(near.retry_after_s, 60U) << "the hour ends sooner than the minute";
  EXPECT_EQ(refused({rate, large}, {}, 5).retry_after_s, 0U) << "what can never fit outlasts every minute";
  EXPECT_NE(refused({rate, large}, {}, 5).message.find("shorter answer"), std::string::npos);
}

TEST_F(account_book_test, of_an_answer_without_bound_no_more_is_held_than_is_left) {
  book_.adopt({{},
               {{1, scope::process, 7, core::budget_period::total, 100, true},
                {2, scope::user, 3, core::budget_period::total, 1000, true}}});
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 300);
  EXPECT_EQ(book_.totals().outstanding, 100);
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 300) << "asked again, it has what it was given";
  const auto meanwhile = reserve_boundless(2, 0, 0, 400, 390);
  EXPECT_EQ(meanwhile.refusal.code, ec::rate_limited) << "what is held may come back: no answer is cut short for that";
  EXPECT_GT(meanwhile.refusal.retry_after_s, 0U);
  settle(1, 0, 85);
  EXPECT_EQ(reserve_boundless(3, 0, 0, 14, 4).spared_hold, 0) << "there is enough";
  settle(3, 0, 4);
  EXPECT_EQ(reserve_boundless(4, 0, 0, 400, 388).refusal.code, ec::budget_spent) << "there is not even the rest";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 89);
  EXPECT_TRUE(book_.balanced());
  EXPECT_EQ(book_.totals().outstanding, 0);
}

TEST_F(account_book_test, of_a_budget_that_is_also_others_one_answer_without_bound_holds_a_part) {
  book_.adopt({{}, {{1, scope::model, 9, core::budget_period::total, 100, true}}});
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 384) << "16 of a quarter's 25";
  EXPECT_TRUE(admitted(2, 0, 20)) << "a small request does not wait for it";
  EXPECT_EQ(reserve_boundless(3, 0, 0, 16, 6).spared_hold, 0) << "what fits into the part is not cut";
  EXPECT_EQ(reserve_boundless(4, 0, 0, 60, 10).spared_hold, 10) << "never below what it cannot do without";
}

TEST_F(account_book_test, where_an_answer_is_cut_tells_what_is_left_for_others_within_a_factor_only) {
  std::set<core::nano> cuts;
  for (core::nano amount = 4096; amount < 8192; ++amount) {
    account_book book;
    book.adopt({{}, {{1, scope::service, 5, core::budget_period::total, amount, true}}});
    cuts.insert(
        book.reserve({id(1), {7, 0, 3, 5, 9}, 0, 9000, clock_.wall(), 0, 0, 8999}, clock_.steady()).spared_hold);
  }
  EXPECT_EQ(cuts, std::set<core::nano>{9000 - 1024});
  account_book book;
  book.adopt({{}, {{1, scope::service, 5, core::budget_period::total, 3, true}}});
  EXPECT_EQ(book.reserve({id(1), {7, 0, 3, 5, 9}, 0, 9, clock_.wall(), 0, 0, 8}, clock_.steady()).spared_hold, 8)
      << "of next to nothing, what it cannot do without";
}

TEST_F(account_book_test, a_soft_budget_cuts_no_answer_short) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 100, false}}});
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 0);
}

TEST_F(account_book_test, a_limit_on_tokens_lets_answers_without_bound_use_what_is_left_of_a_minute) {
  book_.adopt({{{1, scope::process, 7, limit_kind::tokens_per_minute, 100}}, {}});
  for (std::uint64_t n = 1; n <= 6; ++n) {
    const auto in = reserve_boundless(n, 4106, 4095);
    EXPECT_EQ(in.refusal.code, ec::none) << in.refusal.message;
    EXPECT_EQ(in.tokens->remaining, 0) << "all that is left is reserved";
    EXPECT_EQ(reserve_boundless(100 + n, 4106, 4095).refusal.code, ec::rate_limited) << "by whoever came first";
    settle(n, 15);
  }
  const auto last = reserve_boundless(7, 4106, 4095);
  EXPECT_EQ(last.refusal.code, ec::rate_limited) << "the prompt alone is more than the 10 that are left";
  EXPECT_EQ(last.refusal.retry_after_s, 60U);
  EXPECT_EQ(last.tokens->remaining, 10);
  clock_.advance(1min);
  EXPECT_EQ(reserve_boundless(8, 4106, 4095).refusal.code, ec::none);
  settle(8, 150);
  EXPECT_EQ(reserve_boundless(9, 12, 1).refusal.retry_after_s, 60U) << "what was used beyond counts";
}

TEST_F(account_book_test, a_soft_budget_refuses_nobody) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 100, false}}});
  EXPECT_TRUE(admitted(1, 0, 1000));
  settle(1, 0, 1000);
  EXPECT_TRUE(admitted(2, 0, 1000));
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 1000);
}

TEST_F(account_book_test, a_new_period_begins_with_nothing_spent_and_late_ends_belong_to_the_old_one) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  EXPECT_TRUE(admitted(1, 0, 100));
  clock_.advance(1h);
  EXPECT_TRUE(admitted(2, 0, 100));
  settle(1, 0, 100);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 0);
  settle(2, 0, 30);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 30);
}

TEST_F(account_book_test, whoever_came_in_before_midnight_is_paid_by_that_day_even_when_ruled_on_later) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::day, 100, true}}});
  const auto yesterday = clock_.wall();
  EXPECT_TRUE(admitted(1, 0, 70));
  settle(1, 0, 70);
  clock_.advance(24h);
  EXPECT_TRUE(admitted(2, 0, 100));
  settle(2, 0, 10); // yesterday is over, but not forgotten
  const auto late = [&](std::uint64_t n, core::nano hold) {
    return book_.reserve({id(n), {7}, 0, hold, yesterday}, clock_.steady()).refusal.code;
  };
  EXPECT_EQ(late(3, 31), ec::budget_spent);
  EXPECT_EQ(late(4, 30), ec::none);
  settle(4, 0, 20);
  EXPECT_EQ(book_.balance_of(1, yesterday).spent, 90);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 10);
}

TEST_F(account_book_test, a_clock_that_is_set_back_finds_what_was_spent) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  const auto first = clock_.wall();
  for (std::uint64_t n = 0; n < 4; ++n) {
    EXPECT_TRUE(admitted(n, 0, 100));
    settle(n, 0, 100);
    clock_.advance(1h);
  }
  for (int back = 0; back < 4; ++back)
    EXPECT_EQ(book_.reserve({id(9), {7}, 0, 1, first + back * 1h}, clock_.steady()).refusal.code, ec::budget_spent);
}

TEST_F(account_book_test, a_clock_that_was_ahead_for_long_lets_nobody_spend_more_once_it_is_right) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  const auto right = clock_.wall();
  clock_.advance(24h);
  for (std::uint64_t n = 0; n < 9; ++n) {
    EXPECT_TRUE(admitted(n, 0, 10));
    settle(n, 0, 10);
    clock_.advance(1h);
  }
  int in = 0;
  for (std::uint64_t n = 100; n < 120; ++n) {
    in += book_.reserve({id(n), {7}, 0, 10, right}, clock_.steady()).refusal.code == ec::none ? 1 : 0;
    settle(n, 0, 10);
  }
  EXPECT_EQ(in, 10);
}

TEST_F(account_book_test, periods_that_are_long_over_are_forgotten_once_nothing_is_held_in_them) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  const auto first = clock_.wall();
  EXPECT_TRUE(admitted(1000, 0, 60)); // runs all the time
  for (std::uint64_t n = 0; n < 20; ++n) {
    EXPECT_TRUE(admitted(n, 0, 30));
    settle(n, 0, 30);
    clock_.advance(1h);
  }
  EXPECT_EQ(book_.balance_of(1, first).held, 60);
  EXPECT_EQ(book_.balance_of(1, first + 1h).spent, 0) << "forgotten";
  settle(1000, 0, 50);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 0) << "paid by the hour that it came in";
  EXPECT_EQ(book_.totals().outstanding, 0);
}

TEST_F(account_book_test, what_may_cost_more_than_can_be_counted_is_let_in_by_no_hard_budget) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, most_money, true}}});
  const auto refused = reserve(1, 0, most_money).refusal;
  EXPECT_EQ(refused.code, ec::budget_spent);
  EXPECT_NE(refused.message.find("9223372036.854775807 or more"), std::string::npos) << refused.message;
  EXPECT_TRUE(admitted(2, 0, most_money - 1)) << "all that can be counted is held";
  EXPECT_EQ(reserve(3, 0, 2).refusal.code, ec::rate_limited);
}

TEST_F(account_book_test, holds_and_costs_beyond_all_money_wrap_around_nowhere) {
  book_.adopt({{},
               {{1, scope::process, 7, core::budget_period::total, most_money, false, {50}},
                {2, scope::user, 3, core::budget_period::total, 100, false}}});
  for (std::uint64_t n = 0; n < 5; ++n)
    EXPECT_TRUE(admitted(n, 0, most_money));
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, account_book::wide{most_money} * 5);
  for (std::uint64_t n = 0; n < 5; ++n)
    settle(n, 0, most_money);
  for (const std::int64_t budget : {1, 2}) {
    EXPECT_EQ(book_.balance_of(budget, clock_.wall()).held, 0);
    EXPECT_EQ(book_.balance_of(budget, clock_.wall()).spent, most_money);
  }
  book_.recall({1, true, clock_.wall(), most_money}, clock_.wall(), clock_.steady());
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, most_money);
  EXPECT_TRUE(book_.balanced());
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, most_money, true}}});
  EXPECT_EQ(reserve(9, 0, 1).refusal.code, ec::budget_spent);
}

TEST_F(account_book_test, no_minute_ever_sees_more_requests_than_the_limit) {
  constexpr std::int64_t limit = 20;
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, limit}}, {}});
  std::minstd_rand random{5};
  std::deque<core::steady_time> in;
  int admissions = 0;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    clock_.advance(std::chrono::milliseconds{random() % 400});
    const auto r = reserve(n);
    while (!in.empty() && in.front() + 60s <= clock_.steady())
      in.pop_front();
    if (r.refusal.code == ec::none) {
      in.push_back(clock_.steady());
      ++admissions;
    } else {
      EXPECT_GT(r.refusal.retry_after_s, 0U);
    }
    ASSERT_LE(static_cast<std::int64_t>(in.size()), limit);
    settle(n);
  }
  // 20,000 steps of 0.2 s are 66 minutes; at most a grain's time is lost per request.
  EXPECT_GE(admissions, 65 * limit);
}

TEST_F(account_book_test, the_time_that_a_refusal_names_is_enough) {
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 2}}, {}});
  EXPECT_TRUE(admitted(1));
  clock_.advance(10s);
  EXPECT_TRUE(admitted(2));
  const auto refused = reserve(3).refusal;
  EXPECT_EQ(refused.retry_after_s, 50U);
  clock_.advance(std::chrono::seconds{refused.retry_after_s});
  EXPECT_TRUE(admitted(3));
}

TEST_F(account_book_test, what_others_share_is_refused_without_amounts_and_told_in_no_header) {
  const auto begins = core::to_iso8601(core::end_of(core::budget_period::day, clock_.wall()));
  const auto has_digit_but = [&](std::string text, const std::string& name) {
    if (const auto at = text.find("Try again in "); at != text.npos) text.erase(at); // as the header says
    for (const auto& known : {name, begins})
      if (const auto at = text.find(known); at != text.npos) text.erase(at, known.size());
    return text.find_first_of("0123456789") != text.npos;
  };
  struct kind {
    core::scope of;
    std::int64_t id;
    bool own;
  };
  for (const auto& k : {kind{scope::process, 7, true}, kind{scope::user, 3, true}, kind{scope::profile, 4, true},
                        kind{scope::service, 5, false}, kind{scope::model, 9, false}}) {
    const auto name = std::string{core::to_string(k.of)} + " " + std::to_string(k.id);
    const auto refused = [&](const rules& all, std::int64_t tokens, core::nano hold, core::nano spent) {
      account_book book;
      book.adopt(all);
      const parties who{7, 4, 3, 5, 9};
      const auto first = book.reserve({id(1), who, 1, 10, clock_.wall()}, clock_.steady());
      EXPECT_EQ(first.requests.has_value() || first.tokens.has_value(),
                k.own && !all.limits.empty() && all.limits[0].kind != limit_kind::parallel_requests);
      if (spent != 0) book.settle(id(1), 1, spent, clock_.steady());
      const auto why = book.reserve({id(2), who, tokens, hold, clock_.wall()}, clock_.steady()).refusal;
      EXPECT_NE(why.code, ec::none) << name;
      EXPECT_NE(why.message.find(name), std::string::npos) << why.message;
      EXPECT_EQ(has_digit_but(why.message, name) || why.message.starts_with("The one"), k.own) << why.message;
      return why.message;
    };
    const auto budget = [&](core::nano amount) {
      return rules{{}, {{1, k.of, k.id, core::budget_period::day, amount, true}}};
    };
    const auto limit = [&](limit_kind what, std::int64_t value) { return rules{{{1, k.of, k.id, what, value}}, {}}; };
    EXPECT_NE(refused(budget(100), 0, 10, 100).find("day"), std::string::npos) << "spent; the kind is named";
    refused(budget(100), 0, 60, 50); // less left than it may cost
    refused(budget(15), 0, 10, 0);   // held
    refused(limit(limit_kind::requests_per_minute, 1), 0, 0, 0);
    refused(limit(limit_kind::tokens_per_minute, 5), 5, 0, 0);
    refused(limit(limit_kind::tokens_per_minute, 5), 6, 0, 0); // more than a minute has
    refused(limit(limit_kind::parallel_requests, 1), 0, 0, 0);
  }
}

TEST_F(account_book_test, a_refusal_says_which_limit_of_whom_how_much_and_when_again) {
  const auto said = [&](const rules& all, std::int64_t tokens = 5, core::nano hold = 0) {
    account_book book;
    book.adopt(all);
    const parties who{7, 0, 3, 5, 9};
    EXPECT_EQ(book.reserve({id(1), who, 60, 80, clock_.wall()}, clock_.steady()).refusal.code, ec::none);
    const auto why = book.reserve({id(2), who, tokens, hold, clock_.wall()}, clock_.steady()).refusal;
    const auto at = why.message.find("Try again in ");
    EXPECT_EQ(at == std::string::npos ? "" : why.message.substr(at),
              why.retry_after_s == 0 ? "" : "Try again in " + std::to_string(why.retry_after_s) + " s.");
    return why.message;
  };
  const auto limit = [](core::scope of, std::int64_t whose, const char* name, limit_kind what, std::int64_t value) {
    return rules{{{1, of, whose, what, value, name}}, {}};
  };
  EXPECT_EQ(said(limit(scope::process, 7, "app", limit_kind::requests_per_minute, 1)),
            "Rate limit reached for process 'app' (7): the limit of 1 request a minute is used up. Try again in 60 s.");
  EXPECT_EQ(
      said(limit(scope::service, 5, "search", limit_kind::requests_per_minute, 1)),
      "Rate limit reached for service 'search' (5): the limit on requests a minute is used up. Try again in 60 s.");
  EXPECT_EQ(said(limit(scope::user, 3, "ann", limit_kind::tokens_per_minute, 62)),
            "Rate limit reached for user 'ann' (3): the limit of 62 tokens a minute leaves less than the 5 that the "
            "request may use. Try again in 60 s.");
  EXPECT_EQ(said(limit(scope::model, 9, "gemma3", limit_kind::tokens_per_minute, 62)),
            "Rate limit reached for model 'gemma3' (9): the limit on tokens a minute leaves less than the request may "
            "use. Try again in 60 s.");
  EXPECT_EQ(said(limit(scope::user, 3, "ann", limit_kind::parallel_requests, 1)),
            "The one request that user 'ann' (3) may have running at a time runs. Try again in 1 s.");
  EXPECT_EQ(said(limit(scope::user, 3, "", limit_kind::parallel_requests, 1)),
            "The one request that user 3 may have running at a time runs. Try again in 1 s.")
      << "a name that is not known";
  const auto budget = [](core::scope of, std::int64_t whose, const char* name, core::nano amount) {
    return rules{{}, {{1, of, whose, core::budget_period::total, amount, true, {}, {}, 0, name}}};
  };
  EXPECT_EQ(said(budget(scope::process, 7, "app", 100), 0, 30),
            "The budget of process 'app' (7), 0.0000001 in total, is held by requests that run now. Try again in 5 s.");
  EXPECT_EQ(said(budget(scope::service, 5, "search", 100), 0, 101),
            "The budget of service 'search' (5) in total has less left than the request may cost: ask for a shorter "
            "answer with max_completion_tokens.");
}

TEST_F(account_book_test, tokens_are_reserved_as_estimated_and_settled_as_used) {
  book_.adopt({{{1, scope::user, 3, limit_kind::tokens_per_minute, 1000}}, {}});
  EXPECT_TRUE(admitted(1, 800));
  EXPECT_FALSE(admitted(2, 300));
  settle(1, 100);
  EXPECT_EQ(reserve(2, 300).tokens->remaining, 600);
  settle(2, 900); // more than estimated
  EXPECT_FALSE(admitted(3, 1));
  EXPECT_EQ(reserve(4, 1001).refusal.retry_after_s, 0U) << "waiting does not help what can never fit";
}

TEST_F(account_book_test, parallel_requests_end_with_their_answers) {
  book_.adopt({{{1, scope::user, 3, limit_kind::parallel_requests, 2}}, {}});
  EXPECT_TRUE(admitted(1));
  EXPECT_TRUE(admitted(2));
  EXPECT_FALSE(admitted(3));
  settle(1);
  settle(1); // again: nothing
  EXPECT_TRUE(admitted(3));
  EXPECT_FALSE(admitted(4));
}

TEST_F(account_book_test, what_is_refused_by_one_rule_is_reserved_in_none) {
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 10},
                {2, scope::user, 3, limit_kind::parallel_requests, 0}},
               {{3, scope::process, 7, core::budget_period::day, 100, true}}});
  EXPECT_FALSE(admitted(1, 5, 5));
  EXPECT_EQ(book_.balance_of(3, clock_.wall()).held, 0);
  EXPECT_EQ(reserve(2, 5, 5).requests->remaining, 10);
  EXPECT_EQ(book_.open(), 0U);
}

TEST_F(account_book_test, rules_may_come_change_and_go_while_requests_run) {
  book_.adopt({{{1, scope::process, 7, limit_kind::parallel_requests, 1}}, {}});
  EXPECT_TRUE(admitted(1));
  book_.adopt({{{1, scope::process, 7, limit_kind::parallel_requests, 2}}, {}});
  EXPECT_TRUE(admitted(2));
  EXPECT_FALSE(admitted(3));
  book_.adopt({{}, {}});
  EXPECT_TRUE(admitted(3));
  settle(1);
  settle(2);
  settle(3);
  EXPECT_EQ(book_.open(), 0U);
}

TEST_F(account_book_test, only_rules_that_count_something_else_begin_anew) {
  const limit_rule rate{1, scope::process, 7, limit_kind::requests_per_minute, 1};
  const budget_rule daily{2, scope::process, 7, core::budget_period::day, 100, true};
  EXPECT_EQ(book_.adopt({{rate}, {daily}}).budgets, std::vector{daily});
  EXPECT_TRUE(admitted(1, 0, 60));
  auto higher = rate;
  higher.value = 2;
  auto dearer = daily;
  dearer.amount = 110;
  EXPECT_TRUE(book_.adopt({{higher}, {dearer}}).empty());
  EXPECT_TRUE(admitted(2, 0, 50));
  EXPECT_FALSE(admitted(3));
  auto weekly = dearer;
  weekly.period = core::budget_period::week;
  EXPECT_EQ(book_.adopt({{higher}, {weekly}}).budgets, std::vector{weekly});
  settle(1, 0, 60); // was held against the daily one
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).spent, 0);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).held, 0);
}

TEST_F(account_book_test, a_budget_that_counts_anew_forgets_what_was_spent_and_knows_what_runs) {
  budget_rule rule{1, scope::process, 7, core::budget_period::total, 100, true};
  book_.adopt({{}, {rule}});
  EXPECT_TRUE(admitted(1, 0, 30));
  EXPECT_TRUE(admitted(2, 0, 30));
  settle(1, 0, 30);
  rule.counting = 5;
  const auto unknown = book_.adopt({{}, {rule}});
  ASSERT_EQ(unknown.budgets.size(), 1U);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 0) << "until it is read";
  book_.recall({1, true, clock_.wall(), 60}, clock_.wall(), clock_.steady());
  for (const auto& request : book_.open_about(unknown))
    book_.attach(request, unknown);
  EXPECT_TRUE(book_.balance_of(1, clock_.wall()).held == 30);
  EXPECT_EQ(reserve(3, 0, 20).refusal.code, ec::rate_limited);
  settle(2, 0, 30);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 90);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(account_book_test, the_books_balance_after_every_step) {
  book_.adopt({{{1, scope::process, 7, limit_kind::parallel_requests, 9}},
               {{2, scope::process, 7, core::budget_period::hour, 5000, true},
                {3, scope::model, 9, core::budget_period::total, 100'000, true}}});
  std::minstd_rand random{9};
  core::nano spent = 0;
  std::vector<std::uint64_t> running;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    clock_.advance(std::chrono::milliseconds{random() % 2000});
    const auto hold = static_cast<core::nano>(random() % 900);
    if (random() % 2 == 0) {
      if (admitted(n, 0, hold)) running.push_back(n);
    } else if (!running.empty()) {
      const auto at = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
      const auto cost = random() % 3 == 0 ? 0 : static_cast<core::nano>(random() % 100);
      settle(*at, 0, cost);
      spent += cost;
      running.erase(at);
    }
    ASSERT_TRUE(book_.balanced());
    ASSERT_EQ(book_.totals().settled + book_.totals().over_hold, spent);
    ASSERT_EQ(book_.open(), running.size());
  }
  for (const auto n : running)
    book_.release(id(n), clock_.steady());
  EXPECT_EQ(book_.totals().outstanding, 0);
  EXPECT_EQ(book_.balance_of(3, clock_.wall()).spent, spent);
}

TEST_F(account_book_test, what_was_used_before_counts) {
  clock_.advance(1h);
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 2}},
               {{2, scope::user, 3, core::budget_period::day, 100, true}}});
  book_.recall({2, true, clock_.wall(), 95}, clock_.wall(), clock_.steady());
  book_.recall({1, false, clock_.wall() - 61s, 1}, clock_.wall(), clock_.steady());
  book_.recall({1, false, clock_.wall() - 59s, 1}, clock_.wall(), clock_.steady());
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).spent, 95);
  EXPECT_TRUE(admitted(1, 0, 5));
  EXPECT_EQ(reserve(2, 0, 0).refusal.code, ec::rate_limited);
}

TEST_F(account_book_test, sums_outgrow_any_amount) {
  constexpr auto huge = std::numeric_limits<core::nano>::max();
  for (std::uint64_t n = 0; n < 4; ++n) {
    EXPECT_TRUE(admitted(n, 0, huge));
    settle(n, 0, huge);
  }
  EXPECT_TRUE(book_.balanced());
  EXPECT_GT(book_.totals().reserved, account_book::wide{huge});
}

} // namespace
} // namespace logos::accounting
