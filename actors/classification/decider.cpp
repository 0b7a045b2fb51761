// SPDX-License-Identifier: MIT
#include "actors/classification/decider.hpp"

#include "actors/classification/market.hpp"
#include "actors/classification/statistics.hpp"

#include <algorithm>
#include <chrono>

namespace logos::classification {
namespace {

wanted_weights wanted_by(const catalog::policy* p) {
  if (p == nullptr) return {};
  return {p->threshold_accuracy, p->threshold_quality, p->threshold_latency};
}

model_weights weights_of(const catalog::model& m) {
  return {m.weight_accuracy, m.weight_quality, m.weight_latency, m.weight_cost};
}

/// Which encoder has compared texts, where the operator has asked for another than the built-in one.
void append_encoder(std::string& out, const second_opinion& by) {
  out.append(R"(,"encoder":)").append(core::json_string(by.by.known ? by.encoder : "built_in"));
  if (by.why != fallback::none) out.append(R"(,"encoder_why":")").append(to_string(by.why)).append("\"");
}

bool same(const model_weights& a, const model_weights& b) {
  return a.accuracy == b.accuracy && a.quality == b.quality && a.latency == b.latency && a.cost == b.cost;
}

} // namespace

bool decider::told::operator==(const told& other) const {
  return id == other.id && name == other.name && tags == other.tags && description == other.description &&
         same(weights, other.weights);
}

decider::decider(std::shared_ptr<const scheduling::outlooks> seen, learned_source learned, const core::clock& clock,
                 explorer explores, opinion_source opinion)
    : seen_{std::move(seen)},
      learned_{std::move(learned)},
      explores_{std::move(explores)},
      opinion_{std::move(opinion)},
      clock_{&clock} {}

decision decider::decide(const selection_input& in, const catalog::snapshot_ptr& catalog, const subject& what,
                         const decision_rules_ptr& rules, std::size_t shown) {
  const auto begun = clock_->steady();
  decision out;
  auto models = candidates_of(in);
  if (models.empty()) {
    out.found = refuse_choice(in);
    return out;
  }
  const auto& known = known_of(catalog, rules);
  if (!what.body.empty())
    if (auto read = scorer_.read(what.body, known.with())) out.asked = std::move(*read);
  std::optional<second_opinion> opinion;
  if (texts_ && out.asked && models.size() > 1 && rules->weights[part::semantic] != 0) {
    opinion = opinion_({in, catalog, rules, texts_, *out.asked, what.told});
    if (opinion->waits) {
      out.waits = std::move(opinion->waits);
      return out;
    }
  }
  const auto* by = opinion && opinion->by.known ? &opinion->by : nullptr;

  const errand_facts of{in.snapshot, in.policy,          in.who.process_id, what.body,
                        what.tokens, what.prompt_tokens, what.received};
  std::vector<candidate> candidates(models.size());
  for (std::size_t i = 0; i < models.size(); ++i)
    candidates[i] = {models[i].model->id, look_at(of, seen_.get(), models[i]), 0};
  // What has no prompt may ask for what an earlier request left at a provider: the choice must not move with the load.
  if (what.body.empty())
    for (auto& c : candidates)
      c.seen = {};
  if (learned_ && out.asked) learned_(in.who, *out.asked, candidates);

  reading unread;
  unread.shape.tokens = what.prompt_tokens;
  const std::string_view topic = in.policy != nullptr ? std::string_view{in.policy->topic} : std::string_view{};
  auto order = scorer_.score(known, out.asked ? *out.asked : unread, candidates, rules->weights, wanted_by(in.policy),
                             topic, by);
  const std::string_view policy = in.policy != nullptr ? std::string_view{in.policy->name} : std::string_view{};
  out.found.models = static_cast<std::uint32_t>(order.size());
  out.found.decided_by = advantage(order);
  // A cascade asks the cheapest first, whoever would be tried.
  const bool cascades = in.policy != nullptr && in.policy->cascade.on();
  const bool may_explore = explores_ && out.asked && !what.request.nil() && !cascades;
  const auto tried = may_explore ? explores_(what.request, order) : std::nullopt;
  if (tried) {
    std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(*tried),
                order.begin() + static_cast<std::ptrdiff_t>(*tried) + 1);
    out.found.decided_by = "exploration";
  }
  out.found.statistics = describe({in.snapshot, models, order, !out.asked, rules->weights, policy}, shown);
  if (out.asked) out.found.features = to_json(out.asked->shape);
  if (cascades)
    for (const auto& each : order)
      out.found.ranked.push_back(models[each.index]);
  static const petition nothing{};
  append_obeyed(out.found.statistics, in, what.says != nullptr ? *what.says : nothing);
  if (tried) out.found.statistics += R"(,"exploration":true)";
  if (opinion) append_encoder(out.found.statistics, *opinion);
  out.found.deployments = std::move(models[order.front().index].deployments);
  const auto waited = what.told != nullptr ? what.told->after : std::chrono::microseconds{};
  const auto took = waited + std::chrono::duration_cast<std::chrono::microseconds>(clock_->steady() - begun);
  out.found.statistics.append(R"(,"time_us":)").append(std::to_string(took.count())) += '}';
  return out;
}

const knowledge& decider::known_of(const catalog::snapshot_ptr& catalog, const decision_rules_ptr& rules) {
  // The owner is compared, not the address: that of a snapshot that is gone may be another one's by now.
  const bool same_catalog = !of_.owner_before(catalog) && !catalog.owner_before(of_);
  if (!known_ || !same_catalog || by_ != rules) learn_of(*catalog, rules);
  of_ = catalog;
  return *known_;
}

void decider::learn_of(const catalog::snapshot& catalog, const decision_rules_ptr& rules) {
  std::vector<told> now;
  now.reserve(catalog.models.size());
  for (const auto& m : catalog.models)
    now.push_back({m.id, m.name, m.tags, m.description, weights_of(m)});
  std::vector<labelled_example> examples;
  std::vector<cited> about;
  for (const auto& e : rules->examples) {
    const auto* m = e.model.empty() ? nullptr : catalog.find_model(e.model);
    if (!e.model.empty() && m == nullptr) continue; // it has not been made yet, or is gone
    examples.push_back({m != nullptr ? m->id : 0, e.topic, e.text, e.worth});
    about.push_back({examples.back().model_id, 0, 0});
  }
  for (const auto& e : catalog.examples) {
    examples.push_back({e.model_id, e.topic, e.text, e.worth});
    about.push_back({e.model_id, e.id, e.version});
  }
  if (known_ && by_ == rules && now == told_ && about == about_) return; // most changes are about keys and limits
  std::vector<described_model> models;
  for (const auto& m : now)
    models.push_back({m.id, m.tags, m.description, m.weights});
  const auto texts = rules->embeddings && opinion_ ? std::make_shared<known_texts>() : nullptr;
  known_.emplace(models, examples, built_in_encoder(), texts.get());
  if (!texts || !texts_ || *texts != *texts_) texts_ = texts; // of the same texts all is known already
  told_ = std::move(now);
  about_ = std::move(about);
  by_ = rules;
}

} // namespace logos::classification
