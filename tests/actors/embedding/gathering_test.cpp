// SPDX-License-Identifier: MIT
#include "actors/embedding/gathering.hpp"

#include <gtest/gtest.h>

namespace logos::embedding {
namespace {

using classification::gist;
using classification::gist_of;
using classification::known_texts;
using texts = std::vector<std::string>;

auto told(texts described, texts examples) {
  return std::make_shared<const known_texts>(known_texts{std::move(described), std::move(examples)});
}

/// As many directions.
std::vector<gist> some(std::size_t n, std::size_t length = 2) {
  std::vector<gist> out;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> numbers(length, 1);
    numbers.front() = static_cast<float>(i + 1);
    out.push_back(gist_of(std::move(numbers)));
  }
  return out;
}

TEST(gathering, asks_for_each_text_once_and_some_at_a_time) {
  gathering g;
  g.want(told({"a", "", "b"}, {"b", "c"}), 7);
  EXPECT_EQ(g.missing(), 3U) << "what says nothing has no meaning to ask for";
  EXPECT_EQ(g.next(2), (texts{"a", "b"}));
  EXPECT_TRUE(g.take(texts{"a", "b"}, some(2)));
  EXPECT_FALSE(g.complete());
  EXPECT_EQ(g.next(2), (texts{"c"}));
  EXPECT_TRUE(g.take(texts{"c"}, some(1)));
  ASSERT_TRUE(g.complete());
  const auto all = g.whole();
  EXPECT_EQ(all->of, g.wanted());
  EXPECT_EQ(all->space, 7);
  EXPECT_EQ(all->length, 2U);
  ASSERT_EQ(all->described.size(), 3U);
  EXPECT_EQ(all->described[1], nullptr);
  EXPECT_EQ(all->described[2], all->examples[0]);
}

TEST(gathering, keeps_what_is_still_wanted_and_nothing_else) {
  gathering g;
  g.want(told({"a", "b"}, {}), 7);
  g.take(texts{"a", "b"}, some(2));
  g.want(told({"b", "c"}, {}), 7);
  EXPECT_EQ(g.next(9), (texts{"c"}));
  g.want(told({"a", "b"}, {}), 7);
  EXPECT_EQ(g.next(9), (texts{"a"}));
  EXPECT_TRUE(g.take(texts{"gone"}, some(1))) << "nobody wants it any more";
  EXPECT_EQ(g.missing(), 1U);
}

TEST(gathering, begins_anew_for_another_model) {
  gathering g;
  g.want(told({"a"}, {}), 7);
  g.take(texts{"a"}, some(1));
  g.want(told({"a"}, {}), 8);
  EXPECT_EQ(g.missing(), 1U);
}

TEST(gathering, vectors_of_another_length_are_of_another_model) {
  gathering g;
  g.want(told({"a", "b"}, {}), 7);
  g.take(texts{"a"}, some(1, 2));
  EXPECT_FALSE(g.take(texts{"b"}, some(1, 3)));
  EXPECT_EQ(g.next(9), (texts{"a", "b"}));
  EXPECT_TRUE(g.take(texts{"a", "b"}, some(2, 3)));
  EXPECT_TRUE(g.complete());
}

TEST(gathering, takes_over_what_a_former_one_has_brought_together) {
  gathering former, g;
  former.want(told({"a"}, {"b"}), 7);
  former.take(texts{"a", "b"}, some(2));
  const auto all = former.whole();
  g.want(told({"b", "c"}, {}), 7, all.get());
  EXPECT_EQ(g.next(9), (texts{"c"}));
  g.want(told({"b", "c"}, {}), 8, all.get());
  EXPECT_EQ(g.next(9), (texts{"b", "c"})) << "another model's";
}

} // namespace
} // namespace logos::embedding
