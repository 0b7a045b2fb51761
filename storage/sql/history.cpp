// SPDX-License-Identifier: MIT
#include "storage/sql/detour.hpp"
#include "storage/sql/owners.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <map>

namespace logos::storage::sql {
namespace {

/// A time's seconds since 1970, with their fractions.
std::string seconds_of(std::string_view column, dialect of) {
  const std::string c{column};
  return of == dialect::sqlite ? "(strftime('%s', substr(" + c + ", 1, 19)) + cast(substr(" + c + ", 20, 7) as real))"
                               : "cast(extract(epoch from " + c + ") as double precision)";
}

/// What to append to a WHERE about rows `e` of the log that were made from `$1` up to before `$2`. No index tells a
/// user's: they are looked for among those of the keys that were theirs, whose ids `kept` keeps.
result<std::string> own_rows(session& on, const whose& of, dialect d, std::vector<value>& parameters,
                             std::string& kept) {
  const auto own = narrowed(of, parameters);
  if (of.user_id == 0) return own;
  const bool lite = d == dialect::sqlite;
  const auto ids = on.run(lite ? "select coalesce(group_concat(nullif(id, 0)), ''), coalesce(max(id = 0), 0) from"
                                 " (select process_id as id from usage_key_months where user_id = $1"
                                 " union select process_id from usage_unmerged where user_id = $1)"
                               : ids_along({"process_id", "user_id", "usage_key_months", of.user_id}),
                          {value{of.user_id}});
  if (!ids) return ids.error();
  const auto& found = ids->cells[0];
  kept = (lite ? "[" : "{") + found[0].value_or("") + (lite ? "]" : "}");
  parameters.emplace_back(std::string_view{kept});
  const auto place = "$" + std::to_string(parameters.size());
  const auto those = lite ? " in (select value from json_each(" + place + "))" : " = any(" + place + "::bigint[])";
  if (!parse_truth(found[1].value_or(""))) return own + " and e.process_id" + those;
  return own + " and (e.process_id" + those + " or e.process_id is null)";
}

const std::string snapshot_columns =
    "select provider_id, snapshot_ts, total_models_loaded, total_vram_used_bytes, loaded_models, poll_success,"
    " error_message, id from ollama_provider_snapshots ";

std::vector<provider_snapshot> snapshots_in(const rows& found) {
  std::vector<provider_snapshot> all;
  for (const auto& cells : found.cells)
    all.push_back({parse_integer(*cells[0]), parse_time(*cells[1]).value_or(core::wall_time{}),
                   static_cast<std::int32_t>(parse_integer(*cells[2])), parse_integer(*cells[3]), *cells[4],
                   parse_truth(*cells[5]), cells[6].value_or(""), parse_integer(*cells[7])});
  return all;
}

} // namespace

result<void> sql_store::together(const std::function<result<void>()>& work) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    struct joining {
      session& on;
      bool before;
      ~joining() { on.join(before); }
    } within{session_, session_.joined()};
    session_.join(true);
    return work();
  });
}

result<bool> sql_store::is_free(const table& kind, std::int64_t id) {
  auto found = session_.run("select 1 from " + std::string{kind.name} + " where id = $1", {value{id}});
  if (!found) return found.error();
  return found->empty();
}

result<void> sql_store::advance_ids(const table& kind) {
  if (dialect_ == dialect::sqlite) return {};
  const std::string name{kind.name};
  auto done =
      session_.run("select setval(pg_get_serial_sequence('" + name + "', 'id'), (select max(id) from " + name + "))");
  if (!done) return done.error();
  return {};
}

