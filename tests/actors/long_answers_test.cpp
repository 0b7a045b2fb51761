// SPDX-License-Identifier: MIT
// Answers that take longer than the minute which their tokens were reserved in.
#include "tests/actors/account_book_fixture.hpp"

namespace logos::accounting {
namespace {

class long_answers_test : public account_book_test {
protected:
  static rules tokens_a_minute(std::int64_t value) {
    return {{{1, scope::user, 3, limit_kind::tokens_per_minute, value}}, {}};
  }
  std::vector<limit_use> uses(account_book& in) { return in.uses_of({1}, clock_.steady()); }
};

TEST_F(long_answers_test, count_in_the_minute_in_which_they_end) {
  book_.adopt(tokens_a_minute(1000));
  ASSERT_TRUE(admitted(1, 500));
  clock_.advance(5min);
  settle(1, 6000);
  const auto refused = reserve(2, 1);
  EXPECT_EQ(refused.refusal.code, ec::rate_limited);
  EXPECT_EQ(refused.refusal.retry_after_s, 60U);
  EXPECT_EQ(refused.refusal.message.find("reserved"), std::string::npos) << refused.refusal.message;
  ASSERT_TRUE(refused.tokens);
  EXPECT_EQ(refused.tokens->remaining, 0);
  EXPECT_EQ(refused.tokens->reset, 60s);
  clock_.advance(59s);
  EXPECT_FALSE(admitted(2, 1));
  clock_.advance(1s);
  EXPECT_TRUE(admitted(2, 1000)) << "as retry-after has said";
}

TEST_F(long_answers_test, count_there_with_no_more_than_what_was_not_reserved) {
  book_.adopt(tokens_a_minute(1000));
  for (const std::uint64_t n : {1U, 2U, 3U})
    ASSERT_TRUE(admitted(n, 300));
  clock_.advance(61s);
  settle(1, 700);
  EXPECT_EQ(uses(book_), (std::vector<limit_use>{{1, 400, 0, 600}}));
  settle(2, 200);
  settle(3, 0);
  EXPECT_EQ(uses(book_), (std::vector<limit_use>{{1, 400, 0, 600}})) << "what was too much is over and gone";
}

TEST_F(long_answers_test, that_end_within_their_minute_count_in_that_alone) {
  book_.adopt(tokens_a_minute(1000));
  ASSERT_TRUE(admitted(1, 300));
  clock_.advance(59s);
  settle(1, 700);
  EXPECT_EQ(uses(book_), (std::vector<limit_use>{{1, 700, 0, 300}}));
  clock_.advance(1s);
  EXPECT_EQ(uses(book_), (std::vector<limit_use>{{1, 0, 0, 1000}}));
}

TEST_F(long_answers_test, keep_out_whoever_begins_one_a_minute) {
  book_.adopt(tokens_a_minute(5000));
  std::uint64_t in = 0;
  for (std::uint64_t minute = 0; minute < 20; ++minute, clock_.advance(1min)) {
    if (minute >= 10) settle(minute - 10, 60'000);
    if (reserve_boundless(minute, 4100, 4090).refusal.code == ec::none) ++in;
  }
  EXPECT_EQ(in, 10U) << "none as long as the first ten end";
}

TEST_F(long_answers_test, count_after_a_restart_as_they_would_have_without_it) {
  for (const auto took : {1s, 59s, 61s, 300s})
    for (const auto since : {0s, 1s, 59s, 61s})
      for (const std::int64_t used : {100, 900}) {
        account_book running, restarted;
        running.adopt(tokens_a_minute(1000));
        restarted.adopt(tokens_a_minute(1000));
        const auto came = clock_.wall();
        running.reserve({id(1), {7, 0, 3}, 500, 0, came}, clock_.steady());
        clock_.advance(took);
        const auto ended = clock_.wall();
        running.settle(id(1), used, 0, clock_.steady());
        clock_.advance(since);
        restarted.recall({1, false, came, used, false, 500, ended}, clock_.wall(), clock_.steady());
        EXPECT_EQ(uses(running), uses(restarted))
            << took.count() << " s, ended " << since.count() << " s ago, " << used;
      }
}

} // namespace
} // namespace logos::accounting
