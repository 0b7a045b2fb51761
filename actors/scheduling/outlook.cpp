// SPDX-License-Identifier: MIT
#include "actors/scheduling/outlook.hpp"

#include <mutex>

namespace logos::scheduling {

std::shared_ptr<outlook> outlooks::of(std::int64_t deployment_id) {
  const std::unique_lock held{guard_};
  auto& each = by_deployment_[deployment_id];
  if (!each) each = std::make_shared<outlook>();
  return each;
}

std::shared_ptr<const outlook> outlooks::find(std::int64_t deployment_id) const {
  const std::shared_lock held{guard_};
  const auto at = by_deployment_.find(deployment_id);
  return at == by_deployment_.end() ? nullptr : at->second;
}

void outlooks::for_each(const std::function<void(std::int64_t, const outlook&)>& visit) const {
  const std::shared_lock held{guard_};
  for (const auto& [id, each] : by_deployment_)
    visit(id, *each);
}

} // namespace logos::scheduling
