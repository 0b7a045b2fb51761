// SPDX-License-Identifier: MIT
#include "tests/actors/outcome_fixture.hpp"

namespace logos::ingress {
namespace {

/// What a call came to, and what it is billed at. The prompt of `body_of` has 9 tokens, the longest answer 300.
struct outcome_case {
  std::string name;
  bool stream = false;
  net::call_outcome outcome;
  usage_source source = usage_source::none;
  std::int64_t prompt = 0;
  std::int64_t answer = 0;
};

void PrintTo(const outcome_case& one, std::ostream* out) { *out << one.name; }

class outcome_matrix : public outcome_test, public ::testing::WithParamInterface<outcome_case> {};

TEST_P(outcome_matrix, is_what_is_billed) {
  const auto& expected = GetParam();
  const auto x = bring(tests::root_key, body_of(expected.stream));
  rule({});
  offer_for(3);
  const auto call = x->relayed.at(0).observer;
  if (expected.outcome.answered) call->ending(expected.outcome);
  call->ended(expected.outcome);
  run();
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].usage_source, expected.source);
  for (std::size_t i = 0; i < core::usage_sources; ++i) {
    const bool mine = i == static_cast<std::size_t>(expected.source);
    EXPECT_EQ(traffic_.usage[i].requests.value(), mine ? 1U : 0U);
    EXPECT_EQ(static_cast<std::int64_t>(traffic_.usage[i].tokens.value()),
              mine ? expected.prompt + expected.answer : 0);
    EXPECT_EQ(static_cast<std::int64_t>(traffic_.usage[i].cost_nano.value()), mine ? booked[0].cost_nano : 0);
  }
  EXPECT_EQ(booked[0].usage.prompt_tokens, expected.prompt);
  EXPECT_EQ(booked[0].usage.completion_tokens, expected.answer);
  EXPECT_EQ(booked[0].cost_nano, expected.prompt + 1'000'000 * expected.answer);
  EXPECT_EQ(accounts_.settlements[0].cost, booked[0].cost_nano);
  EXPECT_EQ(accounts_.settlements[0].tokens, expected.prompt + expected.answer);
}

INSTANTIATE_TEST_SUITE_P(
    ledger, outcome_matrix,
    ::testing::Values(
        outcome_case{"client_left_before_it_was_sent", false, unsent(ec::client_gone)},
        outcome_case{"client_left_before_a_whole_answer", false, made(ec::client_gone), partial, 9, 50},
        outcome_case{"client_left_before_a_stream_began", true, made(ec::client_gone), partial, 9, 0},
        outcome_case{"client_left_in_a_stream", true, heard(made(ec::client_gone, 200), 5), partial, 9, 10},
        outcome_case{"client_left_after_a_role_only", true, made(ec::client_gone, 200), partial, 9, 1},
        outcome_case{"client_left_after_the_usage", true, whole(reported(made(ec::client_gone, 200), 30, 7, 37)),
                     provider, 30, 7},
        outcome_case{"client_left_after_an_early_usage", true,
                     heard(reported(made(ec::client_gone, 200), 30, 1, 31), 5), partial, 30, 10},
        outcome_case{"provider_refused_the_connection", false, unsent(ec::upstream_unreachable)},
        outcome_case{"provider_answered_400", false, whole(made(ec::none, 400))},
        outcome_case{"provider_answered_500_with_text", false, whole(heard(made(ec::none, 500), 1))},
        outcome_case{"provider_cut_before_a_whole_answer", false, made(ec::upstream_cut), partial, 9, 50},
        outcome_case{"provider_cut_a_whole_answer", false, heard(made(ec::upstream_cut, 200), 1), partial, 9, 50},
        outcome_case{"provider_cut_before_a_stream", true, made(ec::upstream_cut), partial, 9, 0},
        outcome_case{"provider_cut_a_stream", true, heard(made(ec::upstream_cut, 200), 6), partial, 9, 12},
        outcome_case{"provider_answered_no_http", false, made(ec::upstream_protocol), partial, 9, 50},
        outcome_case{"no_first_token_in_time_whole", false, made(ec::first_token_timeout), partial, 9, 50},
        outcome_case{"no_first_token_in_time_streamed", true, made(ec::first_token_timeout), partial, 9, 0},
        outcome_case{"silence_in_a_stream", true, heard(made(ec::idle_timeout, 200), 3), partial, 9, 6},
        outcome_case{"an_error_in_the_stream_before_any_token", true, with_error_inside(made(ec::none, 200))},
        outcome_case{"an_error_in_the_stream", true, with_error_inside(heard(made(ec::none, 200), 3)), partial, 9, 6},
        outcome_case{"no_usage_streamed", true, whole(heard(made(ec::none, 200), 5)), estimated, 9, 10},
        outcome_case{"no_usage_whole", false, whole(heard(made(ec::none, 200), 5)), estimated, 9, 10},
        outcome_case{"no_usage_of_more_than_was_allowed", false, whole(heard(made(ec::none, 200), 200)), estimated, 9,
                     300},
        outcome_case{"a_stream_of_more_than_was_allowed_that_was_cut", true, heard(made(ec::upstream_cut, 200), 200),
                     partial, 9, 300},
        outcome_case{"usage_whole", false, whole(reported(made(ec::none, 200), 30, 7, 37)), provider, 30, 7},
        outcome_case{"a_total_only", false, whole(reported(made(ec::none, 200), 0, 0, 37)), provider, 0, 37},
        outcome_case{"a_total_beyond_its_parts", false, whole(reported(made(ec::none, 200), 30, 7, 50)), provider, 30,
                     20},
        outcome_case{"a_total_below_its_parts", false, whole(reported(made(ec::none, 200), 30, 7, 9)), provider, 30,
                     7}),
    [](const auto& one) { return one.param.name; });

