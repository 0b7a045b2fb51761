// SPDX-License-Identifier: MIT
// Keys of several columns: no two live rows have the same values in all of them.
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace logos::storage::sql {
namespace {

struct compound_key {
  std::string_view table;
  std::array<std::string_view, 4> columns; // empty ones at the end are none
};
/// As the unique indexes of the migrations have them; in each column null is a value like any other.
constexpr std::array<compound_key, 6> compound_keys{
    {{"profile_model_permissions", {"profile_id", "model_id"}},
     {"model_provider", {"model_id", "provider_id"}},
     {"rates", {"currency", "valid_from"}},
     {"prices", {"model_id", "provider_id", "token_type", "valid_from"}},
     {"limits", {"scope", "scope_id", "kind"}},
     {"budgets", {"scope", "scope_id", "period"}}}};

std::size_t place_of(const table& kind, std::string_view column) {
  return static_cast<std::size_t>(std::find(kind.columns.begin(), kind.columns.end(), column) - kind.columns.begin());
}

const table::reference* reference_at(const table& kind, std::size_t column) {
  const auto at = std::find_if(kind.references.begin(), kind.references.end(),
                               [&](const table::reference& r) { return r.column == column; });
  return at == kind.references.end() ? nullptr : &*at;
}

bool is_number(std::string_view column) { return column.ends_with("_id"); }

} // namespace

/// `model_id 3 ("gemma")`, `kind requests_per_minute`, `provider_id null`.
result<std::string> sql_store::key_member(const table& kind, std::size_t column, const cell& of) {
  const auto name = kind.columns[column];
  auto text = std::string{name} + " " + of.value_or("null");
  if (!of) return text;
  if (name == "valid_from")
    if (const auto at = parse_time(*of)) return std::string{name} + " " + core::to_iso8601(*at);
  const auto* const reference = reference_at(kind, column);
  if (reference == nullptr) return text;
  const auto called =
      session_.run("select name from " + std::string{reference->to} + " where id = $1", {value{parse_integer(*of)}});
  if (!called) return called.error();
  if (!called->empty()) text += " (" + core::json_string(called->cells[0][0].value_or("")) + ")";
  return text;
}

result<void> sql_store::check_key(const table& kind, std::int64_t id, const fields& values) {
  const auto* const key = std::find_if(compound_keys.begin(), compound_keys.end(),
                                       [&](const compound_key& k) { return k.table == kind.name; });
  if (key == compound_keys.end()) return {};
  std::string statement = "select id from " + std::string{kind.name} + " where deleted_at is null";
  std::vector<value> parameters;
  std::vector<std::size_t> places;
  for (const auto column : key->columns) {
    if (column.empty()) break;
    places.push_back(place_of(kind, column));
    const auto& wanted = values[places.back()];
    statement += " and " + std::string{column};
    if (!wanted) {
      statement += " is null";
      continue;
    }
    parameters.push_back(is_number(column) ? value{parse_integer(*wanted)} : value{std::string_view{*wanted}});
    statement += " = $" + std::to_string(parameters.size());
  }
  const auto found = session_.run(statement, parameters);
  if (!found) return found.error();
  for (const auto& row : found->cells) {
    const auto other = parse_integer(row[0].value_or(""));
    if (other == id) continue;
    std::string all;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto member = key_member(kind, places[i], values[places[i]]);
      if (!member) return member.error();
      all += (i == 0 ? "" : i + 1 == places.size() ? " and " : ", ") + *member;
    }
    const std::string noun{kind.noun};
    return core::failure{core::ec::conflict,
                         "there is already a " + noun + " with " + all + ": " + noun + " " + std::to_string(other) +
                             ". Change or remove that one instead.",
                         std::string{kind.key}};
  }
  return {};
}

} // namespace logos::storage::sql
