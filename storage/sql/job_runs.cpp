// SPDX-License-Identifier: MIT
#include "storage/sql/jobs.hpp"
#include "storage/sql/text.hpp"

/// Jobs as those see them who run them.
namespace logos::storage::sql {
namespace {

// A process that is killed again and again while a job runs is perhaps killed by it.
constexpr std::int64_t most_interruptions = 1;

core::uuid read_run(const cell& text) { return core::uuid::parse(text.value_or("")).value_or(core::uuid{}); }

} // namespace

result<bool> sql_jobs::any_open() {
  // Each half reads one row of an index.
  auto found = session_.run("select (exists (select 1 from jobs where status = 'pending')"
                            " or exists (select 1 from jobs where status = 'running'))");
  if (!found) return found.error();
  return parse_truth(found->cells[0][0].value_or(""));
}

result<std::vector<claimed_job>> sql_jobs::claim(const job_runner& who, std::span<const core::uuid> runs,
                                                 std::chrono::microseconds lease) {
  if (runs.empty()) return std::vector<claimed_job>{};
  const std::string choose = "select id, process_id, request_payload, attempts from jobs where status = 'pending'"
                             " and not_before <= $1 and expires_at > $1 order by priority desc, turn, id limit $2" +
                             locking();
  return in_transaction(session_, intent::write, [&]() -> result<std::vector<claimed_job>> {
    const auto at = now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at), until = core::to_sql(*at + lease);
    auto found = session_.run(choose, {value{std::string_view{text}}, value{static_cast<std::int64_t>(runs.size())}});
    if (!found) return found.error();
    std::vector<claimed_job> claimed;
    for (const auto& cells : found->cells) {
      auto& job = claimed.emplace_back();
      job.id = parse_integer(cells[0].value_or(""));
      job.process_id = parse_integer(cells[1].value_or(""));
      job.payload = secret_.open(cells[2].value_or("")).value_or("");
      job.attempt = parse_integer(cells[3].value_or("")) + 1;
      job.run = runs[claimed.size() - 1];
      const auto run = job.run.str();
      auto taken = session_.run("update jobs set status = 'running', request_id = $2, node = $3, incarnation = $4,"
                                " claimed_at = $5, updated_at = $5, lease_until = $6, attempts = attempts + 1"
                                " where id = $1",
                                {value{job.id}, value{std::string_view{run}}, value{who.node}, value{who.incarnation},
                                 value{std::string_view{text}}, value{std::string_view{until}}});
      if (!taken) return taken.error();
    }
    return claimed;
  });
}

result<std::vector<held_job>> sql_jobs::renew(const job_runner& who, std::chrono::microseconds lease) {
  return in_transaction(session_, intent::write, [&]() -> result<std::vector<held_job>> {
    const auto at = now();
    if (!at) return at.error();
    const auto until = core::to_sql(*at + lease);
    auto found = session_.run("update jobs set lease_until = $2 where incarnation = $1 and status = 'running'"
                              " returning id, request_id, cancelling",
                              {value{who.incarnation}, value{std::string_view{until}}});
    if (!found) return found.error();
    std::vector<held_job> held;
    for (const auto& cells : found->cells)
      held.push_back({parse_integer(cells[0].value_or("")), read_run(cells[1]), parse_truth(cells[2].value_or(""))});
    return held;
  });
}

result<bool> sql_jobs::end(std::int64_t id, const job_ending& how) {
  return in_transaction(session_, intent::write, [&]() -> result<bool> {
    const auto at = now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at);
    const auto run = how.run.str();
    const auto body = secret_.seal(how.body);
    const auto type = made_storable(how.content_type), message = made_storable(how.error_message);
    const bool answered = how.http_status != 0;
    auto done = session_.run(
        "update jobs set status = $3, http_status = $4, content_type = $5, result_payload = $6, error_message = $7,"
        " updated_at = $8, request_payload = null, lease_until = null"
        " where id = $1 and request_id = $2 and status in ('running', 'pending')",
        {value{id}, value{std::string_view{run}}, value{to_string(how.status)},
         answered ? value{std::int64_t{how.http_status}} : value{}, answered ? value{std::string_view{type}} : value{},
         answered ? value{std::string_view{body}} : value{},
         message.empty() ? value{} : value{std::string_view{message}}, value{std::string_view{text}}});
    if (!done) return done.error();
    return done->affected == 1;
  });
}

