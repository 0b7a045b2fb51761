// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/imprint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace logos::classification {
namespace {

/// The cosine of the angle between two meanings, which have length 1.
double likeness(const imprint& a, const imprint& b) {
  double sum = 0;
  for (auto i = imprint::meaning_at; i < imprint::count; ++i)
    sum += double{imprint::unit} * a.numbers[i] * imprint::unit * b.numbers[i];
  return sum;
}

TEST(imprint, is_the_same_for_the_same_prompt_and_another_for_another) {
  EXPECT_EQ(imprint_of({.text = "Prove it."}), imprint_of({.text = "Prove it."}));
  EXPECT_NE(imprint_of({.text = "Prove it."}), imprint_of({.text = "Bake it."}));
  EXPECT_NE(imprint_of({.text = "Prove it."}), imprint_of({.text = "Prove it.", .turns = 9}));
}

TEST(imprint, prompts_about_the_same_are_more_alike) {
  const auto of = [](std::string_view text) { return imprint_of({.text = text}); };
  const imprint baking[] = {of("Baking bread with sourdough"), of("My sourdough bread does not rise when baking"),
                            of("Which flour for baking sourdough bread?")};
  const imprint law[] = {of("Which court decides about patent litigation?"), of("Patent litigation at a court"),
                         of("My patent is before the court, how long is litigation?")};
  double same = 0, other = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    same += likeness(baking[i], baking[(i + 1) % 3]) + likeness(law[i], law[(i + 1) % 3]);
    other += likeness(baking[i], law[i]) + likeness(baking[i], law[(i + 1) % 3]);
  }
  EXPECT_GT(same / 6, other / 6 + 0.15);
  EXPECT_NEAR(likeness(baking[0], baking[0]), 1, 0.03);
}

TEST(imprint, is_bounded_however_long_the_text_is) {
  std::string text;
  for (int i = 0; i < 200'000; ++i)
    text += std::to_string(i * 7919) + (i % 9 == 0 ? ".\n" : " ");
  const auto made = imprint_of({.text = text});
  EXPECT_NEAR(likeness(made, made), 1, 0.03);
  for (const auto n : made.numbers)
    EXPECT_LE(std::abs(n), 8 / imprint::unit);
  EXPECT_LT(imprint::size(), 512U);
}

TEST(imprint, any_bytes_and_numbers_give_one) {
  EXPECT_EQ(imprint_of({}).numbers[0], 2048);
  const std::string bytes{"\0\xff\xc3(\n\n\t{{{", 11};
  EXPECT_EQ(imprint_of({.text = bytes}), imprint_of({.text = bytes}));
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F, 1};
  const auto made = imprint_of({.text = "x", .traits = odd, .embedding = odd});
  EXPECT_EQ(made.numbers[imprint::traits_at], 0);
  EXPECT_EQ(made.numbers[imprint::traits_at + 3], 2048);
}

TEST(imprint, keeps_the_angles_of_embeddings_of_any_length) {
  std::vector<float> a(768), b(768), c(768);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = std::sin(static_cast<float>(i * i));
    b[i] = a[i] + 0.3F * std::cos(static_cast<float>(3 * i * i));
    c[i] = std::sin(static_cast<float>(7 * i * i + 1));
  }
  const auto of = [](const std::vector<float>& v) { return imprint_of({.text = "x", .embedding = v}); };
  EXPECT_GT(likeness(of(a), of(b)), 0.8);
  EXPECT_LT(std::abs(likeness(of(a), of(c))), 0.4);
}

} // namespace
} // namespace logos::classification
