// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/imprint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace logos::classification {
namespace {

double likeness(const imprint& a, const imprint& b) {
  double sum = 0;
  for (const auto& x : a.grams)
    for (const auto& y : b.grams)
      if (x.slot == y.slot) sum += double{imprint::sparse_unit} * x.weight * imprint::sparse_unit * y.weight;
  return sum;
}

TEST(imprint, is_the_same_for_the_same_prompt_and_another_for_another) {
  EXPECT_EQ(imprint_of({.text = "Prove it."}), imprint_of({.text = "Prove it."}));
  EXPECT_NE(imprint_of({.text = "Prove it."}), imprint_of({.text = "Bake it."}));
  EXPECT_NE(imprint_of({.text = "Prove it."}), imprint_of({.text = "Prove it.", .turns = 9}));
}

TEST(imprint, prompts_about_the_same_are_more_alike) {
  const auto one = imprint_of({.text = "How do I bake bread with sourdough?"});
  const auto same = imprint_of({.text = "My sourdough does not rise when baking, why?"});
  const auto other = imprint_of({.text = "Which court decides about a patent?"});
  EXPECT_GT(likeness(one, same), likeness(one, other) + 0.05);
  EXPECT_NEAR(likeness(one, one), 1, 0.03);
}

TEST(imprint, is_bounded_however_long_the_text_is) {
  std::string text;
  for (int i = 0; i < 200'000; ++i)
    text += std::to_string(i * 7919) + (i % 9 == 0 ? ".\n" : " ");
  const auto made = imprint_of({.text = text});
  EXPECT_LE(made.grams.size(), imprint::sparse_limit);
  EXPECT_LT(made.size(), 2048U);
  EXPECT_TRUE(std::is_sorted(made.grams.begin(), made.grams.end(), [](auto a, auto b) { return a.slot <= b.slot; }));
}

TEST(imprint, any_bytes_and_numbers_give_one) {
  EXPECT_EQ(imprint_of({}).dense[0], 2048);
  const std::string bytes{"\0\xff\xc3(\n\n\t{{{", 11};
  EXPECT_EQ(imprint_of({.text = bytes}), imprint_of({.text = bytes}));
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F, 1};
  const auto made = imprint_of({.text = "x", .traits = odd, .embedding = odd});
  EXPECT_EQ(made.dense[imprint::traits_at], 0);
  EXPECT_EQ(made.dense[imprint::traits_at + 3], 2048);
}

TEST(imprint, keeps_the_angles_of_embeddings_of_any_length) {
  std::vector<float> a(768), b(768), c(768);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = std::sin(static_cast<float>(i * i));
    b[i] = a[i] + 0.3F * std::cos(static_cast<float>(3 * i * i));
    c[i] = std::sin(static_cast<float>(7 * i * i + 1));
  }
  const auto angle = [](const imprint& x, const imprint& y) {
    double xy = 0, xx = 0, yy = 0;
    for (auto i = imprint::meaning_at; i < imprint::dense_size; ++i) {
      xy += double{imprint::dense_unit} * x.dense[i] * imprint::dense_unit * y.dense[i];
      xx += std::pow(double{imprint::dense_unit} * x.dense[i], 2);
      yy += std::pow(double{imprint::dense_unit} * y.dense[i], 2);
    }
    return xy / std::sqrt(xx * yy);
  };
  const auto of = [](const std::vector<float>& v) { return imprint_of({.text = "x", .embedding = v}); };
  EXPECT_GT(angle(of(a), of(b)), 0.8);
  EXPECT_LT(std::abs(angle(of(a), of(c))), 0.4);
}

} // namespace
} // namespace logos::classification
