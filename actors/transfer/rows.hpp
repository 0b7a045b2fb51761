// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/time.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logos::transfer {

/// Reads the columns of one row of an export. What is missing or null is 0 or empty; what has another type is noted,
/// and the first such is the row's failure.
class row_reader {
public:
  row_reader(simdjson::dom::element row, std::string where) : row_{row}, where_{std::move(where)} {}

  std::string text(std::string_view column);
  /// Not empty.
  std::string needed_text(std::string_view column);
  /// Also from `"12"` and `12.0`.
  std::int64_t number(std::string_view column);
  std::int64_t needed_id(std::string_view column);
  double real(std::string_view column);
  bool truth(std::string_view column);
  /// With the offset that it names; UTC where it names none. 1970 when it is missing.
  core::wall_time time(std::string_view column);
  core::wall_time needed_time(std::string_view column);
  /// As JSON text; empty when missing.
  std::string json(std::string_view column);
  bool has(std::string_view column) const;
  simdjson::dom::element row() const { return row_; }

  /// Notes what is wrong with a column.
  void refuse(std::string_view column, std::string why);
  const std::string& where() const { return where_; }
  const core::failure& failure() const { return failure_; }
  bool failed() const { return failure_.code != core::ec::none; }

private:
  std::optional<simdjson::dom::element> find(std::string_view column) const;
  void expect(std::string_view column, std::string_view wanted, simdjson::dom::element found);

  simdjson::dom::element row_;
  std::string where_;
  core::failure failure_;
};

/// `2025-06-01T12:00:00.123456+02:00`, also with a space, `Z`, `+02` or nothing behind it.
std::optional<core::wall_time> read_time(std::string_view text);

} // namespace logos::transfer
