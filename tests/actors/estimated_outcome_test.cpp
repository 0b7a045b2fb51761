// SPDX-License-Identifier: MIT
#include "tests/actors/outcome_fixture.hpp"
#include "tokenization/family.hpp"

#include <random>

namespace logos::ingress {
namespace {

class estimated_outcome_test : public outcome_test {
protected:
  /// What is booked of a request whose answer comes whole, with neither text nor usage.
  storage::finished_facts answer_without_text(std::string_view path, std::string_view body) {
    const auto x = bring(tests::root_key, body, path);
    rule({});
    offer_for(3);
    const auto outcome = whole(made(ec::none, 200));
    x->relayed.at(0).observer->ending(outcome);
    x->relayed.at(0).observer->ended(outcome);
    run();
    return rows().back();
  }
};

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

TEST_F(estimated_outcome_test, a_whole_answer_that_never_came_is_not_estimated_beyond_what_it_may_be) {
  const auto x = bring(tests::root_key, body_of(false));
  rule({});
  offer_for(3);
  auto late = made(ec::first_token_timeout);
  late.ended = late.sent + std::chrono::minutes{2};
  x->relayed.at(0).observer->ended(late);
  run();
  EXPECT_EQ(rows().at(0).usage.completion_tokens, 300);
}

TEST_F(estimated_outcome_test, a_whole_answer_that_never_came_is_estimated_by_the_pace_that_was_learned) {
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

TEST_F(estimated_outcome_test, an_answer_without_usage_is_counted_by_its_text_however_long_and_however_spelled) {
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

TEST_F(estimated_outcome_test, a_prompt_without_usage_is_counted_by_its_text_however_long_and_however_spelled) {
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

TEST_F(estimated_outcome_test, text_of_which_nothing_was_counted_is_estimated) {
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

TEST_F(estimated_outcome_test, a_stream_that_the_process_died_in_is_billed_by_its_last_mark) {
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

TEST_F(estimated_outcome_test, an_answer_that_is_written_in_the_background_is_billed_at_what_was_held) {
  const auto row =
      answer_without_text("/v1/responses", R"({"model":"gpt","max_output_tokens":300,"background":true,"input":"hi"})");
  EXPECT_EQ(row.usage.completion_tokens, 300) << "its usage comes to a read, later";
  EXPECT_EQ(row.usage_source, estimated);
}

TEST_F(estimated_outcome_test, an_answer_that_shows_no_text_is_billed_at_what_it_is_likely_to_have) {
  struct request {
    std::string_view path, body;
    std::int64_t least;
  };
  for (const auto& r :
       {request{"/v1/chat/completions", R"({"model":"gpt","max_tokens":300,"n":2,"deferred":true,"messages":[]})", 600},
        request{"/v1/audio/speech", R"({"model":"gpt","input":"Hello, how are you?"})", 19},
        request{"/v1/images/generations", R"({"model":"gpt","n":2,"prompt":"a cat"})", 2000}}) {
    const auto row = answer_without_text(r.path, r.body);
    EXPECT_GE(row.usage.completion_tokens, r.least) << r.path;
    EXPECT_EQ(row.usage_source, estimated) << r.path;
    EXPECT_LE(row.cost_nano, row.hold_nano) << r.path;
  }
}

} // namespace
} // namespace logos::ingress
