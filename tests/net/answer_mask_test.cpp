// SPDX-License-Identifier: MIT
#include "net/answer_mask.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

const std::string secret = "sk-sk-sk-0123";
const std::string stars(secret.size(), '*');

std::string masked(std::string_view text, std::size_t step, int status, content_kind kind, bool readable = true) {
  answer_mask mask{secret, status, kind, readable};
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += step)
    out += mask.feed(text.substr(at, step), false);
  return out += mask.feed({}, true);
}

void expect_however_split(const std::string& text, const std::string& wanted, int status, content_kind kind) {
  for (std::size_t step = 1; step <= text.size(); ++step)
    ASSERT_EQ(masked(text, step, status, kind), wanted) << step;
}

TEST(answer_mask_test, a_key_in_an_answer_of_an_error_is_overwritten_however_the_text_is_split) {
  const std::string text = R"({"error":"wrong key sk-sk-sk-sk-0123, and sk-sk-sk-0123sk-sk-sk-0123, not sk-sk-sk-01"})";
  const std::string wanted =
      R"({"error":"wrong key sk-*************, and **************************, not sk-sk-sk-01"})";
  for (const auto kind : {content_kind::json, content_kind::sse, content_kind::opaque})
    for (const int status : {302, 400, 503})
      expect_however_split(text, wanted, status, kind);
}

TEST(answer_mask_test, a_key_behind_or_before_the_word_error_is_overwritten_in_an_answer_that_began_well) {
  for (const auto* const text : {R"({"error":{"message":"wrong key K"}})",
                                 R"({"message":"wrong key K","type":"error"})", R"({"message":"K","error" : {}})"}) {
    std::string with{text};
    auto wanted = with;
    with.replace(with.find('K'), 1, secret);
    wanted.replace(wanted.find('K'), 1, stars);
    expect_however_split(with, wanted, 200, content_kind::json);
    expect_however_split("data: {}\n\ndata: " + with + "\n\n", "data: {}\n\ndata: " + wanted + "\n\n", 200,
                         content_kind::sse);
    expect_however_split("{}\n" + with + "\n", "{}\n" + wanted + "\n", 200, content_kind::ndjson);
  }
}

TEST(answer_mask_test, an_event_named_error_tells_of_one) {
  expect_however_split("event: error\ndata: " + secret + "\n\n", "event: error\ndata: " + stars + "\n\n", 200,
                       content_kind::sse);
}

TEST(answer_mask_test, an_answer_that_tells_of_no_error_keeps_its_bytes) {
  const auto json = R"({"id":1,"said":")" + secret + R"("})";
  expect_however_split(json, json, 200, content_kind::json);
  EXPECT_EQ(masked(R"({"error": null,"said":")" + secret + "\"}", 99, 200, content_kind::json),
            R"({"error": null,"said":")" + secret + "\"}");
  const auto stream = "data: " + json + "\n\ndata: [DONE]\n\n";
  expect_however_split(stream, stream, 200, content_kind::sse);
  expect_however_split(json, json, 200, content_kind::opaque);
}

TEST(answer_mask_test, an_event_that_told_of_no_error_does_not_wait_for_the_next) {
  answer_mask mask{secret, 200, content_kind::sse, true};
  EXPECT_EQ(mask.feed("data: " + secret, false), "data: ");
  EXPECT_EQ(mask.feed("\n\n", false), secret + "\n\n");
  EXPECT_EQ(mask.feed("data: sk-sk\n\n", false), "data: sk-sk\n\n");
}

TEST(answer_mask_test, what_holds_none_of_it_goes_on_at_once_and_is_not_copied) {
  answer_mask mask{secret, 400, content_kind::json, true};
  const std::string_view text = "nothing here";
  EXPECT_EQ(mask.feed(text, false).data(), text.data());
  EXPECT_EQ(mask.feed("its beginning: sk-sk", false), "its beginning: ");
  EXPECT_EQ(mask.feed("ipped", false), "sk-skipped");
}

TEST(answer_mask_test, a_long_answer_is_not_held_without_end) {
  answer_mask mask{secret, 200, content_kind::json, true};
  EXPECT_EQ(mask.feed("{\"a\":\"" + secret, false), "{\"a\":\"");
  const auto out = mask.feed(std::string(2 << 20, 'x'), false);
  EXPECT_EQ(out.size(), secret.size() + (2 << 20));
  EXPECT_TRUE(out.starts_with(stars + "xx"));
}

TEST(answer_mask_test, compressed_bytes_and_short_words_are_left_alone) {
  EXPECT_EQ(masked(secret, 99, 400, content_kind::opaque, false), secret);
  answer_mask mask{"test", 400, content_kind::json, true};
  EXPECT_EQ(mask.feed("a test", true), "a test");
}

} // namespace
} // namespace logos::net
