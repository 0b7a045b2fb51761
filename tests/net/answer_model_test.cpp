// SPDX-License-Identifier: MIT
#include "net/answer_model.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

std::string fed(content_kind kind, std::string_view answer, std::size_t piece) {
  answer_model reader{kind};
  while (answer.size() > piece) {
    reader.feed(answer.substr(0, piece), false);
    answer.remove_prefix(piece);
  }
  reader.feed(answer, true);
  return reader.name();
}

TEST(answer_model, is_read_where_the_apis_have_it) {
  EXPECT_EQ(model_named(R"({"id":"x","model":"a","choices":[]})"), "a");
  EXPECT_EQ(model_named(R"({"type":"response.created","response":{"id":"x","model":"b"}})"), "b");
  EXPECT_EQ(model_named(R"({"type":"message_start","message":{"usage":{"x":1},"model":"c"}})"), "c");
  EXPECT_EQ(model_named("{ \"model\" : \"a\\/b\" }"), "a/b");
}

TEST(answer_model, is_not_what_the_answer_says_or_repeats) {
  EXPECT_EQ(model_named(R"({"choices":[{"message":{"content":"{\"model\":\"x\"}","model":"y"}}],"model":"a"})"), "a");
  EXPECT_EQ(model_named(R"({"type":"response.created","response":{"tools":[{"model":"x"}],"model":"b"}})"), "b");
  EXPECT_EQ(model_named(R"({"usage":{"model":"x"}})"), "");
  EXPECT_EQ(model_named(R"({"model":null,"x":"model"})"), "");
  EXPECT_EQ(model_named("]]]"), "");
  EXPECT_EQ(model_named(""), "");
  EXPECT_EQ(model_named(R"({"model":"cut)"), "");
}

TEST(answer_model, is_the_same_however_the_bytes_are_split) {
  const std::string stream =
      ": comment\r\n\r\ndata: {\"id\":\"x\"}\n\ndata: {\"model\":\"a\"}\n\ndata: {\"model\":\"b\"}\n\n";
  const std::string whole = R"({"id":"x","model":"a","choices":[{"message":{"content":"long"}}]})";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EXPECT_EQ(fed(content_kind::sse, stream, piece), "a") << piece;
    EXPECT_EQ(fed(content_kind::json, whole, piece), "a") << piece;
  }
  EXPECT_EQ(fed(content_kind::ndjson, R"({"model":"a"})", 5), "a") << "without a line's end";
  EXPECT_EQ(fed(content_kind::opaque, whole, 9), "");
}

TEST(answer_model, of_a_long_answer_is_looked_for_at_its_beginning) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(fed(content_kind::json, R"({"model":"a","text":")" + text + "\"}", 1000), "a");
  EXPECT_EQ(fed(content_kind::json, R"({"text":")" + text + R"(","model":"a"})", 1000), "");
}

} // namespace
} // namespace logos::net
