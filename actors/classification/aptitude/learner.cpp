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
/// Of how many results on what an owner has said is as good as nothing.
constexpr float forgotten = 0.05F;
/// After so many trusted results an owner counts for a third: some twenty tell more of a model than a stranger.
constexpr float weighty = 20;
/// As how much of a result something must count to be worth the time: who is at the limit may talk on for nothing.
constexpr float least_weight = 0.001F;
/// Models that are gone; of more the oldest are not known any more, of which nobody speaks.
constexpr std::size_t most_gone = 4096;

} // namespace

std::chrono::microseconds learned::step() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(rules_.half_life) / steps_in_a_half_life;
}

std::int64_t learned::tick_of(core::wall_time when) const {
  if (step().count() <= 0) return 0;
  return std::max<std::int64_t>(0, when.time_since_epoch() / step());
}

float learned::kept(core::wall_time since, core::wall_time now) const {
  const auto ticks = tick_of(now) - tick_of(since);
  return ticks <= 0 ? 1.0F : std::exp2(-static_cast<float>(ticks) / steps_in_a_half_life);
}

const learned::of_model* learned::find(std::int64_t tenant, std::int64_t model) const {
  const auto at = known_.find({rules_.per_tenant ? tenant : 0, model});
  return at == known_.end() ? nullptr : at->second.get();
}

learned::of_model& learner::current(std::int64_t tenant, std::int64_t model, core::wall_time when) {
  const model_key key{tenant, model};
  auto& known = now_.known_;
  auto at = known.find(key);
  if (at == known.end()) {
    if (known.size() >= std::max<std::size_t>(2, now_.rules_.estimate_limit)) {
      // Whoever has had no news for longest makes room; of several the one that has learned least.
      const auto oldest = std::min_element(known.begin(), known.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second->heard, a.second->lessons) < std::tie(b.second->heard, b.second->lessons);
      });
      own_.erase(oldest->first);
      changed_.insert(oldest->first);
      known.erase(oldest);
    }
    at = known.emplace(key, std::make_shared<of_model>(of_model{now_.blank_, when})).first;
    own_.insert(key);
  } else if (own_.insert(key).second) {
    at->second = std::make_shared<of_model>(*at->second);
  }
  auto& m = *at->second;
  if (when > m.heard) {
    if (const auto kept = now_.kept(m.heard, when); kept < 1) {
      m.weights.forget(kept);
      m.trusted *= kept;
    }
    m.heard = when;
  }
  changed_.insert(key);
  return m;
}

std::shared_ptr<const learned> learner::publish() {
  own_.clear();
  return std::make_shared<const learned>(now_);
}

float learned::limit_beside(float trusted) const {
  const float beside = 1 + trusted / weighty;
  return rules_.giver_limit / (beside * std::sqrt(beside));
}

void learner::drop_faded(core::wall_time when) {
  std::erase_if(shares_, [&](const auto& s) {
    const bool faded = s.second.said * now_.kept(s.second.heard, when) < forgotten;
    if (faded) said_.insert(s.first);
    return faded;
  });
}

/// How much of `weight` may still count: the nearer an owner is to its limit, the less, and never more than the limit.
float learner::admit(const giver_key& who, float weight, float limit, core::wall_time when) {
  auto at = shares_.find(who);
  if (at == shares_.end() && shares_.size() >= now_.rules_.giver_table) drop_faded(when);
  if (at == shares_.end() && shares_.size() >= now_.rules_.giver_table)
    at = shares_.try_emplace({std::get<0>(who), std::get<1>(who), everybody_else}).first;
  else if (at == shares_.end())
    at = shares_.try_emplace(who, share{0, when}).first;
  auto& said = at->second;
  if (when > said.heard) {
    said.said *= now_.kept(said.heard, when);
    said.heard = when;
  }
  const float left = std::max(0.0F, limit - said.said);
  const float counted = limit > 0 ? std::min(weight * left / limit, left) : 0;
  const float admitted = counted < least_weight ? 0 : counted;
  said.said += admitted;
  said_.insert(at->first);
  return admitted;
}

