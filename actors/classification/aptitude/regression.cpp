// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/regression.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace logos::classification {
namespace {

constexpr float least_variance = 1e-6F; // of what was there at first: below it rounding would decide
constexpr float least_likely = 1e-4F;

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

std::int16_t rounded(float value) { return static_cast<std::int16_t>(value + (value < 0 ? -0.5F : 0.5F)); }

struct outcome {
  float step = 0;      // of the logit, divided by its variance
  float shrinking = 0; // of the variance along the way
};

/// The most probable logit after an outcome: the zero of d - weight * variance * (result - logistic(mean + d)), which
/// grows strictly, by Newton's method between bounds that close in.
outcome settle(regression::opinion now, float result, float weight) {
  const float scale = weight * now.variance;
  const float far = scale * (result - logistic(now.mean));
  float low = std::min(0.0F, far), high = std::max(0.0F, far);
  float d = 0;
  for (int round = 0; round < 12; ++round) {
    const float p = logistic(now.mean + d);
    const float at = d - scale * (result - p);
    (at > 0 ? high : low) = d;
    const float next = d - at / (1 + scale * p * (1 - p));
    const float before = d;
    d = next > low && next < high ? next : (low + high) / 2;
    if (std::abs(d - before) < 1e-5F) break;
  }
  const float p = logistic(now.mean + d);
  const float curvature = weight * p * (1 - p);
  return {now.variance > 0 ? d / now.variance : 0, curvature / (1 + curvature * now.variance)};
}

/// How likely the result was held.
float log_likelihood(regression::opinion held, float result) {
  const float p = std::clamp(moderated(held.mean, held.variance), least_likely, 1 - least_likely);
  return result * std::log(p) + (1 - result) * std::log(1 - p);
}

} // namespace

float logistic(float logit) { return 1 / (1 + std::exp(-logit)); }

float logit(float p) { return std::log(p / (1 - p)); }

float moderated(float mean, float variance) {
  return logistic(mean / std::sqrt(1 + std::numbers::pi_v<float> / 8 * variance));
}

imprint_numbers numbers_of(const imprint& of) {
  imprint_numbers out;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = of.numbers[i] * imprint::unit;
  out.whole = of.numbers;
  return out;
}

regression::regression(std::span<const float> first)
    : first_(first.begin(), first.end()),
      means_(size()),
      covariances_(triangle()),
      scales_(size()) {
  std::size_t rounded = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    covariances_[i * (i + 1) / 2 + i] = first_[i];
    rounded += (i / stride + 1) * stride;
  }
  rounded_.resize(rounded);
  round_off();
}

void regression::round_off() {
  constexpr float most = 1023; // 104 products of it with the largest numbers there are still fit into 32 bits
  const float* row = covariances_.data();
  auto* to = rounded_.data();
  for (std::size_t i = 0; i < size(); row += ++i, to += (i + stride - 1) / stride * stride) {
    float largest = row[i] / 2;
    for (std::size_t j = 0; j < i; ++j)
      largest = std::max(largest, std::abs(row[j]));
    const float by = largest > 0 ? most / largest : 0;
    for (std::size_t j = 0; j < i; ++j)
      to[j] = rounded(row[j] * by);
    to[i] = rounded(row[i] / 2 * by);
    scales_[i] = 2 * largest / most * imprint::unit;
  }
}

float regression::variance_of(const imprint_numbers& of) const {
  const auto* row = rounded_.data();
#ifdef __SSE2__
  const auto eight = [](const std::int16_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  __m128 lanes = _mm_setzero_ps();
  for (std::size_t i = 0; i < size(); ++i) {
    __m128i sums = _mm_setzero_si128();
    for (std::size_t j = 0; j <= i; j += stride, row += stride)
      sums = _mm_add_epi32(sums, _mm_madd_epi16(eight(row), eight(&of.whole[j])));
    lanes = _mm_add_ps(lanes, _mm_mul_ps(_mm_cvtepi32_ps(sums), _mm_set1_ps(scales_[i] * of[i])));
  }
  std::array<float, 4> parts{};
  _mm_storeu_ps(parts.data(), lanes);
  return (parts[0] + parts[1]) + (parts[2] + parts[3]);
#else
  float variance = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    std::int32_t sum = 0;
    for (std::size_t j = 0; j <= i; j += stride, row += stride)
      for (std::size_t k = 0; k < stride; ++k)
        sum += row[k] * of.whole[j + k];
    variance += static_cast<float>(sum) * scales_[i] * of[i];
  }
  return variance;
#endif
}

regression::opinion regression::ask(const imprint_numbers& of) const {
  return {dot(means_.data(), of.data(), size()), std::max(0.0F, variance_of(of))};
}

void regression::read(const imprint_numbers& of, reading& out) const {
  const float* row = covariances_.data();
  for (std::size_t i = 0; i < size(); row += ++i) {
    out.gain[i] = dot(row, of.data(), i + 1);
    if (of[i] == 0) continue;
    for (std::size_t j = 0; j < i; ++j)
      out.gain[j] += row[j] * of[i];
  }
  out.found.mean = dot(means_.data(), of.data(), size());
  out.found.variance = std::max(0.0F, dot(out.gain.data(), of.data(), size()));
}

void regression::shift(const reading& seen, float step, float shrinking) {
  float* row = covariances_.data();
  for (std::size_t i = 0; i < size(); row += ++i) {
    means_[i] += step * seen.gain[i];
    const float by = shrinking * seen.gain[i];
    if (by == 0) continue;
    for (std::size_t j = 0; j <= i; ++j)
      row[j] -= by * seen.gain[j];
    row[i] = std::max(row[i], least_variance * first_[i]);
  }
  round_off();
}

float regression::learn(const imprint_numbers& of, float result, float weight) {
  reading seen;
  read(of, seen);
  const auto to = settle(seen.found, result, weight);
  shift(seen, to.step, to.shrinking);
  return weight * log_likelihood(seen.found, result);
}

float regression::compare(regression& better, regression& worse, const imprint_numbers& of, float weight) {
  reading up, down;
  better.read(of, up);
  worse.read(of, down);
  const opinion difference{up.found.mean - down.found.mean, up.found.variance + down.found.variance};
  const auto to = settle(difference, 1, weight);
  better.shift(up, to.step, to.shrinking);
  worse.shift(down, -to.step, to.shrinking);
  return weight * log_likelihood(difference, 1);
}

void regression::forget(float kept) {
  for (auto& m : means_)
    m *= kept;
  for (auto& c : covariances_)
    c *= kept;
  for (std::size_t i = 0; i < size(); ++i)
    covariances_[i * (i + 1) / 2 + i] += (1 - kept) * first_[i];
  round_off();
}

bool regression::restore(std::span<const float> means, std::span<const float> covariances) {
  const auto finite = [](float f) { return std::isfinite(f); };
  bool whole = means.size() == size() && covariances.size() == triangle() &&
               std::all_of(means.begin(), means.end(), finite) &&
               std::all_of(covariances.begin(), covariances.end(), finite);
  for (std::size_t i = 0; whole && i < size(); ++i)
    whole = covariances[i * (i + 1) / 2 + i] >= 0;
  if (!whole) return false;
  means_.assign(means.begin(), means.end());
  covariances_.assign(covariances.begin(), covariances.end());
  round_off();
  return true;
}

} // namespace logos::classification
