// SPDX-License-Identifier: MIT
// Requests as Google's own API has them, whose paths name the model.
#include "actors/ingress/account_paths.hpp"
#include "actors/ingress/model_path.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using core::usage_source;

constexpr std::string_view contents = R"({"contents":[{"parts":[{"text":"one two three four five six seven"}]}]})";
const std::string reply = R"({"candidates":[{"content":{"parts":[{"text":"gemini says hello"}],"role":"model"},)"
                          R"("finishReason":"STOP"}])";
const std::string metadata = R"(,"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":2000,)"
                             R"("thoughtsTokenCount":3000,"cachedContentTokenCount":400,"totalTokenCount":6000})";

class google_paths_test : public ingress_test {
protected:
  google_paths_test() { adopt(priced(2)); }

  static std::shared_ptr<catalog::snapshot> priced(std::uint64_t version) {
    return tests::small_catalog(version, {},
                                accounting::price_book{{{8, 0, 0, core::token_type::prompt, {}, 1'000},
                                                        {9, 0, 0, core::token_type::completion, {}, 1'000'000}}});
  }
  boost::intrusive_ptr<fake_exchange> ask(std::string_view path, std::string_view body = contents) {
    const auto x = bring(tests::root_key, body, path);
    for (auto& [provider, log] : logs_)
      if (x->relayed.empty() && !log.tickets.empty() && log.tickets.back().request == x->id()) offer_for(provider);
    return x;
  }
  storage::finished_facts booked(const boost::intrusive_ptr<fake_exchange>& x, net::content_kind kind,
                                 std::string_view answer) {
    net::usage_reader reader{kind};
    reader.read_whole(answer);
    net::call_outcome o;
    o.status = 200;
    o.answered = o.sent_whole = o.complete = true;
    net::take_facts(reader.facts(), o);
    x->relayed.at(0).observer->ending(o);
    x->relayed.at(0).observer->ended(o);
    run();
    return row_of(*x);
  }
  static std::string target_of(const fake_exchange& x) {
    const auto& head = x.relayed.at(0).call.head;
    const auto begin = head.find(' ') + 1;
    return head.substr(begin, head.find(' ', begin) - begin);
  }
};

TEST_F(google_paths_test, the_model_in_the_path_is_the_one_that_is_asked_and_booked) {
  for (const std::string_view body : {contents, std::string_view{R"({"model":"gpt","contents":[]})"}}) {
    const auto x = ask("/v1/models/gemma:generateContent", body);
    ASSERT_EQ(x->relayed.size(), 1U) << x->body();
    EXPECT_EQ(target_of(*x), "/v1/models/gemma3:27b:generateContent") << "by its name there";
    const auto row = booked(x, net::content_kind::json, reply + metadata + "}");
    EXPECT_EQ(row.ids.model_id, 1);
    EXPECT_EQ(row.usage_source, usage_source::provider);
    EXPECT_EQ(row.usage.prompt_tokens, 1000);
    EXPECT_EQ(row.usage.prompt_cached_tokens, 400);
    EXPECT_EQ(row.usage.completion_tokens, 5000);
    EXPECT_EQ(row.usage.completion_reasoning_tokens, 3000);
    EXPECT_EQ(row.cost_nano, 1000 + 5'000'000);
  }
}

TEST_F(google_paths_test, a_stream_is_read_as_events_and_as_a_list) {
  const auto early = R"({"candidates":[{"content":{"parts":[{"text":"Hel"}]}}],"usageMetadata":)"
                     R"({"promptTokenCount":1000,"totalTokenCount":1000}})";
  const auto events = booked(ask("/v1/models/gpt:streamGenerateContent?alt=sse"), net::content_kind::sse,
                             "data: " + std::string{early} + "\r\n\r\ndata: " + reply + metadata + "}\r\n\r\n");
  const auto list = booked(ask("/v1/models/gpt:streamGenerateContent"), net::content_kind::json,
                           "[" + std::string{early} + ",\r\n" + reply + metadata + "}]");
  for (const auto& row : {events, list}) {
    EXPECT_EQ(row.ids.model_id, 2);
    EXPECT_EQ(row.usage_source, usage_source::provider);
    EXPECT_EQ(row.usage.completion_tokens, 5000);
    EXPECT_EQ(row.usage.total_tokens, 6000);
  }
  EXPECT_TRUE(events.stream);
  EXPECT_FALSE(list.stream) << "what has come of it is known at its end";
}

TEST_F(google_paths_test, without_usage_prompt_and_answer_are_estimated) {
  const auto row = booked(ask("/v1/models/gpt:generateContent"), net::content_kind::json, reply + "}");
  EXPECT_EQ(row.usage_source, usage_source::estimated);
  EXPECT_GE(row.usage.prompt_tokens, 5) << "seven words";
  EXPECT_GT(row.usage.completion_tokens, 0);
}

TEST_F(google_paths_test, to_count_tokens_uses_none) {
  const auto row =
      booked(ask("/v1/models/gpt:countTokens"), net::content_kind::json, R"({"totalTokens":7,"text":"x"})");
  EXPECT_EQ(row.usage_source, usage_source::none);
  EXPECT_EQ(row.ids.model_id, 2);
}

TEST_F(google_paths_test, a_model_that_is_not_there_is_no_other_one) {
  EXPECT_EQ(ask("/v1/models/nosuch:generateContent")->status(), 404);
}

TEST_F(google_paths_test, a_path_that_others_may_read_as_another_models_is_refused_whatever_else_is_named) {
  for (const std::string path :
       {"/v1/models/gemma%3AgenerateContent", "/v1/models%2Fgemma:generateContent", "/v1/models%252fgemma%253agenerate",
        "/v1/Models/gemma:generateContent", "/v1/models/gemma:generateContent/", "/v1/models//gemma:generateContent",
        "/v1/models;x=1/gemma:generateContent", "/v1/models/gemma:generate%43ontent",
        "/v1/tunedModels/t:generateContent", "/v1/projects/p/endpoints/7:predict",
        "/openai/deployments/gpt/models/gemma:generateContent"}) {
    const auto x = ask(path, R"({"model":"gpt","contents":[]})");
    EXPECT_EQ(x->status(), 400) << path;
    EXPECT_TRUE(x->relayed.empty()) << path;
    EXPECT_NE(x->body().find("path"), std::string::npos) << x->body();
  }
}

TEST_F(google_paths_test, what_is_done_later_and_counted_nowhere_is_unmetered) {
  for (const std::string_view method : {"batchGenerateContent", "asyncBatchEmbedContent", "predictLongRunning"})
    EXPECT_TRUE(is_unmetered("POST", "models/gemma:" + std::string{method})) << method;
  EXPECT_TRUE(is_unmetered("POST", "models/gemma:batchGenerateContent;x=1"));
  EXPECT_TRUE(is_unmetered("POST", "videos/models/gemma:generateContent")) << "whatever stands behind";
  EXPECT_FALSE(is_unmetered("POST", "models/gemma:generateContent"));
  EXPECT_FALSE(is_unmetered("POST", "models/gemma:batchEmbedContents"));
}

TEST_F(google_paths_test, texts_of_several_requests_are_estimated_whatever_member_they_stand_in) {
  const std::string words = "one two three four five six seven eight nine ten eleven twelve";
  for (const auto& body :
       {R"({"requests":[{"content":{"parts":[{"text":")" + words + R"("}]}}]})",
        R"({"instances":[{"content":")" + words + R"("}]})", R"({"somewhere_else":")" + words + R"("})"}) {
    const auto row = booked(ask("/v1/models/gpt:batchEmbedContents", body), net::content_kind::json,
                            R"({"embeddings":[{"values":[0.5]}]})");
    EXPECT_EQ(row.usage_source, usage_source::estimated) << body;
    EXPECT_GE(row.usage.prompt_tokens, 10) << body;
  }
}

TEST_F(google_paths_test, a_model_may_be_listed_with_what_stands_before_its_name) {
  const auto small = priced(3);
  auto s = std::make_shared<catalog::snapshot>(); // a snapshot is indexed once
  s->version = small->version;
  s->prices = small->prices;
  s->providers = small->providers;
  s->models = small->models;
  s->principals = small->principals;
  s->keys = small->keys;
  s->models[1].name = "models/gem-1";
  auto& d = s->deployments.emplace_back(small->deployments.at(2));
  d.model = &s->models[1];
  d.provider = &s->providers[2];
  d.upstream_name = "models/gem-1";
  s->index();
  adopt(s);
  const auto x = ask("/v1/models/gem-1:generateContent");
  ASSERT_EQ(x->relayed.size(), 1U) << x->body();
  EXPECT_EQ(target_of(*x), "/v1/models/gem-1:generateContent");
  EXPECT_EQ(booked(x, net::content_kind::json, reply + metadata + "}").ids.model_id, 2);
}

TEST_F(google_paths_test, text_that_came_of_an_unknown_path_is_never_free_unless_it_is_kept_there) {
  const auto unnamed = R"({"x":"hello"})";
  const auto text = R"({"output":{"text":"an answer of some words"}})";
  for (const auto* path : {"/v1/frobnicate", "/v1/x/predict"}) {
    const auto row = booked(ask(path, unnamed), net::content_kind::json, text);
    EXPECT_EQ(row.usage_source, usage_source::estimated) << path;
    EXPECT_GT(row.cost_nano, 0) << path;
    EXPECT_EQ(booked(ask(path, unnamed), net::content_kind::json, R"({"ok":true})").usage_source, usage_source::none);
  }
  for (const auto* path : {"/v1/conversations", "/v1/vector_stores/v/search"})
    EXPECT_EQ(booked(ask(path, unnamed), net::content_kind::json, text).usage_source, usage_source::none) << path;
}

TEST(model_path, other_paths_do_not_resemble_one) {
  for (const std::string_view none : {"chat/completions", "models", "models/ft", "fine_tuning/checkpoints/ft:g:o::i/x",
                                      "responses/a%3Ab", "models/:x", "models/m:", ""})
    EXPECT_FALSE(resembles_model_path(none)) << none;
}

TEST(model_path, is_what_stands_last_below_models) {
  for (const std::string rest : {"models/m:generateContent", "projects/p/publishers/google/models/m:generateContent"}) {
    const auto read = read_model_path(rest);
    ASSERT_TRUE(read) << rest;
    EXPECT_EQ(read->name, "m");
    EXPECT_EQ(read->method, "generateContent");
    EXPECT_EQ(with_model(rest, "models/other name"),
              rest.substr(0, rest.rfind('m', rest.rfind(':'))) + "other%20name:generateContent");
  }
  EXPECT_EQ(read_model_path("models/a:b:predict")->name, "a:b");
  for (const std::string_view none : {"chat/completions", "models/m", "models/:x", "models/m:", "m:generateContent",
                                      "tunedModels/m:generateContent", "models/m/x:y", ""})
    EXPECT_FALSE(read_model_path(none)) << none;
}

} // namespace
} // namespace logos::ingress
