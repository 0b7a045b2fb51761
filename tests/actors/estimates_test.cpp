// SPDX-License-Identifier: MIT
#include "actors/execution/comparison.hpp"
#include "net/usage.hpp"
#include "tests/actors/ingress_fixture.hpp"

#include <cstdlib>
#include <set>

namespace logos::ingress {
namespace {

using core::usage_source;

/// An answer of which the provider has counted something: what of it is believed, and what is learned of estimates.
class estimates_test : public ingress_test {
protected:
  static std::string body_of(bool stream) {
    return std::string{R"({"model":"gpt","max_tokens":3000,"stream":)"} + (stream ? "true" : "false") +
           R"(,"messages":[{"role":"user","content":"hi"}]})";
  }
  /// A call that was answered with `answer` from its first byte to its last.
  storage::finished_facts booked(std::string_view answer, net::content_kind kind, std::string_view path) {
    const bool stream = kind != net::content_kind::json;
    const auto x = bring(tests::root_key, body_of(stream), path);
    advance(std::chrono::milliseconds{200}); // sooner nothing is compared again
    offer_for(3);
    const auto call = x->relayed.at(0).observer;
    net::usage_reader reader{kind, nullptr, x->relayed.at(0).call.estimates};
    reader.read_whole(answer);
    const auto& read = reader.facts();
    net::call_outcome o;
    o.status = 200;
    o.sent = o.ended = clock().wall();
    o.sent_whole = o.answered = true;
    o.complete = read.finished;
    o.tokens = read.tokens;
    o.generated = &read.text;
    o.generated_bytes = read.text_bytes;
    o.text_after_usage = read.text_bytes - read.text_before_usage;
    o.events = static_cast<std::uint32_t>(read.deltas);
    call->ending(o);
    call->ended(o);
    run();
    compared_ = execution::may_be_compared(x->id());
    return rows().back();
  }
  storage::finished_facts booked(std::string_view events) {
    return booked(events, net::content_kind::sse, "/v1/chat/completions");
  }
  static std::string chunk(std::string_view text, int usage = -1) {
    return R"(data: {"choices":[{"delta":{"content":")" + std::string{text} + "\"}}]" +
           (usage < 0 ? "" : R"(,"usage":{"prompt_tokens":30,"completion_tokens":)" + std::to_string(usage) + "}") +
           "}\n\n";
  }
  static std::string chunks(int count, std::string_view text) {
    std::string all;
    for (int i = 0; i < count; ++i)
      all += chunk(text);
    return all;
  }
  const std::string end_ = R"(data: {"choices":[{"delta":{},"finish_reason":"stop"}]})"
                           "\n\ndata: [DONE]\n\n";
  bool compared_ = false;
};

TEST_F(estimates_test, an_early_report_that_the_text_behind_it_belies_is_not_believed) {
  const auto row = booked(chunk("one", 1) + chunks(199, " word") + end_);
  EXPECT_EQ(row.usage_source, usage_source::estimated);
  EXPECT_NEAR(static_cast<double>(row.usage.completion_tokens), 200, 11);
  EXPECT_EQ(row.usage.prompt_tokens, 30) << "what it says of the prompt was known then";
  EXPECT_EQ(row.usage.total_tokens, 30 + row.usage.completion_tokens);
}

TEST_F(estimates_test, a_report_is_believed_while_the_text_behind_it_may_be_within_it) {
  auto row = booked(chunk("one", 1) + chunks(40, " word") + end_);
  EXPECT_EQ(row.usage_source, usage_source::provider) << "by no clear margin";
  EXPECT_EQ(row.usage.completion_tokens, 1);
  row = booked(chunk("one", 100) + chunks(199, " word") + end_);
  EXPECT_EQ(row.usage_source, usage_source::provider) << "it may have been counted before it was sent";
  row = booked(chunk("one", 1) + chunks(199, " word") + chunk(".", 201) + end_);
  EXPECT_EQ(row.usage_source, usage_source::provider);
  EXPECT_EQ(row.usage.completion_tokens, 201);
  row = booked(chunks(200, " word") + chunk(".", 7) + end_);
  EXPECT_EQ(row.usage_source, usage_source::provider) << "the provider's last word, whatever it is";
  EXPECT_EQ(row.usage.completion_tokens, 7);
}

TEST_F(estimates_test, what_is_told_first_and_told_anew_at_the_end_is_the_end) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += R"(data: {"type":"content_block_delta","delta":{"type":"text_delta","text":" word"}})"
            "\n\n";
  const auto row = booked(R"(data: {"type":"message_start","message":{"usage":{"input_tokens":30,"output_tokens":1}}})"
                          "\n\n" +
                              text +
                              R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
                              R"("usage":{"output_tokens":190}})"
                              "\n\ndata: {\"type\":\"message_stop\"}\n\n",
                          net::content_kind::sse, "/v1/messages");
  EXPECT_EQ(row.usage_source, usage_source::provider);
  EXPECT_EQ(row.usage.prompt_tokens, 30);
  EXPECT_EQ(row.usage.completion_tokens, 190);
  std::string lines;
  for (int i = 0; i < 200; ++i)
    lines += R"({"message":{"content":" word"},"done":false})"
             "\n";
  const auto ollama = booked(lines + R"({"message":{"content":""},"done":true,"prompt_eval_count":30,"eval_count":200})"
                                     "\n",
                             net::content_kind::ndjson, "/v1/chat/completions");
  EXPECT_EQ(ollama.usage_source, usage_source::provider);
  EXPECT_EQ(ollama.usage.completion_tokens, 200);
}

