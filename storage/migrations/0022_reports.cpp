// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Lists by HTTP status: rows of any but 200 are few, so a writer pays for one row in some forty, at the end of its
/// status' part of the index.
///
/// Reports of one key, profile, user or service, in which days or hours are told apart, would read everybody's. Writers
/// of rows pay nothing: these tables are KEEPER's, whose updates in place touch no index.
migration reports_0022() {
  return {22,     "reports",
          "",     "",
          R"sql(
create index log_entry_status
  on log_entry (http_status, timestamp_request, process_id, profile_id, user_id, service_id, model_id, provider_id)
  where http_status <> 200;
create index usage_hours_process on usage_hours (process_id, period_start);
create index usage_days_process on usage_days (process_id, period_start);
create index usage_key_days_process on usage_key_days (process_id, period_start);
create index usage_pentads_process on usage_pentads (process_id, period_start);
create index usage_key_months_service on usage_key_months (service_id, process_id);
)sql", "set local statement_timeout = 0;\nset local maintenance_work_mem = '256MB';\n"};
}

} // namespace logos::storage
