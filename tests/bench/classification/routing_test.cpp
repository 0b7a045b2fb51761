// SPDX-License-Identifier: MIT
#include "bench/classification/trial.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace logos::bench {
namespace {

const labelled_set& prompts() {
  static const auto set = [] {
    std::ifstream in{LOGOS_LABELLED_PROMPTS};
    return read_labelled(in);
  }();
  return set;
}

TEST(recovery, is_a_half_for_equal_wishes_and_more_for_the_right_ones) {
  const std::vector<chances> of{{0.9, 0.9}, {0.1, 0.9}, {0.9, 0.9}, {0.1, 0.9}};
  EXPECT_NEAR(recovered(of, {0, 0, 0, 0}).area, 0.5, 1e-9);
  const auto right = recovered(of, {0, 1, 0, 1});
  EXPECT_NEAR(right.area, 0.75, 1e-9);
  EXPECT_NEAR(right.at[4], 1, 1e-9) << "half of the calls recover all";
  EXPECT_NEAR(recovered(of, {1, 0, 1, 0}).area, 0.25, 1e-9);
}

TEST(recovery, goes_beyond_one_where_the_weak_model_is_the_better_one) {
  const auto found = recovered({{0.9, 0.5}, {0.1, 0.9}}, {0, 1});
  EXPECT_NEAR(found.at[4], 2, 1e-9);
}

TEST(labelled_set, has_many_prompts_of_many_domains_each_once) {
  const auto& set = prompts();
  ASSERT_EQ(set.problem, "");
  EXPECT_GE(set.prompts.size(), 400U);
  EXPECT_GE(set.domains.size(), 12U);
  std::set<std::string> texts;
  std::set<std::pair<std::size_t, int>> kinds;
  std::size_t held_out = 0;
  for (const auto& p : set.prompts) {
    texts.insert(p.text);
    kinds.emplace(p.domain_index, p.difficulty);
    held_out += p.held_out;
  }
  EXPECT_EQ(texts.size(), set.prompts.size());
  EXPECT_EQ(kinds.size(), set.domains.size() * 3);
  EXPECT_EQ(held_out * 10, set.prompts.size() * 4);
}

TEST(labelled_set, names_the_line_that_is_wrong) {
  std::istringstream in{"# fine\nlaw\t1\tWhat?\nlaw\t4\tWhat?\n"};
  EXPECT_NE(read_labelled(in).problem.find("line 3"), std::string::npos);
}

/// The means over all worlds that can be learned, of seeds that nothing was tuned on: what was learned, and length.
std::pair<recovery, recovery> means(bool other_domains, std::uint64_t seeds) {
  std::vector<recovery> learned, length;
  for (std::uint64_t seed = 500; seed < 500 + seeds; ++seed)
    for (const auto& world : truths(prompts().domains, seed)) {
      if (world.name == "chance") continue;
      trial how;
      how.held_out = true;
      how.other_domains = other_domains;
      how.seed = seed;
      const auto r = run(prompts(), world, how);
      learned.push_back(r.learned);
      length.push_back(r.by_length);
    }
  return {mean_of(learned), mean_of(length)};
}

TEST(routing, what_was_learned_beats_length_on_prompts_that_were_not_met) {
  const auto [learned, length] = means(false, 16);
  EXPECT_GT(learned.area, length.area + 0.02);
  for (std::size_t share = 0; share < learned.at.size(); ++share)
    EXPECT_GT(learned.at[share], length.at[share]) << (share + 1) * 10 << " % to the strong model";
}

TEST(routing, what_was_learned_is_no_worse_than_length_in_domains_that_were_not_met) {
  const auto [learned, length] = means(true, 4);
  EXPECT_GT(learned.area, length.area - 0.01);
}

TEST(routing, zero_results_choose_as_chance_does) {
  trial how;
  how.held_out = true;
  how.rules.from = {0, 0, 0, 0, 0};
  const auto r = run(prompts(), truths(prompts().domains, 1).front(), how);
  EXPECT_NEAR(r.learned.area, 0.5, 1e-6) << "who may not learn has nothing to choose by";
}

} // namespace
} // namespace logos::bench