TEST_F(estimates_test, of_some_requests_stand_beside_what_their_providers_count_and_no_text_does) {
  const std::string document =
      R"({"choices":[{"message":{"content":"one two three four five"},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":12,"completion_tokens":4}})";
  std::uint64_t samples = 0, estimated = 0, apart = 0, prompt_apart = 0;
  for (int i = 0; i < 90; ++i) {
    const auto row = i % 2 == 0 ? booked(document, net::content_kind::json, "/v1/chat/completions")
                                : booked(chunks(5, " word") +
                                         R"(data: {"choices":[],"usage":{"prompt_tokens":12,)"
                                         R"("completion_tokens":4}})"
                                         "\n\n" +
                                         end_);
    ASSERT_EQ(row.usage_source, usage_source::provider);
    ASSERT_EQ(row.usage.completion_tokens, 4) << "it stays the provider's count";
    ASSERT_EQ(row.estimated_prompt_tokens != 0, compared_);
    if (!compared_) continue;
    prompt_apart += static_cast<std::uint64_t>(std::abs(row.estimated_prompt_tokens - 12));
    EXPECT_NEAR(static_cast<double>(row.estimated_completion_tokens), 5.5, 0.5) << i % 2;
    ++samples;
    estimated += static_cast<std::uint64_t>(row.estimated_completion_tokens);
    apart += static_cast<std::uint64_t>(std::abs(row.estimated_completion_tokens - 4));
  }
  EXPECT_EQ(traffic_.compared.requests.value(), samples);
  EXPECT_EQ(traffic_.compared.completion.estimated.value(), estimated);
  EXPECT_EQ(traffic_.compared.completion.counted.value(), 4 * samples);
  EXPECT_EQ(traffic_.compared.completion.apart.value(), apart);
  EXPECT_EQ(traffic_.compared.prompt.apart.value(), prompt_apart);
  EXPECT_GE(samples, 2U);
}

TEST_F(estimates_test, of_what_was_not_counted_or_did_not_come_whole_is_no_comparison) {
  std::size_t would = 0;
  for (int i = 0; i < 90; ++i) {
    const auto row = i % 2 == 0 ? booked(chunks(5, " word") + end_) : booked(chunk("one", 9) + chunk(" two"));
    EXPECT_EQ(row.estimated_prompt_tokens, 0);
    would += compared_ ? 1 : 0;
  }
  EXPECT_GT(would, 0U);
  EXPECT_EQ(traffic_.compared.requests.value(), 0U);
}

TEST_F(estimates_test, are_compared_five_times_a_second_at_most) {
  core::uuid_source ids{7};
  int taken = 0;
  core::steady_time now{std::chrono::hours{1}};
  for (int i = 0; i < 10'000; ++i) // a request each millisecond
    taken +=
        execution::take_for_comparison(*at_, ids.next(clock().wall()), now += std::chrono::milliseconds{1}) ? 1 : 0;
  EXPECT_LE(taken, 50);
  EXPECT_GE(taken, 35);
}

TEST(compared, is_one_request_in_32_by_its_id_alone) {
  core::uuid_source ids{7};
  const core::wall_time at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  int chosen = 0;
  constexpr int all = 32'000;
  for (int i = 0; i < all; ++i) {
    const auto id = ids.next(at + std::chrono::milliseconds{i / 7});
    chosen += execution::may_be_compared(id) ? 1 : 0;
    ASSERT_EQ(execution::may_be_compared(id), execution::may_be_compared(*core::uuid::parse(id.str())));
  }
  EXPECT_NEAR(chosen, all / 32, 150);
}

} // namespace
} // namespace logos::ingress
