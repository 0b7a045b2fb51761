// SPDX-License-Identifier: MIT
#include "net/secret_mask.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

constexpr std::string_view secret = "sk-sk-sk-0123";

std::string masked(std::string_view text, std::size_t step) {
  secret_mask mask{secret};
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += step)
    out += mask.feed(text.substr(at, step), false);
  return out += mask.feed({}, true);
}

TEST(secret_mask_test, a_secret_is_overwritten_however_the_text_is_split) {
  const std::string text = R"({"error":"wrong key sk-sk-sk-sk-0123, and sk-sk-sk-0123sk-sk-sk-0123, not sk-sk-sk-01"})";
  const std::string wanted =
      R"({"error":"wrong key sk-*************, and **************************, not sk-sk-sk-01"})";
  for (std::size_t step = 1; step <= text.size(); ++step)
    EXPECT_EQ(masked(text, step), wanted) << step;
}

TEST(secret_mask_test, what_holds_none_of_it_goes_on_at_once) {
  secret_mask mask{secret};
  EXPECT_EQ(mask.feed("nothing here", false), "nothing here");
  EXPECT_EQ(mask.feed("its beginning: sk-sk", false), "its beginning: ");
  EXPECT_EQ(mask.feed("ipped", false), "sk-skipped");
}

TEST(secret_mask_test, a_short_word_is_no_secret) {
  secret_mask mask{"test"};
  EXPECT_EQ(mask.feed("a test", true), "a test");
}

} // namespace
} // namespace logos::net
