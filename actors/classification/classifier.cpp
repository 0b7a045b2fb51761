// SPDX-License-Identifier: MIT
#include "actors/classification/classifier.hpp"

namespace logos::classification {

classifier::classifier(actors::self_pointer<classifier> self, classifier_parts with)
    : self_{self},
      rules_{std::move(with.rules)},
      decider_{std::move(with.seen), std::move(with.learned), *with.clock} {}

classifier::handle::behavior_type classifier::make_behavior() {
  return {
      [this](const actors::question& q, const actors::ingress_actor& asker) { answer(q, asker); },
      [this](const actors::question& q) { return choose(q).first; },
      [this](atom::status) { return self_->vitals(std::to_string(answered_) + " answered"); },
  };
}

void classifier::answer(const actors::question& q, const actors::ingress_actor& asker) {
  auto [answer, asked] = choose(q);
  ++answered_;
  self_->send(asker, std::move(answer));
  if (asked) remember(q, *asked);
}

std::pair<actors::verdict, std::optional<reading>> classifier::choose(const actors::question& q) {
  const selection_input in{*q.snapshot, *q.who, q.profile, q.policy.get(), q.model, q.provider_id, q.needs};
  auto made =
      decider_.decide(in, q.snapshot, {q.body, q.tokens, q.prompt_tokens, q.received}, rules_->current(), q.shown);
  return {{q.request, std::move(made.found)}, std::move(made.asked)};
}

void classifier::remember(const actors::question& /*q*/, const reading& /*asked*/) {}

} // namespace logos::classification
