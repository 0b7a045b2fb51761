// SPDX-License-Identifier: MIT
#include "net/secret_mask.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

TEST(secret_mask_test, every_occurrence_is_overwritten_in_its_length) {
  std::string text = "wrong sk-sk-0123, not sk-sk-sk-0123";
  mask_secret(text, "sk-sk-0123");
  EXPECT_EQ(text, "wrong **********, not sk-**********");
}

TEST(secret_mask_test, a_short_word_is_no_secret) {
  std::string text = "a test";
  mask_secret(text, "test");
  EXPECT_EQ(text, "a test");
}

TEST(secret_mask_test, the_longest_beginning_at_the_end_is_found) {
  EXPECT_EQ(begun_at_end("its beginning: sk-sk-", "sk-sk-sk-0123"), 6U);
  EXPECT_EQ(begun_at_end("sk-", "sk-sk-sk-0123"), 3U);
  EXPECT_EQ(begun_at_end("nothing", "sk-sk-sk-0123"), 0U);
  EXPECT_EQ(begun_at_end("", "sk-sk-sk-0123"), 0U);
}

} // namespace
} // namespace logos::net
