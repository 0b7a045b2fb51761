// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

/// What is read back from the books. Runs on REGISTRY's thread.
namespace logos::administration {

/// The newest first, those that the caller may see: `from`, `to`, `process_id`, `profile_id`, `service_id`,
/// `provider_id`, `model_id`, `result`, `http_status` (one, or a class such as 4xx), `dataset`, `limit`, `cursor`. With
/// `format=csv` or `Accept: text/csv` as CSV, up to 10000 at a time, the cursor in `x-next-cursor`.
outcome list_requests(storage::store& in, const call& c);
outcome show_request(storage::store& in, const call& c);
/// Sums per group: `group_by` (process, profile, user, service, provider, model, day, hour, month, week, result),
/// `from`, `to`, and `process_id`, `profile_id`, `user_id`, `service_id`, `provider_id`, `model_id` of what is summed,
/// within what the caller may see; as CSV, too.
outcome sum_usage(storage::store& in, const call& c);

} // namespace logos::administration
