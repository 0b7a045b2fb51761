// SPDX-License-Identifier: MIT
#include "tests/storage/transfer_fixture.hpp"

namespace logos::test {
namespace {

class upstream_types : public import_suite {
protected:
  static std::string file(const std::string& types, const std::string& prices, const std::string& usage) {
    return R"({"users":[{"id":2,"username":"ann"}],"process":[{"id":1,"logos_key":"k","name":"a","user_id":2}],
      "token_types":[{"id":1,"name":"prompt_tokens"},)" +
           types + R"(],"token_prices":[)" + prices + R"(],"usage_tokens":[)" + usage + R"(],
      "log_entry":[{"id":1,"timestamp_request":"2025-06-01T12:00:00Z","process_id":1,"request_id":"r"}]})";
  }
  static std::string price(int id, int type, const std::string& amount) {
    return R"({"id":)" + std::to_string(id) + R"(,"type_id":)" + std::to_string(type) +
           R"(,"valid_from":"2025-01-01T00:00:00+02:00","price_per_k_token":")" + amount + "\"}";
  }
  static std::string count(int type, int n) {
    return R"({"id":1,"type_id":)" + std::to_string(type) + R"(,"log_entry_id":1,"token_count":)" + std::to_string(n) +
           "}";
  }
  storage::request_row request() { return take(store_->list_requests({}, {}, 10)).rows.at(0); }
  std::vector<core::own_count> own_counts() { return storage::read_own_counts(request().own_counts); }
};
LOGOS_ON_BOTH(upstream_types);

TEST_P(upstream_types, that_are_not_built_in_become_own_ones_with_their_prices_and_counts) {
  const auto text = file(R"({"id":9,"name":"web_searches","description":"d"},{"id":10,"name":"prompt_image_tokens"},
                            {"id":11,"name":"never_used"})",
                         price(1, 9, "1.5"), count(9, 4) + "," + count(10, 7) + "," + count(9, 1));
  for (const bool again : {false, true}) {
    const auto done = bring(text);
    EXPECT_EQ(made(done) == 0, again);
    const auto all = take(store_->load_catalog());
    std::vector<storage::token_type> own = all.token_types;
    std::erase_if(own, [](const auto& t) { return t.id < storage::first_own_token_type; });
    ASSERT_EQ(own.size(), 2U);
    EXPECT_EQ(own[0].name, "web_searches");
    EXPECT_EQ(own[0].description, "d");
    EXPECT_EQ(own[0].counted_from, "usage.web_searches");
    EXPECT_EQ(own[0].part_of, "");
    EXPECT_EQ(own[1].counted_from, "usage.prompt_tokens_details.image_tokens");
    EXPECT_EQ(own[1].part_of, "prompt_tokens") << "so that it is not billed twice";
    ASSERT_EQ(all.prices.size(), 1U);
    EXPECT_EQ(all.prices[0].token_type, "web_searches");
    EXPECT_EQ(all.prices[0].per_k_tokens, 1'500'000'000);
    EXPECT_EQ(own_counts(), (std::vector<core::own_count>{{own[0].id, 5}, {own[1].id, 7}}));
    EXPECT_FALSE(told(done.notes, "table token_prices: prices of"));
    EXPECT_FALSE(told(done.notes, "table usage_tokens: "));
    EXPECT_EQ(told(done.notes,
                   R"(table token_types, row 2: "web_searches" is not built in, so it becomes a token type )"
                   R"(of your own, counted from usage.web_searches, beside the others)"),
              !again);
  }
}

TEST_P(upstream_types, that_are_there_are_found_by_name_and_by_what_they_count) {
  storage::token_type searches, calls;
  searches.name = "web_searches";
  searches.counted_from = "usage.server_tool_use.web_search_requests";
  searches = take(store_->create(searches));
  calls.name = "my_calls";
  calls.counted_from = "usage.calls";
  calls = take(store_->create(calls));
  const auto done = bring(file(R"({"id":9,"name":"web_searches"},{"id":10,"name":"calls"})",
                               price(1, 9, "1.5") + "," + price(2, 10, "2"), count(9, 4) + "," + count(10, 3)));
  const auto all = take(store_->load_catalog());
  EXPECT_EQ(all.token_types.back().id, calls.id) << "none was made";
  ASSERT_EQ(all.prices.size(), 2U);
  EXPECT_EQ(all.prices[1].token_type, "my_calls");
  EXPECT_EQ(own_counts(), (std::vector<core::own_count>{{searches.id, 4}, {calls.id, 3}}));
  EXPECT_TRUE(told(done.notes, R"(table token_types, row 3: "calls" is what the token type "my_calls" counts here)"));
}

