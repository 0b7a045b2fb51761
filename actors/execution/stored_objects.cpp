// SPDX-License-Identifier: MIT
#include "actors/execution/stored_objects.hpp"

#include "actors/execution/admission.hpp"
#include "core/fingerprint.hpp"

#include <string>

namespace logos::execution {

core::uuid mark_of(std::int64_t provider_id, ingress::object_kind what, std::string_view id) {
  return core::fingerprint(provider_id, std::string{to_string(what)}.append("/").append(id));
}

core::uuid mark_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                   std::string_view object_id) {
  if (object_id.empty() || a.brings_key()) return {}; // it is in the account of the client's own key
  const auto what = ingress::stores(x.request().method, a.intent);
  return what ? mark_of(d.provider->id, *what, object_id) : core::uuid{};
}

storage::object_owner owner_of(const catalog::principal& who) { return {who.process_id, who.user_id, who.service_id}; }

bool may_use_all(const catalog::principal& who) { return who.root || who.role != core::role::user; }

bool may_use(const catalog::principal& who, const storage::object_owner& of) {
  if (may_use_all(who)) return true;
  const auto same = [](std::int64_t ours, std::int64_t theirs) { return ours != 0 && ours == theirs; };
  return same(who.process_id, of.process_id) || same(who.user_id, of.user_id) || same(who.service_id, of.service_id);
}

void stored_objects::note(const core::uuid& object, const storage::object_owner& owner) {
  const std::lock_guard lock{mutex_};
  if (by_object_.contains(object)) return;
  if (known_.size() >= most_) {
    by_object_.erase(known_.back().object);
    known_.pop_back();
  }
  known_.push_front({object, owner});
  by_object_.emplace(object, known_.begin());
}

std::optional<storage::object_owner> stored_objects::find(const core::uuid& object) {
  const std::lock_guard lock{mutex_};
  const auto at = by_object_.find(object);
  if (at == by_object_.end()) return std::nullopt;
  known_.splice(known_.begin(), known_, at->second);
  return at->second->owner;
}

std::size_t stored_objects::size() const {
  const std::lock_guard lock{mutex_};
  return known_.size();
}

} // namespace logos::execution
