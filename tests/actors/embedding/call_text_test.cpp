// SPDX-License-Identifier: MIT
#include "actors/embedding/call_text.hpp"

#include <gtest/gtest.h>

namespace logos::embedding {
namespace {

net::collected_answer answered(std::string body) { return {200, "application/json", std::move(body)}; }

TEST(call_text, is_a_request_for_embeddings_with_every_text_as_json) {
  const std::vector<std::string> texts{"a \"quoted\"\nline", "b"};
  EXPECT_EQ(request_text("reader", texts, {}), "POST /v1/embeddings HTTP/1.1\r\ncontent-type: application/json\r\n\r\n"
                                               R"({"model":"reader","input":["a \"quoted\"\nline","b"]})");
  EXPECT_NE(request_text("reader", texts, "logos-v1").find("\r\nx-logos-on-behalf: logos-v1\r\n\r\n"),
            std::string::npos);
}

TEST(call_text, an_answer_gives_each_text_its_own_vector_at_length_one) {
  const auto read =
      read_answer(answered(R"({"data":[{"index":1,"embedding":[0,5]},{"index":0,"embedding":[3,4]}]})"), 2);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read->at(0), (std::vector<float>{0.6F, 0.8F}));
  EXPECT_EQ(*read->at(1), (std::vector<float>{0, 1}));
  EXPECT_TRUE(read_answer(answered(R"({"data":[{"embedding":[1]},{"embedding":[2]}]})"), 2)) << "by their order";
}

TEST(call_text, an_answer_that_does_not_fit_is_none) {
  for (const auto* body :
       {"", "[]", "{", R"({"data":1})", R"({"data":[]})",
        R"({"data":[{"index":0,"embedding":[0,0]},{"index":1,"embedding":[1,0]}]})",
        R"({"data":[{"index":0,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]})",
        R"({"data":[{"index":0,"embedding":["1"]},{"index":1,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":"AAAA"},{"index":1,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]},{"index":1,"embedding":[1]}]})"})
    EXPECT_FALSE(read_answer(answered(body), 2)) << body;
}

TEST(call_text, a_refusal_and_a_providers_error_say_what_they_are) {
  auto refused = answered("{}");
  refused.refusal = {core::ec::budget_spent, "Nothing is left."};
  EXPECT_EQ(read_answer(refused, 1).error().code, core::ec::budget_spent);
  auto failed = answered("{}");
  failed.status = 503;
  EXPECT_NE(read_answer(failed, 1).error().message.find("503"), std::string::npos);
}

} // namespace
} // namespace logos::embedding
