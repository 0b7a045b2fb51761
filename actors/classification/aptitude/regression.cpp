// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/regression.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#if defined(__x86_64__) && defined(__GNUC__)
#define LOGOS_VECTORS
#include <immintrin.h>
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

// The sum over a triangle's rows, each with a scale of its own: rows of as many strides are taken together. All of them
// add the same numbers in the same order, so that every processor finds the same.
constexpr std::size_t stride = imprint_numbers::stride;
constexpr std::size_t blocks = (imprint::count + stride - 1) / stride;
using lanes = std::array<float, 8>; // each of two numbers of a stride

/// What each row counts as.
struct factors : std::array<float, blocks * stride> {
  factors(std::span<const float> scales, const imprint_numbers& of) : array{} {
    for (std::size_t i = 0; i < scales.size(); ++i)
      (*this)[i] = scales[i] * of[i];
  }
};

float sum_of(const lanes& l) { return ((l[0] + l[4]) + (l[1] + l[5])) + ((l[2] + l[6]) + (l[3] + l[7])); }

/// Calls `take.template rows<N>(row, first, last)` for the rows of N strides, for every N.
template <std::size_t N = 1, class Take>
void each_block(const std::int16_t* row, std::size_t rows, Take& take) {
  const auto first = (N - 1) * stride, last = std::min(N * stride, rows);
  take.template rows<N>(row, first, last);
  if constexpr (N < blocks)
    if (last < rows) each_block<N + 1>(row + (last - first) * N * stride, rows, take);
}

#ifdef LOGOS_VECTORS
struct by_eight {
  const imprint_numbers& of;
  const factors& by;
  __m128 low = _mm_setzero_ps(), high = _mm_setzero_ps();

  static __m128i at(const std::int16_t* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }
  template <std::size_t N>
  void rows(const std::int16_t* row, std::size_t first, std::size_t last) {
    for (auto i = first; i < last; ++i, row += N * stride) {
      __m128i sum = _mm_setzero_si128(), sum_high = _mm_setzero_si128();
      for (std::size_t n = 0; n < N * stride; n += stride) {
        sum = _mm_add_epi32(sum, _mm_madd_epi16(at(row + n), at(&of.whole[n])));
        sum_high = _mm_add_epi32(sum_high, _mm_madd_epi16(at(row + n + 8), at(&of.whole[n + 8])));
      }
      const auto factor = _mm_set1_ps(by[i]);
      low = _mm_add_ps(low, _mm_mul_ps(_mm_cvtepi32_ps(sum), factor));
      high = _mm_add_ps(high, _mm_mul_ps(_mm_cvtepi32_ps(sum_high), factor));
    }
  }
  lanes sums() const {
    lanes out{};
    _mm_storeu_ps(out.data(), low);
    _mm_storeu_ps(out.data() + 4, high);
    return out;
  }
};

struct by_sixteen {
  const imprint_numbers& of;
  const factors& by;
  lanes sum{};

  template <std::size_t N>
  __attribute__((target("avx2"))) void rows(const std::int16_t* row, std::size_t first, std::size_t last) {
    auto all = _mm256_loadu_ps(sum.data());
    for (auto i = first; i < last; ++i, row += N * stride) {
      __m256i of_row = _mm256_setzero_si256();
#pragma GCC unroll 8
      for (std::size_t n = 0; n < N * stride; n += stride)
        of_row = _mm256_add_epi32(of_row,
                                  _mm256_madd_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + n)),
                                                    _mm256_load_si256(reinterpret_cast<const __m256i*>(&of.whole[n]))));
      all = _mm256_add_ps(all, _mm256_mul_ps(_mm256_cvtepi32_ps(of_row), _mm256_set1_ps(by[i])));
    }
    _mm256_storeu_ps(sum.data(), all);
  }
  lanes sums() const { return sum; }
};
#else
struct by_one {
  const imprint_numbers& of;
  const factors& by;
  lanes sum{};

  template <std::size_t N>
  void rows(const std::int16_t* row, std::size_t first, std::size_t last) {
    for (auto i = first; i < last; ++i, row += N * stride) {
      std::array<std::int32_t, 8> of_row{};
      for (std::size_t n = 0; n < N * stride; ++n)
        of_row[n % stride / 2] += row[n] * of.whole[n];
      for (std::size_t k = 0; k < sum.size(); ++k)
        sum[k] += static_cast<float>(of_row[k]) * by[i];
    }
  }
  lanes sums() const { return sum; }
};
#endif

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
  out.whole = {};
  std::copy(of.numbers.begin(), of.numbers.end(), out.whole.begin());
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
  const factors by{scales_, of};
  const auto sum = [&](auto take) {
    each_block(rounded_.data(), size(), take);
    return sum_of(take.sums());
  };
#ifdef LOGOS_VECTORS
  static const bool has_wide = __builtin_cpu_supports("avx2") != 0;
  return has_wide ? sum(by_sixteen{of, by}) : sum(by_eight{of, by});
#else
  return sum(by_one{of, by});
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
