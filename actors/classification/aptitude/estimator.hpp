// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/imprint.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace logos::classification {

/// How far weights may lie from 0 before anything is known: variances of the logit that each part of an imprint brings.
struct widths {
  float constant = 1.0F;
  float surface = 1.0F; // of each number
  float traits = 0.3F;  // of each number
  float meaning = 6.0F; // of the whole
  float grams = 3.0F;   // of the whole
  /// How far n-grams are taken to come together always (1) or by chance (near 0): how soon their weights settle.
  float overlap = 0.1F;
  bool operator==(const widths&) const = default;
};

/// What one model makes of prompts: the logit of its success is a weighted sum of an imprint's numbers, and the weights
/// are normally distributed. The dense part has a full covariance, the n-grams a variance each. An outcome moves them
/// by the most probable step (a Kalman filter whose measurement is a logistic one, solved along its one direction), so
/// that each is read once and nothing of it is kept. A few µs for each step. Not thread-safe.
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
  /// Without the covariances, hence with a variance that is too large rather than too small: less than 1 µs.
  opinion ask(const imprint& of) const;
  /// With covariances: some µs.
  opinion ask_exactly(const imprint& of) const;

  /// A result between 0 (failed) and 1 (all was well), which counts as `weight` results.
  void learn(const imprint& of, float result, float weight);
  /// `better` did better than `worse` (Bradley and Terry): one logistic outcome of the difference of their logits.
  static void compare(estimator& better, estimator& worse, const imprint& of, float weight);
  /// Goes back towards knowing nothing: `kept` (0 to 1) of all that is known remains.
  void forget(float kept);

  /// All weights as floats, for storage: the dense means, their covariances, then of each n-gram that was ever met its
  /// slot, mean and information.
  struct record {
    std::vector<float> dense{};
    std::vector<float> covariance{}; // the lower triangle, by rows
    struct gram {
      std::uint16_t slot = 0;
      float mean = 0;
      float information = 0;
    };
    std::vector<gram> grams{};
  };
  record recorded() const;
  /// False, and nothing changed, when the record is of another shape or holds what is no number.
  bool restore(const record& from);

private:
  static constexpr std::size_t size = imprint::dense_size;
  static constexpr std::size_t triangle = size * (size + 1) / 2;
  struct reading {
    std::array<float, size> gain{}; // covariance times imprint
    float mean = 0, variance = 0;
  };
  reading read(const imprint& of) const;
  float gram_variance(std::size_t slot) const { return 1 / (1 / from_.grams + information_[slot]); }
  void shift(const imprint& of, const reading& seen, float step, float curvature, float shrinking);
  opinion ask_of_grams(const imprint& of) const;

  widths from_;
  std::array<float, size> first_{}; // variances of the dense part before anything was known
  std::array<float, size> dense_{};
  std::array<float, size> diagonal_{}; // of covariance_, side by side
  std::vector<float> covariance_;
  std::vector<float> grams_, information_;
};

/// The logistic function, and its inverse for 0 < p < 1.
float logistic(float logit);
float logit(float p);
/// The mean of the logistic function over a normally distributed logit (MacKay 1992): uncertainty draws it to 1/2.
float moderated(float mean, float variance);

} // namespace logos::classification
