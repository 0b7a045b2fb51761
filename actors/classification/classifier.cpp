// SPDX-License-Identifier: MIT
#include "actors/classification/classifier.hpp"

#include "actors/classification/selection.hpp"

namespace logos::classification {

classifier::classifier(actors::self_pointer<classifier> self) : self_{self} {}

classifier::handle::behavior_type classifier::make_behavior() {
  return {
      [this](const actors::question& q, const actors::ingress_actor& asker) { answer(q, asker); },
      [this](atom::status) { return self_->vitals(std::to_string(answered_) + " answered"); },
  };
}

void classifier::answer(const actors::question& q, const actors::ingress_actor& asker) {
  auto found = select({*q.snapshot, *q.who, q.profile, q.policy.get(), q.model, q.provider_id, q.needs});
  ++answered_;
  self_->send(asker, actors::verdict{q.request, std::move(found)});
}

} // namespace logos::classification
