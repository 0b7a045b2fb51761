// SPDX-License-Identifier: MIT
#include "actors/administration/demand.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/rights.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {
namespace {

using core::ec;

void give_key(storage::process& to, const std::string& key, const core::secret_key& secret) {
  to.hash = secret.hash(key);
  to.key_prefix = core::shown_prefix(key);
}

constexpr std::int64_t longest_grace_s = 30 * 24 * 3600;

/// `{"grace_s":3600}`; nothing in the body, or no body: the old key ends at once.
boost::system::result<std::chrono::seconds, core::failure> read_grace(const net::request_view& request) {
  static constexpr std::array<std::string_view, 1> known{"grace_s"};
  if (request.body.empty()) return std::chrono::seconds{0};
  body_object body;
  if (auto bad = body.parse(request); bad.code != ec::none) return bad;
  std::int64_t grace = 0;
  for (const auto [name, value] : body.object()) {
    if (name != known[0]) return unknown_field(name, known);
    if (value.get(grace) != simdjson::SUCCESS || grace < 0 || grace > longest_grace_s)
      return mismatch(name, "a number of seconds from 0 to 2592000 (30 days)", value);
  }
  return std::chrono::seconds{grace};
}

/// An expiry is the process': another key would end before it begins.
core::failure check_lifetime(const storage::process& of, const call& c) {
  if (!of.expires_at || *of.expires_at > c.now) return {};
  const auto id = std::to_string(of.id);
  return {ec::conflict, "Process " + id + " expired at " + core::to_iso8601(*of.expires_at) +
                            ", so a new key of it would be refused, too, and none was made: first set 'expires_at' to "
                            "null or to a time to come with PATCH /admin/v1/processes/" +
                            id + "."};
}

/// A profile and what it permits; its id.
storage::result<std::int64_t> add_profile(storage::store& in, std::int64_t process, const catalog::profile& like) {
  storage::profile p;
  p.name = like.name.empty() ? "default" : like.name;
  p.process_id = process;
  p.allowed_providers = like.providers;
  const auto made = in.create(p);
  if (!made) return made.error();
  auto models = like.models;
  if (like.every_model) models.push_back(0);
  for (const auto model : models) {
    storage::permission may;
    may.profile_id = made->id;
    may.model_id = model;
    if (const auto granted = in.create(may); !granted) return granted.error();
  }
  return made->id;
}

/// The profiles of `like` as they are in force; the id of the first.
storage::result<std::int64_t> copy_profiles(storage::store& in, std::int64_t process, const catalog::principal& like) {
  if (like.profiles.empty()) return add_profile(in, process, {});
  std::int64_t first = 0;
  for (const auto& profile : like.profiles) {
    const auto made = add_profile(in, process, profile);
    if (!made) return made.error();
    if (first == 0) first = *made;
  }
  return first;
}

} // namespace

outcome create_process(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in};
  const auto begun = begin_process(in, c);
  if (!begun) return to_problem(begun.error());
  auto wanted = *begun;
  if (auto bad = read_fields(body.object(), wanted, by, true); bad.code != ec::none) return to_problem(bad);
  if (auto bad = check_change(in, &*begun, &wanted, c); bad.code != ec::none) return to_problem(bad);
  const auto key = core::new_logos_key(wanted.name);
  give_key(wanted, key, *c.secret);
  std::int64_t profile = 0;
  const auto done = in.together([&]() -> storage::result<void> {
    const auto made = in.create(wanted);
    if (!made) return made.error();
    wanted = *made;
    const auto first = administers(c) ? add_profile(in, wanted.id, {}) : copy_profiles(in, wanted.id, *c.who);
    if (!first) return first.error();
    profile = *first;
    return {};
  });
  if (!done) return to_problem(done.error());
  return to_created(wanted, by, "\"key\":" + core::json_string(key) + ",\"profile_id\":" + std::to_string(profile));
}

outcome rotate_process(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto demanded = demand::read(c.request());
  if (!demanded) return to_problem(demanded.error());
  const auto grace = read_grace(c.request());
  if (!grace) return to_problem(grace.error());
  auto entity = in.find<storage::process>(*id);
  if (!entity) return to_problem(entity.error());
  if (!sight{c}.sees(*entity)) return to_problem(not_there("process", *id));
  for (const auto& bad : {demanded->check(entity->version), check_change(in, &*entity, &*entity, c),
                          check_rotation(*entity, c), check_lifetime(*entity, c)})
    if (bad.code != ec::none) return to_problem(bad);
  const auto key = core::new_logos_key(entity->name);
  // One grace at a time: this ends that of the rotation before. Without any, it stays known that there was that key, so
  // that no import takes it in again.
  entity->previous_hash = entity->hash;
  entity->previous_until = c.now + *grace;
  give_key(*entity, key, *c.secret);
  const auto kept = in.update(*entity, entity->version);
  if (!kept) return to_problem(kept.error());
  names by{in};
  auto out = to_shown(200, *kept, by, "\"key\":" + core::json_string(key));
  out.changed = true;
  out.shown_once = true;
  return out;
}

outcome create_profile(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in};
  storage::profile wanted;
  if (auto bad = read_fields(body.object(), wanted, by, true); bad.code != ec::none) return to_problem(bad);
  if (auto bad = check_change<storage::profile>(in, nullptr, &wanted, c); bad.code != ec::none) return to_problem(bad);
  const auto there = in.load_catalog();
  if (!there) return to_problem(there.error());
  const auto first = std::find_if(there->profiles.begin(), there->profiles.end(),
                                  [&](const auto& p) { return p.process_id == wanted.process_id; });
  const auto& all = there->permissions;
  if (first == there->profiles.end() || first->name != wanted.name || first->version != 1 ||
      std::any_of(all.begin(), all.end(), [&](const auto& may) { return may.profile_id == first->id; }))
    return create_entity<storage::profile>(in, c);
  if (wanted.allowed_providers == first->allowed_providers) {
    auto as_it_is = to_created(*first, by);
    as_it_is.changed = false;
    return as_it_is;
  }
  auto narrowed = *first;
  narrowed.allowed_providers = wanted.allowed_providers;
  const auto kept = in.update(narrowed, narrowed.version);
  if (!kept) return to_problem(kept.error());
  return to_created(*kept, by);
}

outcome create_permission(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  if (!body.has("model") && !body.has("model_id"))
    return to_problem(
        {ec::bad_field, "'model' (a name, or \"*\" for every model) or 'model_id' is required.", "model"});
  if (body.has("model") && body.has("model_id"))
    return to_problem({ec::bad_field, "'model' and 'model_id' exclude each other.", "model"});
  return create_entity<storage::permission>(in, c);
}

} // namespace logos::administration
