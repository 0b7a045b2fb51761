// SPDX-License-Identifier: MIT
#include "actors/administration/rights.hpp"

#include "actors/administration/scope_fields.hpp"
#include "actors/catalog/key_scope.hpp"
#include "actors/ingress/account_paths.hpp"

#include <algorithm>
#include <type_traits>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
using storage::store;

failure lasting_root(std::string param) {
  return {ec::conflict, "The user `root` stays, with this username and role: its keys may do everything.",
          std::move(param)};
}

failure not_yours(std::string_view field, std::string_view noun) {
  return {ec::forbidden, "Only an administrator may set '" + std::string{field} + "' of a " + std::string{noun} + ".",
          std::string{field}};
}

template <class Entity>
std::int64_t user_behind(store& in, std::int64_t id);

/// The user whose it is; 0: nobody's, or it is not there, which the store says in its own words.
std::int64_t user_of(store&, const storage::user& e) { return e.id; }
std::int64_t user_of(store&, const storage::process& e) { return e.user_id; }
std::int64_t user_of(store& in, const storage::profile& e) { return user_behind<storage::process>(in, e.process_id); }
std::int64_t user_of(store& in, const storage::permission& e) {
  return user_behind<storage::profile>(in, e.profile_id);
}
std::int64_t user_of(store& in, const storage::policy& e) {
  if (e.profile_id != 0) return user_behind<storage::profile>(in, e.profile_id);
  return user_behind<storage::process>(in, e.process_id);
}
template <class Rule>
std::int64_t user_of_scope(store& in, const Rule& e) {
  switch (e.scope) {
  case core::scope::process: return user_behind<storage::process>(in, e.scope_id);
  case core::scope::profile: return user_behind<storage::profile>(in, e.scope_id);
  case core::scope::user: return e.scope_id;
  default: return 0;
  }
}
std::int64_t user_of(store& in, const storage::limit& e) { return user_of_scope(in, e); }
std::int64_t user_of(store& in, const storage::budget& e) { return user_of_scope(in, e); }
template <class Entity>
std::int64_t user_of(store&, const Entity&) {
  return 0;
}

template <class Entity>
std::int64_t user_behind(store& in, std::int64_t id) {
  if (id == 0) return 0;
  const auto found = in.find<Entity>(id);
  return found ? user_of(in, *found) : 0;
}

/// Whether it is root's, or makes somebody root. With the database away, it is: nothing may be changed then anyway.
template <class Entity>
bool is_roots(store& in, const Entity* e) {
  if (e == nullptr) return false;
  if constexpr (std::is_same_v<Entity, storage::user>)
    if (storage::role_of(*e) == core::role::root) return true;
  const auto id = user_of(in, *e);
  if (id == 0) return false;
  const auto found = in.find<storage::user>(id);
  if (!found) return found.error().code != ec::resource_not_found;
  return storage::role_of(*found) == core::role::root;
}

/// What is a rule of one kind of entity only, for callers of any role.
template <class Entity>
failure check_kind(const Entity* /*was*/, const Entity* /*now*/, const call& /*c*/) {
  return {};
}

failure check_kind(const storage::user* was, const storage::user* now, const call& c) {
  if (was != nullptr && was->username == "root") {
    if (now == nullptr || now->username != "root") return lasting_root(now == nullptr ? "" : "username");
    if (now->role != core::role::root) return lasting_root("role");
  }
  if (was != nullptr && now != nullptr && was->role != now->role && is_limited(c))
    return {ec::forbidden, "A key with a scope or an expiry changes nobody's 'role'.", "role"};
  if (administers(c) || was == nullptr || now == nullptr) return {};
  if (was->username != now->username) return not_yours("username", "user");
  if (was->role != now->role) return not_yours("role", "user");
  return {};
}

failure check_own_key(const storage::process& was, const storage::process* now) {
  const failure in_use{ec::conflict, "This is the key that you are using; end its rights with another key."};
  if (now == nullptr) return {ec::conflict, "This is the key that you are using; remove it with another key."};
  if (was.user_id != now->user_id) return {in_use.code, in_use.message, "user_id"};
  if (now->expires_at && was.expires_at != now->expires_at) return {in_use.code, in_use.message, "expires_at"};
  return {};
}

