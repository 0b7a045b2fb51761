// SPDX-License-Identifier: MIT
#include "simulator/server.hpp"
#include "tests/simulator/wire.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace logos::simulator {
namespace {

/// A provider of each flavour without delays.
provider_spec quick(flavour api) {
  provider_spec s;
  s.api = api;
  s.time_scale = 1e9;
  s.keep_alive = std::chrono::hours{24'000'000};
  s.models = default_models(api);
  return s;
}

class server_test : public ::testing::Test {
protected:
  server& run(provider_spec spec) {
    server_ = std::make_unique<server>(std::move(spec));
    EXPECT_TRUE(server_->start());
    return *server_;
  }
  std::uint16_t port() const { return server_->port(); }

  std::unique_ptr<server> server_;
  const std::string hello = R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}])";
};

bool well_formed(const std::string& json) {
  simdjson::dom::parser parser;
  return parser.parse(json).error() == simdjson::SUCCESS;
}

TEST_F(server_test, one_connection_serves_many_requests) {
  run(quick(flavour::openai));
  wire w{port()};
  std::string first;
  for (int i = 0; i < 50; ++i) {
    w.post("/v1/chat/completions", hello + "}");
    const auto a = w.answer();
    ASSERT_EQ(a.result_int(), 200U);
    ASSERT_TRUE(well_formed(a.body())) << a.body();
    const auto text = a.body().substr(a.body().find("\"content\""), a.body().find("\"usage\""));
    if (first.empty()) first = text;
    EXPECT_EQ(text, first);
  }
  EXPECT_EQ(server_->count().finished, 50U);
  EXPECT_EQ(server_->count().max_in_flight, 1U);
}

TEST_F(server_test, pipelined_requests_are_answered_in_order) {
  run(quick(flavour::openai));
  wire w{port()};
  w.send("GET /v1/models/gpt-4o HTTP/1.1\r\nHost: s\r\n\r\nGET /v1/models/tts-1 HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_NE(w.answer().body().find("gpt-4o"), std::string::npos);
  EXPECT_NE(w.answer().body().find("tts-1"), std::string::npos);
}

TEST_F(server_test, what_a_named_user_was_told_of_its_usage_is_known) {
  run(quick(flavour::openai));
  wire w{port()};
  const auto ask = [&](std::string_view model, std::string_view user) {
    w.post("/v1/chat/completions", R"({"model":")" + std::string{model} + R"(","user":")" + std::string{user} +
                                       R"(","messages":[{"role":"user","content":"hello"}]})");
    return w.answer().body();
  };
  const auto told = ask("gpt-4o", "ada");
  ask("gpt-4o@no_usage", "bob");
  w.ask("/control/bills");
  const auto bills = w.answer().body();
  ASSERT_TRUE(well_formed(bills));
  EXPECT_NE(bills.find(R"("user":"ada","usage_reported":true)"), std::string::npos) << bills;
  EXPECT_NE(bills.find(R"("user":"bob","usage_reported":false)"), std::string::npos) << bills;
  const auto sent = bills.find("\"tokens_sent\":") + 14;
  const auto tokens = bills.substr(sent, bills.find(',', sent) - sent);
  EXPECT_NE(told.find("\"completion_tokens\":" + tokens + ","), std::string::npos) << told;
}

