// SPDX-License-Identifier: MIT
#include "actors/administration/resources.hpp"

#include "actors/administration/demand.hpp"
#include "actors/administration/field_logic.hpp"
#include "actors/administration/filter_logic.hpp"
#include "actors/administration/large_number.hpp"
#include "actors/administration/parameters.hpp"
#include "actors/administration/queries.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/settings_limits.hpp"
#include "actors/alerting/guard.hpp"

#include <optional>
#include <type_traits>
#include <unordered_set>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

/// What names one thing twice, by name and by id, has to mean the same.
template <class Entity>
failure contradiction(simdjson::dom::object /*from*/, names& /*by*/) {
  return {};
}

template <>
failure contradiction<storage::price>(simdjson::dom::object from, names& by) {
  const auto differ = [&](std::string_view name, std::string_view id_name, auto member) {
    storage::price one, other;
    const auto read = [&](std::string_view wanted, storage::price& to) {
      json_value value;
      if (from[wanted].get(value) != simdjson::SUCCESS) return false;
      return any_field<storage::price>(
          [&](const auto& f) { return f.name == wanted && f.read(value, to, by).code == ec::none; });
    };
    return read(name, one) && read(id_name, other) && one.*member != other.*member;
  };
  if (differ("model", "model_id", &storage::price::model_id))
    return {ec::bad_field, "'model' and 'model_id' name different models; give one of them.", "model_id"};
  if (differ("provider", "provider_id", &storage::price::provider_id))
    return {ec::bad_field, "'provider' and 'provider_id' name different providers; give one of them.", "provider_id"};
  return {};
}

/// Reads at once what the fields of all of them will ask for.
template <class Entity>
void prepare(names& /*by*/, const std::vector<Entity>& /*shown*/) {}

template <>
void prepare(names& by, const std::vector<storage::process>& shown) {
  std::vector<std::int64_t> ids;
  for (const auto& p : shown)
    ids.push_back(p.id);
  by.learn_uses(ids);
}

// Where an entity is looked for, and whether it is kept there. Some limits stand elsewhere, with ids below 0.

template <class Entity>
constexpr bool has_negative_ids = std::is_same_v<Entity, storage::limit>;

template <class Entity>
storage::result<std::vector<Entity>> list_some(storage::store& in, const call& c, std::int64_t after, int most) {
  if constexpr (has_negative_ids<Entity>)
    return list_both_limits(in, c, after, most);
  else
    return in.list<Entity>(after, most);
}

template <class Entity>
storage::result<Entity> find_one(storage::store& in, std::int64_t id) {
  if constexpr (has_negative_ids<Entity>)
    return find_either_limit(in, id);
  else
    return in.find<Entity>(id);
}

template <class Entity>
failure check_place(const Entity& of) {
  if constexpr (has_negative_ids<Entity>)
    return check_kept_here(of);
  else
    return {};
}

/// What only the operator's settings can tell of a field.
template <class Entity>
failure forbid_value(const Entity& /*was*/, const Entity& /*now*/, const call& /*c*/) {
  return {};
}

template <>
failure forbid_value(const storage::budget& was, const storage::budget& now, const call& c) {
  if (now.alert_url == was.alert_url || c.trusted == nullptr) return {};
  return alerting::check_alert_url(now.alert_url, *c.trusted);
}

/// Fills in what the gateway makes itself; answers the members that are shown this once.
template <class Entity>
std::string fill_in(Entity& /*to*/, const call& /*c*/) {
  return {};
}

template <>
std::string fill_in(storage::credit& to, const call& c) {
  to.made_by = c.who->name;
  to.made_at = c.now;
  return {};
}

template <>
std::string fill_in(storage::budget& to, const call& /*c*/) {
  if (to.alert_url.empty() || !to.alert_secret.empty()) return {};
  to.alert_secret = "whsec_" + core::random_text(32);
  return "\"alert_secret\":" + core::json_string(to.alert_secret);
}

/// The first member that an object in `value` names twice. Which of the two would count is anybody's guess.
std::optional<std::string> find_duplicate(json_value value) {
  if (simdjson::dom::array list; value.get(list) == simdjson::SUCCESS) {
    for (const auto item : list)
      if (auto found = find_duplicate(item)) return found;
    return std::nullopt;
  }
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return std::nullopt;
  std::unordered_set<std::string_view> seen;
  for (const auto [key, member] : object) {
    if (!seen.insert(key).second) return std::string{key.substr(0, 100)};
    if (auto found = find_duplicate(member)) return found;
  }
  return std::nullopt;
}

