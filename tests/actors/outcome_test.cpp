// SPDX-License-Identifier: MIT
#include "net/usage.hpp"
#include "tests/actors/ingress_fixture.hpp"
#include "tokenization/family.hpp"

#include <random>

namespace logos::ingress {
namespace {

using core::ec;
using core::usage_source;
using std::chrono::milliseconds;

constexpr std::int64_t prompt_price = 1'000; // a nano-unit for a token, so that a cost shows both counts
constexpr std::int64_t answer_price = 1'000'000'000;

/// What a call came to, and what it is billed at. The prompt of `body_of` has 9 tokens, the longest answer 300.
struct outcome_case {
  std::string name;
  bool stream = false;
  net::call_outcome outcome;
  usage_source source = usage_source::none;
  std::int64_t prompt = 0;
  std::int64_t answer = 0;
};

std::string body_of(bool stream) {
  return std::string{R"({"model":"gpt","max_tokens":300,"stream":)"} + (stream ? "true" : "false") +
         R"(,"messages":[{"role":"user","content":"hi"}]})";
}

net::call_outcome made(ec error, int status = 0) {
  net::call_outcome o;
  o.error = error;
  o.status = status;
  o.sent_whole = true;
  o.answered = status != 0;
  o.sent = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  o.ended = o.sent + milliseconds{500};
  if (status != 0) o.first_byte = o.sent + milliseconds{100};
  return o;
}

net::call_outcome unsent(ec error) {
  auto o = made(error);
  o.sent_whole = false;
  return o;
}

/// `tokens` events of eight bytes have come.
net::call_outcome heard(net::call_outcome o, std::uint32_t events) {
  o.events = events;
  o.generated_bytes = 8U * events;
  return o;
}

net::call_outcome reported(net::call_outcome o, std::int64_t prompt, std::int64_t answer, std::int64_t total) {
  o.tokens.prompt_tokens = prompt;
  o.tokens.completion_tokens = answer;
  o.tokens.total_tokens = total;
  o.tokens.seen = true;
  return o;
}

net::call_outcome whole(net::call_outcome o) {
  o.complete = true;
  return o;
}

net::call_outcome with_error_inside(net::call_outcome o) {
  o.failed = true;
  return o;
}

void PrintTo(const outcome_case& one, std::ostream* out) { *out << one.name; }

class outcome_test : public ingress_test {
protected:
  outcome_test() {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000'000'000, true});
    adopt(tests::small_catalog(2, std::move(rules),
                               accounting::price_book{{{8, 2, 0, core::token_type::prompt, {}, prompt_price},
                                                       {9, 2, 0, core::token_type::completion, {}, answer_price}}}));
  }
  /// The row of a request whose whole answer has told what was read of it.
  storage::finished_facts booked(const net::answer_facts& read, bool stream) {
    auto outcome = whole(made(ec::none, 200));
    outcome.tokens = read.tokens;
    outcome.generated_bytes = read.text_bytes;
    outcome.events = static_cast<std::uint32_t>(read.deltas);
    const auto x = bring(tests::root_key, body_of(stream));
    rule({});
    offer_for(3);
    x->relayed.at(0).observer->ending(outcome);
    x->relayed.at(0).observer->ended(outcome);
    run();
    return rows().back();
  }
};

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

const auto none = usage_source::none;
const auto provider = usage_source::provider;
const auto estimated = usage_source::estimated;
const auto partial = usage_source::partial;

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

