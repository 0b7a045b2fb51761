// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/decider.hpp"
#include "actors/embedding/shelf.hpp"
#include "actors/hosted.hpp"

#include <functional>
#include <memory>

namespace logos::classification {

/// What the CLASSIFIER is made with. Outlives it.
struct classifier_parts {
  std::shared_ptr<const rulebook> rules = std::make_shared<const rulebook>();
  std::shared_ptr<const scheduling::outlooks> seen{};      // what SCHEDULERs say of deployments; may be null
  learned_source learned{};                                // empty: nothing is learned
  explorer explores{};                                     // empty: nobody tries another than the best
  std::shared_ptr<logos::embedding::shelf> gists{};        // what it shares with the EMBEDDER; null: there is none
  std::function<actors::embedder_actor()> find_embedder{}; // asked each time: it may have been made again
  const core::clock* clock = &core::system_clock();
};

/// The CLASSIFIER: chooses the deployments that may serve a request which names no model. It reads the prompt, so that
/// I/O threads need not. Where the operator has an embedding model asked, a question waits here until the EMBEDDER has
/// answered, or its patience is over; if this actor dies meanwhile, what is lost is what would be lost in its mailbox.
class classifier {
public:
  using handle = actors::classifier_actor;
  explicit classifier(actors::self_pointer<classifier> self, classifier_parts with = {});
  handle::behavior_type make_behavior();

private:
  void answer(actors::question& q, const actors::ingress_actor& asker);
  caf::result<actors::verdict> tell(actors::question& q);
  /// `runs`: the request goes where this says.
  decision choose(const actors::question& q, bool runs, const told_gist* told = nullptr);
  /// Chooses when it is known what the prompt is about, or is not in time.
  void choose_later(actors::question q, bool runs, wanted_gist w, std::function<void(actors::verdict)> done);
  opinion_source opinion();

  actors::self_pointer<classifier> self_;
  std::shared_ptr<const rulebook> rules_;
  std::function<actors::embedder_actor()> find_embedder_;
  std::shared_ptr<logos::embedding::shelf> gists_;
  const core::clock* clock_;
  decider decider_;
  std::uint64_t answered_ = 0;
  std::uint64_t waiting_ = 0;
};

} // namespace logos::classification
