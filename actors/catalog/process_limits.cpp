// SPDX-License-Identifier: MIT
#include "actors/catalog/process_limits.hpp"

#include <simdjson.h>

namespace logos::catalog {

std::vector<accounting::limit_rule> limits_of_settings(std::int64_t process_id, std::string_view settings) {
  std::vector<accounting::limit_rule> out;
  if (settings.empty()) return out;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(settings.data(), settings.size()).get(object) != simdjson::SUCCESS) return out;
  const auto add = [&](std::string_view name, core::limit_kind kind, std::int64_t id) {
    std::int64_t value = 0;
    if (object[name].get(value) == simdjson::SUCCESS && value > 0)
      out.push_back({id, core::scope::process, process_id, kind, value});
  };
  add("rate_limit_rpm", core::limit_kind::requests_per_minute, -2 * process_id);
  add("rate_limit_tpm", core::limit_kind::tokens_per_minute, -2 * process_id - 1);
  return out;
}

} // namespace logos::catalog