/// What only administrators may set.
failure check_fields(const storage::process& was, const storage::process& now) {
  if (was.user_id != now.user_id) return not_yours("user_id", "process");
  if (was.service_id != now.service_id) return not_yours("service_id", "process");
  if (was.priority != now.priority) return not_yours("priority", "process");
  if (was.weight != now.weight) return not_yours("weight", "process");
  if (was.settings != now.settings) return not_yours("settings", "process");
  return {};
}

catalog::key_scope scope_of(const storage::process& p) {
  return {p.allowed_models, p.allowed_endpoints, p.allowed_addresses};
}

/// Nobody hands out more than their own key has.
failure check_within(const storage::process& now, const catalog::principal& maker) {
  if (maker.scope != nullptr)
    if (const auto field = scope_of(now).exceeds(*maker.scope); !field.empty())
      return {ec::forbidden, "'" + std::string{field} + "' would allow more than the key that you are using.",
              std::string{field}};
  if (maker.expires != core::wall_time{} && (!now.expires_at || *now.expires_at > maker.expires))
    return {ec::forbidden,
            "'expires_at' must not be later than that of the key that you are using, " +
                core::to_iso8601(maker.expires) + ".",
            "expires_at"};
  return {};
}

/// Paths of a provider's account are an administrator's to hand out; a user may pass on what the key in use has. Where
/// batches run here their paths are not of that kind, but a key outlasts the setting.
failure check_account_entries(const storage::process* was, const storage::process& now, const call& c) {
  const auto has = [&](const std::vector<std::string>& entries, const std::string& entry) {
    return std::any_of(entries.begin(), entries.end(), [&](const std::string& mine) {
      return ingress::opens_account(mine, false) && catalog::covers_pattern(mine, entry);
    });
  };
  for (const auto& entry : now.allowed_endpoints) {
    if (!ingress::opens_account(entry, false) || (was != nullptr && has(was->allowed_endpoints, entry)) ||
        (c.who->scope != nullptr && has(c.who->scope->endpoints(), entry)))
      continue;
    return {ec::forbidden,
            "'" + entry +
                "' may be about a provider's account as a whole: only an administrator can allow it. Paths such as "
                "/v1/chat/completions or /v1/embeddings* anybody can name.",
            "allowed_endpoints"};
  }
  return {};
}

bool same_reach(const storage::process& was, const storage::process& now) {
  return was.user_id == now.user_id && was.allowed_models == now.allowed_models &&
         was.allowed_endpoints == now.allowed_endpoints && was.allowed_addresses == now.allowed_addresses &&
         was.expires_at == now.expires_at;
}

/// A key cannot find out which models there are by naming them.
failure check_models(const storage::process& was, const storage::process& now, const call& c) {
  const auto& former = was.allowed_models;
  for (const auto id : now.allowed_models)
    if (std::find(former.begin(), former.end(), id) == former.end() && !reaches(c, id)) return no_such_model();
  return {};
}

failure check_kind(const storage::process* was, const storage::process* now, const call& c) {
  const bool ends_too_soon = now != nullptr && now->expires_at && *now->expires_at <= c.now;
  if (was != nullptr && administers(c) && was->id == c.who->process_id)
    if (auto bad = check_own_key(*was, now); bad.code != ec::none) return bad;
  if (ends_too_soon && (was == nullptr || was->expires_at != now->expires_at))
    return {ec::bad_field, "'expires_at' is in the past: the key would never work. DELETE ends a key.", "expires_at"};
  if (was == nullptr || now == nullptr) return {};
  if (!administers(c)) {
    if (auto bad = check_fields(*was, *now); bad.code != ec::none) return bad;
    if (auto bad = check_models(*was, *now, c); bad.code != ec::none) return bad;
  }
  const bool made = was->id == 0;
  if (!made && same_reach(*was, *now)) return {};
  if (!administers(c))
    if (auto bad = check_account_entries(was, *now, c); bad.code != ec::none) return bad;
  return check_within(*now, *c.who);
}

/// Whether a policy binds requests of the caller's key, or of a profile of it, that do not name it.
bool is_bound(const call& c) {
  const auto& profiles = c.who->profiles;
  return std::any_of(c.snapshot->policies.begin(), c.snapshot->policies.end(), [&](const catalog::policy& p) {
    if (p.use == core::policy_use::named) return false;
    if (p.profile_id == 0) return p.process_id == c.who->process_id;
    return std::any_of(profiles.begin(), profiles.end(), [&](const auto& with) { return with.id == p.profile_id; });
  });
}

