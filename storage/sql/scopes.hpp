// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"

#include <string_view>

namespace logos::storage::sql {

/// The table of those whom a limit or a budget can be about.
constexpr std::string_view table_of_scope(core::scope scope) {
  switch (scope) {
  case core::scope::process: return "process";
  case core::scope::profile: return "profiles";
  case core::scope::user: return "users";
  case core::scope::service: return "services";
  case core::scope::model: return "models";
  }
  return {};
}

} // namespace logos::storage::sql