TEST_F(server_test, a_stream_says_what_the_whole_answer_says_and_ends_with_its_usage) {
  run(quick(flavour::openai));
  wire w{port()};
  w.post("/v1/chat/completions", hello + R"(,"stream":true,"stream_options":{"include_usage":true}})");
  const auto a = w.answer();
  ASSERT_FALSE(w.error) << w.error.message();
  EXPECT_EQ(a["content-type"], "text/event-stream; charset=utf-8");
  std::string text, last;
  simdjson::dom::parser parser;
  for (std::size_t at = 0; at < a.body().size();) {
    const auto end = a.body().find("\n\n", at);
    ASSERT_NE(end, std::string::npos);
    const auto event = a.body().substr(at, end - at);
    at = end + 2;
    ASSERT_EQ(event.substr(0, 6), "data: ");
    if (event == "data: [DONE]") continue;
    last = event.substr(6);
    simdjson::dom::element json;
    ASSERT_EQ(parser.parse(last).get(json), simdjson::SUCCESS) << last;
    if (std::string_view piece; json.at_pointer("/choices/0/delta/content").get(piece) == simdjson::SUCCESS)
      text += piece;
  }
  EXPECT_NE(last.find(R"("choices":[],"usage":{"prompt_tokens":2)"), std::string::npos) << last;
  EXPECT_EQ(a.body().substr(a.body().size() - 14), "data: [DONE]\n\n");
  w.post("/v1/chat/completions", hello + "}");
  EXPECT_NE(w.answer().body().find("\"" + text + "\""), std::string::npos);
}

TEST_F(server_test, every_openai_path_answers_json) {
  run(quick(flavour::openai));
  wire w{port()};
  for (const auto& [path, body] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/v1/completions", R"({"model":"gpt-4o","prompt":["a"],"n":2,"logprobs":1})"},
           {"/v1/chat/completions", R"({"model":"gpt-4o","messages":[],"logprobs":true,"n":3})"},
           {"/v1/responses", R"({"model":"gpt-4o","input":"hi"})"},
           {"/v1/embeddings", R"({"model":"text-embedding-3-small","input":["a","b"],"dimensions":8})"},
           {"/v1/embeddings", R"({"model":"text-embedding-3-small","input":[1,2],"encoding_format":"base64"})"},
           {"/v1/images/generations", R"({"model":"gpt-image-1","prompt":"x","n":2})"},
           {"/v1/moderations", R"({"model":"omni-moderation-latest","input":["a","violence"]})"}}) {
    w.post(path, body);
    const auto a = w.answer();
    EXPECT_EQ(a.result_int(), 200U) << path << a.body();
    EXPECT_TRUE(well_formed(a.body())) << path << a.body();
  }
}

TEST_F(server_test, responses_stream_their_events_in_order) {
  run(quick(flavour::openai));
  wire w{port()};
  w.post("/v1/responses", R"({"model":"gpt-4o","input":"hi","stream":true})");
  const auto body = w.answer().body();
  std::size_t at = 0;
  for (const auto* type : {"response.created", "response.in_progress", "response.output_item.added",
                           "response.content_part.added", "response.output_text.delta", "response.output_text.done",
                           "response.content_part.done", "response.output_item.done", "response.completed"}) {
    at = body.find("event: " + std::string{type} + "\n", at);
    ASSERT_NE(at, std::string::npos) << type;
  }
}

TEST_F(server_test, what_is_wrong_is_said_in_the_shape_of_each_api) {
  run(quick(flavour::openai));
  wire w{port()};
  const auto expect = [&](unsigned status, std::string_view text) {
    const auto a = w.answer();
    EXPECT_EQ(a.result_int(), status) << a.body();
    EXPECT_NE(a.body().find(text), std::string::npos) << a.body();
    EXPECT_TRUE(well_formed(a.body()));
  };
  w.post("/v1/chat/completions", "{");
  expect(400, "invalid_request_error");
  w.post("/v1/chat/completions", R"({"model":"none"})");
  expect(404, "model_not_found");
  w.post("/v1/nothing", "{}");
  expect(404, "Invalid URL (POST /v1/nothing)");
  w.ask("/v1/chat/completions");
  expect(405, "Not allowed");
  w.post("/v1/chat/completions", R"({"model":"gpt-4o","prompt":")" + std::string(600'000, 'x') + "\"}");
  expect(400, "context_length_exceeded");
}