TEST_F(outcome_test, a_stream_of_messages_begins_with_a_usage_that_is_not_its_last) {
  const auto began = heard(reported(made(ec::none, 200), 30, 1, 31), 5);
  for (const auto& outcome : {began, with_error_inside(whole(began))}) {
    const auto x = bring(tests::root_key, body_of(true), "/v1/messages");
    rule({});
    offer_for(3);
    x->relayed.at(0).observer->ending(outcome);
    x->relayed.at(0).observer->ended(outcome);
    run();
  }
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 2U);
  for (const auto& row : booked) {
    EXPECT_EQ(row.usage_source, partial);
    EXPECT_EQ(row.usage.completion_tokens, 10) << "what came behind it";
    EXPECT_EQ(row.usage.prompt_tokens, 30);
  }
}

TEST_F(outcome_test, a_count_that_cannot_be_makes_nothing_free_and_nothing_absurd) {
  for (const std::string_view answer : {"-7", "7.5", R"("7")", "1099511627776", "99999999999999999999"}) {
    net::usage_reader reader{net::content_kind::json};
    reader.read_whole(R"({"choices":[{"message":{"content":"ten tokens, as bytes"}}],"usage":{"prompt_tokens":30,)"
                      R"("completion_tokens":)" +
                      std::string{answer} + "}}");
    const auto row = booked(reader.facts(), false);
    EXPECT_EQ(row.usage_source, estimated) << answer;
    EXPECT_EQ(row.usage.prompt_tokens, 9) << answer;
    EXPECT_EQ(row.usage.completion_tokens, 5) << answer;
    EXPECT_EQ(row.cost_nano, 9 + 1'000'000 * 5) << answer;
    EXPECT_EQ(accounts_.settlements.back().cost, row.cost_nano) << answer;
  }
}

TEST_F(outcome_test, what_a_refusal_counts_is_not_billed) {
  const auto x = bring(tests::root_key, body_of(false));
  rule({});
  offer_for(3);
  const auto outcome = whole(reported(made(ec::upstream_error, 429), 10, 40, 50));
  x->relayed.at(0).observer->ending(outcome);
  x->relayed.at(0).observer->ended(outcome);
  run();
  const auto booked = rows();
  EXPECT_EQ(booked.back().cost_nano, 0);
  EXPECT_EQ(booked.back().usage.total_tokens, 0);
}

TEST_F(outcome_test, as_many_tokens_as_can_be_told_at_the_dearest_price_cost_no_less_than_others) {
  accounting::price_book dear{{{9, 2, 0, core::token_type::completion, {}, std::numeric_limits<core::nano>::max()}}};
  adopt(tests::small_catalog(3, {}, std::move(dear)));
  const auto x = bring(tests::root_key, body_of(false));
  offer_for(3);
  const auto outcome = whole(reported(made(ec::none, 200), 0xffff'ffff, 0xffff'ffff, 0x1'ffff'fffe));
  x->relayed.at(0).observer->ending(outcome);
  x->relayed.at(0).observer->ended(outcome);
  run();
  EXPECT_EQ(rows().at(0).cost_nano, std::numeric_limits<core::nano>::max()) << "it stops there instead of wrapping";
}

