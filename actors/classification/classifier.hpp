// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"

namespace logos::classification {

/// The CLASSIFIER: chooses the deployments that may serve a request which names no model.
class classifier {
public:
  using handle = actors::classifier_actor;
  explicit classifier(actors::self_pointer<classifier> self);
  handle::behavior_type make_behavior();

private:
  void answer(const actors::question& q, const actors::ingress_actor& asker);

  actors::self_pointer<classifier> self_;
  std::uint64_t answered_ = 0;
};

} // namespace logos::classification
