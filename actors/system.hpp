// SPDX-License-Identifier: MIT
#pragma once
#include <caf/actor_system_config.hpp>

namespace logos::actors {

/// CAF's configuration for a Logos process: message types, error names, scheduler. Modules (middleman, TLS) are loaded
/// by cluster/.
class system_config : public caf::actor_system_config {
public:
  system_config();
};

} // namespace logos::actors
