// SPDX-License-Identifier: MIT
// What an entity was before it was changed or removed.
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

namespace logos::storage::sql {
namespace {

/// A member of what a change came to, as a text.
std::string member(std::string_view name, dialect of) {
  const std::string quoted{name};
  return of == dialect::sqlite ? "json_extract(after_change, '$." + quoted + "')"
                               : "after_change::jsonb ->> '" + quoted + "'";
}

core::failure no_version(const table& kind, std::int64_t id, std::int64_t version) {
  return {core::ec::resource_not_found,
          "there is no version " + std::to_string(version) + " of " + std::string{kind.noun} + " " + std::to_string(id),
          "version"};
}

} // namespace

/// Every version that ever was has its event, since both are written in one transaction. Events from before they told
/// it are counted.
result<store::fields> sql_store::find_row_version(const table& kind, std::int64_t id, std::int64_t version) {
  const auto found =
      session_.run("select origin, created_at from " + std::string{kind.name} + " where id = $1", {value{id}});
  if (!found) return found.error();
  if (found->empty())
    return core::failure{core::ec::resource_not_found,
                         "there never was a " + std::string{kind.noun} + " " + std::to_string(id)};
  std::string statement = "select happened_at, " + member("version", dialect_);
  for (const auto column : kind.columns)
    statement += ", " + member(column, dialect_);
  statement +=
      " from audit_log where resource = $1 and resource_id = $2 and action in ('create', 'update') order by id";
  auto events = session_.run(statement, {value{kind.noun}, value{id}});
  if (!events) return events.error();
  std::int64_t at = 0;
  for (auto& cells : events->cells) {
    at = cells[1] ? parse_integer(*cells[1]) : at + 1;
    if (at != version) continue;
    fields row{std::to_string(id), std::to_string(version), found->cells[0][0], found->cells[0][1], cells[0]};
    row.insert(row.end(), std::make_move_iterator(cells.begin() + 2), std::make_move_iterator(cells.end()));
    return row;
  }
  return no_version(kind, id, version);
}

} // namespace logos::storage::sql
