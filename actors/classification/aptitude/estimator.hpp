// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/regression.hpp"

#include <array>
#include <vector>

namespace logos::classification {

/// How far weights may lie from 0 before anything is known: variances of the logit that each part of an imprint brings.
struct widths {
  float constant = 3.0F;
  float length = 1.0F;  // of each doubling
  float surface = 0.1F; // of each other number
  float traits = 0.3F;  // of each number
  float meaning = 3.0F; // of the whole
  bool operator==(const widths&) const = default;
};

/// What one model makes of prompts. Three regressions see more or less of an imprint: its length, all but what it is
/// about, and everything. Each counts by how likely it held the results so far before it learned them (Bayesian model
/// averaging), so that few results teach what is simple and many what is not. Some µs for each step. Not thread-safe.
class estimator {
public:
  explicit estimator(const widths& from);

  /// The logit's mean and variance, and what the variance was before anything was known. With zero feedback the mean is
  /// 0 and both variances are equal.
  struct opinion {
    float mean = 0;
    float variance = 0;
    float at_first = 0;
  };
  /// An imprint made ready, once for all estimators of the same widths that are asked about it.
  struct asked {
    imprint_numbers x{};
    std::array<float, 3> at_first{}; // the variance of the logit that each view began with
    float unknown = 0;               // the same of the whole, while nothing is known
  };
  asked about(const imprint& of) const;
  /// Less than 1 µs. `of` is of an estimator with the same widths.
  opinion ask(const asked& of) const;
  opinion ask(const imprint& of) const { return ask(about(of)); }

  /// A result between 0 (failed) and 1 (all was well), which counts as `weight` results.
  void learn(const imprint& of, float result, float weight);
  /// `better` did better than `worse`: an outcome of the difference of their logits.
  static void compare(estimator& better, estimator& worse, const imprint& of, float weight);
  /// Goes back towards knowing nothing: `kept` (0 to 1) of all that is known remains.
  void forget(float kept);

  /// How much is known whatever the prompt, from 0 (nothing) to 1: to tell which of several has learned least.
  float known() const;

  /// How many numbers of an imprint each of the three sees.
  static constexpr std::array<std::size_t, 3> views{imprint::surface_at + 1, imprint::meaning_at, imprint::count};
  /// How many floats all of it is.
  static constexpr std::size_t recorded_size = [] {
    std::size_t sum = 0;
    for (const auto n : views)
      sum += 1 + n + n * (n + 1) / 2;
    return sum;
  }();
  /// Everything as floats, for storage: of each view its evidence, means and covariances.
  std::vector<float> recorded() const;
  /// False, and nothing changed, when the record is of another size or holds what cannot be.
  bool restore(const std::vector<float>& from);

private:
  using shares = std::array<float, views.size()>;
  static shares shares_of(const shares& evidence);
  static opinion mixed(const shares& of, const std::array<regression::opinion, views.size()>& found,
                       const shares& at_first);
  void witness(const shares& log_likelihoods);
  void count_shares() { counts_ = shares_of(evidence_); }

  std::vector<float> first_; // variances before anything was known
  std::array<regression, views.size()> seen_by_;
  shares evidence_{};                    // logarithms; the highest is 0
  shares counts_ = shares_of(evidence_); // how much each view counts by that
};

} // namespace logos::classification
