// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

namespace logos::administration {

/// `POST /admin/v1/what-if`: decisions of the past made again under a policy as it would be when changed, and
/// what that would have meant for cost, latency and quality. Nothing is changed and nothing is sent. Runs on REGISTRY's
/// thread in slices, so that others come in between.
outcome what_if(storage::store& in, const call& c);

} // namespace logos::administration
