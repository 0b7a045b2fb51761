// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"
#include "actors/scheduling/outlook.hpp"

#include <vector>

namespace logos::cluster {

/// The outlooks of the deployments whose SCHEDULER is on this node, for its peers.
std::vector<actors::deployment_outlook> own_forecasts(const scheduling::outlooks& of);

/// Notes what a peer says of its deployments; what a SCHEDULER of this node says stands.
void adopt(scheduling::outlooks& to, const std::vector<actors::deployment_outlook>& from);

} // namespace logos::cluster
