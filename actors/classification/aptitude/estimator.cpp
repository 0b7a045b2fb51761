// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/estimator.hpp"

#include <algorithm>
#include <cmath>

namespace logos::classification {
namespace {

/// The share of a view that need not be asked: less than what is seen of a quality.
constexpr float nothing = 1e-4F;

std::vector<float> variances(const widths& from) {
  std::vector<float> out(imprint::count);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = i < imprint::surface_at    ? from.constant
             : i == imprint::surface_at ? from.length
             : i < imprint::traits_at   ? from.surface
             : i < imprint::meaning_at  ? from.traits
                                        : from.meaning; // of a vector of length 1
  return out;
}

/// What the variance of a logit was at first, for each view.
template <std::size_t N>
std::array<float, N> at_first_of(std::span<const float> first, const std::array<std::size_t, N>& views,
                                 const imprint_numbers& x) {
  std::array<float, N> out{};
  float sum = 0;
  std::size_t i = 0;
  for (std::size_t v = 0; v < N; ++v) {
    for (; i < views[v]; ++i)
      sum += first[i] * x[i] * x[i];
    out[v] = sum;
  }
  return out;
}

} // namespace

estimator::estimator(const widths& from)
    : first_{variances(from)},
      seen_by_{regression{std::span{first_}.first(views[0])}, regression{std::span{first_}.first(views[1])},
               regression{std::span{first_}.first(views[2])}} {}

estimator::shares estimator::shares_of(const shares& evidence) {
  shares out{};
  float sum = 0;
  for (std::size_t v = 0; v < out.size(); ++v)
    sum += out[v] = std::exp(evidence[v]);
  for (auto& share : out)
    share /= sum;
  return out;
}

/// Mean and variance of a mixture of normal distributions: where the views disagree, less is known.
estimator::opinion estimator::mixed(const shares& of, const std::array<regression::opinion, views.size()>& found,
                                    const shares& at_first) {
  opinion out;
  for (std::size_t v = 0; v < of.size(); ++v) {
    out.mean += of[v] * found[v].mean;
    out.at_first += of[v] * at_first[v];
  }
  for (std::size_t v = 0; v < of.size(); ++v) {
    const float away = found[v].mean - out.mean;
    out.variance += of[v] * (found[v].variance + away * away);
  }
  out.variance = std::min(out.variance, out.at_first);
  return out;
}

estimator::asked estimator::about(const imprint& of) const {
  asked out;
  out.x = numbers_of(of);
  out.at_first = at_first_of(first_, views, out.x);
  const auto even = shares_of({});
  for (std::size_t v = 0; v < even.size(); ++v)
    out.unknown += even[v] * out.at_first[v];
  return out;
}

estimator::opinion estimator::ask(const asked& of) const {
  auto counts = counts_;
  std::array<regression::opinion, views.size()> found;
  for (std::size_t v = 0; v < found.size(); ++v)
    if (counts[v] > nothing)
      found[v] = seen_by_[v].ask(of.x);
    else
      counts[v] = 0;
  return mixed(counts, found, of.at_first);
}

void estimator::witness(const shares& log_likelihoods) {
  for (std::size_t v = 0; v < evidence_.size(); ++v)
    evidence_[v] += log_likelihoods[v];
  const float highest = *std::max_element(evidence_.begin(), evidence_.end());
  for (auto& e : evidence_)
    e -= highest;
  count_shares();
}

void estimator::learn(const imprint& of, float result, float weight) {
  if (!(weight > 0)) return;
  const auto x = numbers_of(of);
  shares likely;
  for (std::size_t v = 0; v < likely.size(); ++v)
    likely[v] = seen_by_[v].learn(x, std::clamp(result, 0.0F, 1.0F), weight);
  witness(likely);
}

void estimator::compare(estimator& better, estimator& worse, const imprint& of, float weight) {
  if (!(weight > 0) || &better == &worse) return;
  const auto x = numbers_of(of);
  shares likely;
  for (std::size_t v = 0; v < likely.size(); ++v)
    likely[v] = regression::compare(better.seen_by_[v], worse.seen_by_[v], x, weight);
  better.witness(likely);
  worse.witness(likely);
}

void estimator::forget(float kept) {
  for (auto& view : seen_by_)
    view.forget(kept);
  for (auto& e : evidence_)
    e *= kept;
  count_shares();
}

float estimator::known() const {
  return first_[0] > 0 ? std::clamp(1 - seen_by_[0].covariances()[0] / first_[0], 0.0F, 1.0F) : 0;
}

std::vector<float> estimator::recorded() const {
  std::vector<float> out;
  out.reserve(recorded_size);
  for (std::size_t v = 0; v < views.size(); ++v) {
    out.push_back(evidence_[v]);
    out.insert(out.end(), seen_by_[v].means().begin(), seen_by_[v].means().end());
    out.insert(out.end(), seen_by_[v].covariances().begin(), seen_by_[v].covariances().end());
  }
  return out;
}

bool estimator::restore(const std::vector<float>& from) {
  if (from.size() != recorded_size) return false;
  auto made = *this;
  std::span left{from};
  for (std::size_t v = 0; v < views.size(); ++v) {
    made.evidence_[v] = left[0];
    const auto n = views[v];
    const auto triangle = n * (n + 1) / 2;
    if (!(left[0] <= 0) || !std::isfinite(left[0])) return false;
    if (!made.seen_by_[v].restore(left.subspan(1, n), left.subspan(1 + n, triangle))) return false;
    left = left.subspan(1 + n + triangle);
  }
  made.count_shares();
  *this = std::move(made);
  return true;
}

} // namespace logos::classification
