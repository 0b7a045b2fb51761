// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::storage {

/// What the SQL of an entity's table is made from. All texts are constants.
struct table {
  struct reference {
    std::size_t column;  // index into `columns`
    std::string_view to; // the table that it refers to
    std::string_view noun;
  };
  std::string_view name;                 // of the table
  std::string_view noun;                 // as messages say it
  std::vector<std::string_view> columns; // the entity's own; every table also has the common ones
  std::vector<reference> references;
  std::string_view key; // the column that is unique among live rows; empty: another rule, see the migration
  using row = std::vector<std::optional<std::string>>;
  /// A row as a JSON object for the audit log. A secret is `"set"`, or `"changed"` when `before` has another one.
  std::string (*describe)(const row& of, const row* before, const core::secret_key& secret) = nullptr;
  std::vector<std::size_t> secrets{};    // which of `columns` are sealed
  std::vector<std::size_t> once_clear{}; // which of those may still stand in clear; they are empty, not null
  std::vector<std::size_t> json{};       // which of `columns` are JSON, which PostgreSQL writes in its own way
};

/// What a column of the entity's own says in a row of them; empty: null.
inline std::string value_of(const table& kind, const table::row& of, std::string_view column) {
  const auto at = std::find(kind.columns.begin(), kind.columns.end(), column);
  return of[static_cast<std::size_t>(at - kind.columns.begin())].value_or("");
}

/// Before the own columns in every row.
inline constexpr std::string_view common_columns = "id, version, origin, created_at, updated_at";
inline constexpr std::size_t common_column_count = 5;

/// Every entity's table.
const std::vector<const table*>& all_tables();

} // namespace logos::storage
