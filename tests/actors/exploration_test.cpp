// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/exploration.hpp"

#include <gtest/gtest.h>

#include <array>

namespace logos::classification {
namespace {

core::uuid request(std::uint64_t number) { return core::uuid::from_halves(number / 7, number * 0x9e3779b97f4a7c15ULL); }

const std::array<estimate, 3> candidates{
    {{0.80F, 1.4F, 0.1F, 0.1F}, {0.78F, 1.3F, 2.0F, 0.8F}, {0.3F, -0.8F, 9.0F, 1.0F}}};

std::array<int, 3> tried(const exploration_rules& rules, int requests = 5000) {
  std::array<int, 3> out{};
  for (int i = 0; i < requests; ++i)
    if (const auto found = explore(candidates, rules, request(i))) ++out[*found];
  return out;
}

TEST(exploration, never_happens_unless_the_operator_allows_it) { EXPECT_EQ(tried({}), (std::array<int, 3>{})); }

TEST(exploration, stays_within_share_and_loss) {
  const auto found = tried({.share = 0.1});
  EXPECT_GT(found[1], 100);
  EXPECT_LT(found[1], 600);
  EXPECT_EQ(found[2], 0) << "it would lose more than is allowed";
  EXPECT_GT(tried({.share = 0.1, .most_loss = 1})[2], 20);
}

TEST(exploration, is_the_same_for_the_same_seed_and_request) {
  const exploration_rules rules{.share = 0.5};
  int differ = 0;
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(explore(candidates, rules, request(i)), explore(candidates, rules, request(i)));
    differ += explore(candidates, rules, request(i)) != explore(candidates, {.share = 0.5, .seed = 2}, request(i));
  }
  EXPECT_GT(differ, 50);
}

TEST(exploration, tries_what_is_known_to_be_worse_less_often_than_what_is_unknown) {
  auto sure = candidates;
  sure[1].variance = 0.001F;
  int unknown = 0, known = 0;
  for (int i = 0; i < 3000; ++i) {
    unknown += explore(candidates, {.share = 1}, request(i)).has_value();
    known += explore(sure, {.share = 1}, request(i)).has_value();
  }
  EXPECT_NE(unknown, known);
  EXPECT_LT(explore(std::span{candidates}.first(1), {.share = 1}, request(1)).has_value(), true);
}

} // namespace
} // namespace logos::classification
