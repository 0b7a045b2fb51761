// SPDX-License-Identifier: MIT
#include "actors/embedding/consultant.hpp"

#include "actors/embedding/gathering.hpp"

#include <utility>

namespace logos::embedding {

using classification::fallback;
using classification::inquest;
using classification::second_opinion;

consultant::consultant(std::shared_ptr<shelf> with, std::function<void()> changed,
                       std::function<void(const std::string&)> warn)
    : with_{std::move(with)},
      changed_{std::move(changed)},
      warn_{std::move(warn)} {}

second_opinion consultant::ask(const inquest& of) {
  const auto& by = terms_for(of.catalog, of.rules);
  if (!by.trouble.empty()) {
    if (with_->order({})) changed_();
    return without(fallback::not_ready);
  }
  if (with_->order({of.texts, by.model, by.process_id, by.space})) changed_();
  if (!may_see(of.in, by)) return without(fallback::forbidden);
  second_opinion out;
  out.by.known = with_->known();
  if (!out.by.known || out.by.known->of != of.texts || out.by.known->space != by.space)
    return without(fallback::not_ready);

  auto text = classification::excerpt(of.asked.text.question, of.asked.text.before);
  if (text.empty()) return {}; // nothing is near to it, whoever compares
  if (of.told != nullptr) {
    out.by.about = of.told->about;
    if (!out.by.about) return without(of.told->why);
  } else {
    const auto key = key_of(by.space, text);
    out.by.about = with_->find(key);
    if (!out.by.about) {
      const auto& rules = *of.rules->embeddings;
      out.waits = {
          key, std::move(text), by.model, by.process_id, hard_filters(of.in.policy), rules.patience, rules.remembered};
      return out;
    }
    with_->shown.hits.fetch_add(1, std::memory_order_relaxed);
  }
  if (const auto length = out.by.known->length; length != 0 && out.by.about->size() != length)
    return without(fallback::failed); // the model is another by now
  with_->shown.decided.fetch_add(1, std::memory_order_relaxed);
  out.encoder = by.model;
  return out;
}

const terms& consultant::terms_for(const catalog::snapshot_ptr& catalog,
                                   const classification::decision_rules_ptr& rules) {
  // The owner is compared, as in the decider.
  const bool same = !of_.owner_before(catalog) && !catalog.owner_before(of_) && by_ == rules;
  if (same) return terms_;
  terms_ = terms_of(*catalog, *rules->embeddings);
  of_ = catalog;
  by_ = rules;
  if (terms_.trouble != warned_ && !terms_.trouble.empty())
    warn_("classification.embeddings is not used, the built-in encoder decides: " + terms_.trouble + ".");
  warned_ = terms_.trouble;
  return terms_;
}

second_opinion consultant::without(fallback why) {
  with_->shown.fallbacks[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  second_opinion out;
  out.why = why;
  return out;
}

} // namespace logos::embedding
