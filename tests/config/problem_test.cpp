// SPDX-License-Identifier: MIT
#include "config/problem.hpp"

#include <gtest/gtest.h>

#include <array>

namespace logos::config {
namespace {

TEST(edit_distance, counts_changes_and_swapped_neighbours) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("base_ulr", "base_url"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ab", "ba"), edit_distance("ba", "ab"));
}

TEST(nearest_of, takes_the_first_of_the_closest) {
  constexpr std::array<std::string_view, 3> words{"name", "type", "tape"};
  EXPECT_EQ(nearest_of("tpye", words), "type");
  EXPECT_EQ(nearest_of("t_pe", words), "type");
  EXPECT_EQ(nearest_of("x", {}), "");
}

TEST(problem, is_one_line_whatever_it_is_about) {
  problem p;
  p.origin = "logos.yaml";
  p.line = 12;
  p.key = "a\nb\x1b";
  p.message = "unknown key";
  EXPECT_EQ(to_string(p), "logos.yaml:12: a?b?: unknown key");
  p.level = core::severity::warning;
  p.line = 0;
  p.key = "";
  EXPECT_EQ(to_string(p), "logos.yaml: warning: unknown key");
}

} // namespace
} // namespace logos::config
