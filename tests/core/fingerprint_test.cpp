// SPDX-License-Identifier: MIT
#include "core/fingerprint.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

TEST(fingerprint, is_the_same_for_the_same_and_another_for_another) {
  EXPECT_EQ(fingerprint(1, "response/resp_1"), fingerprint(1, "response/resp_1"));
  EXPECT_NE(fingerprint(1, "response/resp_1"), fingerprint(2, "response/resp_1"));
  EXPECT_NE(fingerprint(1, "response/resp_1"), fingerprint(1, "response/resp_2"));
  EXPECT_NE(fingerprint(1, "1\nx"), fingerprint(11, "x"));
  EXPECT_FALSE(fingerprint(0, "").nil());
}

/// Rows are looked for by it for years.
TEST(fingerprint, stays_what_it_was) {
  EXPECT_EQ(fingerprint(7, "response/resp_abc").str(), "f1301286-5657-31c4-5ed9-139a83886a2a");
}

} // namespace
} // namespace logos::core
