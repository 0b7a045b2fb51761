// SPDX-License-Identifier: MIT
#include "actors/accounting/pricing.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <random>

namespace logos::accounting {
namespace {

using core::token_type;
using std::chrono::days;

constexpr core::wall_time day{days{20'000}};

price of(std::int64_t id, std::int64_t model, std::int64_t provider, token_type type, core::nano per_k,
         core::wall_time from = {}) {
  return {id, model, provider, type, from, per_k};
}

counted_tokens counted(std::int64_t prompt, std::int64_t completion, std::int64_t cached = 0,
                       std::int64_t reasoning = 0) {
  counted_tokens out;
  out.prompt = prompt;
  out.completion = completion;
  out.prompt_cached = cached;
  out.completion_reasoning = reasoning;
  return out;
}

TEST(pricing, parts_are_never_counted_twice) {
  std::minstd_rand random{3};
  const auto any = [&] { return static_cast<std::int64_t>(random() % 100) - 10; };
  for (int i = 0; i < 2000; ++i) {
    const counted_tokens c{any(), any(), any(), any(), any(), any(), any()};
    const auto parts = decompose(c);
    EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}),
              std::max<std::int64_t>(c.prompt, 0) + std::max<std::int64_t>(c.completion, 0));
    for (const auto n : parts)
      EXPECT_GE(n, 0);
  }
}

TEST(pricing, a_part_costs_its_own_price_and_else_that_of_its_whole) {
  const price_book book{{of(1, 0, 0, token_type::prompt, 1000), of(2, 0, 0, token_type::completion, 2000),
                         of(3, 0, 0, token_type::prompt_cached, 100)}};
  // 60 at 1, 40 cached at 0.1, 10 + 5 reasoning at 2
  EXPECT_EQ(book.cost_of(1, 1, counted(100, 15, 40, 5), day)->amount, 60 + 4 + 30);
}

TEST(pricing, the_most_specific_price_counts_and_of_these_the_latest_in_force) {
  const price_book book{{of(1, 0, 0, token_type::prompt, 1000), of(2, 0, 7, token_type::prompt, 2000),
                         of(3, 5, 0, token_type::prompt, 3000), of(4, 5, 7, token_type::prompt, 4000),
                         of(5, 5, 7, token_type::prompt, 5000, day + days{1}),
                         of(6, 5, 7, token_type::prompt, 6000, day)}};
  EXPECT_EQ(book.find(1, 1, token_type::prompt, day)->id, 1);
  EXPECT_EQ(book.find(1, 7, token_type::prompt, day)->id, 2);
  EXPECT_EQ(book.find(5, 1, token_type::prompt, day)->id, 3);
  EXPECT_EQ(book.find(5, 7, token_type::prompt, day - days{1})->id, 4);
  EXPECT_EQ(book.find(5, 7, token_type::prompt, day)->id, 6);
  EXPECT_EQ(book.find(5, 7, token_type::prompt, day + days{2})->id, 5);
}

TEST(pricing, a_cost_is_rounded_once_and_half_to_even) {
  const auto cost = [](core::nano prompt, core::nano completion, std::int64_t p, std::int64_t c) {
    return price_book{{of(1, 0, 0, token_type::prompt, prompt), of(2, 0, 0, token_type::completion, completion)}}
        .cost_of(1, 1, counted(p, c), day)
        ->amount;
  };
  EXPECT_EQ(cost(500, 0, 1, 0), 0);   // 0.5
  EXPECT_EQ(cost(500, 0, 3, 0), 2);   // 1.5
  EXPECT_EQ(cost(500, 0, 5, 0), 2);   // 2.5
  EXPECT_EQ(cost(501, 0, 1, 0), 1);   // 0.501
  EXPECT_EQ(cost(400, 400, 1, 1), 1); // 0.8, not 0 + 0
}

TEST(pricing, what_has_no_price_is_not_free_but_unpriced) {
  EXPECT_FALSE(price_book{}.cost_of(1, 1, counted(10, 10), day));
  const price_book later{{of(1, 5, 0, token_type::prompt, 1, day)}};
  EXPECT_FALSE(later.cost_of(5, 1, counted(10, 10), day - days{1}));
  EXPECT_FALSE(later.cost_of(6, 1, counted(10, 10), day));
  EXPECT_EQ(later.cost_of(5, 1, counted(0, 0), day)->amount, 0);
}

TEST(pricing, sums_saturate) {
  const price_book book{{of(1, 0, 0, token_type::prompt, std::numeric_limits<core::nano>::max())}};
  EXPECT_EQ(book.cost_of(1, 1, counted(1'000'000, 0), day)->amount, std::numeric_limits<core::nano>::max());
}

TEST(pricing, no_usage_within_the_bounds_costs_more_than_the_bound) {
  std::minstd_rand random{11};
  const auto up_to = [&](std::int64_t n) { return static_cast<std::int64_t>(random()) % (n + 1); };
  for (int i = 0; i < 2000; ++i) {
    std::vector<price> prices;
    for (std::size_t t = 0; t < core::token_types; ++t)
      if (random() % 2 == 0)
        prices.push_back(of(static_cast<std::int64_t>(t) + 1, 0, 0, static_cast<token_type>(t), up_to(5000)));
    const price_book book{prices};
    counted_tokens c;
    c.prompt = up_to(50);
    c.completion = up_to(50);
    c.prompt_cached = up_to(60);
    c.prompt_audio = up_to(60);
    c.completion_reasoning = up_to(60);
    const auto cost = book.cost_of(1, 1, c, day);
    EXPECT_LE(cost ? cost->amount : 0, book.bound(1, 1, 50, 50, day));
  }
}

} // namespace
} // namespace logos::accounting
