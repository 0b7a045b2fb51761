// SPDX-License-Identifier: MIT
#include "actors/scheduling/service_times.hpp"

namespace logos::scheduling {
namespace {

constexpr std::int64_t unseen_us = 1'000'000; // before the first call has ended

void learn(std::int64_t& mean_us, std::int64_t duration_us) {
  mean_us = mean_us == 0 ? duration_us : mean_us + (duration_us - mean_us) / 8;
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

std::chrono::microseconds service_times::typical() const {
  return std::chrono::microseconds{overall_us_ > 0 ? overall_us_ : unseen_us};
}

} // namespace logos::scheduling