TEST_P(upstream_types, by_another_name_are_the_built_in_ones) {
  bring(file(
      R"({"id":2,"name":"input_tokens"},{"id":3,"name":"output_tokens"},{"id":4,"name":"cache_read_input_tokens"})",
      price(1, 2, "0.5"), count(2, 10) + "," + count(3, 5) + "," + count(4, 100)));
  const auto used = request().usage;
  EXPECT_EQ(used.prompt_tokens, 110) << "the Messages API tells them beside each other";
  EXPECT_EQ(used.prompt_cached_tokens, 100);
  EXPECT_EQ(used.completion_tokens, 5);
  EXPECT_EQ(used.total_tokens, 115);
  EXPECT_EQ(take(store_->load_catalog()).prices.at(0).token_type, "prompt_tokens");
}

TEST_P(upstream_types, that_are_one_here_have_the_price_of_the_usual_name_and_the_others_are_told) {
  for (const bool turned : {false, true}) {
    const auto usual = price(4, 1, "0.5"), other = price(7, 2, "3"), third = price(8, 3, "4");
    const auto done = bring(file(R"({"id":2,"name":"input_tokens"},{"id":3,"name":"output_tokens"})",
                                 turned ? other + "," + usual + "," + third : usual + "," + third + "," + other, ""));
    const auto prices = take(store_->load_catalog()).prices;
    ASSERT_EQ(prices.size(), 2U);
    for (const auto& p : prices)
      EXPECT_EQ(p.per_k_tokens, p.token_type == "prompt_tokens" ? 500'000'000 : 4'000'000'000) << p.token_type;
    EXPECT_TRUE(told(done.warnings, R"(table token_prices: prices of "input_tokens" are left out: here it is )"
                                    R"("prompt_tokens", for which those of "prompt_tokens" are taken)"));
    EXPECT_EQ(done.warnings.size(), 1U);
  }
}

TEST_P(upstream_types, that_tell_one_count_by_two_names_count_it_once) {
  bring(file(R"({"id":2,"name":"prompt_cache_hit_tokens"},{"id":3,"name":"prompt_cached_tokens"},
                {"id":4,"name":"prompt_cache_write_tokens"})",
             "", count(1, 100) + "," + count(2, 64) + "," + count(3, 64) + "," + count(4, 9)));
  const auto used = request().usage;
  EXPECT_EQ(used.prompt_tokens, 100);
  EXPECT_EQ(used.prompt_cached_tokens, 64);
  EXPECT_EQ(used.prompt_cache_creation_tokens, 9);
}

TEST_P(upstream_types, that_there_can_be_none_of_here_are_left_out_with_the_reason) {
  const auto done =
      bring(file(R"({"id":2,"name":"total_tokens"},{"id":3,"name":"a/b"},{"id":4,"name":"cost"})",
                 price(1, 2, "0.5") + "," + price(2, 3, "1"), count(2, 10) + "," + count(3, 5) + "," + count(4, 2)));
  EXPECT_EQ(request().usage.total_tokens, 10);
  EXPECT_TRUE(
      told(done.notes, R"(table token_prices: prices of "total_tokens" are left out: a total has no price here)"));
  for (const auto* words : {R"(table token_prices: prices of "a/b" are left out: it can be no token type here: 'name')",
                            R"(table usage_tokens: 1 counts of "a/b" are left out: it can be no token type here)",
                            R"(table usage_tokens: 1 counts of "cost" are left out: it can be no token type here)"})
    EXPECT_TRUE(told(done.notes, words)) << words;
  EXPECT_TRUE(own_counts().empty());
}

TEST_P(upstream_types, of_two_prices_that_begin_at_once_the_newer_one_is_kept_and_the_other_told) {
  for (const bool turned : {false, true}) {
    const auto older = price(4, 1, "0.5"), newer = price(7, 1, "0.75");
    const auto done = bring(file(R"({"id":2,"name":"x"})", turned ? newer + "," + older : older + "," + newer, ""));
    const auto prices = take(store_->load_catalog()).prices;
    ASSERT_EQ(prices.size(), 1U);
    EXPECT_EQ(prices[0].per_k_tokens, 750'000'000);
    const std::string left = turned ? "2" : "1", kept = turned ? "1" : "2";
    EXPECT_TRUE(told(done.notes, "table token_prices, row " + left + ": left out, 0.5 for prompt_tokens from " +
                                     "2024-12-31T22:00:00.000000Z on: table token_prices, row " + kept +
                                     " says 0.75 for the same"))
        << done.notes.front();
  }
}

} // namespace
} // namespace logos::test