TEST_F(server_test, a_key_is_asked_for_if_one_is_set) {
  auto spec = quick(flavour::openai);
  spec.api_key = "k1";
  run(std::move(spec));
  wire w{port()};
  w.post("/v1/chat/completions", hello + "}");
  EXPECT_EQ(w.answer().result_int(), 401U);
  w.post("/v1/chat/completions", hello + "}", "Authorization: Bearer k1\r\n");
  EXPECT_EQ(w.answer().result_int(), 200U);
}

TEST_F(server_test, azure_takes_the_model_from_the_path_and_its_own_key_header) {
  auto spec = quick(flavour::azure);
  spec.api_key = "k2";
  run(std::move(spec));
  wire w{port()};
  const std::string path = "/openai/deployments/gpt-4o/chat/completions";
  w.post(path + "?api-version=2024-10-21", R"({"messages":[]})", "api-key: k2\r\n");
  EXPECT_EQ(w.answer().result_int(), 200U);
  w.post(path, R"({"messages":[]})", "api-key: k2\r\n");
  EXPECT_EQ(w.answer().result_int(), 404U) << "without api-version";
  w.post(path + "?api-version=1", R"({"messages":[]})", "Authorization: Bearer k2\r\n");
  EXPECT_EQ(w.answer().result_int(), 401U);
  w.post("/openai/deployments/none/chat/completions?api-version=1", "{}", "api-key: k2\r\n");
  EXPECT_NE(w.answer().body().find("DeploymentNotFound"), std::string::npos);
}

TEST_F(server_test, ollama_streams_lines_and_tells_what_is_loaded) {
  run(quick(flavour::ollama));
  wire w{port()};
  w.post("/api/chat", R"({"model":"gemma3:4b","messages":[{"role":"user","content":"hi"}]})");
  const auto a = w.answer();
  EXPECT_EQ(a["content-type"], "application/x-ndjson");
  std::size_t lines = 0;
  for (std::size_t at = 0; at < a.body().size(); ++lines) {
    const auto end = a.body().find('\n', at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(well_formed(a.body().substr(at, end - at)));
    at = end + 1;
  }
  EXPECT_GT(lines, 16U);
  EXPECT_NE(a.body().find(R"("done_reason":"stop","total_duration":)"), std::string::npos);
  w.ask("/api/ps");
  EXPECT_NE(w.answer().body().find(R"({"models":[{"name":"gemma3:4b")"), std::string::npos);
  w.post("/api/generate", R"({"model":"gemma3:4b","keep_alive":0})");
  EXPECT_NE(w.answer().body().find(R"("done_reason":"unload")"), std::string::npos);
  w.ask("/api/ps");
  EXPECT_EQ(w.answer().body(), R"({"models":[]})");
}

TEST_F(server_test, every_ollama_path_answers_json) {
  run(quick(flavour::ollama));
  wire w{port()};
  for (const auto& [path, body] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/api/generate", R"({"model":"gemma3:4b","prompt":"x","stream":false})"},
           {"/api/chat", R"({"model":"gemma3:4b","stream":false,"messages":[{"role":"user","content":"x"}]})"},
           {"/api/generate", R"({"model":"gemma3:4b"})"},
           {"/api/embed", R"({"model":"nomic-embed-text:latest","input":["a","b"]})"},
           {"/api/embeddings", R"({"model":"nomic-embed-text","prompt":"a"})"},
           {"/api/show", R"({"model":"gemma3:4b"})"},
           {"/v1/chat/completions", R"({"model":"qwen3:8b","messages":[]})"}}) {
    w.post(path, body);
    const auto a = w.answer();
    EXPECT_EQ(a.result_int(), 200U) << path << a.body();
    EXPECT_TRUE(well_formed(a.body())) << path << a.body();
  }
  for (const auto* path : {"/api/tags", "/api/version", "/api/ps", "/v1/models", "/control/stats", "/control/faults"}) {
    w.ask(path);
    const auto a = w.answer();
    EXPECT_EQ(a.result_int(), 200U) << path;
    EXPECT_TRUE(well_formed(a.body())) << path << a.body();
  }
  w.post("/api/chat", R"({"model":"none"})");
  EXPECT_EQ(w.answer().body(), R"({"error":"model 'none' not found"})");
  w.post("/api/chat", R"({"model":"nomic-embed-text","messages":[]})");
  EXPECT_EQ(w.answer().result_int(), 400U);
}

