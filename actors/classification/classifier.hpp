// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/decider.hpp"
#include "actors/hosted.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace logos::classification {

/// What the CLASSIFIER is made with. Outlives it.
struct classifier_parts {
  std::shared_ptr<const rulebook> rules = std::make_shared<const rulebook>();
  std::shared_ptr<const scheduling::outlooks> seen{}; // what SCHEDULERs say of deployments; may be null
  learned_source learned{};                           // empty: nothing is learned
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
  /// And what was read of the prompt, if anything was.
  std::pair<actors::verdict, std::optional<reading>> choose(const actors::question& q);
  /// A request goes where it was decided: what is to be learned from how it ends is kept here. `asked` holds the
  /// prompt's texts, too, until the next question is read.
  void remember(const actors::question& q, const reading& asked);

  actors::self_pointer<classifier> self_;
  std::shared_ptr<const rulebook> rules_;
  decider decider_;
  std::uint64_t answered_ = 0;
};

} // namespace logos::classification
