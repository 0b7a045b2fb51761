// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Each index costs a writer a page somewhere else for every row, and more when there are many rows. Two do for what
/// five did: a profile's and a user's requests are those of their keys, a provider's those of its models (see
/// storage/sql/requests.cpp). The columns behind the time tell rows apart without reading them.
migration lists_0014() {
  return {14,     "lists",
          "",     "",
          R"sql(
drop index log_entry_process; drop index log_entry_profile; drop index log_entry_user;
drop index log_entry_model; drop index log_entry_provider; drop index log_entry_failed;
create index log_entry_process
  on log_entry (process_id, timestamp_request, profile_id, user_id, model_id, provider_id);
create index log_entry_model on log_entry (model_id, timestamp_request, provider_id);
create index log_entry_failed
  on log_entry (result_status, timestamp_request, process_id, profile_id, user_id, model_id, provider_id)
  where result_status <> 'success';
create index usage_key_months_user on usage_key_months (user_id, process_id);
create index usage_key_months_profile on usage_key_months (profile_id, process_id);
)sql", "set local statement_timeout = 0;\nset local maintenance_work_mem = '256MB';\n"};
}

} // namespace logos::storage
