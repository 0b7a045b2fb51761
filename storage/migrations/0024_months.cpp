// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

/// Views, indexes and grants of `log_entry` are made again as they stand, an operator's own, too. What has been written
/// becomes one partition, up to the end of its last month: not a row is moved.
constexpr std::string_view partition_log = R"sql(
do $migration$
declare
  each record;
  again text[] := '{}';
  next_id bigint;
  newest timestamptz;
  ends timestamptz;
begin
  lock table log_entry in access exclusive mode;
  for each in
    select distinct c.oid::regclass::text as name, c.relkind, pg_get_viewdef(c.oid) as meaning,
      array_to_string(c.reloptions, ', ') as options
    from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class c on c.oid = r.ev_class
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid = 'log_entry'::regclass and c.relkind in ('v', 'm')
  loop
    if each.relkind = 'm' then
      raise exception 'the materialized view % reads log_entry, which becomes a partitioned table: drop it, migrate, and'
        ' make it again', each.name;
    end if;
    again := again || format('create or replace view %s%s as %s', each.name, ' with (' || each.options || ')',
      each.meaning);
  end loop;
  for each in
    select i.indexrelid::regclass::text as name, c.relname, pg_get_indexdef(i.indexrelid) as meaning
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'log_entry'::regclass and not i.indisprimary
  loop
    again := again || each.meaning;
    execute format('alter index %s rename to %I', each.name, each.relname || '_before');
  end loop;
  for each in
    select a.privilege_type as what, a.is_grantable as on_goes,
      case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as who
    from pg_class c cross join aclexplode(c.relacl) a
    where c.oid = 'log_entry'::regclass and a.grantee <> c.relowner
  loop
    again := again || format('grant %s on log_entry to %s%s', each.what, each.who,
      case when each.on_goes then ' with grant option' end);
  end loop;

  -- Partitions know no identity columns before PostgreSQL 17.
  execute format('select last_value + 1 from %s', pg_get_serial_sequence('log_entry', 'id')) into next_id;
  alter table log_entry alter column id drop identity;
  create sequence log_entry_ids;
  perform setval('log_entry_ids', next_id, false);
  alter table log_entry alter column id set default nextval('log_entry_ids');
  drop trigger log_entry_usage on log_entry;
  drop trigger log_entry_cost on log_entry;

  alter table log_entry rename to log_entry_before;
  alter table log_entry_before rename constraint log_entry_pkey to log_entry_before_pkey;
  create table log_entry (like log_entry_before including defaults including constraints including storage
    including compression) partition by range (timestamp_request);
  alter table log_entry add constraint log_entry_pkey primary key (timestamp_request, request_id);
  for i in 1 .. coalesce(array_length(again, 1), 0) loop
    execute again[i];
  end loop;
  select max(timestamp_request) into newest from log_entry_before;
  if newest is null then
    drop table log_entry_before;
  else
    ends := (date_trunc('month', greatest(newest, now()) at time zone 'UTC') + interval '1 month') at time zone 'UTC';
    execute format('alter table log_entry attach partition log_entry_before for values from (minvalue) to (%L)', ends);
  end if;
  create table log_entry_other partition of log_entry default;
  create trigger log_entry_usage after insert on log_entry referencing new table as fresh
    for each statement execute function note_usage();
  create trigger log_entry_cost after update of cost_nano on log_entry for each row
    when (old.cost_nano is distinct from new.cost_nano) execute function note_cost();
end $migration$;
)sql";

/// A month is missing from the partitions if it lies in the one from before, or if rows of it came while there was none
/// (they stand among the others): nothing is lost by it. A lock that somebody keeps (a dump) is not waited for: whoever
/// waits for it keeps all readers waiting. Whoever calls comes again.
constexpr std::string_view months = R"sql(
create function make_log_months(first timestamptz, last timestamptz) returns integer language plpgsql
  set lock_timeout = '2s' as $function$
declare
  month timestamp := date_trunc('month', first at time zone 'UTC');
  name text;
  made integer := 0;
begin
  while month at time zone 'UTC' <= last loop
    name := 'log_entry_' || to_char(month, 'YYYY_MM');
    if to_regclass(name) is null then
      begin
        execute format('create table %I (like log_entry including defaults including constraints including storage'
          ' including compression)', name);
        execute format('alter table log_entry attach partition %I for values from (%L) to (%L)', name,
          month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
        made := made + 1;
      exception
        when invalid_object_definition or check_violation then null;
        when lock_not_available then return made;
      end;
    end if;
    month := month + interval '1 month';
  end loop;
  return made;
end $function$;

create function drop_log_month(before timestamptz) returns bigint language plpgsql set lock_timeout = '2s' as $function$
declare
  each record;
  gone bigint;
begin
  for each in
    select c.oid::regclass::text as name, c.reltuples as about
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'log_entry'::regclass
      and (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz <= before
    order by c.relname limit 1
  loop
    begin
      gone := each.about;
      if gone < 1000000 then -- counting is quick
        execute format('select count(*) from %s', each.name) into gone;
      end if;
      execute format('drop table %s', each.name);
      return gone;
    exception when lock_not_available then null;
    end;
  end loop;
  return null;
end $function$;

select make_log_months(now(), now() + interval '62 days');
)sql";

const std::string postgres = std::string{partition_log} + std::string{months};

} // namespace

/// In PostgreSQL the log is kept month by month (of UTC), so that a writer's indexes are a month's, whatever is kept
/// before, and a month that is past its time goes as a whole.
migration months_0024() { return {24, "months", "", "", postgres, "set local statement_timeout = 0;\n"}; }

} // namespace logos::storage
