// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Jobs as they are run, and what OpenAI's batches need beside them. Until now nothing wrote to `jobs`: it is made anew
/// because SQLite cannot widen a check. Payloads, results and files are sealed texts. `turn` is a line's place in its
/// batch: who has much to do does not keep those waiting who have little.
migration jobs_0008() {
  return {8, "jobs",
          R"sql(
drop table jobs;
create table jobs (
  id <id>,
  status text not null default 'pending'
    check (status in ('pending', 'running', 'success', 'failed', 'cancelled')),
  process_id bigint not null,
  profile_id bigint not null,
  request_payload text,
  result_payload text,
  error_message text,
  created_at <time> not null,
  updated_at <time> not null,
  method text not null,
  path text not null,
  priority integer not null,
  turn bigint not null default 0,
  attempts integer not null default 0,
  interruptions integer not null default 0,
  http_status integer,
  content_type text,
  request_id text,
  claimed_at <time>,
  node text,
  incarnation text,
  lease_until <time>,
  cancelling <bool> not null default <false>,
  not_before <time> not null,
  expires_at <time> not null,
  batch_id bigint,
  custom_id text);
create index jobs_waiting on jobs (priority desc, turn, id) where status = 'pending';
create index jobs_running on jobs (incarnation) where status = 'running';
create index jobs_expiring on jobs (expires_at) where status = 'pending';
create index jobs_ended on jobs (updated_at) where status in ('success', 'failed', 'cancelled');
create index jobs_own on jobs (process_id, id);
create index jobs_unfinished on jobs (batch_id) where status in ('pending', 'running');
create index jobs_batch on jobs (batch_id, turn) where batch_id is not null;

create table files (
  id <id>,
  name text not null unique,
  process_id bigint not null,
  purpose text not null,
  filename text not null,
  bytes bigint not null,
  created_at <time> not null,
  expires_at <time>);
create index files_own on files (process_id, id);

create table file_chunks (
  file_id bigint not null,
  ordinal bigint not null,
  content text not null,
  primary key (file_id, ordinal));

create table batches (
  id <id>,
  name text not null unique,
  process_id bigint not null,
  profile_id bigint not null,
  status text not null check (status in
    ('validating', 'failed', 'in_progress', 'finalizing', 'completed', 'expired', 'cancelling', 'cancelled')),
  endpoint text not null,
  completion_window text not null,
  input_file text not null,
  output_file text,
  error_file text,
  metadata text,
  errors text,
  priority integer not null,
  client_address text not null,
  total bigint not null default 0,
  completed bigint not null default 0,
  failed bigint not null default 0,
  created_at <time> not null,
  expires_at <time> not null,
  in_progress_at <time>,
  finalizing_at <time>,
  completed_at <time>,
  failed_at <time>,
  expired_at <time>,
  cancelling_at <time>,
  cancelled_at <time>);
create index batches_own on batches (process_id, id);
create index batches_open on batches (id) where status in ('validating', 'in_progress', 'finalizing', 'cancelling');
)sql",
          "", ""};
}

} // namespace logos::storage
