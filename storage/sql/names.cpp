// SPDX-License-Identifier: MIT
// Names by which people tell things apart: two that differ only in the case of their letters are one name.
#include "core/name_text.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>

namespace logos::storage::sql {
namespace {

/// Where names are told apart, and within what.
struct naming {
  std::string_view table;
  std::string_view column;
  std::string_view within{}; // the column that says whose they are; empty: everybody's
  bool unique = true;
};
constexpr std::array<naming, 8> namings{{{"users", "username"},
                                         {"services", "name"},
                                         {"providers", "name"},
                                         {"models", "name"},
                                         {"token_types", "name"},
                                         {"profiles", "name", "process_id"},
                                         {"policies", "name", "entity_id"},
                                         {"process", "name", {}, false}}};

const naming* naming_of(const table& kind) {
  const auto* const at =
      std::find_if(namings.begin(), namings.end(), [&](const naming& n) { return n.table == kind.name; });
  return at == namings.end() ? nullptr : at;
}

std::size_t place_of(const table& kind, std::string_view column) {
  return static_cast<std::size_t>(std::find(kind.columns.begin(), kind.columns.end(), column) - kind.columns.begin());
}

/// Whether every database folds it alike.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

result<std::optional<sql_store::namesake>> sql_store::find_namesake(const table& kind, std::int64_t id,
                                                                    const fields& values) {
  std::optional<namesake> none;
  const auto* const at = naming_of(kind);
  if (at == nullptr || !at->unique) return none;
  const std::string column{at->column};
  const auto wanted = values[place_of(kind, column)].value_or("");
  const auto folded = core::folded_name(wanted);
  auto statement = "select id, " + column + ", origin from " + std::string{kind.name} + " where deleted_at is null";
  std::vector<value> parameters;
  if (!at->within.empty()) {
    const auto& owner = values[place_of(kind, at->within)];
    if (owner) parameters.emplace_back(parse_integer(*owner));
    statement += " and " + std::string{at->within} + (owner ? " = $1" : " is null");
  }
  // Databases do not agree on the case of other letters: there all names are looked at.
  if (is_plain(folded)) {
    parameters.emplace_back(std::string_view{folded});
    statement += " and lower(trim(" + column + ")" + (dialect_ == dialect::postgres ? " collate \"C\"" : "") + ") = $" +
                 std::to_string(parameters.size());
  }
  const auto alike = session_.run(statement, parameters);
  if (!alike) return alike.error();
  std::string whose;
  if (!at->within.empty()) whose = "process_id " + values[place_of(kind, at->within)].value_or("null");
  auto found = none;
  for (const auto& row : alike->cells) {
    const auto name = row[1].value_or("");
    if (!found && parse_integer(*row[0]) != id && core::folded_name(name) == folded)
      found = namesake{parse_integer(*row[0]), name, row[2] == "config", column, whose};
  }
  return found;
}

core::failure sql_store::name_taken(const table& kind, std::string_view wanted, const namesake& by) {
  const std::string noun{kind.noun};
  auto message = "there is already a " + noun + " with ";
  if (!by.within.empty()) message += by.within + " and ";
  message += by.column + " " + core::json_string(by.name);
  // Users may rename themselves, and are told of nobody else.
  if (kind.name != "users") message += ": " + noun + " " + std::to_string(by.id);
  if (wanted != by.name) message += "; names that differ only in the case of letters are the same";
  return {core::ec::conflict, std::move(message), by.column};
}

result<void> sql_store::check_names(const table& kind, std::int64_t id, const fields& values) {
  const auto* const at = naming_of(kind);
  if (at == nullptr) return {};
  const auto wanted = values[place_of(kind, at->column)].value_or("");
  const auto present = session_.run("select " + std::string{at->column} + " from " + std::string{kind.name} +
                                        " where id = $1 and deleted_at is null",
                                    {value{id}});
  if (!present) return present.error();
  const bool stays = !present->empty() && present->cells[0][0] == wanted;
  if (auto bad = core::check_name(at->column, wanted); !stays && bad.code != core::ec::none) return bad;
  if (kind.name == "models")
    if (auto free = check_model_names(kind, id, values); !free) return free;
  if (stays) return {};
  const auto other = find_namesake(kind, id, values);
  if (!other) return other.error();
  return *other ? result<void>{name_taken(kind, wanted, **other)} : result<void>{};
}

result<void> sql_store::check_model_names(const table& kind, std::int64_t id, const fields& values) {
  auto wanted = split_lines(values[place_of(kind, "aliases")].value_or(""));
  wanted.insert(wanted.begin(), values[place_of(kind, "name")].value_or(""));
  const auto all = session_.run("select id, name, aliases from models where deleted_at is null");
  if (!all) return all.error();
  const auto names_of = [](const std::vector<cell>& row) {
    auto names = split_lines(row[2].value_or(""));
    names.push_back(row[1].value_or(""));
    return names;
  };
  std::vector<std::string> own;
  for (const auto& row : all->cells)
    if (parse_integer(*row[0]) == id) own = names_of(row);
  for (std::size_t i = 1; i < wanted.size(); ++i)
    if (!has(own, wanted[i]) && !core::is_name(wanted[i])) return core::check_name("aliases", wanted[i]);
  for (const auto& row : all->cells) {
    if (parse_integer(*row[0]) == id) continue;
    for (const auto& present : names_of(row)) {
      const auto folded = core::folded_name(present);
      for (const auto& name : wanted) {
        const bool same = name == present;
        if (!same && (has(own, name) || core::folded_name(name) != folded)) continue;
        auto message = core::json_string(name) + " is already a name or an alias of the model " +
                       core::json_string(row[1].value_or("")) + " (model " + row[0].value_or("") + ")";
        if (!same) message += ", as " + core::json_string(present) + ": the case of letters does not matter";
        return core::failure{core::ec::conflict, std::move(message), name == wanted.front() ? "name" : "aliases"};
      }
    }
  }
  return {};
}

} // namespace logos::storage::sql
