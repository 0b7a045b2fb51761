// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

namespace logos::administration {

/// What the MONITOR of the provider in the path has seen in its memory, the newest first, as it is kept.
outcome list_provider_snapshots(storage::store& in, const call& c);

} // namespace logos::administration
