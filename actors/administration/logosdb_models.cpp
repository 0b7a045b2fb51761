// SPDX-License-Identifier: MIT
#include "actors/administration/fields.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/rights.hpp"
#include "actors/classification/rebalancing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace logos::administration::logosdb {
namespace {

using core::ec;
using core::failure;
using storage::model;
using storage::policy;
using namespace classification; // rebalancing

/// As far as feedback may move a weight at once.
constexpr std::int64_t furthest = 1'000'000;

struct category {
  std::string_view name;
  std::string_view worse;
  std::int64_t model::*weight;
};
constexpr std::array<category, 4> categories{{
    {"accuracy", "worse_accuracy", &model::weight_accuracy},
    {"quality", "worse_quality", &model::weight_quality},
    {"latency", "worse_latency", &model::weight_latency},
    {"cost", "worse_cost", &model::weight_cost},
}};

failure read_privacy(const arguments& a, std::string_view name, core::privacy_level& out) {
  const auto level = core::parse_privacy_level(a.text(name));
  if (!level)
    return {ec::bad_field,
            "'" + std::string{name} +
                "' must be one of LOCAL, CLOUD_IN_EU_BY_EU_PROVIDER, CLOUD_IN_EU_BY_US_PROVIDER, "
                "CLOUD_NOT_IN_EU_BY_US_PROVIDER.",
            std::string{name}};
  out = *level;
  return {};
}

failure read_policy(const arguments& a, policy& to) {
  if (auto bad = read_privacy(a, "threshold_privacy", to.threshold_privacy); bad.code != ec::none) return bad;
  to.process_id = a.number("entity_id");
  to.name = a.text("name");
  to.description = a.text("description");
  to.threshold_latency = a.number("threshold_latency");
  to.threshold_accuracy = a.number("threshold_accuracy");
  to.threshold_cost = a.number("threshold_cost");
  to.threshold_quality = a.number("threshold_quality");
  to.priority = a.number("priority");
  to.topic = a.text("topic");
  for (const auto* name : {"threshold_latency", "threshold_accuracy", "threshold_cost", "threshold_quality"})
    if (const auto value = a.number(name); value < -1024 || value > 1024)
      return {ec::bad_field,
              "'" + std::string{name} +
                  "' must be a whole number from -1024 (whatever is lowest) to 1024 (whatever is highest).",
              name};
  if (to.priority < 0 || to.priority > 10)
    return {ec::bad_field, "'priority' must be a number from 0 to 10.", "priority"};
  return {};
}

/// Upstream takes a text as well as a number.
bool read_digits(const std::string& text, std::int64_t& out) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  return wrong == std::errc{} && end == text.data() + text.size();
}

/// A policy's process is its entity here.
failure as_named_here(failure f) {
  if (f.param == "process_id") f.param = "entity_id";
  return f;
}

storage::result<std::int64_t> create_named(const arguments& a, model& m) {
  const auto json = R"({"name":)" + a.json("name") + "}";
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json).get(object) != simdjson::SUCCESS)
    return failure{ec::internal, "a body could not be put together"};
  names by{a.store};
  if (auto bad = read_fields(object, m, by, true); bad.code != ec::none) return bad;
  if (auto bad = check_as_admin<model>(a, nullptr, m); bad.code != ec::none) return bad;
  const auto made = a.store.create(m);
  if (!made) return made.error();
  return made->id;
}

void add_row(row_list& rows, const model& m) {
  rows.begin();
  rows.add("id", m.id);
  rows.add("name", m.name);
  rows.add("weight_privacy", m.weight_privacy);
  rows.add("weight_latency", m.weight_latency);
  rows.add("weight_accuracy", m.weight_accuracy);
  rows.add("weight_cost", m.weight_cost);
  rows.add("weight_quality", m.weight_quality);
  rows.add("tags", m.tags);
  rows.add("parallel", std::max<std::int64_t>(m.parallel, 1)); // as upstream has it where none was said
  rows.add("description", m.description);
  rows.end();
}

void add_row(row_list& rows, const policy& p) {
  rows.begin();
  rows.add("id", p.id);
  rows.add("entity_id", p.process_id);
  rows.add("name", p.name);
  rows.add("description", p.description);
  rows.add("threshold_privacy", p.threshold_privacy);
  rows.add("threshold_latency", p.threshold_latency);
  rows.add("threshold_accuracy", p.threshold_accuracy);
  rows.add("threshold_cost", p.threshold_cost);
  rows.add("threshold_quality", p.threshold_quality);
  rows.add("priority", p.priority);
  rows.add("topic", p.topic);
  rows.end();
}

