// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace logos::commands {

/// `0.1.0`
std::string version_text();

} // namespace logos::commands
