// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/views.hpp"

namespace logos::administration {

/// What was last seen of the provider in the path, wherever it is owned, and what was learned of its deployments.
outcome show_provider_state(const call& c, const observations& seen);

} // namespace logos::administration