TEST_F(outcome_test, text_of_which_nothing_was_counted_is_estimated) {
  for (const bool stream : {false, true}) {
    const std::string_view usage = R"("usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0})";
    net::usage_reader reader{stream ? net::content_kind::sse : net::content_kind::json};
    if (stream)
      reader.read_whole(R"(data: {"choices":[{"delta":{"content":"ten tokens, as bytes"}}]})"
                        "\n\ndata: {\"choices\":[]," +
                        std::string{usage} + "}\n\ndata: [DONE]\n\n");
    else
      reader.read_whole(R"({"choices":[{"message":{"content":"ten tokens, as bytes"}}],)" + std::string{usage} + "}");
    ASSERT_TRUE(reader.facts().tokens.seen);
    const auto row = booked(reader.facts(), stream);
    EXPECT_EQ(row.usage_source, estimated) << stream;
    EXPECT_EQ(row.usage.prompt_tokens, 9) << stream;
    EXPECT_GT(row.usage.completion_tokens, 0) << stream;
    EXPECT_GT(accounts_.settlements.back().cost, 0) << stream;
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

TEST_F(outcome_test, a_whole_answer_that_never_came_is_not_estimated_beyond_what_it_may_be) {
  const auto x = bring(tests::root_key, body_of(false));
  rule({});
  offer_for(3);
  auto late = made(ec::first_token_timeout);
  late.ended = late.sent + std::chrono::minutes{2};
  x->relayed.at(0).observer->ended(late);
  run();
  EXPECT_EQ(rows().at(0).usage.completion_tokens, 300);
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

TEST_F(outcome_test, what_counts_tokens_or_cancels_costs_nothing_unless_its_answer_reports_usage) {
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
      EXPECT_EQ(all.back().usage_source, reports ? provider : none) << path;
      EXPECT_EQ(all.back().usage.prompt_tokens, reports ? 30 : 0) << path;
    }
}

TEST_F(outcome_test, an_answer_that_is_written_in_the_background_is_billed_at_what_was_held) {
  const auto x = bring(tests::root_key, R"({"model":"gpt","max_output_tokens":300,"background":true,"input":"hi"})",
                       "/v1/responses");
  rule({});
  offer_for(3);
  const auto outcome = whole(made(ec::none, 200));
  x->relayed.at(0).observer->ending(outcome);
  x->relayed.at(0).observer->ended(outcome);
  run();
  EXPECT_EQ(rows().at(0).usage.completion_tokens, 300) << "its usage comes to a read, later";
  EXPECT_EQ(rows().at(0).usage_source, estimated);
}

/// Texts that a rule of so many bytes for a token is far off for, with how JSON may spell them.
std::vector<std::pair<std::string, std::string>> texts(std::size_t bytes) {
  std::mt19937 random{3};
  std::string digits, base64, chinese, escaped, code, spelled;
  while (digits.size() < bytes)
    digits.append({static_cast<char>('0' + random() % 10), ' '});
  while (base64.size() < bytes)
    base64 += static_cast<char>((random() % 2 != 0 ? 'a' : 'A') + random() % 26);
  while (chinese.size() < bytes) {
    chinese += "今天天气很好";
    escaped += R"(\u4eca\u5929\u5929\u6c14\u5f88\u597d)";
  }
  while (code.size() < bytes) {
    code += "    if (a[i] != b[j]) { x += (y*z)-1; }\n";
    spelled += R"(    if (a[i] != b[j]) { x += (y*z)-1; }\n)";
  }
  return {{digits, digits}, {base64, base64}, {chinese, chinese}, {chinese, escaped}, {code, spelled}};
}

double tokens_of(const std::string& text, std::string_view model) {
  return static_cast<double>(tokenization::find_family(model).thousandths(text)) / 1000;
}

