// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"

#include <map>
#include <vector>

/// Credits: what may be spent of a budget beside its amount, or below 0 less. One counts in the period in which it was
/// made, or the one that it reverses. Pure.
namespace logos::accounting {

/// What the credits of one of a budget's periods come to.
struct period_credit {
  core::wall_time begins{}; // the period
  core::nano sum = 0;       // not 0
  bool operator==(const period_credit&) const = default;
};

/// Adds a budget's credits up, by its periods.
class credit_sums {
public:
  explicit credit_sums(core::budget_period period) : period_{period} {}
  void add(core::wall_time made_at, core::nano amount) { sums_[core::start_of(period_, made_at)] += amount; }
  /// The earliest period first. A sum that is no amount stops at the largest or the smallest one.
  std::vector<period_credit> list() const;

private:
  __extension__ using wide = __int128; // of 64-bit entries there are never so many that it ends
  core::budget_period period_;
  std::map<core::wall_time, wide> sums_;
};

/// What was credited in the period that begins then, of a list as `credit_sums` makes it.
core::nano credited(const std::vector<period_credit>& all, core::wall_time begins);
/// What may be spent: an amount, and what was credited. At least 0, at most the largest amount.
core::nano allowed(core::nano amount, core::nano credited);

} // namespace logos::accounting
