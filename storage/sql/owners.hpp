// SPDX-License-Identifier: MIT
#pragma once
#include "storage/reports.hpp"
#include "storage/sql/session.hpp"

#include <string>
#include <vector>

namespace logos::storage::sql {

/// What to append to a WHERE so that of `e`, rows of `log_entry` or of its sums, only those remain that `of` covers.
inline std::string narrowed(const whose& of, std::vector<value>& parameters) {
  const auto is = [&](std::string_view column, std::int64_t id) {
    parameters.emplace_back(id);
    return " and " + std::string{column} + " = $" + std::to_string(parameters.size());
  };
  if (of.user_id != 0) return is("e.user_id", of.user_id);
  if (of.process_id != 0) return is("e.process_id", of.process_id) + " and coalesce(e.user_id, 0) = 0";
  return {};
}

/// Of the sums, only those remain that the filter names.
inline std::string narrowed(const usage_filter& which, std::vector<value>& parameters) {
  auto text = narrowed(which.of, parameters);
  const auto is = [&](std::string_view column, std::int64_t id) {
    if (id == 0) return;
    parameters.emplace_back(id);
    text += " and e." + std::string{column} + " = $" + std::to_string(parameters.size());
  };
  is("process_id", which.process_id);
  is("profile_id", which.profile_id);
  is("service_id", which.service_id);
  is("provider_id", which.provider_id);
  is("model_id", which.model_id);
  if (which.usage_source) {
    parameters.emplace_back(core::to_string(*which.usage_source));
    text += " and e.usage_source = $" + std::to_string(parameters.size());
  }
  return text;
}

} // namespace logos::storage::sql
