// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/ingress/object_names.hpp"
#include "core/uuid.hpp"
#include "storage/objects.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace logos::net {
class exchange;
} // namespace logos::net

namespace logos::execution {

class admission;

/// By what one that a provider keeps is known here and in the database.
core::uuid mark_of(std::int64_t provider_id, ingress::object_kind what, std::string_view id);
/// The same of what an answer of `d` has told, which may be nothing; nil: there is nothing that the gateway has to know
/// of.
core::uuid mark_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                   std::string_view object_id);

/// Whose it is that is made with this key.
storage::object_owner owner_of(const catalog::principal& who);

/// Whether the key may use whatever providers keep: an administrator's, or root's.
bool may_use_all(const catalog::principal& who);
/// Whether the key may use one: its process has made it, or a key of its user or of its service.
bool may_use(const catalog::principal& who, const storage::object_owner& of);

/// Whose things are that providers keep, as far as this node has heard lately: what was made here, before its client
/// could know of it, and what the database has told. Any thread. Memory is bounded: the one that was asked for least
/// recently is forgotten, and read again from the database when somebody names it.
class stored_objects {
public:
  explicit stored_objects(std::size_t most = 65'536) : most_{most} {}
  stored_objects(const stored_objects&) = delete;
  stored_objects& operator=(const stored_objects&) = delete;

  /// Whoever was noted first stays the owner.
  void note(const core::uuid& object, const storage::object_owner& owner);
  std::optional<storage::object_owner> find(const core::uuid& object);
  std::size_t size() const;

private:
  using known = std::list<storage::stored_object>; // the one that was asked for last is the first

  const std::size_t most_;
  mutable std::mutex mutex_;
  known known_;
  std::unordered_map<core::uuid, known::iterator, core::uuid_hash> by_object_;
};

} // namespace logos::execution
