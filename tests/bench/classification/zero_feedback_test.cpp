// SPDX-License-Identifier: MIT
// Before anybody has said how good an answer was: the default balance chooses no worse than upstream's.
#include "actors/classification/scoring/scorer.hpp"
#include "bench/classification/routing.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>

namespace logos::bench {
namespace {

using namespace classification;

const labelled_set& prompts() {
  static const auto set = [] {
    std::ifstream in{LOGOS_LABELLED_PROMPTS};
    return read_labelled(in);
  }();
  return set;
}

/// A model as an operator describes it, and what it is really good at.
struct talent {
  described_model told;
  double strength = 0; // logit at difficulty 1
  std::set<std::string> home{};
};

const std::vector<talent>& talents() {
  static const std::vector<talent> all{
      {{1, "chat", "a small and fast model for everyday questions and short answers", {-16, -16, 16, 16}}, 1.4, {}},
      {{2, "reasoning", "a large model for hard problems that take several steps", {16, 16, -16, -16}}, 3.2, {}},
      {{3, "code programming sql", "writes, explains and debugs computer programs and database queries", {}},
       2.0,
       {"programming", "databases"}},
      {{4, "mathematics physics", "solves problems of mathematics, physics and statistics", {}},
       2.0,
       {"mathematics", "physics"}},
      {{5, "medicine biology", "knows medicine, health, diseases and biology", {}}, 2.0, {"medicine", "biology"}},
      {{6, "law finance", "answers questions on law, contracts, taxes and money", {}}, 2.0, {"law", "finance"}},
      {{7, "writing translation", "writes and translates letters, poems and stories", {}},
       2.0,
       {"writing", "translation"}}};
  return all;
}

double success(const talent& t, const labelled& p) {
  const double logit = t.strength + (t.home.contains(p.domain) ? 2.5 : 0.0) - 1.3 * (p.difficulty - 1);
  return 1 / (1 + std::exp(-logit));
}

/// What each of `among` scores for each prompt.
std::vector<std::vector<double>> scores(const std::vector<talent>& among, const balance& by,
                                        const wanted_weights& wanted) {
  std::vector<described_model> told;
  std::vector<candidate> candidates;
  for (const auto& t : among) {
    told.push_back(t.told);
    candidates.push_back({t.told.id, {}, 0});
  }
  const knowledge known{told, {}, built_in_encoder()};
  scorer with;
  std::vector<std::vector<double>> out;
  for (const auto& p : prompts().prompts) {
    const auto body = R"({"messages":[{"role":"user","content":)" + core::json_string(p.text) + "}]}";
    const auto read = with.read_copying(body, built_in_encoder());
    std::vector<double> row(among.size());
    for (const auto& r : with.score(known, *read, candidates, by, wanted))
      row[r.index] = r.score;
    out.push_back(row);
  }
  return out;
}

/// The mean success of whoever scores highest.
double chosen(const balance& by, const wanted_weights& wanted) {
  const auto all = scores(talents(), by, wanted);
  double sum = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto best = std::max_element(all[i].begin(), all[i].end()) - all[i].begin();
    sum += success(talents()[static_cast<std::size_t>(best)], prompts().prompts[i]);
  }
  return sum / static_cast<double>(all.size());
}

TEST(zero_feedback, the_default_balance_chooses_no_worse_than_upstreams_whatever_the_policy_wants) {
  for (const auto& wanted : std::vector<wanted_weights>{{},
                                                        {highest_wanted, highest_wanted, lowest_wanted},
                                                        {lowest_wanted, lowest_wanted, highest_wanted},
                                                        {16, 0, 0},
                                                        {0, 0, 16}}) {
    const auto ours = chosen(default_balance(), wanted), upstreams = chosen(upstream_balance(), wanted);
    EXPECT_GE(ours, upstreams - 1e-9) << wanted.accuracy << ' ' << wanted.quality << ' ' << wanted.latency;
  }
}

/// How much of the gap between a weak and a strong model the lead of the strong one's score recovers.
double recovered_by(const balance& by, const truth& world, bool described) {
  std::vector<talent> pair{talents()[0], talents()[1]};
  if (!described)
    for (auto& t : pair)
      t.told.description = t.told.tags = {};
  const auto all = scores(pair, by, {});
  std::vector<chances> of;
  std::vector<double> wish;
  for (std::size_t i = 0; i < all.size(); ++i) {
    of.push_back(world.of(prompts().prompts[i]));
    wish.push_back(all[i][1] - all[i][0]);
  }
  return recovered(of, wish).area;
}

TEST(zero_feedback, a_strong_model_is_asked_where_it_matters_no_worse_than_by_upstreams_balance) {
  for (const bool described : {false, true}) {
    double ours = 0, upstreams = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed)
      for (const auto& world : truths(prompts().domains, seed)) {
        ours += recovered_by(default_balance(), world, described);
        upstreams += recovered_by(upstream_balance(), world, described);
      }
    EXPECT_GT(ours, upstreams) << (described ? "described" : "with nothing known but their weights");
  }
}

} // namespace
} // namespace logos::bench
