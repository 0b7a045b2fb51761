// SPDX-License-Identifier: MIT
#include "actors/execution/visitors.hpp"

#include "actors/execution/household.hpp"

namespace logos::execution {

visitors::seat::~seat() {
  const std::lock_guard lock{at_->mutex_};
  const auto mine = at_->present_.find(whose_);
  if (--mine->second == 0) at_->present_.erase(mine);
}

std::unique_ptr<visitors::seat> visitors::admit(std::string_view client_address) {
  auto whose = household_of(client_address);
  {
    const std::lock_guard lock{mutex_};
    auto& taken = present_[whose];
    if (per_address_ != 0 && taken >= per_address_) return nullptr;
    ++taken;
  }
  return std::make_unique<seat>(shared_from_this(), std::move(whose));
}

} // namespace logos::execution
