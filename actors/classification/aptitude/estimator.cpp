// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/estimator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace logos::classification {
namespace {

constexpr float least_variance = 1e-6F; // of what was there at first: below it rounding would decide

/// The sum of products, in eight sums at a time, which a compiler may compute together.
float dot(const float* a, const float* b, std::size_t n) {
  std::array<float, 8> lanes{};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane)
      lanes[lane] += a[i + lane] * b[i + lane];
  float sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  for (; i < n; ++i)
    sum += a[i] * b[i];
  return sum;
}

struct outcome {
  float step = 0;      // of the logit, divided by its variance
  float curvature = 0; // of the likelihood where the step ends
};

/// The most probable logit after an outcome: the zero of d - weight * variance * (result - logistic(mean + d)), which
/// grows strictly, by Newton's method between bounds that close in.
outcome settle(float mean, float variance, float result, float weight) {
  const auto slope = [&](float d) { return d - weight * variance * (result - logistic(mean + d)); };
  float low = std::min(0.0F, weight * variance * (result - logistic(mean)));
  float high = std::max(0.0F, weight * variance * (result - logistic(mean)));
  float d = 0;
  for (int round = 0; round < 12; ++round) {
    const float at = slope(d);
    (at > 0 ? high : low) = d;
    const float p = logistic(mean + d);
    const float next = d - at / (1 + weight * variance * p * (1 - p));
    const float before = d;
    d = next > low && next < high ? next : (low + high) / 2;
    if (std::abs(d - before) < 1e-5F) break;
  }
  const float p = logistic(mean + d);
  return {variance > 0 ? d / variance : 0, weight * p * (1 - p)};
}

} // namespace

float logistic(float logit) { return 1 / (1 + std::exp(-logit)); }

float logit(float p) { return std::log(p / (1 - p)); }

float moderated(float mean, float variance) {
  return logistic(mean / std::sqrt(1 + std::numbers::pi_v<float> / 8 * variance));
}

estimator::estimator(const widths& from)
    : from_{from},
      covariance_(triangle),
      grams_(imprint::slots),
      information_(imprint::slots) {
  for (std::size_t i = 0; i < size; ++i)
    first_[i] = i < imprint::surface_at   ? from.constant
                : i < imprint::traits_at  ? from.surface
                : i < imprint::meaning_at ? from.traits
                                          : from.meaning; // of a vector of length 1
  for (std::size_t i = 0; i < size; ++i)
    covariance_[i * (i + 1) / 2 + i] = first_[i];
  diagonal_ = first_;
}

estimator::opinion estimator::ask_of_grams(const imprint& of) const {
  opinion out;
  for (const auto& g : of.grams) {
    const float x = g.weight * imprint::sparse_unit;
    out.mean += x * grams_[g.slot];
    out.variance += x * x * gram_variance(g.slot);
    out.at_first += x * x * from_.grams;
  }
  return out;
}

estimator::opinion estimator::ask(const imprint& of) const {
  auto out = ask_of_grams(of);
  for (std::size_t i = 0; i < size; ++i) {
    const float x = of.dense[i] * imprint::dense_unit;
    out.mean += x * dense_[i];
    out.variance += x * x * diagonal_[i];
    out.at_first += x * x * first_[i];
  }
  return out;
}

estimator::opinion estimator::ask_exactly(const imprint& of) const {
  auto out = ask(of);
  const auto seen = read(of);
  out.variance = std::min(out.at_first, seen.variance);
  return out;
}

estimator::reading estimator::read(const imprint& of) const {
  reading out;
  std::array<float, size> x;
  for (std::size_t i = 0; i < size; ++i)
    x[i] = of.dense[i] * imprint::dense_unit;
  const float* row = covariance_.data();
  for (std::size_t i = 0; i < size; row += ++i) {
    out.gain[i] = dot(row, x.data(), i + 1);
    if (x[i] == 0) continue;
    for (std::size_t j = 0; j < i; ++j)
      out.gain[j] += row[j] * x[i];
  }
  for (std::size_t i = 0; i < size; ++i) {
    out.mean += x[i] * dense_[i];
    out.variance += x[i] * out.gain[i];
  }
  const auto grams = ask_of_grams(of);
  out.mean += grams.mean;
  out.variance = std::max(0.0F, out.variance) + grams.variance;
  return out;
}