void learner::learn(const lesson& what) {
  if (what.what == signal::forgotten) return forget_model(what.model);
  const bool is_pair = what.what == signal::preferred;
  if (what.about == nullptr || what.model == 0 || (is_pair && (what.other == 0 || what.other == what.model))) return;
  if (is_gone(what.model) || (is_pair && is_gone(what.other))) return;
  const auto tenant = tenant_of(what.tenant);
  auto [result, weight] = meaning_of(what.what, what.score);
  if (is_pair) (void)current(tenant, what.other, what.when);
  auto& about = current(tenant, what.model, what.when);
  // Making room for one never takes the other away: it has just had news, and there is room for two.
  auto* other = is_pair ? &current(tenant, what.other, what.when) : nullptr;
  if (!what.trusted) {
    weight = admit({tenant, what.model, what.giver}, weight, now_.limit_beside(about.trusted), what.when);
    if (is_pair)
      weight = std::min(weight,
                        admit({tenant, what.other, what.giver}, weight, now_.limit_beside(other->trusted), what.when));
  }
  ++about.lessons;
  if (what.trusted) about.trusted += weight;
  if (!is_pair) return about.weights.learn(*what.about, result, weight);
  ++other->lessons;
  if (what.trusted) other->trusted += weight;
  estimator::compare(about.weights, other->weights, *what.about, weight);
}

estimate learned::ask(std::int64_t tenant, std::int64_t model, const estimator::asked& of, core::wall_time now,
                      float prior) const {
  prior = std::clamp(prior, 0.001F, 0.999F);
  const float at_prior = prior == 0.5F ? 0.0F : logit(prior);
  const auto* known = find(tenant, model);
  if (known == nullptr) return {prior, at_prior, of.unknown, 1};
  const auto found = known->weights.ask(of);
  const float kept_now = kept(known->heard, now);
  const float variance = kept_now * found.variance + (1 - kept_now) * found.at_first;
  const float ignorance = found.at_first > 0 ? std::clamp(variance / found.at_first, 0.0F, 1.0F) : 0;
  // A normal prior's mean counts for as much of the posterior's as is left of its variance.
  const float mean_now = kept_now * found.mean;
  const float mean = mean_now + ignorance * at_prior;
  // The prior is an expectation already: only what was learned beside it is drawn back for uncertainty.
  const float drawn = mean_now / std::sqrt(1 + 0.3927F * variance) + ignorance * at_prior;
  return {mean_now == 0 && ignorance == 1 ? prior : logistic(drawn), mean, variance, ignorance};
}

void learner::forget_model(std::int64_t model) {
  std::erase_if(now_.known_, [&](const auto& k) { return k.first.second == model; });
  std::erase_if(own_, [&](const auto& k) { return k.second == model; });
  std::erase_if(shares_, [&](const auto& s) { return std::get<1>(s.first) == model; });
  gone_.insert(model);
  left_.insert(model);
  if (gone_.size() > most_gone) gone_.erase(gone_.begin());
}

float learner::said(std::int64_t tenant, std::int64_t model, std::int64_t giver, core::wall_time now) const {
  const auto at = shares_.find({tenant_of(tenant), model, giver});
  return at == shares_.end() ? 0 : at->second.said * now_.kept(at->second.heard, now);
}

float learned::limit(std::int64_t tenant, std::int64_t model, core::wall_time now) const {
  const auto* known = find(tenant, model);
  return limit_beside(known == nullptr ? 0 : known->trusted * kept(known->heard, now));
}

std::uint64_t learned::lessons(std::int64_t tenant, std::int64_t model) const {
  const auto* known = find(tenant, model);
  return known == nullptr ? 0 : known->lessons;
}

std::uint64_t learned::lessons(std::int64_t model) const {
  std::uint64_t sum = 0;
  for (const auto& [key, known] : known_)
    if (key.second == model) sum += known->lessons;
  return sum;
}

std::vector<std::int64_t> learned::models() const {
  std::vector<std::int64_t> out;
  for (const auto& [key, known] : known_)
    out.push_back(key.second);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

} // namespace logos::classification
