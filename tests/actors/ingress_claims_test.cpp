// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

/// Requests of process 1 have a limit and a budget, and gpt's answers a price.
class ingress_claims_test : public ingress_test {
protected:
  ingress_claims_test() {
    accounting::rules rules;
    rules.limits.push_back({1, core::scope::process, 1, core::limit_kind::requests_per_minute, 5});
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
    adopt(tests::small_catalog(
        2, std::move(rules),
        accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000, 0, 0, 4}}}));
  }
  std::shared_ptr<net::call_observer> begin(std::string_view body = ten_tokens) {
    const auto x = bring(tests::root_key, body);
    rule({});
    offer_for(3);
    return x->relayed.at(0).observer;
  }
  /// Of what is on the books.
  std::vector<std::string> price_versions() {
    storage::journal_tail tail{*journal_, {}};
    std::vector<std::string> out;
    for (const auto& row : tail.next(100).rows)
      out.emplace_back(row.price_versions);
    return out;
  }
  void finish(const std::shared_ptr<net::call_observer>& call, const net::call_outcome& outcome) {
    call->ending(outcome);
    call->ended(outcome);
    run();
  }
};

TEST_F(ingress_claims_test, a_request_waits_for_the_ledger_before_it_asks_for_a_permit) {
  bring(tests::root_key, ten_tokens);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].who[static_cast<std::size_t>(core::scope::process)], 1);
  EXPECT_EQ(accounts_.claims[0].who[static_cast<std::size_t>(core::scope::model)], 2);
  EXPECT_EQ(accounts_.claims[0].hold, 10'000) << "ten tokens of a thousandth each; prompts cost nothing";
  EXPECT_TRUE(logs_[3].tickets.empty());
  rule({});
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
}

