// SPDX-License-Identifier: MIT
#include "commands/keyring.hpp"

#include "actors/administration/fields.hpp"
#include "actors/catalog/key_scope.hpp"
#include "config/units.hpp"
#include "core/name_text.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>

namespace logos::commands {
namespace {

using core::ec;
using core::failure;
using storage::result;

void tell_key(const std::string& key, std::int64_t id) {
  std::cout << "Process " << id << ". Its key, shown this once: " << key << '\n';
}

failure nothing_done(const std::string& why) { return {ec::bad_field, why + " Nothing was changed."}; }

/// The ids of the models named, 0 for `*`.
result<std::vector<std::int64_t>> find_models(const storage::catalog_data& in, const std::vector<std::string>& wanted,
                                              bool all_allowed) {
  std::vector<std::int64_t> ids;
  for (const auto& name : wanted) {
    const auto at = std::find_if(in.models.begin(), in.models.end(), [&](const auto& m) {
      return m.name == name || std::find(m.aliases.begin(), m.aliases.end(), name) != m.aliases.end();
    });
    const bool all = all_allowed && name == "*";
    if (at == in.models.end() && !all) return nothing_done("There is no model '" + name + "'.");
    ids.push_back(all ? 0 : at->id);
  }
  return ids;
}

result<std::optional<core::wall_time>> read_expiry(const std::string& text, core::wall_time now) {
  if (text.empty()) return std::optional<core::wall_time>{};
  auto when = config::parse_time(text);
  if (const auto after = config::parse_duration(text)) when = now + *after;
  if (!when) return nothing_done("--expires takes a time such as 2026-12-31T23:59:59Z, or a duration such as 90d.");
  if (*when <= now) return nothing_done("--expires is in the past: the key would never work.");
  return when;
}

/// The id of whoever is called so; 0 when nobody is asked for.
template <class Entity>
result<std::int64_t> find_named(const std::vector<Entity>& in, std::string Entity::*name, const std::string& wanted,
                                const std::string& noun) {
  if (wanted.empty()) return 0;
  const auto at = std::find_if(in.begin(), in.end(), [&](const Entity& e) { return e.*name == wanted; });
  if (at == in.end()) return nothing_done("There is no " + noun + " '" + wanted + "'.");
  return at->id;
}

result<void> apply_scope(const key_terms& terms, const storage::catalog_data& in, storage::process& to) {
  if (terms.only_models) {
    const auto models = find_models(in, *terms.only_models, false);
    if (!models) return models.error();
    to.allowed_models = *models;
  }
  if (terms.only_endpoints) {
    for (const auto& pattern : *terms.only_endpoints)
      if (const auto bad = catalog::check_pattern(pattern); bad.code != ec::none)
        return nothing_done("--only-endpoint " + bad.message);
    to.allowed_endpoints = *terms.only_endpoints;
  }
  if (terms.only_addresses) {
    to.allowed_addresses.clear();
    for (const auto& text : *terms.only_addresses) {
      const auto network = catalog::parse_allowed_address(text);
      if (!network) return nothing_done("--only-address " + network.error().message);
      to.allowed_addresses.push_back(network->str());
    }
  }
  return {};
}

/// As the admin API takes them, in the same words.
result<void> apply_settings(const std::string& text, storage::process& to) {
  simdjson::dom::parser parser;
  simdjson::dom::object settings;
  if (parser.parse(text).get(settings) != simdjson::SUCCESS)
    return nothing_done(R"(--settings takes a JSON object such as '{"rate_limit_rpm":60}'.)");
  // By itself it is one object, so within another it is one member.
  if (parser.parse(R"({"settings":)" + text + "}").get(settings) != simdjson::SUCCESS)
    return nothing_done("--settings is not well-formed JSON.");
  administration::names by;
  const auto bad = administration::read_fields(settings, to, by, false);
  return bad.code == ec::none ? result<void>{} : nothing_done("--settings: " + bad.message);
}

result<void> apply(const key_terms& terms, const storage::catalog_data& in, core::wall_time now, storage::process& to) {
  if (terms.name) {
    if (const auto bad = core::check_name("name", *terms.name); bad.code != ec::none) return nothing_done(bad.message);
    to.name = *terms.name;
  }
  if (terms.log) {
    const auto log = core::parse_log_level(*terms.log);
    if (!log) return nothing_done("--log is BILLING or FULL.");
    to.log = *log;
  }
  if (terms.priority) {
    const auto priority = core::parse_priority(*terms.priority);
    if (!priority) return nothing_done("--priority is low, mid, high or 1 to 10.");
    to.priority = *priority;
  }
  if (terms.weight) {
    if (*terms.weight < 1 || *terms.weight > 1000) return nothing_done("--weight is a whole number from 1 to 1000.");
    to.weight = *terms.weight;
  }
  if (terms.user) {
    const auto user = find_named(in.users, &storage::user::username, *terms.user, "user");
    if (!user) return user.error();
    to.user_id = *user;
  }
  if (terms.service) {
    const auto service = find_named(in.services, &storage::service::name, *terms.service, "service");
    if (!service) return service.error();
    to.service_id = *service;
  }
  if (terms.expires) {
    const auto expiry = read_expiry(*terms.expires, now);
    if (!expiry) return expiry.error();
    to.expires_at = *expiry;
  }
  if (terms.settings)
    if (const auto bad = apply_settings(*terms.settings, to); !bad) return bad.error();
  return apply_scope(terms, in, to);
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
  if (!p.settings.empty() && p.settings != "{}") std::cout << "\tsettings=" << p.settings;
  if (p.previous_until && *p.previous_until > now)
    std::cout << "\tthe key before works until " << core::to_iso8601(*p.previous_until);
  std::cout << '\n';
}

void print_profiles(const storage::process& of, const storage::catalog_data& in) {
  for (const auto& profile : in.profiles) {
    if (profile.process_id != of.id) continue;
    std::cout << "profile " << profile.id << '\t' << profile.name;
    const auto* before = "\tpermits ";
    for (const auto& may : in.permissions) {
      if (may.profile_id != profile.id) continue;
      const auto at =
          std::find_if(in.models.begin(), in.models.end(), [&](const auto& m) { return m.id == may.model_id; });
      std::cout << std::exchange(before, ",")
                << (may.model_id == 0       ? "*"
                    : at == in.models.end() ? "(gone)"
                                            : at->name);
    }
    before = "\tproviders=";
    for (const auto id : profile.allowed_providers) {
      const auto at = std::find_if(in.providers.begin(), in.providers.end(), [&](const auto& p) { return p.id == id; });
      std::cout << std::exchange(before, ",") << (at == in.providers.end() ? "(gone)" : at->name);
    }
    std::cout << '\n';
  }
}

/// The profile whose permissions are changed.
result<std::int64_t> find_profile(const storage::catalog_data& in, std::int64_t process, std::int64_t wanted) {
  const auto at = std::find_if(in.profiles.begin(), in.profiles.end(), [&](const auto& p) {
    return p.process_id == process && (wanted == 0 || p.id == wanted);
  });
  if (at != in.profiles.end()) return at->id;
  return nothing_done(wanted == 0 ? "The process has no profile that could permit a model."
                                  : "Profile " + std::to_string(wanted) + " does not belong to this process.");
}

} // namespace

result<void> keyring::make(const key_terms& terms, const std::vector<std::string>& models) {
  const auto known = store_.load_catalog();
  if (!known) return known.error();
  storage::process wished;
  if (const auto bad = apply(terms, *known, now_, wished); !bad) return bad.error();
  const auto permitted = find_models(*known, models, true);
  if (!permitted) return permitted.error();
  const auto key = core::new_logos_key(wished.name);
  wished.hash = secret_.hash(key);
  wished.key_prefix = core::shown_prefix(key);
  auto done = store_.together([&]() -> result<void> {
    const auto made = store_.create(wished);
    if (!made) return made.error();
    wished = *made;
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
  if (done) tell_key(key, wished.id);
  return done;
}

result<void> keyring::list(bool as_json) {
  const auto all = store_.load_catalog();
  if (!all) return all.error();
  administration::names by{store_};
  const auto* before = "[";
  for (const auto& p : all->processes)
    if (as_json)
      std::cout << std::exchange(before, ",\n ") << administration::to_json(p, by);
    else
      print(p, *all, now_);
  if (as_json) std::cout << (*before == '[' ? "[]\n" : "]\n");
  return {};
}

result<void> keyring::show(std::int64_t id, bool as_json) {
  const auto found = store_.find<storage::process>(id);
  if (!found) return found.error();
  const auto all = store_.load_catalog();
  if (!all) return all.error();
  if (as_json) {
    administration::names by{store_};
    std::cout << administration::to_json(*found, by) << '\n';
    return {};
  }
  print(*found, *all, now_);
  print_profiles(*found, *all);
  return {};
}

result<void> keyring::change(std::int64_t id, const key_terms& terms, const key_models& models) {
  if (terms == key_terms{} && models.permitted.empty() && models.withdrawn.empty())
    return nothing_done(
        "It does not say what to change. Name it: --name, --log, --priority, --weight, --user, "
        "--service, --expires, --settings, --only-model, --only-endpoint, --only-address (or what lifts them: "
        "--no-user, --no-service, --never-expires, --any-model, --any-endpoint, --any-address), "
        "--permit or --withdraw.");
  auto p = store_.find<storage::process>(id);
  if (!p) return p.error();
  const auto known = store_.load_catalog();
  if (!known) return known.error();
  if (const auto bad = apply(terms, *known, now_, *p); !bad) return bad.error();
  const auto permitted = find_models(*known, models.permitted, true);
  if (!permitted) return permitted.error();
  const auto withdrawn = find_models(*known, models.withdrawn, true);
  if (!withdrawn) return withdrawn.error();
  std::int64_t profile = 0;
  if (!permitted->empty() || !withdrawn->empty() || models.profile != 0) {
    const auto found = find_profile(*known, id, models.profile);
    if (!found) return found.error();
    profile = *found;
  }
  const auto find_permission = [&](std::int64_t model) {
    return std::find_if(known->permissions.begin(), known->permissions.end(),
                        [&](const auto& may) { return may.profile_id == profile && may.model_id == model; });
  };
  auto done = store_.together([&]() -> result<void> {
    if (const auto kept = store_.update(*p, p->version); !kept) return kept.error();
    for (const auto model : *permitted) {
      if (find_permission(model) != known->permissions.end()) continue;
      storage::permission allowed;
      allowed.profile_id = profile;
      allowed.model_id = model;
      if (const auto granted = store_.create(allowed); !granted) return granted.error();
    }
    for (std::size_t i = 0; i < withdrawn->size(); ++i) {
      const auto at = find_permission((*withdrawn)[i]);
      if (at == known->permissions.end())
        return nothing_done("The profile does not permit '" + models.withdrawn[i] + "' by name.");
      if (const auto gone = store_.remove<storage::permission>(at->id); !gone) return gone.error();
    }
    return {};
  });
  if (done) std::cout << "Process " << id << " is changed.\n";
  return done;
}

result<void> keyring::rotate(std::int64_t id, std::chrono::milliseconds grace) {
  auto p = store_.find<storage::process>(id);
  if (!p) return p.error();
  if (p->expires_at && *p->expires_at <= now_)
    return nothing_done("Process " + std::to_string(id) + " expired at " + core::to_iso8601(*p->expires_at) +
                        ", so a new key of it would be refused, too: first let it live on, with `logos key change " +
                        std::to_string(id) + "` and --expires or --never-expires.");
  const auto key = core::new_logos_key(p->name);
  // Also without a grace, so that no import takes the key in again.
  p->previous_hash = p->hash;
  p->previous_until = now_ + grace;
  p->hash = secret_.hash(key);
  p->key_prefix = core::shown_prefix(key);
  if (const auto kept = store_.update(*p, p->version); !kept) return kept.error();
  tell_key(key, id);
  if (grace.count() > 0) std::cout << "The old key works until " << core::to_iso8601(*p->previous_until) << ".\n";
  return {};
}

result<void> keyring::revoke(std::int64_t id) { return store_.remove<storage::process>(id); }

} // namespace logos::commands
