// SPDX-License-Identifier: MIT
#include "actors/classification/classifier.hpp"

#include "actors/embedding/consultant.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace logos::classification {

classifier::classifier(actors::self_pointer<classifier> self, classifier_parts with)
    : self_{self},
      rules_{std::move(with.rules)},
      find_embedder_{std::move(with.find_embedder)},
      gists_{std::move(with.gists)},
      clock_{with.clock},
      decider_{std::move(with.seen), std::move(with.learned), *with.clock, std::move(with.explores), opinion()} {}

classifier::handle::behavior_type classifier::make_behavior() {
  return {
      [this](actors::question& q, const actors::ingress_actor& asker) { answer(q, asker); },
      [this](actors::question& q) { return tell(q); },
      [this](atom::status) {
        const auto waiting = waiting_ == 0 ? std::string{} : ", " + std::to_string(waiting_) + " waiting";
        return self_->vitals(std::to_string(answered_) + " answered" + waiting);
      },
  };
}

opinion_source classifier::opinion() {
  if (!gists_ || !find_embedder_) return {};
  auto changed = [this] {
    if (const auto embedder = find_embedder_()) self_->send(embedder, atom::refresh_v); // a later one looks by itself
  };
  const auto made = std::make_shared<logos::embedding::consultant>(
      gists_, std::move(changed), [](const std::string& text) { spdlog::warn("{}", text); });
  return [made](const inquest& of) { return made->ask(of); };
}

void classifier::answer(actors::question& q, const actors::ingress_actor& asker) {
  ++answered_;
  auto made = choose(q, true);
  if (!made.waits) return self_->send(asker, actors::verdict{q.request, std::move(made.found)});
  choose_later(std::move(q), true, std::move(*made.waits),
               [this, asker](actors::verdict v) { self_->send(asker, std::move(v)); });
}

caf::result<actors::verdict> classifier::tell(actors::question& q) {
  auto made = choose(q, false);
  if (!made.waits) return actors::verdict{q.request, std::move(made.found)};
  auto to = self_->make_response_promise<actors::verdict>();
  choose_later(std::move(q), false, std::move(*made.waits),
               [to](actors::verdict v) mutable { to.deliver(std::move(v)); });
  return to;
}

decision classifier::choose(const actors::question& q, bool runs, const told_gist* told) {
  const selection_input in{*q.snapshot, *q.who, q.profile, q.policy.get(), q.model, q.provider_id, q.needs};
  const subject what{q.body, q.tokens, q.prompt_tokens, q.received, runs ? q.request : core::uuid{}, &q.petition, told};
  return decider_.decide(in, q.snapshot, what, rules_->current(), q.shown);
}

void classifier::choose_later(actors::question q, bool runs, wanted_gist w, std::function<void(actors::verdict)> done) {
  // Both handlers of the answer have it; one of them is called.
  const auto held = std::make_shared<const actors::question>(std::move(q));
  const auto go_on = [this, held, runs, done = std::move(done), begun = clock_->steady()](told_gist told) {
    --waiting_;
    told.after = std::chrono::duration_cast<std::chrono::microseconds>(clock_->steady() - begun);
    done({held->request, choose(*held, runs, &told).found});
  };
  ++waiting_;
  const auto patience = w.patience;
  const auto embedder = find_embedder_();
  if (!embedder) return go_on({nullptr, fallback::not_ready});
  self_->request(embedder, patience, std::move(w))
      .then([go_on](const told_gist& told) { go_on(told); },
            [go_on](const caf::error& e) {
              go_on({nullptr, e == caf::sec::request_timeout ? fallback::timeout : fallback::failed});
            });
}

} // namespace logos::classification
