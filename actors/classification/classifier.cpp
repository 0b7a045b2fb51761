// SPDX-License-Identifier: MIT
#include "actors/classification/classifier.hpp"

#include <utility>

namespace logos::classification {

classifier::classifier(actors::self_pointer<classifier> self, classifier_parts with)
    : self_{self},
      rules_{std::move(with.rules)},
      decider_{std::move(with.seen), std::move(with.learned), *with.clock, std::move(with.explores)} {}

classifier::handle::behavior_type classifier::make_behavior() {
  return {
      [this](const actors::question& q, const actors::ingress_actor& asker) { answer(q, asker); },
      [this](const actors::question& q) { return choose(q, false); },
      [this](atom::status) { return self_->vitals(std::to_string(answered_) + " answered"); },
  };
}

void classifier::answer(const actors::question& q, const actors::ingress_actor& asker) {
  ++answered_;
  self_->send(asker, choose(q, true));
}

actors::verdict classifier::choose(const actors::question& q, bool runs) {
  const selection_input in{*q.snapshot, *q.who, q.profile, q.policy.get(), q.model, q.provider_id, q.needs};
  const subject what{q.body, q.tokens, q.prompt_tokens, q.received, runs ? q.request : core::uuid{}, &q.petition};
  return {q.request, decider_.decide(in, q.snapshot, what, rules_->current(), q.shown).found};
}

} // namespace logos::classification
