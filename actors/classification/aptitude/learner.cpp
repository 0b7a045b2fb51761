// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"

#include <algorithm>
#include <array>
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

/// Of an estimate that is known, or for which `make_room` has made room.
learned::of_model& learner::current(const model_key& key, core::wall_time when) {
  auto& known = now_.known_;
  auto at = known.find(key);
  if (at == known.end()) {
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

/// Whoever has learned least by now makes room for those that are new, of trusted results first. False, and all stays,
/// when that would take trusted results away for what is not trusted: keys could erase them with models or tenants.
bool learner::make_room(std::span<const model_key> about, bool trusted, core::wall_time when) {
  auto& known = now_.known_;
  const auto is_meant = [&](const model_key& key) { return std::find(about.begin(), about.end(), key) != about.end(); };
  const auto fresh = static_cast<std::size_t>(
      std::count_if(about.begin(), about.end(), [&](const auto& key) { return !known.contains(key); }));
  const auto limit = std::max<std::size_t>(2, now_.rules_.estimate_limit);
  if (known.size() + fresh <= limit) return true;
  // Where the limit is a lower one now, only as many go as come.
  const auto leave = std::min(fresh, known.size() + fresh - limit);
  if (leave == 0) return true;
  using worth = std::tuple<float, float, core::wall_time, model_key>;
  std::vector<worth> others;
  for (const auto& [key, m] : known) {
    if (is_meant(key)) continue;
    const auto kept = now_.kept(m->heard, when);
    const auto trust = m->trusted * kept;
    others.emplace_back(trust < forgotten ? 0 : trust, m->weights.known() * kept, m->heard, key);
  }
  if (others.size() < leave) return false;
  const auto end = others.begin() + static_cast<std::ptrdiff_t>(leave);
  std::partial_sort(others.begin(), end, others.end());
  if (!trusted && std::get<0>(*(end - 1)) > 0) return false;
  for (auto at = others.begin(); at != end; ++at) {
    const auto& key = std::get<3>(*at);
    own_.erase(key);
    changed_.insert(key);
    known.erase(key);
  }
  return true;
}

std::shared_ptr<const learned> learner::publish() {
  own_.clear();
  return std::make_shared<const learned>(now_);
}

float learned::limit_beside(float trusted) const {
  const float beside = 1 + trusted / weighty;
  return rules_.giver_limit / (beside * std::sqrt(beside));
}

void learner::drop_faded(share_table& of, core::wall_time when) {
  std::erase_if(of, [&](const auto& s) {
    const bool faded = s.second.said * now_.kept(s.second.heard, when) < forgotten;
    if (faded) said_.insert(s.first);
    return faded;
  });
}

/// Where it is counted what an owner says: where the table has no room, with all others for whom it has none.
learner::giver_key learner::seat_of(const giver_key& who, core::wall_time when) {
  const auto [tenant, model, owner] = who;
  auto& table = shares_of(owner);
  const auto room = is_beside(owner) ? now_.rules_.giver_table / 2 : now_.rules_.giver_table;
  if (table.contains(who) || table.size() < room) return who;
  drop_faded(table, when);
  if (table.size() < room) return who;
  return {tenant, model, is_beside(owner) ? beside(everybody_else) : everybody_else};
}

/// How much of `weight` may still count: the nearer an owner is to its limit, the less, and never more than the limit.
float learner::admissible(const giver_key& seat, float weight, float limit, core::wall_time when) const {
  const auto& table = shares_of(std::get<2>(seat));
  const auto at = table.find(seat);
  const float said = at == table.end() ? 0 : at->second.said * now_.kept(at->second.heard, when);
  const float left = std::max(0.0F, limit - said);
  const float counted = limit > 0 ? std::min(weight * left / limit, left) : 0;
  return counted < least_weight ? 0 : counted;
}

void learner::charge(const giver_key& seat, float weight, core::wall_time when) {
  auto& said = shares_of(std::get<2>(seat)).try_emplace(seat, share{0, when}).first->second;
  if (when > said.heard) {
    said.said *= now_.kept(said.heard, when);
    said.heard = when;
  }
  said.said += weight;
  said_.insert(seat);
}

/// Of several models the least that any of them admits.
learner::admission learner::admit(const lesson& what, std::span<const model_key> about, float weight) {
  const bool implicit = is_implicit(what.what);
  admission out{weight, {}};
  for (const auto& [tenant, model] : about) {
    const auto limit = now_.limit(tenant, model, what.when) * (implicit ? now_.rules_.implicit_part : 1.0F);
    const auto seat = seat_of({tenant, model, implicit ? beside(what.giver) : what.giver}, what.when);
    out.weight = std::min(out.weight, admissible(seat, weight, limit, what.when));
    out.from.push_back(seat);
  }
  return out;
}

bool learner::learn(const lesson& what) {
  if (what.what == signal::forgotten) {
    forget_model(what.model);
    return true;
  }
  const bool is_pair = what.what == signal::preferred;
  if (what.about == nullptr || what.model == 0 || (is_pair && (what.other == 0 || what.other == what.model)))
    return false;
  if (is_gone(what.model) || (is_pair && is_gone(what.other))) return false;
  const auto tenant = tenant_of(what.tenant);
  const std::array both{model_key{tenant, what.model}, model_key{tenant, what.other}};
  const auto meant = std::span{both}.first(is_pair ? 2 : 1);
  const auto means = meaning_of(what.what, what.score);
  // What counts as nothing makes no estimate, keeps none from being forgotten, and takes no room.
  const auto admitted = what.trusted ? admission{means.weight, {}} : admit(what, meant, means.weight);
  if (!(admitted.weight > 0) || !make_room(meant, what.trusted, what.when)) return false;
  for (const auto& seat : admitted.from)
    charge(seat, admitted.weight, what.when);
  std::array<of_model*, 2> of{};
  for (std::size_t i = 0; i < meant.size(); ++i) {
    of[i] = &current(meant[i], what.when);
    ++of[i]->lessons;
    if (what.trusted) of[i]->trusted += admitted.weight;
  }
  if (is_pair)
    estimator::compare(of[0]->weights, of[1]->weights, *what.about, admitted.weight);
  else
    of[0]->weights.learn(*what.about, means.result, admitted.weight);
  return true;
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
  for (auto* table : {&shares_, &implicit_shares_})
    std::erase_if(*table, [&](const auto& s) { return std::get<1>(s.first) == model; });
  gone_.insert(model);
  left_.insert(model);
  if (gone_.size() > most_gone) gone_.erase(gone_.begin());
}

float learner::said(std::int64_t tenant, std::int64_t model, std::int64_t giver, core::wall_time now) const {
  const auto& table = shares_of(giver);
  const auto at = table.find({tenant_of(tenant), model, giver});
  return at == table.end() ? 0 : at->second.said * now_.kept(at->second.heard, now);
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
