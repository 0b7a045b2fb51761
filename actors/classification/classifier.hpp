// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/decider.hpp"
#include "actors/hosted.hpp"

#include <memory>

namespace logos::classification {

/// What the CLASSIFIER is made with. Outlives it.
struct classifier_parts {
  std::shared_ptr<const rulebook> rules = std::make_shared<const rulebook>();
  std::shared_ptr<const scheduling::outlooks> seen{}; // what SCHEDULERs say of deployments; may be null
  learned_source learned{};                           // empty: nothing is learned
  explorer explores{};                                // empty: nobody tries another than the best
  const core::clock* clock = &core::system_clock();
};

/// The CLASSIFIER: chooses the deployments that may serve a request which names no model. It reads the prompt, so that
/// I/O threads need not.
class classifier {
public:
  using handle = actors::classifier_actor;
  explicit classifier(actors::self_pointer<classifier> self, classifier_parts with = {});
  handle::behavior_type make_behavior();

private:
  void answer(const actors::question& q, const actors::ingress_actor& asker);
  /// `runs`: the request goes where this says.
  actors::verdict choose(const actors::question& q, bool runs);

  actors::self_pointer<classifier> self_;
  std::shared_ptr<const rulebook> rules_;
  decider decider_;
  std::uint64_t answered_ = 0;
};

} // namespace logos::classification
