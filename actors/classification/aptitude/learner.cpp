// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"

#include <algorithm>
#include <cmath>

namespace logos::classification {
namespace {

/// Forgetting goes by steps, as many in a half-life, so that it does not matter when anybody looks.
constexpr std::int64_t steps_in_a_half_life = 64;
/// Who shares a limit with all others that the table has no room for.
constexpr std::int64_t everybody_else = -1;
/// Of how many results on what a key has said is as good as nothing.
constexpr float forgotten = 0.05F;
/// As how much of a result something must count to be worth the time: a key at its limit may talk on for nothing.
constexpr float least_weight = 0.001F;

} // namespace

std::int64_t learner::tick_of(core::wall_time when) const {
  const auto step = std::chrono::duration_cast<std::chrono::microseconds>(rules_.half_life) / steps_in_a_half_life;
  if (step.count() <= 0) return 0;
  return std::max<std::int64_t>(0, when.time_since_epoch() / step);
}

float learner::kept(std::int64_t ticks) const {
  return ticks <= 0 ? 1.0F : std::exp2(-static_cast<float>(ticks) / steps_in_a_half_life);
}

const learner::of_model* learner::find(std::int64_t tenant, std::int64_t model) const {
  const auto at = known_.find({rules_.per_tenant ? tenant : 0, model});
  return at == known_.end() ? nullptr : &at->second;
}

learner::of_model& learner::current(std::int64_t tenant, std::int64_t model, std::int64_t tick) {
  const model_key key{tenant, model};
  auto at = known_.find(key);
  if (at == known_.end()) {
    if (known_.size() >= std::max<std::size_t>(2, rules_.estimate_limit)) {
      // Whoever has had no news for longest makes room; of several the one that has learned least.
      const auto oldest = std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second.tick, a.second.lessons) < std::tie(b.second.tick, b.second.lessons);
      });
      known_.erase(oldest);
    }
    at = known_.emplace(key, of_model{estimator{rules_.from}, tick}).first;
  }
  if (tick > at->second.tick) {
    at->second.weights.forget(kept(tick - at->second.tick));
    at->second.trusted *= kept(tick - at->second.tick);
    at->second.tick = tick;
  }
  return at->second;
}

/// L * L / (L + trusted): a share of L that is L's share of both.
float learner::limit_beside(float trusted) const {
  const float most = rules_.giver_limit;
  return most > 0 ? most * most / (most + trusted) : 0;
}

/// How much of `weight` may still count: the nearer a key is to its limit, the less, and never more than the limit.
float learner::admit(const giver_key& who, float weight, float limit, std::int64_t tick) {
  auto at = shares_.find(who);
  if (at == shares_.end() && shares_.size() >= rules_.giver_table)
    std::erase_if(shares_, [&](const auto& s) { return s.second.said * kept(tick - s.second.tick) < forgotten; });
  if (at == shares_.end() && shares_.size() >= rules_.giver_table)
    at = shares_.try_emplace({std::get<0>(who), std::get<1>(who), everybody_else}).first;
  else if (at == shares_.end())
    at = shares_.try_emplace(who, share{0, tick}).first;
  auto& said = at->second;
  if (tick > said.tick) {
    said.said *= kept(tick - said.tick);
    said.tick = tick;
  }
  const float left = std::max(0.0F, limit - said.said);
  const float counted = limit > 0 ? std::min(weight * left / limit, left) : 0;
  const float admitted = counted < least_weight ? 0 : counted;
  said.said += admitted;
  return admitted;
}

void learner::learn(const lesson& what) {
  const bool is_pair = what.what == signal::preferred;
  if (what.about == nullptr || what.model == 0 || (is_pair && (what.other == 0 || what.other == what.model))) return;
  const auto tenant = rules_.per_tenant ? what.tenant : 0;
  const auto tick = tick_of(what.when);
  auto [result, weight] = meaning_of(what.what, what.score);
  if (is_pair) (void)current(tenant, what.other, tick);
  auto& about = current(tenant, what.model, tick);
  // Making room for one never takes the other away: it has just had news, and there is room for two.
  auto* other = is_pair ? &current(tenant, what.other, tick) : nullptr;
  if (!what.trusted) {
    weight = admit({tenant, what.model, what.giver}, weight, limit_beside(about.trusted), tick);
    if (is_pair)
      weight = std::min(weight, admit({tenant, what.other, what.giver}, weight, limit_beside(other->trusted), tick));
  }
  ++about.lessons;
  if (what.trusted) about.trusted += weight;
  if (!is_pair) return about.weights.learn(*what.about, result, weight);
  ++other->lessons;
  if (what.trusted) other->trusted += weight;
  estimator::compare(about.weights, other->weights, *what.about, weight);
}

estimate learner::judge(const of_model* known, estimator::opinion found, core::wall_time now, float prior) const {
  prior = std::clamp(prior, 0.001F, 0.999F);
  if (known == nullptr) return {prior, logit(prior), found.at_first, 1};
  const float kept_now = kept(tick_of(now) - known->tick);
  const float variance = kept_now * found.variance + (1 - kept_now) * found.at_first;
  const float ignorance = found.at_first > 0 ? std::clamp(variance / found.at_first, 0.0F, 1.0F) : 0;
  // A normal prior's mean counts for as much of the posterior's as is left of its variance.
  const float learned = kept_now * found.mean;
  const float mean = learned + ignorance * logit(prior);
  // The prior is an expectation already: only what was learned beside it is drawn back for uncertainty.
  const float drawn = learned / std::sqrt(1 + 0.3927F * variance) + ignorance * logit(prior);
  return {learned == 0 && ignorance == 1 ? prior : logistic(drawn), mean, variance, ignorance};
}

estimate learner::ask(std::int64_t tenant, std::int64_t model, const imprint& of, core::wall_time now,
                      float prior) const {
  const auto* known = find(tenant, model);
  return judge(known, known != nullptr ? known->weights.ask(of) : estimator::nothing(rules_.from, of), now, prior);
}

void learner::forget_model(std::int64_t model) {
  std::erase_if(known_, [&](const auto& k) { return k.first.second == model; });
  std::erase_if(shares_, [&](const auto& s) { return std::get<1>(s.first) == model; });
}

float learner::said(std::int64_t tenant, std::int64_t model, std::int64_t giver, core::wall_time now) const {
  const auto at = shares_.find({rules_.per_tenant ? tenant : 0, model, giver});
  return at == shares_.end() ? 0 : at->second.said * kept(tick_of(now) - at->second.tick);
}

float learner::limit(std::int64_t tenant, std::int64_t model, core::wall_time now) const {
  const auto* known = find(tenant, model);
  return limit_beside(known == nullptr ? 0 : known->trusted * kept(tick_of(now) - known->tick));
}

std::uint64_t learner::lessons(std::int64_t tenant, std::int64_t model) const {
  const auto* known = find(tenant, model);
  return known == nullptr ? 0 : known->lessons;
}

} // namespace logos::classification
