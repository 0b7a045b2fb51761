// SPDX-License-Identifier: MIT
// What the usage of an answer tells of its cost is what the books have.
#include "net/usage_addition.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using core::usage_source;
using net::content_kind;

struct costs {
  std::vector<std::string> told; // each that the answer has, the provider's own, too
  std::string booked;
  usage_source source = usage_source::none;
};

class told_costs_test : public ingress_test {
protected:
  told_costs_test() {
    at_->rules.cost_currency = "EUR";
    adopt(priced(2, 1'000'000));
  }
  static catalog::snapshot_ptr priced(std::uint64_t version, core::nano per_k) {
    return tests::small_catalog(version, {},
                                accounting::price_book{{{8, 2, 0, core::token_type::prompt, {}, 1'000},
                                                        {9, 2, 0, core::token_type::completion, {}, per_k}}});
  }
  static std::string body_of(bool stream, int n = 1) {
    return R"({"model":"gpt","max_tokens":3000,"n":)" + std::to_string(n) + R"(,"stream":)" +
           (stream ? "true" : "false") + R"(,"messages":[{"role":"user","content":"hi"}]})";
  }
  /// As a call does it with an answer that comes whole.
  costs answer(content_kind kind, const std::string& text, int n = 1, std::string_view path = "/v1/chat/completions") {
    const auto x = bring(tests::root_key, body_of(kind == content_kind::sse, n), path);
    offer_for(3);
    auto& relayed = x->relayed.at(0);
    EXPECT_TRUE(relayed.call.adds_cost);
    const auto outcome_of = [&](const net::answer_facts& read, bool complete) {
      net::call_outcome o;
      o.status = 200;
      o.answered = o.sent_whole = true;
      net::take_facts(read, o);
      o.complete = complete;
      return o;
    };
    net::usage_addition addition{kind, [&](const net::answer_facts& read) {
                                   return relayed.observer->usage_members(outcome_of(
                                       read, kind != content_kind::sse || read.all_finished(relayed.call.answers)));
                                 }};
    addition.feed(text);
    addition.finish();
    net::usage_reader reader{kind, nullptr, relayed.call.estimates};
    reader.read_whole(text);
    const auto outcome = outcome_of(reader.facts(), kind != content_kind::sse || reader.facts().finished);
    relayed.observer->ending(outcome);
    relayed.observer->ended(outcome);
    run();
    const auto row = row_of(*x);
    costs out{{}, core::to_decimal(row.cost_nano), row.usage_source};
    const std::string all{addition.ready()}, name = R"("cost":)";
    for (auto at = all.find(name); at != all.npos; at = all.find(name, at + 1))
      out.told.push_back(all.substr(at + name.size(), all.find_first_of(",}", at) - at - name.size()));
    return out;
  }
  static std::string document(const std::string& usage) {
    return R"({"choices":[{"message":{"content":")" + words(200) + R"("},"finish_reason":"stop"}],"usage":)" + usage +
           "}";
  }
  static std::string words(int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += " word";
    return out;
  }
  static std::string event(const std::string& data) { return "data: " + data + "\n\n"; }
  static std::string piece(const std::string& usage = {}, const std::string& reason = "null", int index = 0) {
    return event(R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{"content":")" + words(20) +
                 R"("},"finish_reason":)" + reason + "}]" + (usage.empty() ? "" : R"(,"usage":)" + usage) + "}");
  }
  static std::string last(const std::string& usage) {
    return event(R"({"choices":[],"usage":)" + usage + "}") + event("[DONE]");
  }
  static void expect_same(const costs& got, std::size_t times, usage_source source, const std::string& what) {
    EXPECT_EQ(got.told, std::vector<std::string>(times, got.booked)) << what;
    EXPECT_EQ(got.source, source) << what;
    EXPECT_NE(got.booked, "0") << what;
  }
  const std::string counted_ = R"({"prompt_tokens":10,"completion_tokens":250,"total_tokens":260})";
  const std::string uncounted_ = R"({"prompt_tokens":10,"completion_tokens":0,"total_tokens":10})";
  const std::string stop_ = R"("stop")";
};

TEST_F(told_costs_test, of_an_answer_in_one_piece_it_is_the_booked_one_whether_its_usage_is_believed_or_not) {
  const auto got = [this](const std::string& usage) { return answer(content_kind::json, document(usage)); };
  expect_same(got(counted_), 1, usage_source::provider, "counted");
  expect_same(got(R"({"prompt_tokens":10,"completion_tokens":1,"total_tokens":300})"), 1, usage_source::provider,
              "the total's rest");
  expect_same(got(uncounted_), 1, usage_source::estimated, "text, and nothing counted of it");
  expect_same(got(R"({"prompt_tokens":-1,"completion_tokens":9,"cost":5})"), 1, usage_source::estimated, "absurd");
}

TEST_F(told_costs_test, of_a_stream_it_is_told_where_nothing_more_is_to_come) {
  const auto got = [this](const std::string& text) { return answer(content_kind::sse, text); };
  expect_same(got(piece() + piece({}, stop_) + last(counted_)), 1, usage_source::provider, "at its end");
  expect_same(got(piece() + piece({}, stop_) + last(uncounted_)), 1, usage_source::estimated, "not believed");
  expect_same(got(piece(uncounted_) + piece() + piece({}, stop_) + last(counted_)), 1, usage_source::provider,
              "early, and at its end");
}

TEST_F(told_costs_test, of_a_stream_nothing_is_told_while_more_is_to_come) {
  const std::string one = R"({"prompt_tokens":10,"completion_tokens":1,"total_tokens":11,"cost":0.5})";
  std::string more;
  for (int i = 0; i < 20; ++i)
    more += piece();
  const auto belied = answer(content_kind::sse, piece(one) + more + piece({}, stop_) + event("[DONE]"));
  expect_same(belied, 0, usage_source::estimated, "early, and belied; nor what the provider says of it");
  expect_same(answer(content_kind::sse, piece(one) + piece({}, stop_) + event("[DONE]")), 0, usage_source::provider,
              "early, and believed");
}

TEST_F(told_costs_test, of_a_stream_of_several_answers_it_is_told_when_all_have_ended) {
  const auto so_far = [](int n) { return R"({"prompt_tokens":10,"completion_tokens":)" + std::to_string(n) + "}"; };
  const auto got = answer(content_kind::sse,
                          piece(so_far(5)) + piece(so_far(30), stop_, 1) + piece(so_far(60)) +
                              piece(so_far(90), stop_) + last(so_far(90)),
                          2);
  expect_same(got, 2, usage_source::provider, "with the last finish reason, and behind it");
}

TEST_F(told_costs_test, of_messages_it_is_told_with_the_last_word) {
  const auto text =
      event(R"({"type":"message_start","message":{"usage":{"input_tokens":30,"output_tokens":1}}})") +
      event(R"({"type":"content_block_delta","delta":{"type":"text_delta","text":" word"}})") +
      event(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}})") +
      event(R"({"type":"message_stop"})");
  expect_same(answer(content_kind::sse, text, 1, "/v1/messages"), 1, usage_source::provider, "messages");
}

TEST_F(told_costs_test, without_a_price_what_the_provider_says_stays) {
  adopt(tests::small_catalog(3));
  const auto got = answer(content_kind::json, document(R"({"prompt_tokens":1,"completion_tokens":2,"cost":0.5})"));
  EXPECT_EQ(got.told, std::vector<std::string>{"0.5"});
}

} // namespace
} // namespace logos::ingress