/// One row as an object: upstream answers single ones like that.
template <class Entity>
outcome show(const Entity& entity) {
  row_list one{false};
  add_row(one, entity);
  auto out = one.finish();
  auto& body = out.answer.body; // {"result":[{…}]}
  body = body.substr(11, body.size() - 13);
  return out;
}

/// The models whose weights are balanced: what files say is theirs, but for `also`.
std::vector<model> balanced(const storage::catalog_data& there, std::int64_t also = 0) {
  std::vector<model> out;
  for (const auto& m : there.models)
    if (m.origin == core::origin::api || m.id == also) out.push_back(m);
  return out;
}

standings standings_of(const std::vector<model>& models, const category& c) {
  standings out;
  for (const auto& m : models)
    out.push_back({m.*c.weight, m.id});
  return in_order(std::move(out));
}

void take(const standings& from, std::vector<model>& models, const category& c) {
  for (auto& m : models)
    for (const auto& s : from)
      if (s.model == m.id) m.*c.weight = s.weight;
}

/// Stores those whose weights have changed.
storage::result<void> keep(const arguments& a, const storage::catalog_data& before, std::vector<model>& models) {
  for (auto& m : models) {
    const auto was =
        std::find_if(before.models.begin(), before.models.end(), [&](const model& o) { return o.id == m.id; });
    const bool same =
        was == before.models.end() || std::all_of(categories.begin(), categories.end(),
                                                  [&](const category& c) { return m.*c.weight == (*was).*c.weight; });
    if (same) continue;
    if (auto bad = check_change(a.store, &*was, &m, a.from); bad.code != ec::none) return bad;
    if (auto kept = a.store.update(m, 0); !kept) return kept.error();
  }
  return {};
}

/// Gives the new model its weight in each category, just above the model that is named as the best of the worse ones,
/// and the others theirs.
storage::result<void> place(const arguments& a, model& m) {
  auto there = a.store.load_catalog();
  if (!there) return there.error();
  auto others = balanced(*there);
  for (const auto& c : categories) {
    const auto worse = a.number(c.worse);
    const auto found = with(standings_of(others, c), worse == 0 ? std::nullopt : std::optional{worse}, 0);
    if (!found)
      return failure{ec::resource_not_found, "there is no model " + std::to_string(worse), std::string{c.worse}};
    take(*found, others, c);
    for (const auto& s : *found)
      if (s.model == 0) m.*c.weight = s.weight;
  }
  return keep(a, *there, others);
}

/// Moves a model by `by` in a category, and whom it passes.
storage::result<void> move(const arguments& a, std::int64_t id, const category& c, std::int64_t by) {
  auto there = a.store.load_catalog();
  if (!there) return there.error();
  auto models = balanced(*there, id);
  const auto found = moved(standings_of(models, c), id, by);
  if (!found) return failure{ec::resource_not_found, "there is no model " + std::to_string(id)};
  take(*found, models, c);
  return keep(a, *there, models);
}

/// Removes a model; the others close up.
storage::result<void> take_away(const arguments& a, std::int64_t id) {
  auto there = a.store.load_catalog();
  if (!there) return there.error();
  for (const auto& m : there->models)
    if (m.id == id)
      if (auto bad = check_change<model>(a.store, &m, nullptr, a.from); bad.code != ec::none) return bad;
  if (auto gone = a.store.remove<model>(id); !gone) return gone;
  auto models = balanced(*there, id);
  for (const auto& c : categories)
    if (const auto found = without(standings_of(models, c), id)) take(*found, models, c);
  std::erase_if(models, [&](const model& m) { return m.id == id; });
  return keep(a, *there, models);
}

} // namespace

outcome add_model(const arguments& a) {
  model m;
  const auto id = create_named(a, m);
  if (!id) return refused_with(id.error());
  return changed(result_text("Created the model.", ",\"model_id\":" + std::to_string(*id)));
}

outcome add_full_model(const arguments& a) {
  model m;
  if (auto bad = read_privacy(a, "weight_privacy", m.weight_privacy); bad.code != ec::none) return refused_with(bad);
  m.tags = a.text("tags");
  m.description = a.text("description");
  m.parallel = a.number("parallel");
  if (m.parallel < 1 || m.parallel > 256)
    return refused_with({ec::bad_field, "'parallel' must be a number from 1 to 256.", "parallel"});
  std::int64_t id = 0;
  const auto done = a.store.together([&]() -> storage::result<void> {
    if (auto placed = place(a, m); !placed) return placed;
    const auto made = create_named(a, m);
    if (!made) return made.error();
    id = *made;
    return {};
  });
  if (!done) return refused_with(done.error());
  return changed(result_text("Created the model.", ",\"model_id\":" + std::to_string(id)));
}

