// SPDX-License-Identifier: MIT
#include "storage/sql/fields.hpp"
#include "storage/sql/sql_store.hpp"

#include <algorithm>

namespace logos::storage::sql {

/// One run of sync_config.
struct sql_store::sync_state {
  const config_declarations& declared;
  config_outcome outcome;
};

namespace {

std::string deployment_name(std::string_view model, std::string_view provider) {
  return std::string{model} + " on " + std::string{provider};
}

std::string price_name(std::string_view model, std::string_view provider, const price& facts) {
  const auto shown = [](std::string_view name) { return name.empty() ? std::string{"*"} : std::string{name}; };
  return shown(model) + " on " + shown(provider) + ", " + facts.token_type + " from " + core::to_sql(facts.valid_from);
}

} // namespace

/// Makes one declared entity so, unless the API made one of that name or a live node's newer file declares it too.
/// Returns its id.
template <class Entity>
result<std::int64_t> sql_store::sync_entity(sync_state& state, const Entity& declared, std::string_view name,
                                            std::string_view where, std::initializer_list<value> keys) {
  const auto& kind = table_of<Entity>();
  const auto label = std::string{kind.noun} + " " + core::json_string(name);
  const auto noted = session_.run(
      "insert into config_declarations (node, kind, name, revision, declared_at) values ($1, $2, $3, $4, $5)"
      " on conflict (kind, name, node) do update set revision = excluded.revision, declared_at = excluded.declared_at",
      {value{state.declared.node}, value{kind.name}, value{name}, value{state.declared.revision},
       value{session_.now()}});
  if (!noted) return noted.error();

  std::string find = "select " + std::string{common_columns};
  for (auto column : kind.columns)
    find += ", " + std::string{column};
  find += " from " + std::string{kind.name} + " where deleted_at is null and ";
  auto found = session_.run(find + std::string{where}, keys);
  if (!found) return found.error();
  if (found->empty()) {
    const auto other = find_namesake(kind, 0, to_fields(declared, nullptr));
    if (!other) return other.error();
    if (*other) {
      // A name whose letters the file writes otherwise now is still the same thing.
      const auto renamed = is_undeclared(kind, **other);
      if (!renamed) return renamed.error();
      if (!*renamed) {
        auto taken = name_taken(kind, name, **other);
        taken.message = state.declared.file + ", " + label + ": " + taken.message;
        return taken;
      }
      found = session_.run(find + "id = $1", {value{(*other)->id}});
      if (!found) return found.error();
    }
  }
  if (found->empty()) {
    auto made = insert(kind, to_fields(declared, &secret_), core::origin::config, state.declared.file);
    if (!made) return made.error();
    if (auto done = note_change(kind, "create", nullptr, &*made); !done) return done.error();
    ++state.outcome.created;
    return parse_integer(*(*made)[0]);
  }

  const auto present = from_fields<Entity>(found->cells[0], secret_);
  if (present.origin == core::origin::api) {
    state.outcome.warnings.push_back(label + " was made by the admin API; what " + state.declared.file +
                                     " says about it is ignored");
    return present.id;
  }
  if (to_fields(present, nullptr) == to_fields(declared, nullptr)) return present.id;
  const auto newer = session_.run("select node, revision from config_declarations where kind = $1 and name = $2"
                                  " and node <> $3 order by revision desc, declared_at desc limit 1",
                                  {value{kind.name}, value{name}, value{state.declared.node}});
  if (!newer) return newer.error();
  if (!newer->empty()) {
    const auto other = parse_integer(*newer->cells[0][1]);
    const bool theirs = other > state.declared.revision;
    state.outcome.warnings.push_back(label + " differs between the files of " + state.declared.node + " and " +
                                     *newer->cells[0][0] + "; that of " +
                                     (theirs ? *newer->cells[0][0] : state.declared.node) + " is in force");
    if (theirs) return present.id;
  }
  auto changed = replace(kind, present.id, to_fields(declared, &secret_));
  if (!changed) return changed.error();
  if (auto done = note_change(kind, "update", &found->cells[0], &*changed); !done) return done.error();
  const auto named = session_.run("update " + std::string{kind.name} + " set config_file = $1 where id = $2",
                                  {value{std::string_view{state.declared.file}}, value{present.id}});
  if (!named) return named.error();
  ++state.outcome.changed;
  return present.id;
}

/// Whether a file has made it and no live node's file names it any more.
result<bool> sql_store::is_undeclared(const table& kind, const namesake& of) {
  if (!of.declared) return false;
  const auto declared = session_.run("select 1 from config_declarations where kind = $1 and name = $2",
                                     {value{kind.name}, value{std::string_view{of.name}}});
  if (!declared) return declared.error();
  return declared->empty();
}

template <class Entity>
result<void> sql_store::disable_undeclared(sync_state& state, std::string_view name_sql) {
  const auto& kind = table_of<Entity>();
  const std::string name{kind.name};
  const auto truth = dialect_ == dialect::postgres ? "true" : "1",
             untruth = dialect_ == dialect::postgres ? "false" : "0";
  const auto undeclared =
      session_.run("select id from " + name + " where origin = 'config' and deleted_at is null and enabled = " + truth +
                   " and " + std::string{name_sql} +
                   " not in (select d.name from config_declarations d where d.kind = '" + name + "') order by id");
  if (!undeclared) return undeclared.error();
  for (const auto& row : undeclared->cells) {
    const auto id = parse_integer(row[0].value_or(""));
    const auto before = find_row(kind, id);
    if (!before) return before.error();
    const auto disabled = session_.run("update " + name + " set enabled = " + untruth +
                                           ", version = version + 1, updated_at = $1 where id = $2",
                                       {value{session_.now()}, value{id}});
    if (!disabled) return disabled.error();
    if (auto noted = note_change(kind, "update", id, &*before); !noted) return noted.error();
  }
  state.outcome.disabled += static_cast<int>(undeclared->size());
  return {};
}

/// The id of what a price names; 0 for no name, nothing for a name that nothing has.
result<std::optional<std::int64_t>> sql_store::find_named(std::string_view kind, std::string_view name) {
  if (name.empty()) return std::optional<std::int64_t>{0};
  auto found =
      session_.run("select id from " + std::string{kind} + " where name = $1 and deleted_at is null", {value{name}});
  if (!found) return found.error();
  if (found->empty()) return std::optional<std::int64_t>{};
  return std::optional{parse_integer(*found->cells[0][0])};
}

result<void> sql_store::sync_prices(sync_state& state) {
  for (const auto& each : state.declared.prices) {
    const auto name = price_name(each.model, each.provider, each.facts);
    const auto model = find_named("models", each.model);
    if (!model) return model.error();
    const auto provider = find_named("providers", each.provider);
    if (!provider) return provider.error();
    if (!*model || !*provider) {
      state.outcome.warnings.push_back("price " + core::json_string(name) +
                                       " is for a model or provider that is not there");
      continue;
    }
    if (auto counted = check_priced(to_fields(each.facts, nullptr)); !counted) {
      auto why = counted.error();
      if (why.code != core::ec::bad_field) return why;
      why.message = state.declared.file + ", price " + core::json_string(name) + ": " + why.message +
                    ", with the gateway started without this price";
      return why;
    }
    auto facts = each.facts;
    facts.model_id = **model;
    facts.provider_id = **provider;
    const auto start = core::to_sql(facts.valid_from);
    auto done = sync_entity(state, facts, name,
                            "coalesce(model_id, 0) = $1 and coalesce(provider_id, 0) = $2 and token_type = $3 and"
                            " valid_from = $4",
                            {value{facts.model_id}, value{facts.provider_id}, value{std::string_view{facts.token_type}},
                             value{std::string_view{start}}});
    if (!done) return done.error();
  }
  // A price that no live node's file names any more ends. What it has priced keeps its cost.
  auto declared = session_.run("select distinct name from config_declarations where kind = 'prices'");
  if (!declared) return declared.error();
  auto there =
      session_.run("select x.id, m.name, p.name, x.token_type, x.valid_from from prices x left join models m on"
                   " m.id = x.model_id left join providers p on p.id = x.provider_id where x.origin = 'config'"
                   " and x.deleted_at is null");
  if (!there) return there.error();
  for (const auto& row : there->cells) {
    price facts;
    facts.token_type = row[3].value_or("");
    facts.valid_from = parse_time(row[4].value_or("")).value_or(facts.valid_from);
    const auto name = price_name(row[1].value_or(""), row[2].value_or(""), facts);
    const bool kept = std::any_of(declared->cells.begin(), declared->cells.end(),
                                  [&](const auto& d) { return d[0].value_or("") == name; });
    if (kept) continue;
    if (auto gone = erase(table_of<price>(), parse_integer(*row[0])); !gone) return gone.error();
    ++state.outcome.disabled;
  }
  if (state.declared.prices.empty()) return {};
  // Now that the file's former prices are gone: what is left must be of one currency, or have a rate.
  for (const auto& each : state.declared.prices)
    if (auto sound = check_money(table_of<price>(), 0, to_fields(each.facts, nullptr)); !sound) return sound.error();
  return {};
}

/// A rate that no live node's file names any more ends, unless prices need it.
result<void> sql_store::sync_rates(sync_state& state) {
  for (const auto& each : state.declared.rates) {
    const auto start = core::to_sql(each.valid_from);
    auto done = sync_entity(state, each, each.currency, "currency = $1 and valid_from = $2",
                            {value{std::string_view{each.currency}}, value{std::string_view{start}}});
    if (!done) return done.error();
  }
  return {};
}

result<void> sql_store::drop_rates(sync_state& state) {
  const auto undeclared = session_.run(
      "select r.id, r.currency, exists (select 1 from prices p where p.deleted_at is null and p.currency = r.currency"
      " and not exists (select 1 from rates o where o.id <> r.id and o.currency = r.currency and o.valid_from <="
      " p.valid_from and o.deleted_at is null)) from rates r where r.origin = 'config' and r.deleted_at is null and"
      " r.currency not in (select d.name from config_declarations d where d.kind = 'rates') order by r.id");
  if (!undeclared) return undeclared.error();
  for (const auto& row : undeclared->cells) {
    if (parse_truth(row[2].value_or(""))) {
      state.outcome.warnings.push_back("the rate of " + row[1].value_or("") +
                                       " is in no file any more, but there are prices in it: it stays");
      continue;
    }
    if (auto gone = erase(table_of<rate>(), parse_integer(*row[0])); !gone) return gone.error();
    ++state.outcome.disabled;
  }
  return {};
}

result<config_outcome> sql_store::sync_config(const config_declarations& declared) {
  const acting as{*this, {0, declared.file.empty() ? "settings" : "config file " + declared.file, {}}};
  return in_transaction(session_, intent::write, [&]() -> result<config_outcome> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    if (auto locked = lock_catalog(); !locked) return locked.error();
    sync_state state{declared, {}};

    auto nodes = session_.run("select distinct node from config_declarations");
    if (!nodes) return nodes.error();
    for (const auto& row : nodes->cells)
      if (*row[0] == declared.node ||
          std::find(declared.live_nodes.begin(), declared.live_nodes.end(), *row[0]) == declared.live_nodes.end()) {
        auto dropped =
            session_.run("delete from config_declarations where node = $1", {value{std::string_view{*row[0]}}});
        if (!dropped) return dropped.error();
      }

    for (const auto& each : declared.providers) {
      auto done = sync_entity(state, each, each.name, "name = $1", {value{std::string_view{each.name}}});
      if (!done) return done.error();
    }
    for (const auto& each : declared.models) {
      auto done = sync_entity(state, each, each.name, "name = $1", {value{std::string_view{each.name}}});
      if (!done) return done.error();
    }
    for (const auto& each : declared.policies) {
      auto done =
          sync_entity(state, each, each.name, "name = $1 and entity_id is null", {value{std::string_view{each.name}}});
      if (!done) return done.error();
    }
    for (const auto& each : declared.deployments) {
      const auto ends = session_.run("select m.id, p.id from models m cross join providers p where m.name = $1 and"
                                     " p.name = $2 and m.deleted_at is null and p.deleted_at is null",
                                     {value{std::string_view{each.model}}, value{std::string_view{each.provider}}});
      if (!ends) return ends.error();
      if (ends->empty())
        return core::failure{core::ec::bad_field, declared.file + ": there is no model " +
                                                      core::json_string(each.model) + " or no provider " +
                                                      core::json_string(each.provider)};
      auto facts = each.facts;
      facts.model_id = parse_integer(*ends->cells[0][0]);
      facts.provider_id = parse_integer(*ends->cells[0][1]);
      auto done = sync_entity(state, facts, deployment_name(each.model, each.provider),
                              "model_id = $1 and provider_id = $2", {value{facts.model_id}, value{facts.provider_id}});
      if (!done) return done.error();
    }

    if (auto done = settle_currency(declared.currency, state.outcome); !done) return done.error();
    if (auto done = sync_rates(state); !done) return done.error();
    if (auto done = sync_prices(state); !done) return done.error();
    if (auto done = drop_rates(state); !done) return done.error();
    if (auto done = disable_undeclared<provider>(state, "name"); !done) return done.error();
    if (auto done = disable_undeclared<model>(state, "name"); !done) return done.error();
    if (auto done = disable_undeclared<policy>(state, "name"); !done) return done.error();
    if (auto done = disable_undeclared<deployment>(
            state, "(select m.name || ' on ' || p.name from models m cross join providers p where m.id ="
                   " model_provider.model_id and p.id = model_provider.provider_id)");
        !done)
      return done.error();
    const auto& outcome = state.outcome;
    if (outcome.created + outcome.changed + outcome.disabled > 0)
      if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    return state.outcome;
  });
}

} // namespace logos::storage::sql
