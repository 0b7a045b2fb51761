// SPDX-License-Identifier: MIT
#pragma once
#include "config/settings.hpp"

#include <string>
#include <vector>

namespace logos::config {

/// The keys whose new values take effect only after a restart, in the order of the file. Everything else may be swapped
/// while requests run.
std::vector<std::string> changes_needing_restart(const settings& old, const settings& fresh);

} // namespace logos::config
