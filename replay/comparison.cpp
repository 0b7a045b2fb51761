// SPDX-License-Identifier: MIT
#include "replay/comparison.hpp"

#include "replay/csv.hpp"
#include "replay/numbers.hpp"

#include <algorithm>
#include <cstdint>

namespace logos::replay {
namespace {

std::string shown(const std::optional<double>& value, const std::string& unit) {
  return value && unit == "count" ? std::to_string(static_cast<std::int64_t>(*value)) : to_text(value, "N/A");
}

/// With a sign.
std::string signed_text(const std::optional<double>& value, const std::string& unit) {
  const auto text = shown(value, unit);
  return value && *value > 0 ? "+" + text : text;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width > text.size() ? width - text.size() : 0, ' ');
  return right ? blanks + text : text + blanks;
}

/// The first column to the left, the others to the right.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i > 0 ? "  " : "") + padded(row[i], widths[i], i > 0 && i + 1 < row.size());
    out.append(line, 0, line.find_last_not_of(' ') + 1).append("\n");
  }
  return out;
}

} // namespace

std::vector<difference> compare(const std::vector<metric>& a, const std::vector<metric>& b) {
  std::vector<difference> all;
  for (const auto& m : a)
    all.push_back({m.name, m.value, std::nullopt, m.unit});
  for (const auto& m : b) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.name == m.name; });
    if (same == all.end())
      all.push_back({m.name, std::nullopt, m.value, m.unit});
    else
      same->b = m.value;
  }
  return all;
}

std::string comparison_csv(const std::vector<difference>& all) {
  std::string out{"metric,a,b,difference,difference_percent,unit\n"};
  for (const auto& d : all)
    append_record(out, {d.name, shown(d.a, d.unit), shown(d.b, d.unit), shown(d.by(), d.unit),
                        to_text(d.percent(), "N/A"), d.unit});
  return out;
}

std::string comparison_table(const std::string& a_name, const std::string& b_name, const std::vector<difference>& all) {
  std::vector<std::vector<std::string>> rows{{"", a_name, b_name, "difference", "%", ""}};
  for (const auto& d : all)
    rows.push_back({d.name, shown(d.a, d.unit), shown(d.b, d.unit), signed_text(d.by(), d.unit),
                    signed_text(d.percent(), "%"), d.unit});
  return table(rows);
}

std::string summary_table(const std::vector<metric>& metrics) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& m : metrics)
    rows.push_back({m.name, shown(m.value, m.unit), m.unit});
  return table(rows);
}

} // namespace logos::replay
