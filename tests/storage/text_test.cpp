// SPDX-License-Identifier: MIT
#include "core/secret.hpp"
#include "storage/sql/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::storage::sql {
namespace {

TEST(address, that_is_sealed_is_not_taken_for_one_in_clear_whatever_its_signs) {
  const core::secret_key secret{"a secret for tests, long enough"};
  std::string sealed;
  for (int tries = 0; tries < 200'000 && !sealed.starts_with("v1://"); ++tries)
    sealed = secret.seal("https://alerts.example/x");
  ASSERT_TRUE(sealed.starts_with("v1://")) << "one in 4096 does";
  EXPECT_FALSE(is_clear_address(sealed));
  for (const auto* clear : {"https://alerts.example/x", "HTTP://v1.example/"})
    EXPECT_TRUE(is_clear_address(clear)) << clear;
  EXPECT_FALSE(is_clear_address(""));
}

} // namespace
} // namespace logos::storage::sql
