// SPDX-License-Identifier: MIT
#include "simulator/quotas.hpp"

#include <gtest/gtest.h>

namespace logos::simulator {
namespace {

using namespace std::chrono_literals;

const core::steady_time start{1h};
const core::wall_time wall{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

std::string find(const quotas::headers& h, std::string_view name) {
  for (const auto& [key, value] : h)
    if (key == name) return value;
  return "(none)";
}

TEST(quotas, requests_come_back_evenly_or_all_at_once) {
  for (const bool by_windows : {false, true}) {
    const quota_spec spec{.requests = 10, .window = 1s, .by_windows = by_windows};
    quotas q{spec};
    for (int i = 0; i < 10; ++i)
      EXPECT_TRUE(q.take(5, 0, start));
    EXPECT_FALSE(q.take(5, 0, start));
    EXPECT_EQ(q.take(5, 0, start + 150ms), !by_windows);
    EXPECT_FALSE(q.take(5, 0, start + 160ms));
    int taken = 0;
    while (q.take(5, 0, start + 1100ms))
      ++taken;
    EXPECT_GE(taken, by_windows ? 10 : 9);
    EXPECT_LE(taken, 10);
  }
}

TEST(quotas, tokens_count_and_a_request_larger_than_all_of_them_goes_alone) {
  const quota_spec spec{.tokens = 100, .window = 1s};
  quotas q{spec};
  EXPECT_TRUE(q.take(60, 0, start));
  EXPECT_FALSE(q.take(60, 0, start));
  EXPECT_TRUE(q.take(40, 0, start));
  EXPECT_TRUE(q.take(500, 0, start + 1s));
  EXPECT_FALSE(q.take(1, 0, start + 2s)) << "what it took beyond is owed";
}

TEST(quotas, more_at_a_time_are_refused) {
  const quota_spec spec{.at_a_time = 2, .words = rate_words::none};
  quotas q{spec};
  EXPECT_TRUE(q.take(1, 1, start));
  EXPECT_FALSE(q.take(1, 2, start));
  EXPECT_TRUE(q.tell(1, true, start, wall).empty());
}

TEST(quotas, each_says_it_in_its_own_words) {
  quota_spec spec{.requests = 10, .tokens = 1000, .window = 60s};
  quotas q{spec};
  for (int i = 0; i < 9; ++i)
    q.take(10, 0, start);
  auto told = q.tell(10, false, start, wall);
  EXPECT_EQ(find(told, "x-ratelimit-limit-requests"), "10");
  EXPECT_EQ(find(told, "x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(find(told, "x-ratelimit-reset-requests"), "54.000s");
  EXPECT_EQ(find(told, "x-ratelimit-remaining-tokens"), "910");
  EXPECT_EQ(find(told, "x-ratelimit-reset-tokens"), "5.400s");
  EXPECT_EQ(find(told, "retry-after"), "(none)");
  q.take(10, 0, start);
  EXPECT_EQ(find(q.tell(10, true, start, wall), "retry-after-ms"), "6000");
  EXPECT_EQ(find(q.tell(10, true, start, wall), "retry-after"), "6");
  spec.words = rate_words::azure;
  told = q.tell(10, false, start, wall);
  EXPECT_EQ(find(told, "x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(find(told, "x-ratelimit-limit-requests"), "(none)");
  spec.words = rate_words::anthropic;
  EXPECT_EQ(find(q.tell(10, false, start, wall), "anthropic-ratelimit-requests-reset"), "2026-01-01T00:01:00.000000Z");
}

} // namespace
} // namespace logos::simulator
