// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/lesson.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

TEST(lesson, labels_stand_for_scores_in_any_case) {
  EXPECT_EQ(score_of("good"), 1.0F);
  EXPECT_EQ(score_of("Thumbs-Down"), 0.0F);
  EXPECT_EQ(score_of("thumbs up"), 1.0F);
  EXPECT_EQ(score_of("INCORRECT"), 0.0F);
  EXPECT_EQ(score_of("Neutral"), 0.5F);
  EXPECT_EQ(score_of("urgent"), std::nullopt);
  EXPECT_EQ(score_of(""), std::nullopt);
}

TEST(lesson, a_score_out_of_range_is_taken_to_its_end) {
  EXPECT_EQ(meaning_of(signal::score, 7).result, 1);
  EXPECT_EQ(meaning_of(signal::score, -7).result, 0);
}

} // namespace
} // namespace logos::classification
