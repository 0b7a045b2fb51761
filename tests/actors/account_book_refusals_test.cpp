// SPDX-License-Identifier: MIT
#include "tests/actors/account_book_fixture.hpp"

namespace logos::accounting {
namespace {

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

TEST_F(account_book_test, a_budget_of_nothing_never_starts_anew_whosever_it_is) {
  for (const auto of : {scope::process, scope::profile, scope::user, scope::service, scope::model}) {
    account_book book;
    book.adopt({{}, {{1, of, 4, core::budget_period::day, 0, true}}});
    const auto why = book.reserve({id(1), {4, 4, 4, 4, 4}, 1, 1, clock_.wall()}, clock_.steady()).refusal;
    EXPECT_EQ(why.code, ec::budget_spent);
    EXPECT_EQ(why.retry_after_s, 0U) << to_string(of);
    EXPECT_EQ(why.message.find("anew"), std::string::npos) << why.message;
  }
}

TEST_F(account_book_test, what_is_only_reserved_of_a_minute_is_worth_asking_for_again_soon) {
  book_.adopt({{{1, scope::process, 7, limit_kind::tokens_per_minute, 1000}}, {}});
  const auto wait = [&](std::int64_t tokens) { return reserve(9, tokens).refusal.retry_after_s; };
  for (const auto n : {1U, 2U, 3U})
    EXPECT_TRUE(admitted(n, 306));
  const auto held = reserve(4, 306);
  EXPECT_EQ(held.refusal.retry_after_s, 5U) << "as of a budget";
  EXPECT_NE(held.refusal.message.find("requests that run now. Try again in 5 s."), std::string::npos)
      << held.refusal.message;
  EXPECT_EQ(held.tokens->reset, 60s) << "some of it stays used, whatever they use";
  EXPECT_EQ(wait(1000), 60U) << "who needs all of it has to wait for what they use";
  clock_.advance(57s);
  EXPECT_EQ(wait(306), 3U) << "never longer than the minute";
  clock_.advance(-57s);
  settle(1, 42);
  EXPECT_TRUE(admitted(4, 306)) << "it was true";
}

TEST_F(account_book_test, what_is_settled_of_a_minute_is_waited_for_as_long_as_it_is_there) {
  book_.adopt({{{1, scope::process, 7, limit_kind::tokens_per_minute, 1000}}, {}});
  EXPECT_TRUE(admitted(1, 500));
  settle(1, 500);
  clock_.advance(10s);
  EXPECT_TRUE(admitted(2, 300));
  clock_.advance(10s);
  EXPECT_EQ(reserve(3, 400).refusal.retry_after_s, 5U) << "there is room if the second uses nothing";
  EXPECT_EQ(reserve(3, 600).refusal.retry_after_s, 40U) << "there is none before the first has left";
  settle(2, 300);
  EXPECT_EQ(reserve(3, 400).refusal.retry_after_s, 40U);
  EXPECT_EQ(reserve(3, 400).refusal.message.find("run now"), std::string::npos) << "none does";
  clock_.advance(40s);
  EXPECT_TRUE(admitted(3, 600));
  clock_.advance(10s);
  settle(3, 0);
  EXPECT_TRUE(admitted(4, 999)) << "and the second has left";
  EXPECT_EQ(reserve(5, 2).refusal.retry_after_s, 5U);
}

TEST_F(account_book_test, a_request_of_the_minute_is_reserved_for_nobody) {
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 1}}, {}});
  EXPECT_TRUE(admitted(1));
  EXPECT_EQ(reserve(2).refusal.retry_after_s, 60U) << "however it ends, it was one";
}

TEST_F(account_book_test, only_who_can_ask_for_a_shorter_answer_is_told_to) {
  claim c{id(1), {7, 0, 3, 0, 9}, 200, 200, clock_.wall()};
  for (const auto of : {scope::process, scope::model})
    for (const bool by_limit : {true, false}) {
      const auto party = c.who[static_cast<std::size_t>(of)];
      account_book book;
      if (by_limit)
        book.adopt({{{1, of, party, limit_kind::tokens_per_minute, 100}}, {}});
      else
        book.adopt({{}, {{1, of, party, core::budget_period::total, 100, true}}});
      for (const bool shorter : {true, false}) {
        c.can_be_shorter = shorter;
        const auto why = book.reserve(c, clock_.steady()).refusal;
        EXPECT_EQ(why.code, by_limit ? ec::rate_limited : ec::budget_spent);
        EXPECT_EQ(why.message.find("max_completion_tokens") != std::string::npos, shorter) << why.message;
        EXPECT_EQ(why.message.find("send less") != std::string::npos, !shorter) << why.message;
      }
    }
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
  EXPECT_NE(refused({rate, large}, {}, 5).message.find("can never be let in as it is"), std::string::npos);
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
            "request may use. Part of it is reserved for requests that run now. Try again in 5 s.");
  EXPECT_EQ(said(limit(scope::model, 9, "gemma3", limit_kind::tokens_per_minute, 62)),
            "Rate limit reached for model 'gemma3' (9): the limit on tokens a minute leaves less than the request may "
            "use. Part of it is reserved for requests that run now. Try again in 5 s.");
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

} // namespace
} // namespace logos::accounting
