// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/rows.hpp"

#include <string>
#include <string_view>

namespace logos::transfer {

/// Calls `read` with each row of a table, until one fails. A table that is missing has no rows.
template <class Read>
core::failure each_row(simdjson::dom::element tables, std::string_view table, Read read) {
  simdjson::dom::element value;
  if (tables[table].get(value) != simdjson::SUCCESS || value.is_null()) return {};
  const auto name = "table " + std::string{table};
  simdjson::dom::array rows;
  if (value.get(rows) != simdjson::SUCCESS)
    return {core::ec::bad_field, name + ": expected a list of rows.", std::string{table}};
  std::size_t n = 0;
  for (const auto each : rows) {
    row_reader row{each, name + ", row " + std::to_string(++n)};
    if (!each.is_object())
      return {core::ec::bad_field, row.where() + ": expected an object with the row's columns.", std::string{table}};
    read(row);
    if (row.failed()) return row.failure();
  }
  return {};
}

} // namespace logos::transfer
