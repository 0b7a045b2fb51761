// SPDX-License-Identifier: MIT
#pragma once
#include "replay/statistics.hpp"

#include <optional>
#include <string>
#include <vector>

/// Two runs beside each other. Pure; any thread.
namespace logos::replay {

/// One metric of two runs.
struct difference {
  std::string name{};
  std::optional<double> a{};
  std::optional<double> b{};
  std::string unit{};

  /// b - a, where both are known.
  std::optional<double> by() const { return a && b ? std::optional{*b - *a} : std::nullopt; }
  /// The same as a part of a, in percent.
  std::optional<double> percent() const {
    return a && b && *a != 0 ? std::optional{100 * (*b - *a) / *a} : std::nullopt;
  }
};

/// Every metric of either, in the order of `a`, and then what only `b` has.
std::vector<difference> compare(const std::vector<metric>& a, const std::vector<metric>& b);

/// metric,a,b,difference,difference_percent,unit
std::string comparison_csv(const std::vector<difference>& all);
/// The same for people, in columns.
std::string comparison_table(const std::string& a_name, const std::string& b_name, const std::vector<difference>& all);
/// What one run came to, for people.
std::string summary_table(const std::vector<metric>& metrics);

} // namespace logos::replay
