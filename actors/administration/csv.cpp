// SPDX-License-Identifier: MIT
#include "actors/administration/csv.hpp"

namespace logos::administration {

boost::system::result<bool, core::failure> wants_csv(const call& c) {
  const auto named = c.parameters.find("format");
  if (named == c.parameters.end()) return c.request().find("accept").find("text/csv") != std::string_view::npos;
  if (named->second == "csv" || named->second == "json") return named->second == "csv";
  return core::failure{core::ec::bad_field, "'format' must be json or csv.", "format"};
}

std::string csv_text(std::string_view text) {
  // What spreadsheets take for the start of a formula; a tab or a line's end before it does not stop them.
  const bool formula = !text.empty() && std::string_view{"=+-@\t\r\n"}.find(text.front()) != std::string_view::npos;
  std::string out{formula ? "'" : ""};
  out += text;
  if (out.find_first_of("\",\r\n") == std::string::npos) return out;
  std::string quoted{"\""};
  for (const char c : out)
    quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

csv_row& csv_row::cell(std::string_view name, std::string_view text) {
  const auto* const comma = names_.empty() ? "" : ",";
  names_.append(comma).append(name);
  cells_.append(comma).append(text);
  return *this;
}

} // namespace logos::administration