template <class Entity>
outcome change_once(storage::store& in, const call& c, std::int64_t id, const demand& demanded) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  auto entity = find_one<Entity>(in, id);
  if (!entity) return to_problem(entity.error());
  if (!sight{c}.sees(*entity)) return to_problem(not_there(noun_of<Entity>().singular, id));
  if (auto bad = check_place(*entity); bad.code != ec::none) return to_problem(bad);
  if (auto bad = demanded.check(entity->version); bad.code != ec::none) return to_problem(bad);
  names by{in, administers(c)};
  auto changed = *entity;
  if (auto bad = read_fields(body.object(), changed, by, false); bad.code != ec::none) return to_problem(bad);
  if (auto bad = contradiction<Entity>(body.object(), by); bad.code != ec::none) return to_problem(bad);
  if (auto bad = check_change(in, &*entity, &changed, c); bad.code != ec::none) return to_problem(bad);
  if (auto bad = forbid_value(*entity, changed, c); bad.code != ec::none) return to_problem(bad);
  const auto shown_once = fill_in(changed, c);
  const auto kept = in.update(changed, entity->version);
  if (!kept) return to_problem(kept.error());
  auto out = to_shown(200, *kept, by, shown_once);
  out.changed = true; // also if nothing is, now: an earlier answer may have said that it was not in force yet
  out.shown_once = !shown_once.empty();
  return out;
}

/// That there is nothing to remove is said when it is so everywhere: an earlier answer may have said that it was not.
outcome already_gone(const failure& why) {
  auto out = to_problem(why);
  out.changed = out.answer.status == 404;
  return out;
}

} // namespace

failure body_object::parse(const net::request_view& request) {
  const auto text = request.body;
  if (text.empty()) return {ec::bad_json, "The body is empty; send a JSON object."};
  simdjson::dom::element root;
  // The exchange keeps readable bytes behind its body.
  if (const auto error = parser_.parse(text.data(), text.size(), false).get(root); error != simdjson::SUCCESS) {
    if (auto large = find_large_number(text); large.code != ec::none) return large;
    return {ec::bad_json, "The body is not well-formed JSON: " + std::string{simdjson::error_message(error)}};
  }
  if (root.get(object_) != simdjson::SUCCESS) return {ec::bad_json, "The body must be a JSON object."};
  if (auto twice = find_duplicate(root))
    return {ec::bad_json, "The body names " + core::json_string(*twice) + " twice.", *twice};
  return {};
}

failure body_object::parse_empty() {
  static const simdjson::padded_string nothing{std::string_view{"{}"}};
  if (parser_.parse(nothing).get(object_) == simdjson::SUCCESS) return {};
  return {ec::internal, "an empty object was not understood"};
}

template <class Entity>
std::span<const parameter> parameters_of_list() {
  static const std::vector<parameter> all = [] {
    std::vector<parameter> out{limit_parameter, cursor_parameter};
    any_field<Entity>([&](const field<Entity>& f) {
      // Lists and objects are compared as the text that is shown.
      const bool plain = f.schema.find(R"("array")") == f.schema.npos && f.schema.find(R"("object")") == f.schema.npos;
      if (f.write != nullptr && f.usage != use::passing)
        out.push_back(plain ? parameter{f.name, f.schema} : parameter{f.name});
      return false;
    });
    return out;
  }();
  return all;
}

template <class Entity>
outcome list_entities(storage::store& in, const call& c) {
  const auto page = read_paging(c.parameters, 1000, has_negative_ids<Entity>);
  if (!page) return to_problem(page.error());
  auto filters = c.parameters;
  filters.erase("limit");
  filters.erase("cursor");
  names by{in, administers(c)};
  if (auto bad = spell_filters<Entity>(filters, by); bad.code != ec::none) return to_problem(bad);
  const sight seen{c};
  std::vector<Entity> shown;
  std::int64_t after = page->after;
  const int step = filters.empty() && seen.everything() ? page->limit + 1 : 1000;
  bool more = false;
  for (bool rest = true; rest && !more;) {
    const auto found = list_some<Entity>(in, c, after, step);
    if (!found) return to_problem(found.error());
    rest = found->size() == static_cast<std::size_t>(step);
    for (const auto& entity : *found) {
      after = entity.id;
      if (!seen.sees(entity) || !matches(entity, filters, by)) continue;
      more = shown.size() == static_cast<std::size_t>(page->limit);
      if (more) break;
      shown.push_back(entity);
    }
  }
  prepare(by, shown);
  std::string data;
  for (const auto& entity : shown)
    data.append(data.empty() ? "" : ",").append(to_json(entity, by));
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" +
                             (more ? "\"" + std::to_string(shown.back().id) + "\"" : "null") + "}");
}

namespace {

template <class Entity>
outcome show_found(storage::store& in, const call& c, std::int64_t id, const storage::result<Entity>& entity) {
  if (!entity) return to_problem(entity.error());
  if (!sight{c}.sees(*entity)) return to_problem(not_there(noun_of<Entity>().singular, id));
  names by{in, administers(c)};
  auto shown = to_shown(200, *entity, by);
  const auto tag = tag_of(entity->version, by.told());
  if (!is_known(c.request(), tag)) return shown;
  auto same = to_entity(304, {}, tag);
  same.answer.content_type = {};
  return same;
}

} // namespace

