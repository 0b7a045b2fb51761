// SPDX-License-Identifier: MIT
#include "storage/sql/json_value.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <map>

namespace logos::storage::sql {
namespace {

using store_fields = std::vector<cell>;

/// The statements of one table, made once from its constants.
struct statements {
  std::string insert, insert_as, update, find, list, alive, erase;
};

statements make_statements(const table& of) {
  const std::string name{of.name};
  std::string columns, places, assignments;
  std::size_t n = 0;
  for (auto column : of.columns) {
    const auto place = "$" + std::to_string(++n);
    columns += std::string{column} + ", ";
    places += place + ", ";
    assignments += std::string{column} + " = " + place + ", ";
  }
  const auto after = [&n](std::size_t k) { return "$" + std::to_string(n + k); };
  const std::string all = std::string{common_columns} + ", " + columns.substr(0, columns.size() - 2);
  statements made;
  made.insert = "insert into " + name + " (" + columns + "origin, config_file, created_at, updated_at) values (" +
                places + after(1) + ", " + after(2) + ", " + after(3) + ", " + after(3) + ") returning " + all;
  made.insert_as = "insert into " + name + " (" + columns +
                   "origin, config_file, created_at, updated_at, id) values (" + places + after(1) + ", " + after(2) +
                   ", " + after(3) + ", " + after(3) + ", " + after(4) + ") returning " + all;
  made.update = "update " + name + " set " + assignments + "version = version + 1, updated_at = " + after(1) +
                " where id = " + after(2) + " and deleted_at is null returning " + all;
  made.find = "select " + all + " from " + name + " where id = $1 and deleted_at is null";
  made.list = "select " + all + " from " + name + " where id > $1 and deleted_at is null order by id limit $2";
  made.alive = "select origin, config_file, version from " + name + " where id = $1 and deleted_at is null";
  made.erase = "update " + name + " set deleted_at = $1, version = version + 1, updated_at = $1 where id = $2";
  return made;
}

const statements& statements_of(const table& of) {
  static const auto all = [] {
    std::map<std::string_view, statements> made;
    for (const auto* each : all_tables())
      made.emplace(each->name, make_statements(*each));
    return made;
  }();
  return all.at(of.name);
}

std::vector<value> as_values(const std::vector<cell>& cells) {
  std::vector<value> values;
  values.reserve(cells.size() + 4);
  for (const auto& x : cells)
    values.push_back(x ? value{std::string_view{*x}} : value{});
  return values;
}

/// Whether the row `before` says already what these values would make it say, in the words of the audit log.
bool says_the_same(const table& kind, const store_fields& before, const store_fields& values,
                   const core::secret_key& secret) {
  const auto own = before.begin() + common_column_count;
  for (const auto column : kind.secrets) // one that cannot be read any more reads as none
    if (values[column].value_or("").empty() != own[static_cast<std::ptrdiff_t>(column)].value_or("").empty())
      return false;
  store_fields after(before.begin(), own);
  after.insert(after.end(), values.begin(), values.end());
  for (const auto column : kind.json) { // the database may have written it in another way
    const auto& kept = own[static_cast<std::ptrdiff_t>(column)];
    if (kept && values[column] && same_json(*kept, *values[column])) after[common_column_count + column] = kept;
  }
  return kind.describe(after, &before, secret) == kind.describe(before, nullptr, secret);
}

core::failure not_found(const table& kind, std::int64_t id) {
  return {core::ec::resource_not_found, "there is no " + std::string{kind.noun} + " " + std::to_string(id)};
}

} // namespace

result<void> sql_store::lock_catalog() {
  if (dialect_ == dialect::sqlite) return follow_secret(); // nobody else writes anyhow
  auto locked = session_.run("select version from catalog_state for update");
  if (!locked) return locked.error();
  return follow_secret();
}

result<void> sql_store::bump_catalog() {
  auto bumped = session_.run("update catalog_state set version = version + 1");
  if (!bumped) return bumped.error();
  return follow_secret();
}

core::failure sql_store::clash(const table& kind, const fields& values, const core::failure& from) const {
  if (from.code != core::ec::conflict) return from;
  std::string shown;
  for (std::size_t i = 0; i < kind.columns.size(); ++i)
    if (kind.columns[i] == kind.key && kind.key != "logos_key" && values[i]) shown = *values[i];
  return {core::ec::conflict,
          "there is already a " + std::string{kind.noun} + " with " + std::string{kind.key} + " " +
              (shown.empty() ? std::string{"like this"} : core::json_string(shown)),
          std::string{kind.key}};
}

result<void> sql_store::check_references(const table& kind, const fields& values) {
  for (const auto& reference : kind.references) {
    const auto& id = values[reference.column];
    if (!id) continue;
    for (const auto* other : all_tables()) {
      if (other->name != reference.to) continue;
      auto found = session_.run(statements_of(*other).alive, {value{parse_integer(*id)}});
      if (!found) return found.error();
      if (found->empty())
        return core::failure{core::ec::bad_field, "there is no " + std::string{reference.noun} + " " + *id,
                             std::string{reference.noun} + "_id"};
    }
  }
  return {};
}

result<store_fields> sql_store::insert(const table& kind, const fields& values, core::origin origin,
                                       std::string_view file, std::int64_t wanted_id) {
  if (auto checked = check_references(kind, values); !checked) return checked.error();
  if (auto free = check_key(kind, 0, values); !free) return free.error();
  const auto sealed = sealed_now(kind, values);
  auto parameters = as_values(sealed);
  parameters.emplace_back(core::to_string(origin));
  parameters.push_back(file.empty() ? value{} : value{file});
  parameters.emplace_back(std::string_view{session_.now()});
  const auto free = wanted_id != 0 ? is_free(kind, wanted_id) : false;
  if (!free) return free.error();
  if (*free) parameters.emplace_back(wanted_id);
  auto made = session_.run(*free ? statements_of(kind).insert_as : statements_of(kind).insert, parameters);
  if (!made) return clash(kind, values, made.error());
  if (*free)
    if (auto advanced = advance_ids(kind); !advanced) return advanced.error();
  return std::move(made->cells.at(0));
}

result<store_fields> sql_store::replace(const table& kind, std::int64_t id, const fields& values) {
  if (auto checked = check_references(kind, values); !checked) return checked.error();
  if (auto free = check_key(kind, id, values); !free) return free.error();
  const auto sealed = sealed_now(kind, values);
  auto parameters = as_values(sealed);
  parameters.emplace_back(std::string_view{session_.now()});
  parameters.emplace_back(id);
  auto changed = session_.run(statements_of(kind).update, parameters);
  if (!changed) return clash(kind, values, changed.error());
  if (changed->empty()) return not_found(kind, id);
  return std::move(changed->cells[0]);
}

result<void> sql_store::check_change(const table& kind, std::int64_t id, std::int64_t expected_version) {
  auto found = session_.run(statements_of(kind).alive, {value{id}});
  if (!found) return found.error();
  if (found->empty()) return not_found(kind, id);
  const auto& row = found->cells[0];
  if (kind.name == "credits")
    return core::failure{core::ec::conflict, "a credit is never changed or removed: make another one that reverses it"};
  if (row[0] == "config")
    return core::failure{core::ec::conflict, "this " + std::string{kind.noun} + " is declared in " +
                                                 (row[1] ? *row[1] : std::string{"a configuration file"}) +
                                                 ": change it there and reload"};
  if (expected_version != 0 && parse_integer(*row[2]) != expected_version)
    return core::failure{core::ec::precondition_failed, "the " + std::string{kind.noun} + " has version " + *row[2] +
                                                            ", not " + std::to_string(expected_version)};
  return {};
}

result<void> sql_store::check_example(const table& kind, std::int64_t id, const fields& values) {
  if (kind.name != "examples") return {};
  const auto has = [&](std::string_view column) {
    const auto at = std::find(kind.columns.begin(), kind.columns.end(), column) - kind.columns.begin();
    return !values.at(static_cast<std::size_t>(at)).value_or("").empty();
  };
  if (has("model_id") == has("topic"))
    return core::failure{core::ec::bad_field, "an example must have either a model or a topic", "model"};
  if (id != 0) return {};
  const auto there = session_.run("select count(*) from examples where deleted_at is null");
  if (!there) return there.error();
  if (parse_integer(there->cells[0][0].value_or("")) >= most_examples)
    return core::failure{core::ec::conflict,
                         "there are " + std::to_string(most_examples) +
                             " examples, and more are not compared with a prompt: remove one first"};
  return {};
}

result<store_fields> sql_store::create_row(const table& kind, const fields& values, std::int64_t wanted_id) {
  return in_transaction(session_, intent::write, [&]() -> result<fields> {
    if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    if (auto free = check_names(kind, 0, values); !free) return free.error();
    if (auto sound = check_money(kind, 0, values); !sound) return sound.error();
    if (auto sound = check_token_type(kind, 0, &values); !sound) return sound.error();
    if (auto sound = check_example(kind, 0, values); !sound) return sound.error();
    auto made = insert(kind, values, core::origin::api, {}, wanted_id);
    if (!made) return made;
    if (auto noted = note_change(kind, "create", nullptr, &*made); !noted) return noted.error();
    return made;
  });
}

result<store_fields> sql_store::find_row(const table& kind, std::int64_t id) {
  auto found = session_.run(statements_of(kind).find, {value{id}});
  if (!found) return found.error();
  if (found->empty()) return not_found(kind, id);
  return std::move(found->cells[0]);
}

result<std::vector<store_fields>> sql_store::list_rows(const table& kind, std::int64_t after, int limit) {
  auto found = session_.run(statements_of(kind).list, {value{after}, value{std::int64_t{limit}}});
  if (!found) return found.error();
  return std::move(found->cells);
}

result<store_fields> sql_store::update_row(const table& kind, std::int64_t id, const fields& values,
                                           std::int64_t expected_version) {
  return in_transaction(session_, intent::write, [&]() -> result<fields> {
    if (auto locked = lock_catalog(); !locked) return locked.error();
    if (auto checked = check_change(kind, id, expected_version); !checked) return checked.error();
    auto before = find_row(kind, id);
    if (!before || says_the_same(kind, *before, values, secret_)) return before;
    if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    if (auto free = check_names(kind, id, values); !free) return free.error();
    if (auto sound = check_money(kind, id, values); !sound) return sound.error();
    if (auto sound = check_token_type(kind, id, &values); !sound) return sound.error();
    if (auto sound = check_example(kind, id, values); !sound) return sound.error();
    const auto had_root = has_root(kind);
    if (!had_root) return had_root.error();
    auto changed = replace(kind, id, values);
    if (!changed) return changed;
    if (auto kept = keep_root(kind, *had_root); !kept) return kept.error();
    if (kind.name == "rates")
      if (auto rated = check_rates(); !rated) return rated.error();
    if (auto noted = note_change(kind, "update", &*before, &*changed); !noted) return noted.error();
    return changed;
  });
}

result<void> sql_store::remove_row(const table& kind, std::int64_t id, std::int64_t expected_version) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    if (auto checked = check_change(kind, id, expected_version); !checked) return checked.error();
    const auto had_root = has_root(kind);
    if (!had_root) return had_root.error();
    if (auto free = check_token_type(kind, id, nullptr); !free) return free.error();
    if (auto gone = erase(kind, id); !gone) return gone.error();
    if (kind.name == "rates")
      if (auto rated = check_rates(); !rated) return rated.error();
    return keep_root(kind, *had_root);
  });
}

result<void> sql_store::erase(const table& kind, std::int64_t id) {
  const auto before = find_row(kind, id);
  if (!before) return before.error();
  auto gone = session_.run(statements_of(kind).erase, {value{std::string_view{session_.now()}}, value{id}});
  if (!gone) return gone.error();
  if (auto noted = note_change(kind, "remove", &*before, nullptr); !noted) return noted.error();
  if (auto done = erase_rules(kind, id); !done) return done.error();
  for (const auto* other : all_tables())
    for (const auto& reference : other->references) {
      // What refers to its own kind hangs on what that one hangs on, too.
      if (reference.to != kind.name || other == &kind) continue;
      const auto column = std::string{other->columns[reference.column]};
      auto hanging = session_.run("select id from " + std::string{other->name} + " where " + column +
                                      " = $1 and deleted_at is null",
                                  {value{id}});
      if (!hanging) return hanging.error();
      for (const auto& row : hanging->cells)
        if (auto done = erase(*other, parse_integer(*row[0])); !done) return done.error();
    }
  return {};
}

} // namespace logos::storage::sql