void estimator::shift(const imprint& of, const reading& seen, float step, float curvature, float shrinking) {
  for (std::size_t i = 0; i < size; ++i)
    dense_[i] += step * seen.gain[i];
  float* row = covariance_.data();
  for (std::size_t i = 0; i < size; row += ++i) {
    const float by = shrinking * seen.gain[i];
    if (by == 0) continue;
    for (std::size_t j = 0; j <= i; ++j)
      row[j] -= by * seen.gain[j];
    row[i] = std::max(row[i], least_variance * first_[i]);
    diagonal_[i] = row[i];
  }
  // Without covariances each weight must take it that all others of the prompt move with it: the bound of a matrix by
  // its diagonal, |x| times the sum of all. By its own square alone it would settle some hundred times too slowly.
  float sum = 0;
  for (const auto& g : of.grams)
    sum += std::abs(g.weight * imprint::sparse_unit);
  for (const auto& g : of.grams) {
    const float x = g.weight * imprint::sparse_unit;
    grams_[g.slot] += step * x * gram_variance(g.slot);
    information_[g.slot] += from_.overlap * curvature * std::abs(x) * sum;
  }
}

void estimator::learn(const imprint& of, float result, float weight) {
  if (!(weight > 0)) return;
  const auto seen = read(of);
  const auto found = settle(seen.mean, seen.variance, std::clamp(result, 0.0F, 1.0F), weight);
  shift(of, seen, found.step, found.curvature, found.curvature / (1 + found.curvature * seen.variance));
}

void estimator::compare(estimator& better, estimator& worse, const imprint& of, float weight) {
  if (!(weight > 0) || &better == &worse) return;
  const auto up = better.read(of);
  const auto down = worse.read(of);
  const float variance = up.variance + down.variance;
  const auto found = settle(up.mean - down.mean, variance, 1, weight);
  const float shrinking = found.curvature / (1 + found.curvature * variance);
  better.shift(of, up, found.step, found.curvature, shrinking);
  worse.shift(of, down, -found.step, found.curvature, shrinking);
}

void estimator::forget(float kept) {
  for (auto& w : dense_)
    w *= kept;
  for (auto& c : covariance_)
    c *= kept;
  for (std::size_t i = 0; i < size; ++i)
    diagonal_[i] = covariance_[i * (i + 1) / 2 + i] += (1 - kept) * first_[i];
  for (auto& w : grams_)
    w *= kept;
  for (auto& information : information_)
    information *= kept;
}

estimator::record estimator::recorded() const {
  record out{{dense_.begin(), dense_.end()}, covariance_, {}};
  for (std::size_t slot = 0; slot < imprint::slots; ++slot)
    if (information_[slot] != 0 || grams_[slot] != 0)
      out.grams.push_back({static_cast<std::uint16_t>(slot), grams_[slot], information_[slot]});
  return out;
}

bool estimator::restore(const record& from) {
  const auto finite = [](float f) { return std::isfinite(f); };
  bool whole = from.dense.size() == size && from.covariance.size() == triangle &&
               std::all_of(from.dense.begin(), from.dense.end(), finite) &&
               std::all_of(from.covariance.begin(), from.covariance.end(), finite);
  for (const auto& g : from.grams)
    whole = whole && g.slot < imprint::slots && finite(g.mean) && finite(g.information) && g.information >= 0;
  for (std::size_t i = 0; whole && i < size; ++i)
    whole = from.covariance[i * (i + 1) / 2 + i] >= 0;
  if (!whole) return false;
  std::copy(from.dense.begin(), from.dense.end(), dense_.begin());
  covariance_ = from.covariance;
  for (std::size_t i = 0; i < size; ++i)
    diagonal_[i] = covariance_[i * (i + 1) / 2 + i];
  std::fill(grams_.begin(), grams_.end(), 0.0F);
  std::fill(information_.begin(), information_.end(), 0.0F);
  for (const auto& g : from.grams) {
    grams_[g.slot] = g.mean;
    information_[g.slot] = g.information;
  }
  return true;
}

} // namespace logos::classification