/// Whether a limit, a budget or a policy is about the caller's key or a profile of it: about other keys of the same
/// user it is not.
bool has_rules(const call& c) {
  if (is_bound(c)) return true;
  accounting::parties own{};
  own[static_cast<std::size_t>(core::scope::process)] = c.who->process_id;
  if (c.snapshot->governs(own)) return true;
  return std::any_of(c.who->profiles.begin(), c.who->profiles.end(), [&](const catalog::profile& p) {
    own[static_cast<std::size_t>(core::scope::profile)] = p.id;
    return c.snapshot->governs(own);
  });
}

failure has_rules_failure() {
  return {ec::forbidden, "The key that you are using has limits, budgets or policies of its own, so it gives out no "
                         "other keys. An administrator can, or can set limits and budgets for the user instead."};
}

std::int64_t own_user(const call& c) { return c.who == nullptr ? 0 : c.who->user_id; }

/// Whether a key of root's belongs to the service.
bool serves_root(const catalog::snapshot& s, std::int64_t service) {
  return std::any_of(s.principals.begin(), s.principals.end(),
                     [&](const catalog::principal& p) { return p.root && p.service_id == service; });
}

} // namespace

bool administers(const call& c) { return c.who != nullptr && (c.who->root || c.who->role != core::role::user); }

failure check_access(access wanted, const call& c) {
  if (wanted == access::open) return {};
  if (c.who->scope != nullptr)
    if (auto bad = c.who->scope->check(c.request().path, c.exchange->client_address()); bad.code != ec::none)
      return bad;
  switch (wanted) {
  case access::open:
  case access::key: return {};
  case access::user:
    if (c.who->user_id != 0 || administers(c)) return {};
    return {ec::forbidden, "Only a key that belongs to a user may do this."};
  case access::admin:
    if (administers(c)) return {};
    return {ec::forbidden, "Only a key of an administrator or of root may do this."};
  case access::root:
    if (c.who->root) return {};
    return {ec::forbidden, "Only a root key may do this."};
  case access::nobody: break;
  }
  return {ec::forbidden, "Nobody may do this."};
}

bool is_limited(const call& c) {
  return c.who != nullptr && (c.who->scope != nullptr || c.who->expires != core::wall_time{});
}

bool reaches(const call& c, std::int64_t model_id) {
  if (administers(c)) return true;
  return std::any_of(c.who->profiles.begin(), c.who->profiles.end(),
                     [&](const catalog::profile& p) { return c.snapshot->reaches(*c.who, &p, model_id); });
}

bool reaches(const call& c, std::int64_t model_id, std::int64_t provider_id) {
  if (administers(c)) return true;
  return std::any_of(c.who->profiles.begin(), c.who->profiles.end(), [&](const catalog::profile& p) {
    return p.allows(provider_id) && catalog::snapshot::permits(*c.who, &p, model_id);
  });
}

storage::whose requests_of(const call& c) {
  if (administers(c)) return {};
  return c.who->user_id != 0 ? storage::whose{0, c.who->user_id} : storage::whose{c.who->process_id, 0};
}

sight::sight(const call& c)
    : of_{c},
      everything_{administers(c)},
      user_id_{own_user(c)},
      process_id_{c.who == nullptr ? 0 : c.who->process_id} {
  if (everything_ || c.who == nullptr) return;
  for (const auto& p : c.snapshot->principals) {
    if (user_id_ != 0 ? p.user_id != user_id_ : p.process_id != process_id_) continue;
    processes_.insert(p.process_id);
    for (const auto& profile : p.profiles)
      profiles_.insert(profile.id);
  }
  for (const auto& b : c.snapshot->rules.budgets)
    if (sees(b.scope, b.scope_id)) budgets_.insert(b.id);
}

bool sight::sees(core::scope scope, std::int64_t scope_id) const {
  return everything_ || (scope == core::scope::process && processes_.contains(scope_id)) ||
         (scope == core::scope::profile && profiles_.contains(scope_id)) ||
         (scope == core::scope::user && user_id_ != 0 && scope_id == user_id_);
}

/// Whether the provider (0: any) serves the model (0: any that the caller may use).
bool sight::serves(std::int64_t provider_id, std::int64_t model_id) const {
  const auto& all = of_.snapshot->deployments;
  return std::any_of(all.begin(), all.end(), [&](const catalog::deployment& d) {
    return d.provider->id == provider_id && (model_id == 0 || d.model->id == model_id) &&
           reaches(of_, d.model->id, provider_id);
  });
}

