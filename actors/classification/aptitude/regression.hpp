// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/imprint.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace logos::classification {

/// An imprint's numbers, ready to compute with: as they count, and as they are, with zeros behind up to a whole stride.
struct imprint_numbers : std::array<float, imprint::count> {
  /// So many numbers are taken at a time.
  static constexpr std::size_t stride = 16;
  alignas(32) std::array<std::int16_t, (imprint::count + stride - 1) / stride * stride> whole;
};
imprint_numbers numbers_of(const imprint& of);

/// Bayesian logistic regression on the first numbers of imprints, in one pass: the logit of a success is a weighted
/// sum, and the weights are normally distributed with a full covariance. An outcome moves them to the most probable
/// place (a Kalman filter whose measurement is a logistic one, solved along its one direction). Since the covariance is
/// full, n outcomes one way and m the other way end near n / (n + m), whichever came last; no learning rate, and a
/// surprise is never overshot. Nothing of an outcome is kept. Not thread-safe.
class regression {
public:
  /// `first`: how far each weight may lie from 0 before anything is known, as variances.
  explicit regression(std::span<const float> first);

  /// Of a logit.
  struct opinion {
    float mean = 0;
    float variance = 0;
  };
  /// Less than 1 µs for 104 numbers.
  opinion ask(const imprint_numbers& of) const;

  /// A result between 0 (failed) and 1 (all was well), which counts as `weight` > 0 results. Returns the logarithm of
  /// how likely it was held, times the weight.
  float learn(const imprint_numbers& of, float result, float weight);
  /// `better` did better than `worse` (Bradley and Terry): one logistic outcome of the difference of their logits.
  static float compare(regression& better, regression& worse, const imprint_numbers& of, float weight);
  /// Goes back towards knowing nothing: `kept` (0 to 1) of all that is known remains.
  void forget(float kept);

  /// Means, then the lower triangle of the covariances by rows.
  std::span<const float> means() const { return means_; }
  std::span<const float> covariances() const { return covariances_; }
  /// False, and nothing changed, when these are of another size or cannot be.
  bool restore(std::span<const float> means, std::span<const float> covariances);

private:
  struct reading {
    std::array<float, imprint::count> gain; // covariance times imprint; the first size() are set
    opinion found{};
  };
  static constexpr std::size_t stride = imprint_numbers::stride;

  std::size_t size() const { return first_.size(); }
  std::size_t triangle() const { return size() * (size() + 1) / 2; }
  void read(const imprint_numbers& of, reading& out) const;
  void shift(const reading& seen, float step, float shrinking);
  void round_off();
  float variance_of(const imprint_numbers& of) const;

  std::vector<float> first_, means_, covariances_;
  // The covariances rounded to integers, for `ask`: a choice among many models must not wait for memory. Each row has
  // zeros up to the next stride and a scale of its own, in which it counts twice, but for its last number.
  std::vector<std::int16_t> rounded_;
  std::vector<float> scales_;
};

/// The logistic function, and its inverse for 0 < p < 1.
float logistic(float logit);
float logit(float p);
/// The mean of the logistic function over a normally distributed logit (MacKay 1992): uncertainty draws it to 1/2.
float moderated(float mean, float variance);

} // namespace logos::classification
