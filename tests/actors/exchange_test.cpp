// SPDX-License-Identifier: MIT
#include "actors/accounting/exchange.hpp"

#include <gtest/gtest.h>

namespace logos::accounting {
namespace {

using core::token_type;
using std::chrono::days;

constexpr core::wall_time day{days{20'000}};
constexpr core::nano unit = core::nano_per_unit;

price of(std::int64_t id, core::wall_time from, core::nano per_k) {
  return {id, 0, 0, token_type::prompt, from, per_k};
}

struct converted {
  price_book book;
  std::vector<std::int64_t> without_rate;
};
converted convert_all(const std::vector<quoted_price>& prices, const std::vector<rate>& rates) {
  std::vector<std::int64_t> without;
  auto made = convert(prices, rates, "EUR", without);
  return {price_book{std::move(made)}, std::move(without)};
}

TEST(exchange, a_cost_is_reckoned_with_the_rate_of_its_time) {
  const auto [book, without] = convert_all(
      {{of(1, day, 2 * unit), "USD"}},
      {{7, "USD", core::wall_time{}, unit / 2}, {8, "USD", day + days{10}, unit}, {9, "GBP", day, 5 * unit}});
  EXPECT_TRUE(without.empty());
  counted_tokens thousand;
  thousand.prompt = 1000;
  const auto cost_at = [&, &prices = book](core::wall_time at) {
    return prices.cost_of(0, 0, thousand, at).value_or(cost{-1});
  };
  EXPECT_EQ(cost_at(day - days{1}).amount, -1) << "the price has not begun";
  EXPECT_EQ(cost_at(day).amount, unit);
  EXPECT_EQ(cost_at(day).rate_id, 7);
  EXPECT_EQ(cost_at(day + days{9}).amount, unit);
  EXPECT_EQ(cost_at(day + days{10}).amount, 2 * unit);
  EXPECT_EQ(cost_at(day + days{10}).rate_id, 8);
  EXPECT_EQ(cost_at(day + days{10}).price_id, 1) << "the same price";
}

TEST(exchange, a_rate_does_not_bring_back_a_price_that_another_has_followed) {
  const auto [book, without] = convert_all({{of(1, day, 2 * unit), "USD"}, {of(2, day + days{5}, 3 * unit), "EUR"}},
                                           {{7, "USD", core::wall_time{}, unit}, {8, "USD", day + days{10}, 9 * unit}});
  EXPECT_EQ(book.find(0, 0, token_type::prompt, day + days{4})->id, 1);
  EXPECT_EQ(book.find(0, 0, token_type::prompt, day + days{6})->id, 2);
  EXPECT_EQ(book.find(0, 0, token_type::prompt, day + days{20})->id, 2);
}

TEST(exchange, what_is_in_the_installations_currency_stays_as_it_is) {
  const auto [book, without] = convert_all({{of(1, day, 3), "EUR"}}, {{7, "USD", {}, unit}});
  EXPECT_TRUE(without.empty());
  EXPECT_EQ(book.find(0, 0, token_type::prompt, day)->per_k_tokens, 3);
  EXPECT_EQ(book.find(0, 0, token_type::prompt, day)->rate_id, 0);
}

TEST(exchange, a_price_without_a_rate_is_told) {
  EXPECT_EQ(convert_all({{of(1, day, 3), "USD"}}, {}).without_rate, std::vector<std::int64_t>{1});
  EXPECT_EQ(convert_all({{of(2, day, 3), "USD"}}, {{7, "USD", day + days{1}, unit}}).without_rate,
            std::vector<std::int64_t>{2});
}

/// Prompts cost a unit a token, answers nothing; of the own types 100 is a part of the prompt, 101 of what went into
/// the cache, 102 counts beside.
class own_types : public testing::Test {
protected:
  static price own(std::int64_t id, std::int64_t type, core::nano per_token) {
    auto p = of(id, day, per_token * 1000);
    p.own_type = type;
    return p;
  }
  static price_book with(std::vector<price> more) {
    more.push_back(of(1, day, unit * 1000));
    return price_book{std::move(more),
                      {{100, token_type::prompt}, {101, token_type::prompt_cache_creation}, {102, std::nullopt}}};
  }
  static core::nano cost_of(const price_book& book, const counted_tokens& t) {
    return book.cost_of(0, 0, t, day).value_or(cost{-1}).amount;
  }
};

TEST_F(own_types, a_part_is_billed_once) {
  const std::vector<core::own_count> own_counts{{100, 30}};
  counted_tokens t;
  t.prompt = 100;
  t.own = own_counts;
  EXPECT_EQ(cost_of(with({}), t), 100 * unit) << "without a price of its own it costs what the whole costs";
  EXPECT_EQ(cost_of(with({own(2, 100, 3 * unit)}), t), 70 * unit + 90 * unit);
  const std::vector<core::own_count> too_many{{100, 500}};
  t.own = too_many;
  EXPECT_EQ(cost_of(with({own(2, 100, 3 * unit)}), t), 300 * unit) << "no more than there is of the whole";
}

TEST_F(own_types, a_part_of_a_part_is_taken_off_that) {
  const std::vector<core::own_count> own_counts{{101, 10}};
  counted_tokens t;
  t.prompt = 100;
  t.prompt_cache_creation = 40;
  t.own = own_counts;
  auto cache = of(3, day, 2 * unit * 1000);
  cache.type = token_type::prompt_cache_creation;
  EXPECT_EQ(cost_of(with({cache, own(2, 101, 5 * unit)}), t), 60 * unit + 30 * 2 * unit + 10 * 5 * unit);
}

TEST_F(own_types, what_counts_beside_tokens_is_added) {
  const std::vector<core::own_count> own_counts{{102, 3}, {999, 7}};
  counted_tokens t;
  t.prompt = 100;
  t.own = own_counts;
  const auto book = with({own(2, 102, 10 * unit)});
  EXPECT_EQ(cost_of(book, t), 130 * unit) << "what no type counts costs nothing";
  EXPECT_EQ(book.cost_of(0, 0, t, day)->price_id, 2);
  EXPECT_EQ(book.bound(0, 0, 100, 0, day, 4), 140 * unit) << "once for each call of a tool";
  EXPECT_EQ(with({own(2, 100, 3 * unit)}).bound(0, 0, 100, 0, day), 300 * unit) << "all may be of that part";
}

TEST_F(own_types, may_be_all_that_has_a_price) {
  const price_book book{{own(2, 102, unit)}, {{102, std::nullopt}}};
  counted_tokens t;
  t.prompt = 100;
  EXPECT_EQ(cost_of(book, t), -1) << "nothing of it has one";
  const std::vector<core::own_count> own_counts{{102, 3}};
  t.own = own_counts;
  EXPECT_EQ(cost_of(book, t), 3 * unit);
  EXPECT_FALSE(book.empty());
}

TEST_F(own_types, without_a_bound_make_a_request_cost_more_than_its_bound) {
  const auto exceeds = [](const price_book& book, bounded_beside known = {}) {
    return book.exceeds_bound(4, 5, day, known);
  };
  EXPECT_FALSE(exceeds(with({})));
  EXPECT_FALSE(with({}).counts_beside());
  EXPECT_FALSE(exceeds(with({own(2, 100, unit)}))) << "a part is no more than its whole";
  EXPECT_TRUE(exceeds(with({own(2, 102, unit)}), {true, true}));
  EXPECT_FALSE(exceeds(with({own(2, 102, 0)}))) << "a price of nothing";
  auto elsewhere = own(2, 102, unit);
  elsewhere.model_id = 3;
  EXPECT_FALSE(exceeds(with({elsewhere})));
  elsewhere.model_id = 4;
  EXPECT_TRUE(exceeds(with({elsewhere})));
  elsewhere.valid_from = day + days{1};
  EXPECT_FALSE(exceeds(with({elsewhere})));
  EXPECT_TRUE(with({elsewhere}).counts_beside());
  const price_book calls{{own(2, 103, unit)}, {{103, std::nullopt, true}}};
  EXPECT_TRUE(exceeds(calls));
  EXPECT_FALSE(exceeds(calls, {true, false})) << "as many as the tools may be called";
}

TEST(sound, costs_by_its_length_and_is_bounded_where_that_is_known) {
  auto a_second = of(2, day, 3 * unit);
  a_second.type = token_type::audio_milliseconds;
  const price_book book{{of(1, day, unit * 1000), a_second}};
  counted_tokens t;
  t.prompt = 10;
  t.audio_milliseconds = 8471;
  EXPECT_EQ(book.cost_of(0, 0, t, day)->amount, 10 * unit + 8471 * 3 * unit / 1000);
  EXPECT_EQ(book.cost_of(0, 0, t, day)->price_id, 2);
  EXPECT_EQ(book.bound(0, 0, 10, 1000, day), 10 * unit) << "no token is sound";
  EXPECT_EQ(book.bound(0, 0, 10, 1000, day, 0, 9000), 37 * unit);
  EXPECT_TRUE(book.exceeds_bound(0, 0, day, {true, false}));
  EXPECT_FALSE(book.exceeds_bound(0, 0, day, {false, true}));
  t.audio_milliseconds = -5;
  EXPECT_EQ(book.cost_of(0, 0, t, day)->amount, 10 * unit);
  EXPECT_EQ(price_book{{a_second}}.find(0, 0, token_type::completion, day), nullptr);
  EXPECT_EQ(price_book{{of(1, day, unit)}}.find(0, 0, token_type::audio_milliseconds, day), nullptr);
}

} // namespace
} // namespace logos::accounting
