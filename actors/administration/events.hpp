// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

/// The audit log as the API shows it. Runs on REGISTRY's thread.
namespace logos::administration {

/// The newest first: `resource`, `id` (of the resource), `actor` (id or name), `action`, `from`, `to`, `limit`,
/// `cursor`.
outcome list_events(storage::store& in, const call& c);
outcome show_event(storage::store& in, const call& c);
/// Follows the chain from its beginning, some thousand events at a time, and names the first that does not fit.
outcome verify_events(storage::store& in, const call& c);

} // namespace logos::administration
