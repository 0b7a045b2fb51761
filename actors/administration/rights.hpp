// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/route_table.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_set>

/// Who may do what, and to whose things. Root may do everything. An administrator may do everything but make somebody
/// root, or change what is root's. Everyone else sees their own, and changes some of it; a key that is nobody's is its
/// own and nothing else is. What somebody may not see is answered as if it were not there.
namespace logos::administration {

/// Whether the caller may use the route at all; the failure's code is none when they may. `wanted`: the route's.
core::failure check_access(access wanted, const call& c);

/// Whether the caller is an administrator or root.
bool administers(const call& c);

/// Whether the caller's key is narrowed or ends: what it gives out must not be more than that, whatever its role.
bool is_limited(const call& c);

/// Whether any profile of the caller's permits the model, within the key's scope; every model is within reach of
/// administrators.
bool reaches(const call& c, std::int64_t model_id);
/// The same for the model at one provider.
bool reaches(const call& c, std::int64_t model_id, std::int64_t provider_id);

/// Whose requests the caller may see.
storage::whose requests_of(const call& c);

/// What a caller sees of the entities. As long as one call.
class sight {
public:
  explicit sight(const call& c);

  bool everything() const { return everything_; }
  template <class Entity>
  bool sees(const Entity& entity) const;
  /// Whether what is about these is the caller's: limits, budgets, alerts.
  bool sees(core::scope scope, std::int64_t scope_id) const;

private:
  bool serves(std::int64_t provider_id, std::int64_t model_id) const;

  const call& of_;
  bool everything_;
  std::int64_t user_id_;
  std::int64_t process_id_;
  std::unordered_set<std::int64_t> processes_;
  std::unordered_set<std::int64_t> profiles_;
  std::unordered_set<std::int64_t> budgets_;
};

/// As the store says it.
core::failure not_there(std::string_view noun, std::int64_t id);

/// Whether the caller may make `was` into `now`; null: there is none before, or none afterwards. The failure's code is
/// none when they may. Reads the database for whose things are root's.
template <class Entity>
core::failure check_change(storage::store& in, const Entity* was, const Entity* now, const call& c);

/// What a process is before the body of the request that makes it is read. An administrator's is blank. A user's has
/// the user, service, priority, scope and expiry of the key that makes it, and must not become more than that. A
/// failure when the key has limits, budgets, or policies that apply unasked, of its own, which new keys would get
/// around.
storage::result<storage::process> begin_process(storage::store& in, const call& c);
/// Whether the caller may see this process's new key, after `check_change`. A failure when that would give a user more
/// than the key that they are using: with rules of its own it gets another key's from nobody, since two keys' rules are
/// not compared; its own it may always rotate.
core::failure check_rotation(const storage::process& of, const call& c);

} // namespace logos::administration