outcome update_model(const arguments& a) {
  auto m = a.store.find<model>(a.number("id"));
  if (!m) return refused_with(m.error());
  const auto was = *m;
  const auto word = a.text("category");
  if (word == "privacy") {
    if (auto bad = read_privacy(a, "value", m->weight_privacy); bad.code != ec::none) return refused_with(bad);
  } else {
    const auto at =
        std::find_if(categories.begin(), categories.end(), [&](const category& c) { return c.name == word; });
    if (at == categories.end())
      return refused_with(
          {ec::bad_field, "'category' must be one of latency, accuracy, quality, cost, privacy.", "category"});
    std::int64_t by = 0;
    if (!read_value(a.value("value"), by).empty() && !read_digits(a.text("value"), by))
      return refused_with({ec::bad_field, "'value' must be a whole number, which is added to the weight.", "value"});
    if (by < -furthest || by > furthest)
      return refused_with({ec::bad_field, "'value' must be from -1000000 to 1000000.", "value"});
    if (auto done = a.store.together([&] { return move(a, m->id, *at, by); }); !done) return refused_with(done.error());
    return changed(result_text("Updated the model."));
  }
  if (auto bad = check_change(a.store, &was, &*m, a.from); bad.code != ec::none) return refused_with(bad);
  if (auto kept = a.store.update(*m, m->version); !kept) return refused_with(kept.error());
  return changed(result_text("Updated the model."), true);
}

outcome delete_model(const arguments& a) {
  const auto gone = a.store.together([&] { return take_away(a, a.number("id")); });
  if (!gone) return refused_with(gone.error());
  return changed(result_text("Deleted the model."), true);
}

outcome get_model(const arguments& a) {
  const auto id = a.number("id");
  const auto m = a.store.find<model>(id);
  if (m && reaches(a.from, id)) return show(*m);
  if (!m && m.error().code != ec::resource_not_found) return refused_with(m.error());
  return refused_with(
      {ec::resource_not_found, "There is no model " + std::to_string(id) + ", or this key may not use it."});
}

outcome get_models(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  row_list rows{a.legacy()};
  for (const auto& m : there->models)
    if (reaches(a.from, m.id)) add_row(rows, m);
  return rows.finish();
}

outcome get_general_model_stats(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  const auto n =
      std::count_if(there->models.begin(), there->models.end(), [&](auto& m) { return reaches(a.from, m.id); });
  return said(R"({"totalModels":)" + std::to_string(n) + "}");
}

outcome add_policy(const arguments& a) {
  policy p;
  if (auto bad = read_policy(a, p); bad.code != ec::none) return refused_with(bad);
  if (auto bad = check_as_admin<policy>(a, nullptr, p); bad.code != ec::none) return refused_with(as_named_here(bad));
  const auto made = a.store.create(p);
  if (!made) return refused_with(as_named_here(made.error()));
  return changed(result_text("Created the policy.", ",\"policy-id\":" + std::to_string(made->id)));
}

outcome update_policy(const arguments& a) {
  auto p = a.store.find<policy>(a.number("id"));
  if (!p) return refused_with(p.error());
  const auto was = *p;
  if (auto bad = read_policy(a, *p); bad.code != ec::none) return refused_with(bad);
  if (auto bad = check_as_admin(a, &was, *p); bad.code != ec::none) return refused_with(as_named_here(bad));
  if (auto kept = a.store.update(*p, p->version); !kept) return refused_with(as_named_here(kept.error()));
  return changed(result_text("Updated the policy."), true);
}

outcome delete_policy(const arguments& a) {
  const auto was = a.store.find<policy>(a.number("id"));
  if (!was) return refused_with(was.error());
  if (auto bad = check_change<policy>(a.store, &*was, nullptr, a.from); bad.code != ec::none) return refused_with(bad);
  if (const auto gone = a.store.remove<policy>(was->id); !gone) return refused_with(gone.error());
  return changed(result_text("Deleted the policy."), true);
}

outcome get_policy(const arguments& a) {
  const auto id = a.number("id");
  const auto p = a.store.find<policy>(id);
  if (!p && p.error().code != ec::resource_not_found) return refused_with(p.error());
  if (p && (administers(a.from) || p->process_id == a.who().process_id)) return show(*p);
  return refused_with({ec::resource_not_found, "There is no policy " + std::to_string(id) + " of this key's process."});
}

outcome get_policies(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  row_list rows{a.legacy()};
  for (const auto& p : there->policies)
    if (p.process_id == a.who().process_id) add_row(rows, p);
  return rows.finish();
}

} // namespace logos::administration::logosdb
