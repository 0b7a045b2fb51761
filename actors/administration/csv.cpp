// SPDX-License-Identifier: MIT
#include "actors/administration/csv.hpp"

#include "core/name_text.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {

boost::system::result<bool, core::failure> wants_csv(const call& c) {
  const auto named = c.parameters.find("format");
  if (named == c.parameters.end()) return c.request().find("accept").find("text/csv") != std::string_view::npos;
  if (named->second == "csv" || named->second == "json") return named->second == "csv";
  return core::failure{core::ec::bad_field, "'format' must be json or csv.", "format"};
}

namespace {

/// Whether a spreadsheet takes it for a formula: by its first sign, ASCII or of full width. Blanks of any kind before
/// that do not stop it, and it may drop the tab or the line's end that a text begins with.
bool begins_formula(std::string_view text) {
  if (!text.empty() && std::string_view{"\t\r\n"}.find(text.front()) != std::string_view::npos) return true;
  while (const auto blank = core::blank_length(text))
    text.remove_prefix(blank);
  constexpr std::array<std::string_view, 9> signs{"=", "+", "-", "@", "＝", "＋", "－", "＠", "\u2212"};
  return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) { return text.starts_with(sign); });
}

} // namespace

std::string csv_text(std::string_view text) {
  std::string out{begins_formula(text) ? "'" : ""};
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
