// SPDX-License-Identifier: MIT
#include "actors/learning/habits.hpp"

#include <algorithm>
#include <utility>

namespace logos::learning {

void habits::heard(std::int64_t owner, std::int64_t model, const core::uuid& request, double blame, bool again) {
  if (pairs_ >= by_.table) { // all begin anew, at the rate of all, which stays
    owners_.clear();
    pairs_ = 0;
  }
  auto& by = owners_[owner];
  const auto [at, fresh] = by.models.try_emplace(model);
  if (fresh) ++pairs_;
  auto& of = at->second;
  if (blame <= 0)
    of.good = request;
  else if (of.good == request)
    of.good = {};
  const double calls = again ? 0 : 1;
  by.all.add(calls, blame);
  of.calls += calls;
  if (by.all.calls <= by_.first_calls) all_.add(calls, blame); // a program that asks all day is one owner, too
  if (all_.calls > by_.all_memory) all_.halve();
  const double of_all = all_.calls > 0 ? all_.blame / all_.calls : 0;
  const double usual = (by_.first_calls * of_all + by.all.blame) / (by_.first_calls + by.all.calls);
  // Of all its calls so far, not of this one: what is usual becomes known only by and by.
  const double deserves = by_.lenience * std::min(usual, by_.most_usual) * of.calls;
  due_[model] += deserves - of.deserved;
  of.deserved = deserves;
  if (by.all.calls < by_.memory) return;
  by.all.halve();
  for (auto& [id, each] : by.models) {
    each.calls /= 2;
    each.deserved /= 2;
  }
}

/// By that owner whose calls have made it due: what it may say of a model by its calls is bounded, good and bad alike.
std::optional<core::uuid> habits::take_due(std::int64_t owner, std::int64_t model, double weight) {
  auto& due = due_[model];
  if (due < weight / 2) return std::nullopt; // rounded
  auto& good = owners_[owner].models[model].good;
  if (good.nil()) return std::nullopt; // later
  due -= weight;
  return std::exchange(good, {});
}

} // namespace logos::learning
