// SPDX-License-Identifier: MIT
#pragma once
#include "storage/migrations/migration.hpp"
#include "storage/reports.hpp"

#include <string>
#include <string_view>

namespace logos::storage::sql {

/// What a group is made of: the source's column, how it is shown, and the table whose name it has, if any.
struct grouping {
  std::string_view column;
  std::string shown;
  std::string_view names;
};

inline grouping grouping_of(usage_group group, dialect of) {
  const auto id = [](std::string_view column, std::string_view names) {
    return grouping{column, "nullif(g." + std::string{column} + ", 0)", names};
  };
  const auto time = [&](const char* digits, const char* format) {
    return grouping{"at",
                    of == dialect::sqlite ? "substr(g.at, 1, " + std::string{digits} + ")"
                                          : "to_char(g.at, '" + std::string{format} + "')",
                    {}};
  };
  // SQLite of Debian 12 knows no ISO weeks: a week has the year, and the number in it, of its Thursday.
  const std::string thursday = "date(substr(g.at, 1, 10), '-3 days', 'weekday 4')";
  switch (group) {
  case usage_group::process: return id("process_id", "process");
  case usage_group::profile: return id("profile_id", "profiles");
  case usage_group::user: return id("user_id", "users");
  case usage_group::service: return id("service_id", "services");
  case usage_group::provider: return id("provider_id", "providers");
  case usage_group::model: return id("model_id", "models");
  case usage_group::day: return time("10", "YYYY-MM-DD");
  case usage_group::hour: return time("13", "YYYY-MM-DD HH24");
  case usage_group::month: return time("7", "YYYY-MM");
  case usage_group::week:
    if (of == dialect::postgres) return {"at", "to_char(g.at, 'IYYY-\"W\"IW')", {}};
    return {"at",
            "printf('%s-W%02d', strftime('%Y', " + thursday + "), (strftime('%j', " + thursday + ") - 1) / 7 + 1)",
            {}};
  case usage_group::usage_source: return {"usage_source", "nullif(g.usage_source, '')", {}};
  case usage_group::result: return {"result_status", "nullif(g.result_status, '')", {}};
  }
  return {"null", "null", {}};
}

} // namespace logos::storage::sql