result<std::vector<event_group>> sql_store::count_events(core::wall_time from, core::wall_time to,
                                                         std::chrono::seconds bucket, const whose& of) {
  const auto start = core::to_sql(from), stop = core::to_sql(to);
  std::vector<value> parameters{value{std::string_view{start}}, value{std::string_view{stop}}};
  std::string keys;
  const auto own = own_rows(session_, of, dialect_, parameters, keys);
  if (!own) return own.error();
  const auto when = seconds_of("coalesce(e.timestamp_forwarding, e.timestamp_request)", dialect_);
  const auto in = seconds_of("e.timestamp_request", dialect_);
  const auto out = seconds_of("e.timestamp_forwarding", dialect_);
  const auto end = seconds_of("e.timestamp_response", dialect_);
  const std::string width = std::to_string(bucket.count());
  const auto begin = dialect_ == dialect::sqlite ? "cast(" + when + " / " + width + " as integer) * " + width
                                                 : "cast(floor(" + when + " / " + width + ") as bigint) * " + width;
  // The buckets are few, so the names are looked up for groups, not for rows.
  const auto statement =
      "select g.bucket, g.model_id, g.provider_id, m.name, v.name, m.weight_privacy, g.result, g.cold, g.failed,"
      " g.requests, g.queued, g.queued_s, g.run, g.run_s, g.last, g.vram_known, g.vram_mb from (select " +
      begin +
      " as bucket, e.model_id, e.provider_id,"
      " case when e.result_status is null or e.result_status in ('success', 'timeout') then e.result_status"
      " else 'error' end as result,"
      " case when e.was_cold_start then 1 else 0 end as cold,"
      " case when coalesce(e.result_status, '') <> 'success' or coalesce(e.error_message, '') <> '' then 1 else 0 end"
      " as failed, count(*) as requests, count(e.timestamp_forwarding) as queued,"
      " coalesce(sum(" +
      out + " - " + in +
      "), 0) as queued_s,"
      " sum(case when e.timestamp_forwarding is null or e.timestamp_response is null then 0 else 1 end) as run,"
      " coalesce(sum(" +
      end + " - " + out +
      "), 0) as run_s, max(coalesce(e.timestamp_forwarding, e.timestamp_request)) as last,"
      " count(e.available_vram_mb) as vram_known, coalesce(sum(e.available_vram_mb), 0) as vram_mb"
      " from log_entry e where e.timestamp_request >= $1 and e.timestamp_request < $2" +
      *own +
      " group by 1, 2, 3, 4, 5, 6) g"
      " left join models m on m.id = g.model_id left join providers v on v.id = g.provider_id order by g.bucket";
  auto found = session_.run(statement, parameters);
  if (!found) return found.error();
  std::vector<event_group> groups;
  for (const auto& cells : found->cells) {
    const auto text = [&](std::size_t i) { return cells[i] ? std::string_view{*cells[i]} : std::string_view{}; };
    auto& g = groups.emplace_back();
    g.bucket_s = parse_integer(text(0));
    g.model_id = parse_integer(text(1));
    g.provider_id = parse_integer(text(2));
    g.model = text(3);
    g.provider = text(4);
    g.local = text(5) == "LOCAL";
    g.result = text(6);
    g.cold = parse_truth(text(7));
    g.failed = parse_truth(text(8));
    g.requests = parse_integer(text(9));
    g.queued = parse_integer(text(10));
    g.queued_s = parse_real(text(11));
    g.run = parse_integer(text(12));
    g.run_s = parse_real(text(13));
    g.last = parse_time(text(14)).value_or(core::wall_time{});
    g.vram_known = parse_integer(text(15));
    g.vram_mb = parse_real(text(16));
  }
  return groups;
}

