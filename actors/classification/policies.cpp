// SPDX-License-Identifier: MIT
#include "actors/classification/policies.hpp"

#include "actors/catalog/passages.hpp"
#include "actors/classification/selection.hpp"

#include <algorithm>
#include <charconv>

namespace logos::classification {
namespace {

using catalog::policy;
using core::ec;
using core::failure;
using core::policy_use;

bool concerns(const policy& p, const petitioner& by) {
  if (p.profile_id != 0) return by.with != nullptr && by.with->id == p.profile_id;
  return p.process_id == 0 || p.process_id == by.who->process_id;
}

int nearness(const policy& p) { return p.profile_id != 0 ? 2 : p.process_id != 0 ? 1 : 0; }

/// The nearest of those that concern the key and satisfy `fits`; of equals the first.
template <class Fits>
const policy* nearest(const petitioner& by, Fits fits) {
  const policy* best = nullptr;
  for (const auto& p : by.in->policies)
    if (concerns(p, by) && fits(p) && (best == nullptr || nearness(p) > nearness(*best))) best = &p;
  return best;
}

std::int64_t parse_number(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id);
  return wrong == std::errc{} && end == text.data() + text.size() ? id : 0;
}

/// `unsaid`: the target where it names none.
policy made_of(const wish& w, std::int32_t unsaid) {
  policy out;
  if (w.privacy) out.threshold_privacy = *w.privacy;
  out.threshold_latency = w.latency.value_or(unsaid);
  out.threshold_accuracy = w.accuracy.value_or(unsaid);
  out.threshold_cost = w.cost.value_or(lowest_weight);
  out.threshold_quality = w.quality.value_or(unsaid);
  out.priority = w.priority.value_or(0);
  out.topic = w.topic;
  return out;
}

/// Several policies as they come together. A single one is not copied.
class collection {
public:
  explicit collection(const catalog::snapshot_ptr& of) : of_{of} {}

  void add(const policy& p) {
    note_cost(p.threshold_cost);
    if (made_)
      made_ = both(*made_, p);
    else if (single_ != nullptr)
      made_ = both(*single_, p);
    else
      single_ = &p;
  }
  void add_wish(const wish& w) {
    note_cost(w.cost.value_or(lowest_weight));
    const auto* base = seen();
    // The zeros of "no policy" are nobody's word: what is said takes their place.
    if (base == nullptr) {
      made_ = made_of(w, 0);
      return;
    }
    auto joined = both(*base, made_of(w, lowest_weight));
    if (w.priority) joined.priority = *w.priority;
    if (!w.topic.empty()) joined.topic = w.topic;
    made_ = std::move(joined);
  }
  const policy* seen() const { return made_ ? &*made_ : single_; }
  /// Puts what the highest threshold of cost stands for; never less than what any of them says in a number.
  void settle_cost(std::int32_t highest) {
    if (!made_) made_ = *single_;
    made_->threshold_cost = std::max(highest, least_cost_);
  }
  policy_ptr finish() {
    if (made_) return std::make_shared<const policy>(std::move(*made_));
    if (single_ == nullptr) return nullptr;
    return {of_, single_}; // lives with its catalog
  }

private:
  void note_cost(std::int32_t threshold) {
    if (threshold < highest_weight) least_cost_ = std::max(least_cost_, threshold);
  }

  const catalog::snapshot_ptr& of_;
  const policy* single_ = nullptr;
  std::optional<policy> made_;
  std::int32_t least_cost_ = lowest_weight;
};

/// The highest cost weight of what the key could use under this privacy, of models that can do what is needed; nothing
/// when that is no model.
std::optional<std::int32_t> highest_cost(const petitioner& by, core::privacy_level most, const core::needs& needs) {
  std::optional<std::int32_t> out, too_small;
  for (const auto& d : by.in->deployments) {
    if (catalog::is_passage(d) || d.privacy() > most || !can_do(*d.model, needs) ||
        !catalog::snapshot::permits(*by.who, by.with, d))
      continue;
    auto& highest = has_room(*d.model, needs) ? out : too_small;
    highest = std::max(highest.value_or(d.model->weight_cost), d.model->weight_cost);
  }
  // Where no context is long enough, that is what the request is refused for, not its policy.
  return out ? out : too_small;
}

failure gone() {
  return {ec::forbidden, "The policy that the request named is there no more, or not for this key.", "policy"};
}

} // namespace

