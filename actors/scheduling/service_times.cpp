// SPDX-License-Identifier: MIT
#include "actors/scheduling/service_times.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

constexpr std::int64_t unseen_us = 1'000'000; // before the first call has ended

void learn(std::int64_t& mean_us, std::int64_t duration_us) {
  mean_us = mean_us == 0 ? duration_us : mean_us + (duration_us - mean_us) / 8;
}

std::uint32_t seconds(std::int64_t mean_us, std::size_t waiting, std::uint32_t busy) {
  const auto each = mean_us > 0 ? mean_us : unseen_us;
  const auto work = static_cast<std::int64_t>(std::min<std::size_t>(waiting, 1'000'000)) *
                    std::min<std::int64_t>(each, 3'600'000'000);
  const auto us = work / std::max<std::int64_t>(busy, 1);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((us + 999'999) / 1'000'000, 1, 3600));
}

} // namespace

void service_times::observe(lane l, std::int64_t duration_us) {
  if (duration_us <= 0) return;
  if (l >= mean_us_.size()) mean_us_.resize(l + 1);
  learn(mean_us_[l], duration_us);
  learn(overall_us_, duration_us);
}

void service_times::recall(lane l, std::int64_t mean_us) {
  if (l >= mean_us_.size()) mean_us_.resize(l + 1);
  if (mean_us_[l] == 0) mean_us_[l] = mean_us;
  if (overall_us_ == 0) overall_us_ = mean_us;
}

std::uint32_t service_times::retry_after_s(lane l, std::size_t waiting, std::uint32_t busy) const {
  return seconds(mean_us(l), waiting, busy);
}

std::chrono::microseconds service_times::typical() const {
  return std::chrono::microseconds{overall_us_ > 0 ? overall_us_ : unseen_us};
}

} // namespace logos::scheduling
