// SPDX-License-Identifier: MIT
#include "actors/accounting/applied_prices.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

namespace logos::accounting {
namespace {

using core::token_type;
using std::chrono::days;

constexpr core::wall_time day{days{20'000}};

price of(std::int64_t id, token_type type, core::nano per_k, std::int64_t version = 1) {
  price p;
  p.id = id;
  p.type = type;
  p.per_k_tokens = per_k;
  p.version = version;
  return p;
}

std::string text_of(const price_book& book, const counted_tokens& c) {
  applied_prices from;
  book.cost_of(1, 1, c, day, &from);
  return from.text();
}

TEST(applied_prices, are_all_that_made_a_cost_with_their_versions) {
  const price_book book{{of(13, token_type::prompt, 1000, 2), of(12, token_type::completion, 2000, 7),
                         of(14, token_type::prompt_cached, 100)}};
  counted_tokens c;
  c.prompt = 100;
  EXPECT_EQ(text_of(book, c), "13@2");
  c.prompt_audio = 40; // has no price of its own
  EXPECT_EQ(text_of(book, c), "13@2") << "each once";
  c.completion = 1;
  EXPECT_EQ(text_of(book, c), "12@7 13@2") << "in the order of ids";
  c.prompt_cached = 100;
  EXPECT_EQ(text_of(book, c), "12@7 14@1") << "nothing costs what 13 says";
  EXPECT_EQ(text_of(book, {}), "");
  EXPECT_EQ(text_of(price_book{}, c), "");
}

TEST(applied_prices, tell_the_rate_of_exchange_that_was_applied) {
  auto p = of(12, token_type::prompt, 1000);
  p.rate_id = 4;
  p.rate_version = 3;
  counted_tokens c;
  c.prompt = c.completion = 1;
  EXPECT_EQ(text_of(price_book{{p, of(13, token_type::completion, 1)}}, c), "12@1*4@3 13@1");
}

TEST(applied_prices, tell_those_of_own_token_types_however_many) {
  std::vector<price> prices{of(1, token_type::prompt, 1000)};
  std::vector<own_type> types;
  std::vector<core::own_count> counts;
  std::string wanted = "1@1";
  for (std::int64_t n = 0; n < 20; ++n) {
    auto p = of(9'223'372'036'854'775'000 + n, token_type::prompt, 5, 1'000'000'000'000 + n);
    p.own_type = 100 + n;
    prices.push_back(p);
    types.push_back({100 + n, std::nullopt});
    counts.push_back({100 + n, 1});
    wanted += " " + std::to_string(p.id) + "@" + std::to_string(p.version);
  }
  counted_tokens c;
  c.prompt = 1;
  c.own = counts;
  EXPECT_EQ(text_of(price_book{prices, types}, c), wanted);
}

TEST(applied_prices, of_a_bound_are_the_dearest_and_make_it) {
  const price_book book{{of(1, token_type::prompt, 1000), of(2, token_type::prompt_cached, 3000, 5),
                         of(3, token_type::completion, 2000)}};
  applied_prices from;
  EXPECT_EQ(book.bound(1, 1, 10, 10, day, 0, 0, &from), 50);
  EXPECT_EQ(from.text(), "2@5 3@1");
  applied_prices of_prompt;
  EXPECT_EQ(book.bound(1, 1, 10, 0, day, 0, 0, &of_prompt), 30);
  EXPECT_EQ(of_prompt.text(), "2@5");
}

/// As an auditor does it: with nothing but the counts, the rows named and what they said.
core::nano made_again(const std::string& text, const std::map<std::int64_t, price>& rows, const counted_tokens& c) {
  std::vector<price> named;
  std::istringstream in{text};
  for (std::int64_t id = 0, version = 0; in >> id;) {
    in.ignore();
    in >> version;
    EXPECT_EQ(rows.at(id).version, version) << text;
    named.push_back(rows.at(id));
  }
  return price_book{named}.cost_of(1, 1, c, day).value_or(cost{}).amount;
}

TEST(applied_prices, are_enough_to_make_the_cost_again) {
  std::minstd_rand random{7};
  const auto up_to = [&](std::int64_t n) { return static_cast<std::int64_t>(random()) % (n + 1); };
  for (int i = 0; i < 2000; ++i) {
    std::map<std::int64_t, price> rows;
    std::vector<price> prices;
    for (auto id = up_to(20); id > 0; --id) {
      auto p = of(id, static_cast<token_type>(up_to(std::int64_t{core::token_types} - 1)), up_to(5000), 1 + up_to(3));
      p.model_id = up_to(2);
      p.provider_id = up_to(2);
      p.valid_from = day - days{5 - up_to(7)};
      rows[id] = p;
      prices.push_back(p);
    }
    counted_tokens c;
    c.prompt = up_to(500);
    c.completion = up_to(500);
    c.prompt_cached = up_to(200);
    c.prompt_audio = up_to(3);
    c.completion_reasoning = up_to(60) * up_to(1);
    applied_prices from;
    const price_book book{prices}; // `from` points into it
    const auto cost = book.cost_of(1, 1, c, day, &from);
    EXPECT_EQ(made_again(from.text(), rows, c), cost ? cost->amount : 0) << from.text();
  }
}

} // namespace
} // namespace logos::accounting