TEST_F(outcome_test, an_answer_without_usage_is_counted_by_its_text_however_long_and_however_spelled) {
  std::size_t booked = 0;
  for (const std::size_t bytes : {2'000U, 400'000U})
    for (const auto& [text, spelled] : texts(bytes)) {
      const auto x = bring(tests::root_key, R"({"model":"gpt","max_tokens":1000000,"stream":true,"messages":[]})");
      rule({});
      offer_for(3);
      net::text_sample sample;
      for (std::size_t at = 0; at < spelled.size(); at += 100)
        sample.add(std::string_view{spelled}.substr(at, 100));
      auto o = whole(made(ec::none, 200));
      o.generated = &sample;
      o.generated_bytes = spelled.size();
      o.events = 7;
      x->relayed.at(0).observer->ending(o);
      x->relayed.at(0).observer->ended(o);
      run();
      const auto all = rows();
      ASSERT_EQ(all.size(), ++booked);
      const auto exact = tokens_of(text, "gpt");
      EXPECT_NEAR(static_cast<double>(all.back().usage.completion_tokens), exact,
                  1 + exact * (bytes > 10'000 ? 0.06 : 0))
          << bytes << " bytes of " << spelled.substr(0, 20);
    }
}

TEST_F(outcome_test, a_prompt_without_usage_is_counted_by_its_text_however_long_and_however_spelled) {
  std::size_t booked = 0;
  for (const std::size_t bytes : {2'000U, 200'000U})
    for (const auto& [text, spelled] : texts(bytes)) {
      const auto x = bring(tests::root_key, R"({"model":"gpt","max_tokens":9,"messages":[{"role":"user","content":")" +
                                                spelled + "\"}]}");
      rule({});
      offer_for(3);
      const auto o = whole(heard(made(ec::none, 200), 1));
      x->relayed.at(0).observer->ending(o);
      x->relayed.at(0).observer->ended(o);
      run();
      const auto all = rows();
      ASSERT_EQ(all.size(), ++booked);
      const auto exact = tokens_of(text, "gpt") + 8;
      EXPECT_NEAR(static_cast<double>(all.back().usage.prompt_tokens), exact, 2 + exact * (bytes > 10'000 ? 0.06 : 0))
          << bytes << " bytes of " << spelled.substr(0, 20);
    }
}

TEST_F(outcome_test, a_stream_that_the_process_died_in_is_billed_by_its_last_mark) {
  const auto x = bring(tests::root_key, body_of(true));
  rule({});
  offer_for(3);
  net::text_sample text;
  std::uint32_t before = 0;
  for (const std::uint32_t events : {1U, 5U, 20U}) {
    for (; before < events; ++before)
      text.add(" internationally"); // a token, of sixteen bytes
    auto so_far = heard(made(ec::none, 200), events);
    so_far.generated_bytes = text.size();
    so_far.generated = &text;
    x->relayed.at(0).observer->coming(so_far, so_far.first_byte + milliseconds{events});
  }
  EXPECT_TRUE(rows().empty());
  auto next_run = *storage::journal::open({folder_.path(), "run-2"});
  storage::journal_tail tail{*next_run, {}};
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 1U);
  const auto& row = batch.rows[0];
  const auto counted = static_cast<std::int64_t>(tokens_of(std::string{text.kept()}, "gpt"));
  EXPECT_LE(counted, 21) << "not by its bytes, which are those of 80";
  EXPECT_EQ(row.usage.completion_tokens, counted);
  EXPECT_GT(row.usage.prompt_tokens, 0);
  EXPECT_EQ(row.cost_nano, row.usage.prompt_tokens + 1'000'000 * counted);
  EXPECT_GT(row.hold_nano, row.cost_nano);
  EXPECT_EQ(row.usage_source, partial);
}

TEST_F(outcome_test, a_whole_answer_that_never_came_is_estimated_by_the_pace_that_was_learned) {
  const auto learned = std::make_shared<scheduling::outlooks>();
  learned->of(3)->first_token_us = 100'000;
  learned->of(3)->answer_token_ns = 20'000'000;
  at_->outlooks = learned;
  const auto x = bring(tests::root_key, body_of(false));
  rule({});
  offer_for(3);
  x->relayed.at(0).observer->ended(made(ec::client_gone));
  run();
  EXPECT_EQ(rows().at(0).usage.completion_tokens, 20) << "the 400 ms after the first, of 20 ms each";
}

} // namespace
} // namespace logos::ingress
