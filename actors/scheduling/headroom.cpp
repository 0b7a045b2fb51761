// SPDX-License-Identifier: MIT
#include "actors/scheduling/headroom.hpp"

#include <algorithm>
#include <cmath>

namespace logos::scheduling {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t most_marks = 128;
constexpr milliseconds mark_grain{5};
// A request that was granted this long before a word was said may have reached the provider after it.
constexpr milliseconds crossing{50};
constexpr std::uint32_t most_contradictions = 3;
constexpr std::int64_t least_telling_us = 10'000;
constexpr double hair_us = 1; // sums of fractions may lack so much

double us(core::steady_time::duration d) { return std::chrono::duration<double, std::micro>{d}.count(); }

core::steady_time::duration after_us(double span) {
  constexpr double longest = 366.0 * 24 * 3600e6;
  return microseconds{static_cast<std::int64_t>(std::ceil(std::clamp(span, 0.0, longest)))};
}

} // namespace

void grant_history::add(double amount, core::steady_time now) {
  if (!marks_.empty() && now - marks_.back().from < mark_grain) {
    marks_.back().to = now;
  } else {
    if (marks_.size() == most_marks) thin_out();
    marks_.push_back({now, now, total_});
  }
  total_ += amount;
}

void grant_history::thin_out() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    if (i % 2 == 1 && i < most_marks / 2)
      marks_[kept - 1].to = marks_[i].to;
    else
      marks_[kept++] = marks_[i];
  }
  marks_.resize(kept);
}

double grant_history::since(core::steady_time t) const {
  const auto first = std::lower_bound(marks_.begin(), marks_.end(), t,
                                      [](const mark& m, core::steady_time value) { return m.to < value; });
  return first == marks_.end() ? 0 : total_ - first->before;
}

double grant_history::after(core::steady_time t) const {
  const auto first = std::upper_bound(marks_.begin(), marks_.end(), t,
                                      [](core::steady_time value, const mark& m) { return value < m.from; });
  return first == marks_.end() ? 0 : total_ - first->before;
}

double quota::refilled(double level, core::steady_time from, core::steady_time now) const {
  if (now <= from) return level;
  const auto top = static_cast<double>(limit_);
  if (reset_ && now >= *reset_ && from < *reset_ && by_windows_) return std::max(level, top + std::min(level, 0.0));
  if (by_windows_) return level;
  return level >= top ? level : std::min(top, level + per_us_ * us(now - from));
}

double quota::left(core::steady_time now) const { return refilled(level_, at_, now); }

void quota::granted(double amount, core::steady_time now) {
  if (!known_) return;
  level_ = left(now) - amount;
  at_ = now;
  history_.add(amount, now);
}

void quota::exhaust(core::steady_time now) {
  if (!known_) return;
  level_ = std::min(left(now), 0.0);
  at_ = now;
}

void quota::heed(const core::quota_word& word, core::steady_time said, core::steady_time now, bool refused, double own,
                 double unseen) {
  if (word.remaining < 0 || (known_ && said < said_)) return;
  const auto before = left(now);
  const bool exhausted = refused && word.remaining == 0;
  if (!refused && exhausted_reset_ && said > exhausted_ && said + crossing < *exhausted_reset_) {
    // Something was left before all of it was back.
    contradictions_ = 0;
    by_windows_ = false;
  }
  // It was granted from what was left.
  if (known_ && exhausted && before > -own / 2 && said >= exhausted_ && ++contradictions_ >= most_contradictions)
    by_windows_ = true;
  if (exhausted) {
    exhausted_ = now;
    exhausted_reset_.reset();
    if (word.reset_us >= 0) exhausted_reset_ = said + microseconds{word.reset_us};
  }

  limit_ = word.limit >= 0 ? std::max<std::int64_t>(word.limit, 1) : std::max(limit_, word.remaining);
  const auto top = static_cast<double>(limit_);
  const auto remaining = std::min(static_cast<double>(word.remaining), top);
  const auto sure = history_.after(said), perhaps = history_.since(said - crossing);
  if (word.reset_us >= 0) {
    reset_ = said + microseconds{word.reset_us};
    // Rounded times of next to nothing tell no rate.
    if (remaining < top && word.reset_us > 0 && (word.reset_us >= least_telling_us || per_us_ <= 0))
      per_us_ = (top - remaining) / static_cast<double>(word.reset_us);
  }
  at_ = now;
  said_ = said;
  const auto back = refilled(remaining, said, now);
  const auto high = back - sure;
  const auto low = back - perhaps + std::min(own, perhaps - sure);
  level_ = known_ ? std::clamp(before, std::min(low, high), high) : high - unseen;
  if (exhausted) level_ = std::min(level_, 0.0);
  known_ = true;
}

std::optional<core::steady_time> quota::when(double amount, core::steady_time now) const {
  const auto lacking = reachable(amount) - left(now);
  if (!known_ || lacking <= 0) return now;
  if (by_windows_) {
    if (!reset_ || *reset_ <= now) return std::nullopt;
    return reset_;
  }
  if (per_us_ <= 0) return std::nullopt;
  return now + after_us(lacking / per_us_ + hair_us);
}

void headroom::heed(const core::rate_word& word, core::steady_time now, bool refused, double own_tokens,
                    std::uint32_t unseen) {
  const auto said = now - microseconds{std::max<std::int64_t>(word.age_us, 0)};
  requests_.heed(word.requests, said, now, refused, 1, unseen);
  tokens_.heed(word.tokens, said, now, refused, own_tokens, own_tokens * unseen);
}

void headroom::granted(double tokens, core::steady_time now) {
  requests_.granted(1, now);
  tokens_.granted(tokens, now);
}

void headroom::exhaust(core::steady_time now) {
  requests_.exhaust(now);
  tokens_.exhaust(now);
}

std::optional<core::steady_time> headroom::when(double tokens, core::steady_time now) const {
  const auto first = requests_.when(1, now), second = tokens_.when(tokens, now);
  if (!first || !second) return std::nullopt;
  return std::max(*first, *second);
}

bool headroom::scarce(core::steady_time now) const {
  const auto low = [now](const quota& q) { return q.known() && q.left(now) * 2 < static_cast<double>(q.limit()); };
  return low(requests_) || low(tokens_);
}

} // namespace logos::scheduling