template <class Entity>
outcome show_entity(storage::store& in, const call& c) {
  const auto id = c.id(has_negative_ids<Entity>);
  if (!id) return to_problem(id.error());
  return show_found(in, c, *id, find_one<Entity>(in, *id));
}

template <class Entity>
outcome show_any_version(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  std::int64_t version = 0;
  if (auto bad = read_id_filter(c.parameters, "version", version); bad.code != ec::none) return to_problem(bad);
  return show_found(in, c, *id, version == 0 ? in.find<Entity>(*id) : in.find_version<Entity>(*id, version));
}

template <class Entity>
outcome create_entity(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in, administers(c)};
  Entity entity;
  if (auto bad = read_fields(body.object(), entity, by, true); bad.code != ec::none) return to_problem(bad);
  if (auto bad = contradiction<Entity>(body.object(), by); bad.code != ec::none) return to_problem(bad);
  if (auto bad = check_change<Entity>(in, nullptr, &entity, c); bad.code != ec::none) return to_problem(bad);
  if (auto bad = forbid_value(Entity{}, entity, c); bad.code != ec::none) return to_problem(bad);
  const auto shown_once = fill_in(entity, c);
  const auto made = in.create(entity);
  if (!made) return to_problem(made.error());
  return to_created(*made, by, shown_once);
}

template <class Entity>
outcome change_entity(storage::store& in, const call& c) {
  const auto id = c.id(has_negative_ids<Entity>);
  if (!id) return to_problem(id.error());
  const auto demanded = demand::read(c.request());
  if (!demanded) return to_problem(demanded.error());
  auto out = change_once<Entity>(in, c, *id, *demanded);
  // Nobody asked for a certain version: who changed it between our reading and writing shall not be overwritten.
  for (int tries = 0; tries < 3 && demanded->any() && out.answer.status == 412; ++tries)
    out = change_once<Entity>(in, c, *id, *demanded);
  return out;
}

template <class Entity>
outcome remove_entity(storage::store& in, const call& c) {
  const auto id = c.id(has_negative_ids<Entity>);
  if (!id) return to_problem(id.error());
  const auto demanded = demand::read(c.request());
  if (!demanded) return to_problem(demanded.error());
  const auto entity = find_one<Entity>(in, *id);
  if (!entity) return already_gone(entity.error());
  if (!sight{c}.sees(*entity)) return already_gone(not_there(noun_of<Entity>().singular, *id));
  if (auto bad = check_place(*entity); bad.code != ec::none) return to_problem(bad);
  if (auto bad = check_change<Entity>(in, &*entity, nullptr, c); bad.code != ec::none) return to_problem(bad);
  if (auto bad = demanded->check(entity->version); bad.code != ec::none) return to_problem(bad);
  if (const auto removed = in.remove<Entity>(*id, demanded->any() ? 0 : entity->version); !removed)
    return to_problem(removed.error());
  auto out = to_outcome(204, {});
  out.changed = true;
  return out;
}

#define LOGOS_ENTRY(entity)                                                                                            \
  template std::span<const parameter> parameters_of_list<entity>();                                                    \
  template outcome list_entities<entity>(storage::store&, const call&);                                                \
  template outcome show_entity<entity>(storage::store&, const call&);                                                  \
  template outcome create_entity<entity>(storage::store&, const call&);
#define LOGOS_RESOURCE(entity)                                                                                         \
  LOGOS_ENTRY(entity)                                                                                                  \
  template outcome change_entity<entity>(storage::store&, const call&);                                                \
  template outcome remove_entity<entity>(storage::store&, const call&);

LOGOS_RESOURCE(storage::user)
LOGOS_RESOURCE(storage::service)
LOGOS_RESOURCE(storage::process)
LOGOS_RESOURCE(storage::profile)
LOGOS_RESOURCE(storage::permission)
LOGOS_RESOURCE(storage::provider)
LOGOS_RESOURCE(storage::model)
LOGOS_RESOURCE(storage::deployment)
LOGOS_RESOURCE(storage::policy)
LOGOS_RESOURCE(storage::token_type)
LOGOS_RESOURCE(storage::rate)
LOGOS_RESOURCE(storage::price)
LOGOS_RESOURCE(storage::limit)
LOGOS_RESOURCE(storage::budget)
LOGOS_RESOURCE(storage::example)
LOGOS_ENTRY(storage::credit)
#undef LOGOS_RESOURCE
#undef LOGOS_ENTRY

template outcome show_any_version<storage::token_type>(storage::store&, const call&);
template outcome show_any_version<storage::rate>(storage::store&, const call&);
template outcome show_any_version<storage::price>(storage::store&, const call&);

} // namespace logos::administration
