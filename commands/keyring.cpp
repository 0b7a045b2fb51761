// SPDX-License-Identifier: MIT
#include "commands/keyring.hpp"

#include "actors/catalog/key_scope.hpp"
#include "config/units.hpp"
#include "core/name_text.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

namespace logos::commands {
namespace {

using core::ec;
using core::failure;
using storage::result;

void show(const std::string& key, std::int64_t id) {
  std::cout << "Process " << id << ". Its key, shown this once: " << key << '\n';
}

failure nothing_made(const std::string& why) { return {ec::bad_field, why + " Nothing was made."}; }

/// The ids of the models named, 0 for `*`.
result<std::vector<std::int64_t>> find_models(const storage::catalog_data& in, const std::vector<std::string>& wanted,
                                              bool all_allowed) {
  std::vector<std::int64_t> ids;
  for (const auto& name : wanted) {
    const auto at = std::find_if(in.models.begin(), in.models.end(), [&](const auto& m) {
      return m.name == name || std::find(m.aliases.begin(), m.aliases.end(), name) != m.aliases.end();
    });
    const bool all = all_allowed && name == "*";
    if (at == in.models.end() && !all) return nothing_made("There is no model '" + name + "'.");
    ids.push_back(all ? 0 : at->id);
  }
  return ids;
}

result<std::optional<core::wall_time>> read_expiry(const std::string& text, core::wall_time now) {
  if (text.empty()) return std::optional<core::wall_time>{};
  auto when = config::parse_time(text);
  if (const auto after = config::parse_duration(text)) when = now + *after;
  if (!when) return nothing_made("--expires takes a time such as 2026-12-31T23:59:59Z, or a duration such as 90d.");
  if (*when <= now) return nothing_made("--expires is in the past: the key would never work.");
  return when;
}

/// The id of whoever is called so; 0 when nobody is asked for.
template <class Entity>
result<std::int64_t> find_named(const std::vector<Entity>& in, std::string Entity::*name, const std::string& wanted,
                                const std::string& noun) {
  if (wanted.empty()) return 0;
  const auto at = std::find_if(in.begin(), in.end(), [&](const Entity& e) { return e.*name == wanted; });
  if (at == in.end()) return nothing_made("There is no " + noun + " '" + wanted + "'.");
  return at->id;
}

/// The process that is wished for, without its key.
result<storage::process> to_process(const key_wishes& wishes, const storage::catalog_data& in, core::wall_time now) {
  storage::process out;
  out.name = wishes.name;
  const auto log = core::parse_log_level(wishes.log);
  if (!log) return nothing_made("--log is BILLING or FULL.");
  out.log = *log;
  const auto user = find_named(in.users, &storage::user::username, wishes.user, "user");
  if (!user) return user.error();
  out.user_id = *user;
  const auto service = find_named(in.services, &storage::service::name, wishes.service, "service");
  if (!service) return service.error();
  out.service_id = *service;
  const auto expiry = read_expiry(wishes.expires, now);
  if (!expiry) return expiry.error();
  out.expires_at = *expiry;
  const auto models = find_models(in, wishes.only_models, false);
  if (!models) return models.error();
  out.allowed_models = *models;
  for (const auto& pattern : wishes.only_endpoints)
    if (const auto bad = catalog::check_pattern(pattern); bad.code != ec::none)
      return nothing_made("--only-endpoint " + bad.message);
  out.allowed_endpoints = wishes.only_endpoints;
  for (const auto& text : wishes.only_addresses) {
    const auto network = catalog::parse_allowed_address(text);
    if (!network) return nothing_made("--only-address " + network.error().message);
    out.allowed_addresses.push_back(network->str());
  }
  return out;
}

void print_list(const char* what, const std::vector<std::string>& of) {
  for (std::size_t i = 0; i < of.size(); ++i)
    std::cout << (i == 0 ? what : ",") << of[i];
}

void print(const storage::process& p, const storage::catalog_data& in, core::wall_time now) {
  std::cout << p.id << '\t' << p.name << '\t' << p.key_prefix << "…\t" << core::to_string(p.log) << '\t'
            << (p.expires_at ? core::to_iso8601(*p.expires_at) : "never expires");
  for (const auto& user : in.users)
    if (user.id == p.user_id) std::cout << "\tuser=" << user.username;
  for (const auto& service : in.services)
    if (service.id == p.service_id) std::cout << "\tservice=" << service.name;
  std::vector<std::string> models;
  for (const auto id : p.allowed_models) {
    const auto at = std::find_if(in.models.begin(), in.models.end(), [&](const auto& m) { return m.id == id; });
    models.push_back(at == in.models.end() ? "(gone)" : at->name);
  }
  print_list("\tmodels=", models);
  print_list("\tendpoints=", p.allowed_endpoints);
  print_list("\taddresses=", p.allowed_addresses);
  if (p.previous_until && *p.previous_until > now)
    std::cout << "\tthe key before works until " << core::to_iso8601(*p.previous_until);
  std::cout << '\n';
}

} // namespace

result<void> keyring::make(const key_wishes& wishes) {
  if (const auto bad = core::check_name("name", wishes.name); bad.code != ec::none) return nothing_made(bad.message);
  const auto known = store_.load_catalog();
  if (!known) return known.error();
  const auto permitted = find_models(*known, wishes.models, true);
  if (!permitted) return permitted.error();
  auto wanted = to_process(wishes, *known, now_);
  if (!wanted) return wanted.error();
  const auto key = core::new_logos_key(wishes.name);
  wanted->hash = secret_.hash(key);
  wanted->key_prefix = core::shown_prefix(key);
  auto done = store_.together([&]() -> result<void> {
    const auto made = store_.create(*wanted);
    if (!made) return made.error();
    wanted = *made;
    storage::profile profile;
    profile.name = "default";
    profile.process_id = made->id;
    const auto kept = store_.create(profile);
    if (!kept) return kept.error();
    for (const auto id : *permitted) {
      storage::permission allowed;
      allowed.profile_id = kept->id;
      allowed.model_id = id;
      if (const auto granted = store_.create(allowed); !granted) return granted.error();
    }
    return {};
  });
  if (done) show(key, wanted->id);
  return done;
}

result<void> keyring::list() {
  const auto all = store_.load_catalog();
  if (!all) return all.error();
  for (const auto& p : all->processes)
    print(p, *all, now_);
  return {};
}

result<void> keyring::rotate(std::int64_t id, std::chrono::milliseconds grace) {
  auto p = store_.find<storage::process>(id);
  if (!p) return p.error();
  const auto key = core::new_logos_key(p->name);
  p->previous_hash.reset();
  p->previous_until.reset();
  if (grace.count() > 0) {
    p->previous_hash = p->hash;
    p->previous_until = now_ + grace;
  }
  p->hash = secret_.hash(key);
  p->key_prefix = core::shown_prefix(key);
  if (const auto kept = store_.update(*p, p->version); !kept) return kept.error();
  show(key, id);
  if (p->previous_until) std::cout << "The old key works until " << core::to_iso8601(*p->previous_until) << ".\n";
  return {};
}

result<void> keyring::revoke(std::int64_t id) {
  if (const auto gone = store_.remove<storage::process>(id); !gone) return gone.error();
  std::cout << "Revoked. A running gateway refuses the key within a second; DELETE /admin/v1/processes/" << id
            << " waits until it does.\n";
  return {};
}

} // namespace logos::commands
