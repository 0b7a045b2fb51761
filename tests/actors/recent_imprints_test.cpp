// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/recent_imprints.hpp"
#include "aptitude_lessons.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

using namespace std::chrono_literals;

core::uuid request(std::uint64_t number) { return core::uuid::from_halves(1, number); }
const core::steady_time start{std::chrono::hours{1}};

TEST(recent_imprints, are_found_by_request_until_they_are_too_old) {
  recent_imprints kept{{.age = 60s}};
  kept.add(request(1), {imprinted("a question"), 2, 3, 4}, start);
  const auto* found = kept.find(request(1), start + 60s);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*found->about, *imprinted("a question"));
  EXPECT_EQ(found->model, 3);
  EXPECT_EQ(kept.find(request(1), start + 61s), nullptr);
  EXPECT_EQ(kept.find(request(2), start), nullptr);
  kept.add(request(2), {imprinted("another"), 2, 3, 4}, start + 61s);
  EXPECT_EQ(kept.size(), 1U) << "what is too old makes room";
  EXPECT_EQ(kept.pushed_out(), 0U);
}

TEST(recent_imprints, stay_within_their_bytes_and_lose_the_oldest_first) {
  recent_imprints kept{{.bytes = 100'000}};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    kept.add(request(i), {imprinted(question_about("chess", static_cast<int>(i))), 1, 1, 1}, start);
    ASSERT_LE(kept.bytes(), 100'000U);
  }
  EXPECT_GT(kept.size(), 50U);
  EXPECT_EQ(kept.size() + kept.pushed_out(), 1000U);
  EXPECT_EQ(kept.find(request(0), start), nullptr);
  EXPECT_NE(kept.find(request(999), start), nullptr);
}

TEST(recent_imprints, a_request_that_is_told_again_is_replaced) {
  recent_imprints kept{{}};
  kept.add(request(1), {imprinted("one"), 1, 1, 1}, start);
  const auto before = kept.bytes();
  kept.add(request(1), {imprinted("another"), 1, 9, 1}, start);
  EXPECT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.bytes(), before);
  kept.add(request(1), {nullptr, 1, 9, 1}, start);
  EXPECT_LT(kept.bytes(), before);
  EXPECT_EQ(kept.find(request(1), start)->model, 9);
}

} // namespace
} // namespace logos::classification
