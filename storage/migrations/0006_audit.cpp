// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// The audit log. What is kept of a change is text, so that its hash can be computed again from what is read. The row
/// `audit_head` of `installation` tells how long the chain is; whoever writes holds it until the transaction ends.
migration audit_0006() {
  return {6, "audit",
          R"sql(
create table audit_log (
  id bigint primary key,
  happened_at <time> not null,
  author_id bigint,
  author text not null,
  address text,
  action text not null,
  resource text not null,
  resource_id bigint,
  name text,
  before_change text,
  after_change text,
  previous_hash text not null,
  hash text not null);
create index audit_log_resource on audit_log (resource, resource_id, id);
create index audit_log_author on audit_log (author_id, id);
insert into installation (name, value) values ('audit_head', '0||');
)sql",
          R"sql(
create trigger audit_log_no_update before update on audit_log
  begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_log_no_delete before delete on audit_log
  begin select raise(abort, 'the audit log is append-only'); end;
)sql",
          R"sql(
create function refuse_audit_change() returns trigger language plpgsql as $$
  begin raise exception 'the audit log is append-only'; end $$;
create trigger audit_log_no_change before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function refuse_audit_change();
)sql"};
}

} // namespace logos::storage
