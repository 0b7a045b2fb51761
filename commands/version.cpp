// SPDX-License-Identifier: MIT
#include "commands/version.hpp"

namespace logos::commands {

std::string version_text() { return LOGOS_VERSION; }

} // namespace logos::commands