template <class Entity>
bool sight::sees(const Entity& e) const {
  if (everything_ || std::is_same_v<Entity, storage::token_type>) return true;
  if constexpr (std::is_same_v<Entity, storage::user>) return e.id == user_id_;
  if constexpr (std::is_same_v<Entity, storage::process>)
    return user_id_ != 0 ? e.user_id == user_id_ : e.id == process_id_;
  if constexpr (std::is_same_v<Entity, storage::profile>) return processes_.contains(e.process_id);
  if constexpr (std::is_same_v<Entity, storage::permission>) return profiles_.contains(e.profile_id);
  if constexpr (std::is_same_v<Entity, storage::limit> || std::is_same_v<Entity, storage::budget>)
    return sees(e.scope, e.scope_id);
  if constexpr (std::is_same_v<Entity, storage::credit>) return budgets_.contains(e.budget_id);
  // What a price is about may be something that the caller is not told of.
  if constexpr (std::is_same_v<Entity, storage::price>)
    return (e.model_id == 0 || reaches(of_, e.model_id)) && (e.provider_id == 0 || serves(e.provider_id, e.model_id));
  return false;
}

failure not_there(std::string_view noun, std::int64_t id) {
  return {ec::resource_not_found, "there is no " + std::string{noun} + " " + std::to_string(id)};
}

template <class Entity>
failure check_change(store& in, const Entity* was, const Entity* now, const call& c) {
  if constexpr (std::is_same_v<Entity, storage::credit>) {
    // Whoever may change a budget may credit it. Of one that is not there the store says so.
    const auto of = in.find<storage::budget>(now->budget_id);
    if (!of) return of.error().code == ec::resource_not_found ? failure{} : of.error();
    return check_change<storage::budget>(in, &*of, &*of, c);
  }
  if (!c.who->root && (is_roots(in, was) || is_roots(in, now)))
    return {ec::forbidden, "Only root may change what is root's, or make somebody root."};
  if constexpr (std::is_same_v<Entity, storage::service>)
    if (now == nullptr && !c.who->root && serves_root(*c.snapshot, was->id))
      return {ec::forbidden, "A key of root's would go with this service."};
  if constexpr (std::is_same_v<Entity, storage::limit> || std::is_same_v<Entity, storage::budget>)
    for (const auto* rule : {was, now})
      if (rule != nullptr && rule->scope == core::scope::service && !c.who->root &&
          serves_root(*c.snapshot, rule->scope_id))
        return {ec::forbidden, "A key of root's belongs to this service: only root may change its limits and budgets."};
  return check_kind(was, now, c);
}

storage::result<storage::process> begin_process(store& in, const call& c) {
  storage::process begun;
  if (administers(c)) return begun;
  if (has_rules(c)) return has_rules_failure();
  const auto maker = in.find<storage::process>(c.who->process_id);
  if (!maker) return maker.error();
  begun.user_id = maker->user_id;
  begun.service_id = maker->service_id;
  begun.priority = maker->priority;
  begun.weight = maker->weight;
  begun.expires_at = maker->expires_at;
  begun.allowed_models = maker->allowed_models;
  begun.allowed_endpoints = maker->allowed_endpoints;
  begun.allowed_addresses = maker->allowed_addresses;
  return begun;
}

failure check_rotation(const storage::process& of, const call& c) {
  if (of.id == c.who->process_id) return {};
  if (!administers(c)) {
    if (has_rules(c)) return has_rules_failure();
    if (auto bad = check_account_entries(nullptr, of, c); bad.code != ec::none) return bad;
  }
  return check_within(of, *c.who);
}

#define LOGOS_RIGHTS(entity)                                                                                           \
  template bool sight::sees(const storage::entity&) const;                                                             \
  template failure check_change(store&, const storage::entity*, const storage::entity*, const call&);

LOGOS_RIGHTS(user)
LOGOS_RIGHTS(service)
LOGOS_RIGHTS(process)
LOGOS_RIGHTS(profile)
LOGOS_RIGHTS(permission)
LOGOS_RIGHTS(provider)
LOGOS_RIGHTS(model)
LOGOS_RIGHTS(deployment)
LOGOS_RIGHTS(policy)
LOGOS_RIGHTS(token_type)
LOGOS_RIGHTS(rate)
LOGOS_RIGHTS(price)
LOGOS_RIGHTS(limit)
LOGOS_RIGHTS(budget)
LOGOS_RIGHTS(credit)
LOGOS_RIGHTS(example)
#undef LOGOS_RIGHTS

} // namespace logos::administration