TEST_F(ingress_claims_test, whom_no_rule_concerns_need_not_ask) {
  bring(tests::user_key, R"({"model":"gemma","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_TRUE(accounts_.claims.empty());
  EXPECT_EQ(logs_[1].tickets.size() + logs_[2].tickets.size(), 2U);
}

TEST_F(ingress_claims_test, a_refusal_has_its_status_and_says_what_is_left) {
  const auto x = bring(tests::root_key, ten_tokens);
  accounting::ruling r;
  r.refusal = {core::ec::rate_limited, "too many", "", 7};
  r.requests = accounting::headroom{5, 0, std::chrono::milliseconds{61'250}};
  rule(r);
  EXPECT_EQ(x->status(), 429);
  EXPECT_NE(x->answer()->headers.find("retry-after: 7\r\n"), std::string::npos);
  EXPECT_NE(x->answer()->headers.find("x-ratelimit-limit-requests: 5\r\n"), std::string::npos);
  EXPECT_NE(x->answer()->headers.find("x-ratelimit-reset-requests: 1m1.250s\r\n"), std::string::npos);
  EXPECT_TRUE(logs_[3].tickets.empty());
  ASSERT_EQ(accounts_.settlements.size(), 1U) << "harmless, and right whatever the LEDGER has reserved";
}

TEST_F(ingress_claims_test, a_spent_budget_is_402) {
  const auto x = bring(tests::root_key, ten_tokens);
  accounting::ruling r;
  r.refusal = {core::ec::budget_spent, "spent"};
  rule(r);
  EXPECT_EQ(x->status(), 402);
}

TEST_F(ingress_claims_test, what_a_request_used_is_settled_once_and_booked_with_its_price) {
  finish(begin(), whole_answer());
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].tokens, 7);
  EXPECT_EQ(accounts_.settlements[0].cost, 4'000);
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].cost_nano, 4'000);
  EXPECT_EQ(booked[0].hold_nano, 10'000);
  EXPECT_EQ(booked[0].price_id, 9);
  EXPECT_EQ(price_versions(), std::vector<std::string>{"9@4"});
}

TEST_F(ingress_claims_test, what_runs_while_a_price_is_corrected_is_booked_as_a_rerate_would_book_it) {
  using core::token_type;
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
  const auto correct = [&](std::uint64_t version, std::vector<accounting::price> prices) {
    adopt(tests::small_catalog(version, rules, accounting::price_book{std::move(prices)}));
  };
  const auto later = core::wall_time{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};
  auto call = begin();
  correct(3, {{9, 2, 0, token_type::completion, {}, 2'000'000, 0, 0, 5},
              {10, 2, 0, token_type::completion, later, 9'000'000, 0, 0, 1}});
  finish(call, whole_answer());
  EXPECT_EQ(accounts_.settlements.back().cost, 8'000);
  call = begin();
  correct(4, {});
  finish(call, whole_answer());
  EXPECT_EQ(accounts_.settlements.back().cost, 8'000) << "it has no price any more, and is not free";
  EXPECT_EQ(price_versions(), (std::vector<std::string>{"9@5", "9@5"}));
}

TEST_F(ingress_claims_test, a_request_without_use_releases_what_it_held) {
  net::call_outcome failed;
  failed.error = core::ec::upstream_unreachable;
  finish(begin(), failed);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].cost, 0);
  EXPECT_EQ(accounts_.settlements[0].tokens, 0);
}

TEST_F(ingress_claims_test, a_client_that_leaves_while_the_ledger_thinks_holds_nothing) {
  const auto x = bring(tests::root_key, ten_tokens);
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  EXPECT_EQ(accounts_.settlements.size(), 1U);
  rule({});
  EXPECT_TRUE(logs_[3].tickets.empty()) << "a ruling that comes too late lets nobody in";
}

TEST_F(ingress_claims_test, a_client_that_leaves_the_queue_holds_nothing) {
  const auto x = bring(tests::root_key, ten_tokens);
  rule({});
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  EXPECT_EQ(accounts_.settlements.size(), 1U);
}

TEST_F(ingress_claims_test, a_ledger_that_never_answers_does_not_keep_a_request_for_ever) {
  const auto x = bring(tests::root_key, ten_tokens);
  advance(std::chrono::seconds{17}); // it may be changing hands
  EXPECT_EQ(x->status(), 504);
  EXPECT_NE(x->body().find("Limits and budgets"), std::string::npos) << x->body();
  EXPECT_EQ(accounts_.settlements.size(), 1U);
}

TEST_F(ingress_claims_test, under_a_hard_budget_an_answer_without_a_limit_gets_the_one_that_is_held) {
  const auto x = bring(tests::root_key, R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(accounts_.claims[0].hold, 4'096'000);
  rule({});
  offer_for(3);
  std::string sent;
  for (const auto piece : x->relayed.at(0).call.body)
    sent += piece;
  EXPECT_NE(sent.find(R"("max_completion_tokens":4096)"), std::string::npos) << sent;
}

TEST_F(ingress_claims_test, an_answer_without_a_limit_is_as_long_as_what_was_held_pays_for) {
  const std::string_view boundless = R"({"model":"gpt","n":2,"messages":[{"role":"user","content":"hi"}]})";
  const auto x = bring(tests::root_key, boundless);
  const auto& claimed = accounts_.claims.at(0);
  EXPECT_EQ(claimed.hold, 8'192'000);
  EXPECT_EQ(claimed.hold - claimed.spare_hold, 32'000) << "two answers of 16 tokens, the shortest that providers take";
  EXPECT_EQ(claimed.spare_tokens, 2 * 4095);
  accounting::ruling r;
  r.spared_hold = claimed.hold - 201'999; // a nano-unit short of 101 tokens for each
  rule(r);
  offer_for(3);
  std::string sent;
  for (const auto piece : x->relayed.at(0).call.body)
    sent += piece;
  EXPECT_NE(sent.find(R"("max_completion_tokens":100)"), std::string::npos) << sent;
  finish(x->relayed.at(0).observer, whole_answer());
  EXPECT_EQ(rows().at(0).hold_nano, 201'999);
}

TEST_F(ingress_claims_test, a_limit_that_the_client_has_set_is_not_cut) {
  bring(tests::root_key, ten_tokens);
  EXPECT_EQ(accounts_.claims.at(0).spare_hold, 0);
  EXPECT_EQ(accounts_.claims.at(0).spare_tokens, 0);
}

TEST_F(ingress_claims_test, several_choices_are_held_for_each) {
  bring(tests::root_key, R"({"model":"gpt","max_tokens":10,"n":3,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(accounts_.claims[0].hold, 30'000);
}

TEST_F(ingress_claims_test, the_client_hears_what_is_left_of_its_limits) {
  const auto x = bring(tests::root_key, ten_tokens);
  accounting::ruling r;
  r.requests = accounting::headroom{5, 4, std::chrono::milliseconds{900}};
  rule(r);
  offer_for(3);
  const auto& call = x->relayed.at(0).call;
  EXPECT_TRUE(call.own_rate_limits) << "the provider's own must not be taken for ours";
  EXPECT_NE(call.answer_headers.find("x-ratelimit-remaining-requests: 4\r\n"), std::string::npos);
  EXPECT_NE(call.answer_headers.find("x-ratelimit-reset-requests: 900ms\r\n"), std::string::npos);
}

TEST_F(ingress_claims_test, a_limit_that_the_provider_does_not_heed_is_no_way_around_a_hard_budget) {
  const auto x =
      bring(tests::root_key,
            R"({"model":"gpt","max_output_tokens":1,"max_tokens":20,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(accounts_.claims[0].hold, 20'000) << "whichever it heeds";
  rule({});
  offer_for(3);
  std::string sent;
  for (const auto piece : x->relayed.at(0).call.body)
    sent += piece;
  EXPECT_NE(sent.find(R"("max_tokens":20)"), std::string::npos) << sent;
  EXPECT_NE(sent.find(R"("max_output_tokens":1,)"), std::string::npos) << sent;
}

TEST_F(ingress_claims_test, each_prompt_of_a_list_has_an_answer_of_its_own) {
  bring(tests::root_key, R"({"model":"gpt","max_tokens":10,"prompt":["a","b","c"]})", "/v1/completions");
  EXPECT_EQ(accounts_.claims[0].hold, 30'000);
  bring(tests::root_key, R"({"model":"gpt","max_tokens":10,"prompt":[1,2,3]})", "/v1/completions");
  EXPECT_EQ(accounts_.claims[1].hold, 10'000) << "one prompt, of token ids";
}

TEST_F(ingress_claims_test, what_may_generate_on_a_path_that_is_not_known_is_held_for) {
  bring(tests::root_key, R"({"model":"gpt","input":"hi"})", "/v1/whatever");
  EXPECT_EQ(accounts_.claims[0].hold, 4'096'000);
  bring(tests::root_key, R"({"model":"gpt","input":"hi"})", "/v1/embeddings");
  EXPECT_EQ(accounts_.claims[1].hold, 0);
}

TEST_F(ingress_claims_test, a_slash_too_many_is_no_way_around_a_hard_budget) {
  const auto x = bring(tests::root_key, R"({"model":"gpt","messages":[]})", "/v1//chat/completions");
  EXPECT_EQ(accounts_.claims[0].hold, 4'096'000);
  rule({});
  offer_for(3);
  std::string sent;
  for (const auto piece : x->relayed.at(0).call.body)
    sent += piece;
  EXPECT_NE(sent.find(R"("max_completion_tokens":4096)"), std::string::npos) << sent;
}

TEST_F(ingress_claims_test, in_a_currency_of_small_units_all_that_it_may_cost_is_held) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, accounting::most_money, true});
  // 36 units for a token: what a dear model costs in rials or dong.
  const core::nano price = 36'000 * core::nano_per_unit;
  adopt(tests::small_catalog(3, std::move(rules),
                             accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, price}}}));
  bring(tests::root_key, R"({"model":"gpt","max_tokens":200000,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(accounts_.claims.back().hold, 200 * price) << "7.2 million units";
  bring(tests::root_key, R"({"model":"gpt","max_tokens":2147483647,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(accounts_.claims.back().hold, accounting::most_money) << "no hard budget lets it in";
}

TEST_F(ingress_claims_test, each_prompt_of_token_ids_has_an_answer_of_its_own) {
  bring(tests::root_key, R"({"model":"gpt","max_tokens":10,"prompt":[[1],[2]]})", "/v1/completions");
  EXPECT_EQ(accounts_.claims[0].hold, 20'000);
}

TEST_F(ingress_claims_test, every_length_that_a_provider_might_heed_is_the_one_that_is_held) {
  const auto sent_for = [&](std::string_view fields) {
    const auto x = bring(tests::root_key, R"({"model":"gpt",)" + std::string{fields} + R"(,"messages":[]})");
    rule({});
    offer_for(3);
    std::string sent;
    for (const auto piece : x->relayed.at(0).call.body)
      sent += piece;
    return sent;
  };
  EXPECT_NE(sent_for(R"("max_tokens":-1)").find(R"("max_tokens":4096)"), std::string::npos);
  EXPECT_EQ(accounts_.claims.back().hold, 4'096'000);
  auto both = sent_for(R"("max_tokens":-1,"max_completion_tokens":7)");
  EXPECT_NE(both.find(R"("max_tokens":7)"), std::string::npos) << both;
  EXPECT_NE(both.find(R"("max_completion_tokens":7)"), std::string::npos) << both;
  auto none = sent_for(R"("max_tokens":0)");
  EXPECT_NE(none.find(R"("max_tokens":1,)"), std::string::npos) << none;
  EXPECT_EQ(accounts_.claims.back().hold, 1'000);
  auto one = sent_for(R"("max_tokens":5)");
  EXPECT_EQ(one.find("max_completion_tokens"), std::string::npos) << "OpenAI refuses both together: " << one;
  auto null = sent_for(R"("max_completion_tokens":null)");
  EXPECT_NE(null.find(R"("max_completion_tokens":4096)"), std::string::npos) << null;
  for (const auto* wrong : {R"("max_tokens":1.5)", R"("max_tokens":"5")", R"("max_tokens":1e300)"})
    EXPECT_EQ(bring(tests::root_key, R"({"model":"gpt",)" + std::string{wrong} + R"(,"messages":[]})")->status(), 400);
}

TEST_F(ingress_claims_test, no_spelling_of_a_path_is_a_way_around_a_hard_budget) {
  for (const std::string path : {"/v1/chat/completions/", "/v1/chat/complet%69ons", "/v1/chat//completions",
                                 "/v1/chat/completions;a=b", "/v1/chat;a/completions", "/v1/Chat/COMPLETIONS",
                                 "/openai/v1/chat/completions", "/v1/engines/gpt/chat/completions"}) {
    const auto x = bring(tests::root_key, R"({"model":"gpt","messages":[]})", path);
    ASSERT_EQ(x->status(), 0) << path << x->body();
    rule({});
    offer_for(3);
    std::string sent;
    for (const auto piece : x->relayed.at(0).call.body)
      sent += piece;
    EXPECT_NE(sent.find(R"("max_completion_tokens":4096)"), std::string::npos) << path << ": " << sent;
  }
  bring(tests::root_key, R"({"model":"gpt","input":"hi"})", "/v1/Embeddings/");
  EXPECT_EQ(accounts_.claims.back().hold, 0);
}

TEST_F(ingress_claims_test, tokens_a_minute_are_estimated_by_what_the_path_writes) {
  bring(tests::root_key, R"({"model":"gpt","input":"12345678"})", "/v1/embeddings");
  EXPECT_LT(accounts_.claims.back().tokens, 30) << "vectors are no tokens";
  bring(tests::root_key, R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_GE(accounts_.claims.back().tokens, 4'096);
  bring(tests::root_key, R"({"model":"gpt","n":3,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_GE(accounts_.claims.back().tokens, 300);
  EXPECT_LT(accounts_.claims.back().tokens, 400);
}

TEST_F(ingress_claims_test, a_limit_of_zero_is_no_matter_of_waiting) {
  for (const auto kind : {core::limit_kind::requests_per_minute, core::limit_kind::tokens_per_minute,
                          core::limit_kind::parallel_requests}) {
    accounting::rules rules;
    rules.limits.push_back({1, core::scope::model, 2, kind, 0});
    adopt(tests::small_catalog(3 + static_cast<std::uint64_t>(kind), std::move(rules)));
    const auto x = bring(tests::root_key, ten_tokens);
    EXPECT_EQ(x->status(), 403);
    EXPECT_EQ(x->answer()->headers.find("retry-after"), std::string::npos);
    EXPECT_NE(x->body().find("A limit of this model is 0"), std::string::npos) << x->body();
  }
  EXPECT_TRUE(logs_[3].tickets.empty());
}

} // namespace
} // namespace logos::ingress
