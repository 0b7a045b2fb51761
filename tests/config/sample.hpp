// SPDX-License-Identifier: MIT
#pragma once
#include "config/load.hpp"

#include <algorithm>
#include <string>

namespace logos::config::testing {

/// The text as `logos.yaml`, with the given environment and flags and no files.
inline loaded load_text(std::string text, environment variables = {}, flags given = {}) {
  sources from;
  from.text = std::move(text);
  from.variables = std::move(variables);
  from.given = std::move(given);
  return load(from);
}

/// Every problem, one line each, as the user sees them.
inline std::string complaints(const loaded& result) { return to_string(result.problems); }
inline std::string complaints(std::string text, environment variables = {}, flags given = {}) {
  return complaints(load_text(std::move(text), std::move(variables), std::move(given)));
}

} // namespace logos::config::testing