result<std::vector<depth_count>> sql_store::count_depths(core::wall_time from, core::wall_time to, const whose& of) {
  const auto start = core::to_sql(from), stop = core::to_sql(to);
  std::vector<value> parameters{value{std::string_view{start}}, value{std::string_view{stop}}};
  std::string keys;
  const auto own = own_rows(session_, of, dialect_, parameters, keys);
  if (!own) return own.error();
  const auto found = session_.run("select e.queue_depth_at_arrival, e.queue_depth_at_schedule, count(*) from log_entry"
                                  " e where e.timestamp_request >= $1 and e.timestamp_request < $2" +
                                      *own + " group by 1, 2",
                                  parameters);
  if (!found) return found.error();
  std::map<std::pair<bool, std::int64_t>, std::int64_t> sums; // both depths of a row at once: it is read once
  for (const auto& cells : found->cells)
    for (const bool at_schedule : {false, true})
      if (const auto& depth = cells[at_schedule ? 1 : 0])
        sums[{at_schedule, parse_integer(*depth)}] += parse_integer(*cells[2]);
  std::vector<depth_count> counts;
  for (const auto& [of_what, requests] : sums)
    counts.push_back({of_what.first, of_what.second, requests});
  return counts;
}

result<std::vector<provider_snapshot>> sql_store::list_snapshots(core::wall_time from, core::wall_time to) {
  const auto start = core::to_sql(from), stop = core::to_sql(to);
  const auto found = session_.run(snapshot_columns + "where snapshot_ts >= $1 and snapshot_ts < $2"
                                                     " order by provider_id, snapshot_ts limit 100000",
                                  {value{std::string_view{start}}, value{std::string_view{stop}}});
  if (!found) return found.error();
  return snapshots_in(*found);
}

result<std::vector<provider_snapshot>> sql_store::list_snapshots(const snapshot_filter& filter, int limit) {
  // One end only, as of requests: before `to` is before whatever has its time.
  const bool goes_on = filter.behind_ts < filter.to;
  const auto start = core::to_sql(filter.from), stop = core::to_sql(goes_on ? filter.behind_ts : filter.to);
  const auto found =
      session_.run(snapshot_columns + "where provider_id = $1 and snapshot_ts >= $2 and (snapshot_ts, id) < ($3, $4)"
                                      " order by snapshot_ts desc, id desc limit $5",
                   {value{filter.provider_id}, value{std::string_view{start}}, value{std::string_view{stop}},
                    value{goes_on ? filter.behind_id : std::int64_t{0}}, value{std::int64_t{limit}}});
  if (!found) return found.error();
  return snapshots_in(*found);
}

result<std::size_t> sql_store::write_past_jobs(std::span<const past_job> jobs) {
  return in_transaction(session_, intent::write, [&]() -> result<std::size_t> {
    std::size_t made = 0;
    for (const auto& job : jobs) {
      const auto created = core::to_sql(job.created_at), updated = core::to_sql(job.updated_at);
      const value when{std::string_view{created}};
      auto known = session_.run("select 1 from jobs where process_id = $1 and profile_id = $2 and created_at = $3",
                                {value{job.process_id}, value{job.profile_id}, when});
      if (!known) return known.error();
      if (!known->empty()) continue;
      // Its request is not kept: that of a job that has ended never is.
      const auto error = made_storable(job.error_message), path = made_storable(job.path);
      const auto result = job.result.empty() ? std::string{} : secret_.seal(job.result);
      auto kept = session_.run(
          "insert into jobs (status, process_id, profile_id, result_payload, error_message, created_at, updated_at,"
          " method, path, priority, http_status, content_type, not_before, expires_at)"
          " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $6, $7)",
          {value{to_string(job.failed ? job_status::failed : job_status::success)}, value{job.process_id},
           value{job.profile_id}, result.empty() ? value{} : value{std::string_view{result}},
           error.empty() ? value{} : value{std::string_view{error}}, when, value{std::string_view{updated}},
           value{std::string_view{job.method}}, value{std::string_view{path}}, value{std::int64_t{core::priority_low}},
           job.http_status == 0 ? value{} : value{std::int64_t{job.http_status}},
           result.empty() ? value{} : value{std::string_view{"application/json"}}});
      if (!kept) return kept.error();
      ++made;
    }
    return made;
  });
}

} // namespace logos::storage::sql
