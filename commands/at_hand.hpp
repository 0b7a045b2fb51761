// SPDX-License-Identifier: MIT
#pragma once
#include "storage/audit.hpp"

namespace logos::commands {

/// Who works at the command line, for the audit log: in place of an address, the user of the machine.
storage::author at_hand();

} // namespace logos::commands
