// SPDX-License-Identifier: MIT
#include "actors/scheduling/permits.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

// An id is a counter with the slot in its low bits: found without a look-up, and never the same twice in an epoch.
constexpr unsigned slot_bits = 24;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;

} // namespace

permits::permits(std::uint64_t epoch, places& taken) : taken_{taken}, epoch_{epoch} {}

std::uint64_t permits::begin(const core::uuid& request, lane l, std::uint32_t requester, bool offered) {
  std::uint32_t slot;
  if (spare_.empty()) {
    slot = static_cast<std::uint32_t>(own_.size());
    own_.emplace_back();
  } else {
    slot = spare_.back();
    spare_.pop_back();
  }
  const auto id = ++serial_ << slot_bits | slot;
  own_[slot] = {request, id, epoch_, l, requester, offered};
  if (offered) offers_[{request, l}] = id;
  taken_.take(l);
  return id;
}

bool permits::accept(std::uint64_t id, std::uint64_t epoch) {
  auto* const p = epoch == epoch_ ? find_own(id) : nullptr;
  if (p == nullptr || !p->offered) return false;
  p->offered = false;
  offers_.erase({p->request, p->lane});
  return true;
}

std::optional<permit> permits::end(std::uint64_t id, std::uint64_t epoch) {
  if (epoch == epoch_ && find_own(id) != nullptr) return finish(static_cast<std::uint32_t>(id & slot_mask));
  const auto known = foreign_.find({epoch, id});
  if (known == foreign_.end()) return std::nullopt;
  const auto ended = known->second;
  foreign_.erase(known);
  taken_.put_back(ended.lane);
  return ended;
}

std::optional<permit> permits::withdraw(const core::uuid& request, lane l) {
  if (const auto offer = offers_.find({request, l}); offer != offers_.end())
    return finish(static_cast<std::uint32_t>(offer->second & slot_mask));
  // Sole tickets are not indexed: their withdrawal seldom crosses the offer.
  const auto same = [&](const permit& p) { return p.id != 0 && p.lane == l && p.request == request; };
  const auto at = std::find_if(own_.begin(), own_.end(), same);
  if (at == own_.end()) return std::nullopt;
  return finish(static_cast<std::uint32_t>(at - own_.begin()));
}

void permits::adopt(const permit& held) {
  if (held.epoch == epoch_) {
    if (auto* const p = find_own(held.id)) {
      p->requester = held.requester;
      if (p->offered) accept(held.id, held.epoch);
      return;
    }
  }
  const auto [at, added] = foreign_.try_emplace({held.epoch, held.id}, held);
  at->second.requester = held.requester;
  if (added) taken_.take(held.lane);
}

std::size_t permits::end_if(const std::function<bool(const permit&)>& wanted) {
  std::size_t ended = 0;
  for (std::uint32_t slot = 0; slot < own_.size(); ++slot)
    if (own_[slot].id != 0 && wanted(own_[slot])) {
      finish(slot);
      ++ended;
    }
  ended += std::erase_if(foreign_, [&](const auto& item) {
    if (!wanted(item.second)) return false;
    taken_.put_back(item.second.lane);
    return true;
  });
  return ended;
}

void permits::for_each(const std::function<void(permit&)>& visit) {
  for (auto& p : own_)
    if (p.id != 0) visit(p);
  for (auto& [key, p] : foreign_)
    visit(p);
}

bool permits::any_of(std::uint32_t requester) const {
  const auto its = [&](const permit& p) { return p.id != 0 && p.requester == requester; };
  return std::any_of(own_.begin(), own_.end(), its) ||
         std::any_of(foreign_.begin(), foreign_.end(), [&](const auto& item) { return its(item.second); });
}

permit* permits::find_own(std::uint64_t id) {
  const auto slot = id & slot_mask;
  if (id == 0 || slot >= own_.size() || own_[slot].id != id) return nullptr;
  return &own_[slot];
}

permit permits::finish(std::uint32_t slot) {
  const auto ended = own_[slot];
  if (ended.offered) offers_.erase({ended.request, ended.lane});
  own_[slot].id = 0;
  spare_.push_back(slot);
  taken_.put_back(ended.lane);
  return ended;
}

} // namespace logos::scheduling
