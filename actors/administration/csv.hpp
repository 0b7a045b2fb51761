// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/administration/values.hpp"

#include <string>
#include <string_view>
#include <type_traits>

/// Reports as CSV (RFC 4180).
namespace logos::administration {

inline constexpr std::string_view csv_type = "text/csv; charset=utf-8; header=present";

/// Whether the caller wants CSV: `format=csv`, or, without `format`, an Accept header that names text/csv.
boost::system::result<bool, core::failure> wants_csv(const call& c);

/// A text as a cell. One that a spreadsheet would take for a formula begins with an apostrophe.
std::string csv_text(std::string_view text);

/// Collects a line, and the names of its columns. Its members are those of `members`.
class csv_row {
public:
  template <class T>
  csv_row& add(std::string_view name, const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      return text(name, value);
    } else {
      std::string json; // a number, a truth, a time or a plain word
      write_value(json, value);
      if (json == "null") json.clear();
      if (json.starts_with('"')) json = json.substr(1, json.size() - 2);
      return cell(name, json);
    }
  }
  csv_row& raw(std::string_view name, std::string_view json) { return cell(name, csv_text(json)); }
  csv_row& text(std::string_view name, std::string_view value) { return cell(name, csv_text(value)); }
  csv_row& id(std::string_view name, std::int64_t value) {
    return cell(name, value == 0 ? std::string{} : std::to_string(value));
  }

  std::string names() const { return names_ + "\r\n"; }
  std::string cells() const { return cells_ + "\r\n"; }

private:
  csv_row& cell(std::string_view name, std::string_view text);

  std::string names_;
  std::string cells_;
};

} // namespace logos::administration
