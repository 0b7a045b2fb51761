// SPDX-License-Identifier: MIT
#include "actors/scheduling/shares.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

constexpr std::uint32_t heaviest = 1000;

} // namespace

void shares::enter(std::int64_t key, std::uint32_t weight) {
  const auto [at, made] = rows_.try_emplace(key);
  auto& r = at->second;
  if (r.waiting > 0) weight_ -= r.weight;
  if (r.waiting == 0 && !made) resting_.erase({r.mark, key});
  if (r.waiting == 0) r.mark = std::max(r.mark, now_);
  r.weight = std::clamp(weight, 1U, heaviest);
  weight_ += r.weight;
  ++r.waiting;
  ++waiting_;
}

void shares::leave(std::int64_t key) {
  --waiting_;
  const auto at = rows_.find(key);
  if (--at->second.waiting > 0) return;
  weight_ -= at->second.weight;
  if (weight_ > 0) {
    resting_.emplace(at->second.mark, key);
    return;
  }
  // Nobody waits: whoever has had more has taken it from nobody.
  rows_.clear();
  resting_.clear();
  now_ = 0;
}

void shares::charge(std::int64_t key, std::uint32_t tokens) {
  auto& r = rows_.at(key);
  now_ = std::max(now_ + std::max<std::uint64_t>(tokens * unit / (drift * weight_), 1), r.mark);
  r.mark += extent(tokens, r.weight);
  while (!resting_.empty() && resting_.begin()->first <= now_) {
    rows_.erase(resting_.begin()->second);
    resting_.erase(resting_.begin());
  }
}

std::uint32_t shares::waiting(std::int64_t key) const {
  const auto at = rows_.find(key);
  return at == rows_.end() ? 0 : at->second.waiting;
}

std::size_t shares::grants_for(std::int64_t key, std::size_t of_key) const {
  const auto at = rows_.find(key);
  if (at == rows_.end() || at->second.waiting == 0) return waiting_;
  const auto all = (of_key * weight_ + at->second.weight - 1) / at->second.weight;
  return std::min<std::size_t>(all, waiting_);
}

bool shares::within(std::int64_t key, std::uint32_t tokens) const {
  const auto& r = rows_.at(key);
  return r.mark <= now_ + extent(tokens, r.weight);
}

} // namespace logos::scheduling
