// SPDX-License-Identifier: MIT
#include "replay/answer.hpp"

#include <gtest/gtest.h>

namespace logos::replay {
namespace {

using net::content_kind;

constexpr std::string_view stream = ": waiting\n\n"
                                    R"(data: {"choices":[{"delta":{"role":"assistant"}}]})"
                                    "\n\n"
                                    R"(data: {"choices":[{"delta":{"content":"Grü"}}]})"
                                    "\r\n\r\n"
                                    R"(data: {"choices":[{"delta":{"content":"ße"}}]})"
                                    "\n\ndata: [DONE]\n\n";

TEST(answer, a_stream_is_read_however_it_is_split) {
  for (std::size_t size = 1; size < stream.size(); size += 3) {
    answer_reader a{content_kind::sse, false, 100};
    for (std::size_t at = 0; at < stream.size(); at += size)
      a.feed(stream.substr(at, size));
    a.finish();
    EXPECT_EQ(a.text(), "Grüße");
    EXPECT_EQ(a.error(), "");
  }
}

TEST(answer, a_comment_is_no_first_token) {
  answer_reader a{content_kind::sse, false, 100};
  EXPECT_FALSE(a.feed(": waiting\n\n"));
  EXPECT_TRUE(a.feed("data: {\"choices\":[]}\n\n"));
}

TEST(answer, a_document_tells_its_text) {
  answer_reader a{content_kind::json, false, 100};
  EXPECT_TRUE(a.feed(R"({"choices":[{"message":)"));
  a.feed(R"({"role":"assistant","content":"Hello"}}]})");
  a.finish();
  EXPECT_EQ(a.text(), "Hello");
}

TEST(answer, the_text_is_bounded_between_characters) {
  answer_reader a{content_kind::json, false, 3};
  a.feed(R"({"choices":[{"message":{"content":"Grüße"}}]})");
  a.finish();
  EXPECT_EQ(a.text(), "Gr…");
}

TEST(answer, errors_are_told) {
  const auto error_of = [](content_kind kind, bool refusal, std::string_view body) {
    answer_reader a{kind, refusal, 100};
    a.feed(body);
    a.finish();
    return a.error();
  };
  EXPECT_EQ(error_of(content_kind::json, true, R"({"error":{"message":"queue full"}})"), "queue full");
  EXPECT_EQ(error_of(content_kind::json, true, R"({"detail":"no such thing"})"), "no such thing");
  EXPECT_EQ(error_of(content_kind::opaque, true, "Bad gateway"), "Bad gateway");
  EXPECT_EQ(error_of(content_kind::opaque, false, "some bytes"), "");
  EXPECT_EQ(error_of(content_kind::sse, false, "data: {\"error\":{\"message\":\"cut\"}}\n\n"), "cut");
}

} // namespace
} // namespace logos::replay