TEST_F(outcome_test, an_error_inside_an_answer_is_no_success_whatever_its_head_has_said) {
  const auto x = bring(tests::root_key, body_of(true));
  rule({});
  offer_for(3);
  const auto outcome = whole(with_error_inside(heard(made(ec::none, 200), 3)));
  x->relayed.at(0).observer->ending(outcome);
  x->relayed.at(0).observer->ended(outcome);
  run();
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].http_status, 200) << "which the client has seen";
  EXPECT_EQ(booked[0].result, core::result_status::error);
  EXPECT_EQ(booked[0].error, ec::upstream_error);
}

TEST_F(outcome_test, an_attempt_that_nobody_took_over_is_billed) {
  const auto x = bring(tests::root_key, R"({"model":"gemma","messages":[{"role":"user","content":"hi"}]})");
  rule({});
  offer_for(1);
  x->relayed.at(0).observer->ended(made(ec::upstream_cut));
  run();
  EXPECT_TRUE(accounts_.settlements.empty()) << "the other provider is asked";
  actors::refusal full;
  full.request = x->id();
  full.deployment_id = 2;
  full.provider_id = 2;
  full.code = static_cast<std::uint8_t>(ec::queue_full);
  full.round = logs_[2].tickets.back().round;
  tell(logs_[2].requester, full);
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].usage_source, partial);
  EXPECT_EQ(booked[0].ids.provider_id, 1);
  EXPECT_GT(booked[0].usage.prompt_tokens, 0);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].tokens, booked[0].usage.prompt_tokens + booked[0].usage.completion_tokens);
}

TEST_F(outcome_test, what_is_only_read_again_is_not_billed_again) {
  auto x = make_exchange("GET", "/v1/responses/resp_1", {{"authorization", "Bearer lg-root-key"}});
  tell(ingress_, atom::handle_v, net::exchange_ptr{x});
  brought_.push_back(x);
  for (auto& [provider_id, log] : logs_)
    if (!log.tickets.empty() && x->relayed.empty()) {
      if (!accounts_.claims.empty()) {
        EXPECT_EQ(accounts_.claims.back().hold, 0);
        EXPECT_EQ(accounts_.claims.back().tokens, 0);
      }
      offer_for(provider_id);
    }
  if (x->relayed.empty()) {
    rule({});
    for (auto& [provider_id, log] : logs_)
      if (!log.tickets.empty() && x->relayed.empty()) offer_for(provider_id);
  }
  const auto outcome = whole(reported(made(ec::none, 200), 30, 7, 37));
  x->relayed.at(0).observer->ending(outcome);
  x->relayed.at(0).observer->ended(outcome);
  run();
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].usage_source, none);
  EXPECT_EQ(booked[0].usage.prompt_tokens, 0);
  EXPECT_EQ(booked[0].cost_nano, 0);
}

TEST_F(outcome_test, what_counts_tokens_costs_nothing_unless_its_answer_reports_usage_and_what_cancels_nothing_at_all) {
  std::size_t booked = 0;
  for (const auto* path : {"/v1/tokenize", "/v1/responses/resp_1/cancel"})
    for (const bool reports : {false, true}) {
      const auto x = bring(tests::root_key, R"({"model":"gpt","input":"hi"})", path);
      EXPECT_EQ(accounts_.claims.back().hold, 0);
      rule({});
      offer_for(3);
      const auto bare = whole(made(ec::none, 200));
      const auto outcome = reports ? reported(bare, 30, 7, 37) : bare;
      x->relayed.at(0).observer->ending(outcome);
      x->relayed.at(0).observer->ended(outcome);
      run();
      const auto all = rows();
      ASSERT_EQ(all.size(), ++booked);
      const bool counts =
          reports && std::string_view{path} == "/v1/tokenize"; // the other's was billed when it was made
      EXPECT_EQ(all.back().usage_source, counts ? provider : none) << path;
      EXPECT_EQ(all.back().usage.prompt_tokens, counts ? 30 : 0) << path;
    }
}

} // namespace
} // namespace logos::ingress
