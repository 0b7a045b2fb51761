// SPDX-License-Identifier: MIT
#include "actors/ingress/body_kind.hpp"
#include "actors/ingress/extent.hpp"
#include "tests/support/fake_exchange.hpp"

#include <gtest/gtest.h>

#include <array>

namespace logos::ingress {
namespace {

using core::ec;
using tests::make_exchange;

constexpr std::string_view json = R"({"model":"m","max_tokens":5})";
const std::string form = "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--x--\r\n";

struct verdict {
  ec code = ec::none;
  body_kind kind = body_kind::none;
  std::string message;
};

verdict read(std::string_view path, std::string type, std::string_view body, std::string_view method = "POST") {
  const auto x = make_exchange(method, path, {{"content-type", std::move(type)}}, body);
  net::json_looker looker;
  const auto got = read_intent(x->request(), net::classify(method, path, false), looker);
  if (!got) return {got.error().code, {}, got.error().message};
  return {ec::none, got->body, got->model};
}

TEST(body_kind, a_path_that_takes_json_takes_no_form) {
  for (const std::string path : {"chat/completions", "completions", "embeddings", "responses", "messages", "rerank",
                                 "moderations", "images/generations", "audio/speech", "tokenize", "x/chat/completions"})
    for (const auto& body : {form, std::string{json} + "\r\n" + form}) {
      const auto got = read("/v1/" + path, "multipart/form-data; boundary=x", body);
      EXPECT_EQ(got.code, ec::unsupported_media_type) << path;
      EXPECT_NE(got.message.find("application/json"), std::string::npos);
    }
  EXPECT_EQ(read("/v1/audio/transcriptions", "multipart/form-data; boundary=x", form).kind, body_kind::multipart);
}

TEST(body_kind, what_begins_as_json_is_json_on_every_path_whatever_its_type) {
  for (const std::string path : {"/v1/messages", "/v1/something/new", "/v1/audio/transcriptions", "/v1/rerank"})
    for (const std::string type : {"", "application/octet-stream", "text/json", "text/plain", "image/png",
                                   "application/x-www-form-urlencoded", "multipart/mixed; boundary=x"}) {
      const auto got = read(path, type, " \r\n" + std::string{json});
      EXPECT_EQ(got.kind, body_kind::json) << path << " " << type;
      EXPECT_EQ(got.message, "m");
      EXPECT_EQ(read(path, type, "{\"model\":").code, ec::bad_json);
      EXPECT_EQ(read(path, type, "[1]").code, ec::bad_json);
    }
}

TEST(body_kind, json_that_is_not_utf_8_is_refused) {
  using namespace std::string_literals;
  for (const auto& body :
       {"\xef\xbb\xbf{}"s, "\xff\xfe{\0}\0"s, "\0{\0}"s, "\xfe\xff\0{\0}"s, " \0{\0}\0"s, "\0\0\0{\0\0\0}"s, "{\0}\0"s})
    EXPECT_EQ(read("/v1/something", "application/octet-stream", body).code, ec::bad_json) << body;
  EXPECT_EQ(read("/v1/something", "audio/pcm", std::string(64, '\0') + "{}").kind, body_kind::opaque);
  EXPECT_EQ(read("/v1/messages", "application/json; charset=utf-7", json).code, ec::unsupported_media_type);
  EXPECT_EQ(read("/v1/messages", "application/json; charset=\"UTF-8\"", json).kind, body_kind::json);
}

TEST(body_kind, a_form_that_the_gateway_does_not_read_names_no_model) {
  const std::string type = "application/x-www-form-urlencoded";
  for (const std::string body : {"model=evil", "a=b&mod%65l=evil", "a;model=evil", "Model=evil", "a=b&max_tokens=9"})
    EXPECT_EQ(read("/v1/something", type, body).code, ec::unsupported_media_type) << body;
  EXPECT_EQ(read("/v1/something", type, "a=model&models=1").kind, body_kind::opaque);
}

TEST(body_kind, a_request_that_only_reads_has_no_body) {
  for (const auto* method : {"GET", "HEAD", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(read("/v1/responses/r", "application/json", json, method).code, ec::bad_request) << method;
    EXPECT_EQ(read("/v1/responses/r", "application/json", "", method).code, ec::none) << method;
  }
}

TEST(body_kind, headers_that_say_how_to_read_it_are_there_once) {
  const auto x =
      make_exchange("POST", "/v1/something",
                    {{"content-type", "image/png"}, {"Content-Type", "multipart/form-data; boundary=x"}}, form);
  net::json_looker looker;
  const auto got = read_intent(x->request(), net::classify("POST", "/v1/something", false), looker);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ec::bad_request);
}

/// What a body at a path uses at most, and usually.
std::array<extent, 2> extents_of(std::string_view path, const std::string& body) {
  const auto x = make_exchange("POST", path, {{"content-type", "application/json"}}, body);
  net::json_looker looker;
  const auto got = read_intent(x->request(), net::classify("POST", path, false), looker);
  EXPECT_TRUE(got) << body;
  return {upper_bound(*got, body.size(), 10, "m"), estimate(*got, body.size(), 10)};
}

TEST(extent, an_id_of_a_token_is_one_token) {
  std::string ids;
  for (int i = 0; i < 400; ++i)
    ids += (i == 0 ? "" : ",") + std::to_string(100'000 + i);
  const auto around = [](const std::string& field) {
    return static_cast<std::int64_t>((R"({"model":"m","":[]})" + field).size());
  };
  for (const std::string path : {"/v1/embeddings", "/v1/completions"}) {
    const std::string field = path == "/v1/embeddings" ? "input" : "prompt";
    const auto of = [&](const std::string& list) {
      return extents_of(path, R"({"model":"m",")" + field + "\":[" + list + "]}");
    };
    const auto [most, usual] = of(ids);
    EXPECT_GE(most.prompt, 400) << path;
    EXPECT_LE(most.prompt, 400 + 16 + around(field)) << path;
    EXPECT_GE(usual.prompt, 400) << path;
    EXPECT_LE(usual.prompt, 410) << path;
    EXPECT_EQ(most.answers, 1) << path;
    const auto [most_of_two, usual_of_two] = of("[" + ids + "],[" + ids + "]");
    EXPECT_GE(most_of_two.prompt, 800) << path;
    EXPECT_LE(most_of_two.prompt, 800 + 2 * 16 + 5 + around(field)) << path;
    EXPECT_LE(usual_of_two.prompt, 810) << path;
    EXPECT_EQ(most_of_two.answers, path == "/v1/completions" ? 2 : 1);
    const auto [spaced, usual_spaced] = of("1000,  1001,\n 1002 , 1003");
    EXPECT_GE(spaced.prompt, 4) << path;
    EXPECT_LE(spaced.prompt, 4 + 16 + around(field)) << "however it is written: " << path;
    EXPECT_LE(usual_spaced.prompt, 8) << path;
  }
}

TEST(extent, what_is_no_list_of_ids_is_held_by_its_bytes) {
  const std::string text(4'000, '7');
  for (const auto& body :
       {R"({"input":[")" + text + R"("]})", R"({"input":["1",[2,")" + text + R"("]]})",
        R"({"input":[{"text":)" + text + "}]}", R"({"input":)" + text + "}", R"({"input":[1],"suffix":)" + text + "}"})
    EXPECT_GE(extents_of("/v1/embeddings", body)[0].prompt, 4'000) << body;
  for (const std::string path : {"/v1/chat/completions", "/v1/rerank", "/v1/something"})
    EXPECT_GE(extents_of(path, R"({"model":"m","input":[)" + text + "]}")[0].prompt, 4'000) << path;
}

/// What a request may use at most of a model that reads 100'000 tokens at a time.
extent most_of(std::string_view path, const std::string& body, std::string type = "application/json",
               bool elsewhere = false) {
  const auto x = make_exchange("POST", path, {{"content-type", std::move(type)}}, body);
  net::json_looker looker;
  const auto got = read_intent(x->request(), net::classify("POST", path, false), looker);
  EXPECT_TRUE(got) << body;
  return (elsewhere ? upper_bound_elsewhere : upper_bound)(*got, body.size(), 10, "m", 100'000);
}

TEST(extent, where_nobody_knows_what_is_heeded_an_answer_may_be_as_long_as_the_context) {
  const std::string body = R"({"model":"m","max_tokens":1,"options":{"num_predict":90000},"prompt":[7,8,9]})";
  EXPECT_EQ(most_of("/v1/completions", body).answer, 1);
  EXPECT_EQ(most_of("/v1/something", body).answer, 100'000);
  EXPECT_EQ(most_of("/v1/something", R"({"max_tokens":200000})").answer, 200'000);
  EXPECT_LT(most_of("/v1/conversations", R"({"items":[]})").answer, 100'000) << "no model answers that";
  const auto most = most_of("/v1/completions", body, "application/json", true);
  EXPECT_EQ(most.answer, 100'000) << "the deployment has another path";
  EXPECT_GE(most.prompt, static_cast<std::int64_t>(body.size())) << "where ids may be text";
  const auto drawn = most_of("/v1/images/generations", R"({"prompt":"x","n":3})", "application/json", true);
  EXPECT_EQ(drawn.answers, 3);
  EXPECT_GE(drawn.answer, most_of("/v1/images/generations", R"({"prompt":"x","n":3})").answer);
}

TEST(extent, the_longest_of_all_lengths_that_are_given_is_held_for) {
  EXPECT_EQ(most_of("/v1/chat/completions", R"({"max_tokens":1,"n_predict":5000,"messages":[]})").answer, 5000);
  EXPECT_EQ(most_of("/v1/chat/completions", R"({"max_tokens":1,"n_cmpl":7,"messages":[]})").answers, 7);
}

TEST(extent, what_is_ranked_is_read_together_with_the_query_each_time) {
  std::string documents;
  for (int i = 0; i < 50; ++i)
    documents += (i == 0 ? "" : ",") + std::string{"\""} + std::string(200, 'd') + "\"";
  const std::string query(1'000, 'q');
  const auto of = [&](const std::string& list) {
    return most_of("/v1/rerank", R"({"model":"m","query":")" + query + R"(","documents":[)" + list + "]}").prompt;
  };
  EXPECT_GE(of(documents), 50 * 1'000 + 50 * 200);
  EXPECT_LE(of(documents), 50 * 1'100 + 50 * 210) << "no document is read twice";
  EXPECT_GE(of(documents + ",{\"text\":\"" + std::string(200, 'd') + "\"}"), 51 * 1'200);
  EXPECT_GE(of(""), 1'000);
  EXPECT_LT(most_of("/v1/embeddings", R"({"input":[)" + documents + "]}").prompt, 52 * 220) << "alone";
}

TEST(extent, a_file_that_is_named_by_its_address_may_be_of_any_length) {
  const auto form_with = [](const std::string& field) {
    return "--x\r\nContent-Disposition: form-data; name=\"" + field + "\"\r\n\r\nhttps://a.b/c.mp3\r\n--x--\r\n";
  };
  const std::string type = "multipart/form-data; boundary=x";
  for (const std::string path : {"/v1/audio/transcriptions", "/v1/images/edits"}) {
    EXPECT_GE(most_of(path, form_with("url"), type).prompt, 100'000) << path;
    EXPECT_LT(most_of(path, form_with("prompt"), type).prompt, 1'000) << path;
    EXPECT_GE(most_of(path, R"({"url":"https://a.b/c"})").prompt, 100'000) << "what JSON does not bring: " << path;
  }
  EXPECT_EQ(most_of("/v1/audio/transcriptions", form_with("url"), type).answer, 100'000);
}

TEST(extent, what_the_provider_adds_is_held_for) {
  const auto bound = [](std::string_view body, std::int64_t reserve) {
    const auto x = make_exchange("POST", "/v1/responses", {{"content-type", "application/json"}}, body);
    net::json_looker looker;
    const auto got = read_intent(x->request(), net::classify("POST", "/v1/responses", false), looker);
    return upper_bound(*got, body.size(), reserve, "gpt-4o").prompt;
  };
  constexpr std::string_view plain = R"({"model":"m","input":"x","max_output_tokens":10})";
  constexpr std::string_view adds = R"({"model":"m","previous_response_id":"r","input":"x","max_output_tokens":10})";
  EXPECT_LT(bound(plain, 9000), 100);
  EXPECT_GE(bound(adds, 9000), 9000);
  EXPECT_GE(bound(adds, 0), default_answer_tokens);
}

} // namespace
} // namespace logos::ingress