boost::system::result<const policy*, failure> find_policy(const petitioner& by, std::string_view text) {
  const policy* found = nullptr;
  if (const auto id = parse_number(text); id > 0) found = nearest(by, [&](const policy& p) { return p.id == id; });
  if (found == nullptr) found = nearest(by, [&](const policy& p) { return p.name == text; });
  if (found != nullptr) return found;
  return failure{ec::resource_not_found,
                 "There is no policy '" + std::string{text.substr(0, 100)} + "' for this key. Give its id or name.",
                 "policy"};
}

failure read_wish(const petitioner& by, std::string_view model, petition& out) {
  auto read = parse_logos_v(model);
  if (!read) return refusal_of(model, read.error());
  if (!read->policy.empty()) {
    const auto found = find_policy(by, read->policy);
    if (!found) return found.error();
    out.wished_id = (*found)->id;
  }
  out.by_name = std::move(*read);
  return {};
}

boost::system::result<policy_list, failure> policies_obeyed(const petitioner& by, const petition& what) {
  policy_list out;
  const auto add = [&](const policy& p) {
    if (std::find(out.begin(), out.end(), &p) == out.end()) out.push_back(&p);
  };
  const auto add_named = [&](std::int64_t id) {
    const auto* named = nearest(by, [id](const policy& p) { return p.id == id; });
    if (named != nullptr) add(*named);
    return named != nullptr;
  };
  if (what.policy_id != 0) {
    if (!add_named(what.policy_id)) return gone();
  } else if (const auto* usual = nearest(by, [](const policy& p) { return p.use == policy_use::standard; })) {
    add(*usual);
  }
  if (what.wished_id != 0 && !add_named(what.wished_id)) return gone();
  for (const auto& p : by.in->policies)
    if (p.use == policy_use::always && concerns(p, by)) add(p);
  return out;
}

boost::system::result<policy_ptr, failure> policy_for(const petitioner& by, const petition& what,
                                                      const core::needs& needs) {
  if (by.in->policies.empty() && !what.by_name && what.policy_id == 0 && what.wished_id == 0) return policy_ptr{};
  const auto obeyed = policies_obeyed(by, what);
  if (!obeyed) return obeyed.error();
  collection all{by.in};
  for (const auto* p : *obeyed)
    all.add(*p);
  if (what.by_name) all.add_wish(*what.by_name);
  if (const auto* now = all.seen(); now != nullptr && now->threshold_cost == highest_weight)
    if (const auto highest = highest_cost(by, now->threshold_privacy, needs)) all.settle_cost(*highest);
  return all.finish();
}

policy both(const policy& first, const policy& second) {
  auto out = first;
  out.threshold_privacy = std::min(first.threshold_privacy, second.threshold_privacy);
  out.threshold_latency = std::max(first.threshold_latency, second.threshold_latency);
  out.threshold_accuracy = std::max(first.threshold_accuracy, second.threshold_accuracy);
  out.threshold_cost = std::max(first.threshold_cost, second.threshold_cost);
  out.threshold_quality = std::max(first.threshold_quality, second.threshold_quality);
  if (out.priority == 0) out.priority = second.priority;
  if (out.topic.empty()) out.topic = second.topic;
  if (!out.cascade.on()) out.cascade = second.cascade;
  return out;
}

bool admits(const policy* policy, const catalog::deployment& d) {
  if (policy == nullptr) return true;
  if (d.privacy() > policy->threshold_privacy) return false;
  return policy->threshold_cost <= lowest_weight || d.model->weight_cost >= policy->threshold_cost;
}

bool may_serve(const catalog::principal& who, const catalog::profile* with, const policy* under,
               const catalog::deployment& d) {
  return catalog::snapshot::permits(who, with, d) && admits(under, d);
}

} // namespace logos::classification
