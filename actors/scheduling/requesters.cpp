// SPDX-License-Identifier: MIT
#include "actors/scheduling/requesters.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>

namespace logos::scheduling {
namespace {

const caf::abstract_actor* pointer(const actors::requester_actor& handle) {
  return caf::actor_cast<caf::abstract_actor*>(handle);
}

} // namespace

std::optional<std::uint32_t> requesters::find(const actors::requester_actor& handle) const {
  const auto* const wanted = pointer(handle);
  for (std::uint32_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].handle && pointer(rows_[i].handle) == wanted) return i;
  return std::nullopt;
}

std::optional<std::uint32_t> requesters::find(const caf::actor_addr& address) const {
  for (std::uint32_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].handle && rows_[i].handle.address() == address) return i;
  return std::nullopt;
}

std::uint32_t requesters::add(const actors::requester_actor& handle, const std::function<bool(std::uint32_t)>& in_use) {
  std::uint32_t number = 0;
  while (number < rows_.size() && (rows_[number].handle || rows_[number].fence || in_use(number)))
    ++number;
  if (number == rows_.size()) rows_.emplace_back();
  const auto* const local = dynamic_cast<const caf::local_actor*>(pointer(handle));
  rows_[number] = {handle, {}, local != nullptr ? local->name() : "", std::nullopt, true};
  return number;
}

std::vector<std::uint32_t> requesters::named(const std::string& name) const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].used && rows_[i].name == name) found.push_back(i);
  return found;
}

std::vector<std::uint32_t> requesters::predecessors(std::uint32_t successor) const {
  const auto& after = rows_[successor];
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    const auto& before = rows_[i];
    if (i == successor || !before.used || !before.gone()) continue;
    const bool same_name = !before.name.empty() && before.name == after.name;
    const bool same_actor = before.name.empty() && !before.actor_name.empty() && before.actor_name == after.actor_name;
    if (same_name || same_actor) found.push_back(i);
  }
  return found;
}

std::optional<core::steady_time> requesters::next_fence() const {
  std::optional<core::steady_time> next;
  for (const auto& r : rows_)
    if (r.fence && (!next || *r.fence < *next)) next = r.fence;
  return next;
}

std::vector<std::uint32_t> requesters::fenced(core::steady_time now) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].fence && *rows_[i].fence <= now) {
      rows_[i].fence.reset();
      found.push_back(i);
    }
  return found;
}

} // namespace logos::scheduling