result<bool> sql_jobs::put_back(std::int64_t id, const core::uuid& run, std::chrono::microseconds delay) {
  const std::string back =
      "update jobs set status = case when cancelling = " + truth(true) +
      " then 'cancelled' else 'pending' end, request_payload = case when cancelling = " + truth(true) +
      " then null else request_payload end, not_before = $3, updated_at = $4, lease_until = null"
      " where id = $1 and request_id = $2 and status = 'running'";
  return in_transaction(session_, intent::write, [&]() -> result<bool> {
    const auto at = now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at), later = core::to_sql(*at + delay);
    const auto run_text = run.str();
    auto done = session_.run(back, {value{id}, value{std::string_view{run_text}}, value{std::string_view{later}},
                                    value{std::string_view{text}}});
    if (!done) return done.error();
    return done->affected == 1;
  });
}

result<std::optional<int>> sql_jobs::answered(std::string_view run, core::wall_time claimed, core::wall_time until) {
  const auto from = core::to_sql(claimed - std::chrono::minutes{1}), to = core::to_sql(until);
  auto found = session_.run("select http_status from log_entry where timestamp_request between $1 and $2"
                            " and request_id = $3 and attempts > 0 and result_status <> 'partial'",
                            {value{std::string_view{from}}, value{std::string_view{to}}, value{run}});
  if (!found) return found.error();
  if (found->empty()) return std::optional<int>{};
  return std::optional<int>{static_cast<int>(parse_integer(found->cells[0][0].value_or("0")))};
}

result<void> sql_jobs::fail(std::int64_t id, int http_status, std::string_view message, core::wall_time at) {
  const auto text = core::to_sql(at);
  auto done = session_.run("update jobs set status = 'failed', http_status = $2, error_message = $3, updated_at = $4,"
                           " request_payload = null, lease_until = null where id = $1",
                           {value{id}, http_status == 0 ? value{} : value{std::int64_t{http_status}}, value{message},
                            value{std::string_view{text}}});
  if (!done) return done.error();
  return {};
}

result<std::size_t> sql_jobs::take_over(const job_runner& who, bool alone) {
  const std::string choose = "select id, request_id, claimed_at, interruptions, cancelling from jobs"
                             " where status = 'running' and incarnation <> $1 and (lease_until < $2 or " +
                             truth(alone) + ")" + locking();
  return in_transaction(session_, intent::write, [&]() -> result<std::size_t> {
    const auto at = now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at);
    auto found = session_.run(choose, {value{who.incarnation}, value{std::string_view{text}}});
    if (!found) return found.error();
    for (const auto& cells : found->cells) {
      const auto id = parse_integer(cells[0].value_or(""));
      const auto claimed = parse_time(cells[2].value_or("")).value_or(*at);
      const auto status = answered(cells[1].value_or(""), claimed, *at);
      if (!status) return status.error();
      result<void> done;
      if (*status)
        done = fail(id, **status, "the provider answered, but the gateway was killed before the answer was kept", *at);
      else if (parse_integer(cells[3].value_or("")) >= most_interruptions)
        done = fail(id, 0, "the gateway was killed twice while the job ran", *at);
      else if (auto back = session_.run(
                   parse_truth(cells[4].value_or(""))
                       ? "update jobs set status = 'cancelled', request_payload = null, updated_at = $2 where id = $1"
                       : "update jobs set status = 'pending', interruptions = interruptions + 1, updated_at = $2,"
                         " lease_until = null where id = $1",
                   {value{id}, value{std::string_view{text}}});
               !back)
        done = back.error();
      if (!done) return done.error();
    }
    return found->size();
  });
}

result<std::size_t> sql_jobs::expire() {
  return in_transaction(session_, intent::write, [&]() -> result<std::size_t> {
    const auto at = now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at);
    auto done = session_.run("update jobs set status = 'failed', request_payload = null, updated_at = $1,"
                             " error_message = 'the job expired: it could not be begun in time'"
                             " where status = 'pending' and expires_at <= $1",
                             {value{std::string_view{text}}});
    if (!done) return done.error();
    return done->affected;
  });
}

result<std::size_t> sql_jobs::forget(std::chrono::microseconds keep) {
  return in_transaction(session_, intent::write, [&]() -> result<std::size_t> {
    const auto at = now();
    if (!at) return at.error();
    const auto before = core::to_sql(*at - keep);
    auto done = session_.run("delete from jobs where status in ('success', 'failed', 'cancelled') and batch_id is null"
                             " and updated_at <= $1",
                             {value{std::string_view{before}}});
    if (!done) return done.error();
    return done->affected;
  });
}

} // namespace logos::storage::sql
