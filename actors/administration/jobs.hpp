// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

namespace logos::administration {

/// /jobs/v1/…, /jobs/openai/…: keeps the request for later.
outcome submit_job(storage::store& in, const call& c);
/// /jobs: the caller's own, the newest first.
outcome list_jobs(storage::store& in, const call& c);
/// /admin/v1/jobs: those of the caller's user, or everybody's for administrators; by `status` and `process_id`.
outcome list_all_jobs(storage::store& in, const call& c);
outcome show_job(storage::store& in, const call& c);
outcome cancel_job(storage::store& in, const call& c);
/// /admin/v1/jobs/{id}: anybody's, with what it came to.
outcome show_any_job(storage::store& in, const call& c);
/// The same, which the audit log tells.
outcome cancel_any_job(storage::store& in, const call& c);

} // namespace logos::administration
