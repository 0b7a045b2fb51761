// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

namespace logos::storage::sql {

/// A filter that no index of PostgreSQL's begins with: the ids that its rows have in a column that one does.
struct detour {
  std::string_view by{};     // the column that one begins with
  std::string_view filter{}; // the filter's
  std::string_view table{};  // of sums: which of them came together
  std::int64_t id = 0;       // the filter's; 0: none is needed
};

/// Finds these ids for `$1`, in one row: all but 0, parted by commas, and whether 0 (none) is among them.
inline std::string ids_along(const detour& way) {
  const auto from = [&](std::string_view table) {
    return "select " + std::string{way.by} + " as id from " + std::string{table} + " where " + std::string{way.filter} +
           " = $1";
  };
  return "select coalesce(string_agg(id::text, ',') filter (where id <> 0), ''), coalesce(bool_or(id = 0), false) from"
         " (" +
         from(way.table) + " union " + from("usage_deltas") + ") together";
}

} // namespace logos::storage::sql
