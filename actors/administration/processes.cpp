// SPDX-License-Identifier: MIT
#include "actors/administration/resource_logic.hpp"

namespace logos::administration {
namespace {

using core::ec;

void give_key(storage::process& to, const std::string& key, const core::secret_key& secret) {
  to.hash = secret.hash(key);
  to.key_prefix = core::shown_prefix(key);
}

} // namespace

outcome create_process(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in};
  storage::process wanted;
  if (auto bad = read_fields(body.object(), wanted, by, true); bad.code != ec::none) return to_problem(bad);
  if (wanted.expires_at && *wanted.expires_at <= c.now)
    return to_problem({ec::bad_field, "'expires_at' is in the past: the key would never work.", "expires_at"});
  const auto key = core::new_logos_key(wanted.name);
  give_key(wanted, key, *c.secret);
  const auto made = in.create(wanted);
  if (!made) return to_problem(made.error());
  storage::profile first;
  first.name = "default";
  first.process_id = made->id;
  const auto profile = in.create(first);
  if (!profile) {
    // Without its profile the answer cannot say what was promised: as if nothing had been made.
    static_cast<void>(in.remove<storage::process>(made->id));
    return to_problem(profile.error());
  }
  return to_created(*made, with_members(to_json(*made, by), "\"key\":" + core::json_string(key) +
                                                                ",\"profile_id\":" + std::to_string(profile->id)));
}

outcome rotate_process(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto demanded = demanded_version(c.request());
  if (!demanded) return to_problem(demanded.error());
  auto entity = in.find<storage::process>(*id);
  if (!entity) return to_problem(entity.error());
  const auto key = core::new_logos_key(entity->name);
  give_key(*entity, key, *c.secret);
  const auto kept = in.update(*entity, *demanded != 0 ? *demanded : entity->version);
  if (!kept) return to_problem(kept.error());
  names by{in};
  auto out = to_entity(200, with_members(to_json(*kept, by), "\"key\":" + core::json_string(key)), kept->version);
  out.changed = true;
  return out;
}

outcome remove_process(storage::store& in, const call& c) {
  const auto id = c.id();
  if (id && c.who != nullptr && *id == c.who->process_id)
    return to_problem({ec::conflict, "This is the key that you are using; remove it with another root key."});
  return remove_entity<storage::process>(in, c);
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
