// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Upstream's tables that are views here. `usage_tokens` shows each count of a row that is not zero; the numbers are
/// those of token_types' first rows.
migration views_0003() {
  return {3, "views",
          R"sql(
create view usage_tokens as
  select id * 32 + 1 as id, 1 as type_id, id as log_entry_id, prompt_tokens as token_count
    from log_entry where prompt_tokens <> 0
  union all select id * 32 + 2, 2, id, completion_tokens from log_entry where completion_tokens <> 0
  union all select id * 32 + 3, 3, id, total_tokens from log_entry where total_tokens <> 0
  union all select id * 32 + 4, 4, id, prompt_cached_tokens from log_entry where prompt_cached_tokens <> 0
  union all select id * 32 + 5, 5, id, prompt_cache_creation_tokens from log_entry where prompt_cache_creation_tokens <> 0
  union all select id * 32 + 6, 6, id, prompt_audio_tokens from log_entry where prompt_audio_tokens <> 0
  union all select id * 32 + 7, 7, id, completion_reasoning_tokens from log_entry where completion_reasoning_tokens <> 0
  union all select id * 32 + 8, 8, id, completion_audio_tokens from log_entry where completion_audio_tokens <> 0
  union all select id * 32 + 9, 9, id, audio_milliseconds from log_entry where audio_milliseconds <> 0;

create view request_events as
  select request_id, model_id, provider_id,
    priority as initial_priority,
    priority_when_scheduled,
    queue_depth_at_arrival as queue_depth_at_enqueue,
    queue_depth_at_schedule,
    timeout_s,
    timestamp_request as enqueue_ts,
    timestamp_forwarding as scheduled_ts,
    timestamp_response as request_complete_ts,
    available_vram_mb, azure_rate_remaining_requests, azure_rate_remaining_tokens,
    was_cold_start as cold_start,
    case when result_status in ('success', 'timeout') then result_status else 'error' end as result_status,
    error_message
  from log_entry;
)sql",
          "", ""};
}

} // namespace logos::storage
