// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"

namespace logos::classification {

/// The CLASSIFIER: answers which deployments may serve a request.
class classifier {
public:
  using handle = actors::classifier_actor;
  explicit classifier(actors::self_pointer<classifier> self);
  handle::behavior_type make_behavior();

private:
  void answer(const actors::question& q, const actors::ingress_actor& asker);

  actors::self_pointer<classifier> self_;
  std::uint64_t named_ = 0;
  std::uint64_t chosen_ = 0;
};

} // namespace logos::classification