TEST_F(server_test, an_ollama_loads_what_only_embeds_by_embedding_nothing_and_unloads_it_as_any_other) {
  run(quick(flavour::ollama));
  wire w{port()};
  w.post("/api/generate", R"({"model":"nomic-embed-text"})");
  const auto refused = w.answer();
  EXPECT_EQ(refused.result_int(), 400U);
  EXPECT_EQ(refused.body(), R"({"error":"\"nomic-embed-text\" does not support generate"})");
  w.ask("/api/ps");
  EXPECT_EQ(w.answer().body(), R"({"models":[]})");
  for (const auto* const body : {R"({"model":"nomic-embed-text","input":[],"keep_alive":-1})",
                                 R"({"model":"nomic-embed-text","input":"","keep_alive":-1})"}) {
    w.post("/api/embed", body);
    const auto a = w.answer();
    EXPECT_EQ(a.result_int(), 200U) << body;
    EXPECT_NE(a.body().find(R"("embeddings":[])"), std::string::npos) << a.body();
    w.ask("/api/ps");
    EXPECT_NE(w.answer().body().find(R"("name":"nomic-embed-text:latest")"), std::string::npos);
  }
  w.post("/api/generate", R"({"model":"nomic-embed-text","keep_alive":0})");
  EXPECT_NE(w.answer().body().find(R"("done_reason":"unload")"), std::string::npos);
  w.ask("/api/ps");
  EXPECT_EQ(w.answer().body(), R"({"models":[]})");
}

TEST_F(server_test, the_last_request_is_kept_byte_for_byte) {
  run(quick(flavour::openai));
  wire w{port()};
  const std::string body = "{\"model\" :\t\"gpt-4o\",\n \"x\":1e2,\"messages\":[] }";
  const std::string bytes =
      "POST /v1/chat/completions?a=b HTTP/1.1\r\nhOsT:  s\r\nX-Odd:   value \r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  w.send(bytes.substr(0, 70));
  w.send(bytes.substr(70));
  EXPECT_EQ(w.answer().result_int(), 200U);
  w.ask("/v1/models");
  w.answer();
  w.ask("/control/requests/last");
  EXPECT_EQ(w.answer().body(), bytes);
  EXPECT_EQ(server_->last_request(), bytes);
}

TEST_F(server_test, chunked_requests_and_http_1_0_clients_are_served) {
  run(quick(flavour::openai));
  wire w{port()};
  w.send("POST /v1/chat/completions HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"mod\r\n");
  w.send("1f\r\nel\":\"gpt-4o\",\"messages\":[]    }\r\n0\r\n\r\n");
  EXPECT_EQ(w.answer().result_int(), 200U);
  wire old{port()};
  const auto body = hello + R"(,"stream":true})";
  old.send("POST /v1/chat/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto all = old.read_until("\x01 never");
  EXPECT_EQ(all.find("chunked"), std::string::npos);
  EXPECT_EQ(all.substr(all.size() - 14), "data: [DONE]\n\n");
}

TEST_F(server_test, what_is_not_http_is_refused) {
  run(quick(flavour::openai));
  wire w{port()};
  w.send("this is not HTTP\r\n\r\n");
  EXPECT_EQ(w.answer().result_int(), 400U);
}

TEST(server, a_port_that_is_taken_is_an_error) {
  server first{quick(flavour::openai)};
  ASSERT_TRUE(first.start());
  auto spec = quick(flavour::openai);
  spec.port = first.port();
  server second{std::move(spec)};
  EXPECT_EQ(second.start().error(), boost::asio::error::address_in_use);
}

} // namespace
} // namespace logos::simulator
