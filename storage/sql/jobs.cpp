// SPDX-License-Identifier: MIT
#include "storage/sql/jobs.hpp"

#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>

namespace logos::storage {
namespace {

constexpr std::array<std::string_view, 5> status_words{"pending", "running", "success", "failed", "cancelled"};

} // namespace

std::string_view to_string(job_status s) { return status_words[static_cast<std::size_t>(s)]; }

std::optional<job_status> parse_job_status(std::string_view text) {
  const auto at = std::find(status_words.begin(), status_words.end(), text);
  if (at == status_words.end()) return std::nullopt;
  return static_cast<job_status>(at - status_words.begin());
}

namespace sql {
namespace {

constexpr std::string_view columns =
    "j.id, j.status, j.process_id, j.profile_id, j.method, j.path, j.priority, j.attempts, j.http_status,"
    " j.content_type, j.error_message, j.request_id, j.node, j.cancelling, j.created_at, j.updated_at, j.expires_at,"
    " j.batch_id, j.custom_id";
constexpr std::size_t column_count = 19;

job_row read_row(const std::vector<cell>& cells) {
  std::size_t next = 0;
  const auto text = [&] { return cells[next++].value_or(""); };
  const auto number = [&] { return parse_integer(text()); };
  const auto time = [&] { return parse_time(text()).value_or(core::wall_time{}); };
  job_row row;
  row.id = number();
  row.status = parse_job_status(text()).value_or(job_status::failed);
  row.process_id = number();
  row.profile_id = number();
  row.method = text();
  row.path = text();
  row.priority = static_cast<core::priority>(number());
  row.attempts = number();
  row.http_status = static_cast<int>(number());
  row.content_type = text();
  row.error_message = text();
  row.request_id = text();
  row.node = text();
  row.cancelling = parse_truth(text());
  row.created_at = time();
  row.updated_at = time();
  row.expires_at = time();
  row.batch_id = number();
  row.custom_id = text();
  return row;
}

core::failure missing(std::int64_t id) {
  return {core::ec::resource_not_found, "there is no job " + std::to_string(id)};
}

} // namespace

sql_jobs::sql_jobs(session& on, dialect of, const core::secret_key& secret)
    : session_{on},
      dialect_{of},
      secret_{secret} {}

result<core::wall_time> sql_jobs::now() {
  if (dialect_ == dialect::sqlite) return core::system_clock().wall();
  auto found = session_.run("select clock_timestamp()");
  if (!found) return found.error();
  return parse_time(found->cells[0][0].value_or("")).value_or(core::system_clock().wall());
}

result<std::int64_t> sql_jobs::insert(const new_job& wanted, core::wall_time at) {
  const auto created = core::to_sql(at), expires = core::to_sql(at + wanted.lifetime);
  const auto payload = secret_.seal(wanted.payload);
  const auto custom = made_storable(wanted.custom_id), path = made_storable(wanted.path);
  auto made = session_.run(
      "insert into jobs (status, process_id, profile_id, request_payload, created_at, updated_at, method, path,"
      " priority, turn, not_before, expires_at, batch_id, custom_id)"
      " values ('pending', $1, $2, $3, $4, $4, $5, $6, $7, $8, $4, $9, $10, $11) returning id",
      {value{wanted.process_id}, value{wanted.profile_id}, value{std::string_view{payload}},
       value{std::string_view{created}}, value{std::string_view{wanted.method}}, value{std::string_view{path}},
       value{std::int64_t{wanted.priority}}, value{wanted.turn}, value{std::string_view{expires}},
       wanted.batch_id == 0 ? value{} : value{wanted.batch_id},
       wanted.batch_id == 0 ? value{} : value{std::string_view{custom}}});
  if (!made) return made.error();
  return parse_integer(made->cells[0][0].value_or(""));
}

result<job_row> sql_jobs::submit(const new_job& wanted) {
  const auto id = in_transaction(session_, intent::write, [&]() -> result<std::int64_t> {
    const auto at = now();
    if (!at) return at.error();
    return insert(wanted, *at);
  });
  if (!id) return id.error();
  return find(*id, 0);
}

result<job_row> sql_jobs::find(std::int64_t id, std::int64_t process_id) {
  static const std::string text =
      "select " + std::string{columns} +
      ", j.result_payload from jobs j where j.id = $1 and (cast($2 as bigint) = 0 or j.process_id = $2)";
  auto found = session_.run(text, {value{id}, value{process_id}});
  if (!found) return found.error();
  if (found->empty()) return missing(id);
  auto row = read_row(found->cells[0]);
  if (const auto& sealed = found->cells[0][column_count]) row.result = secret_.open(*sealed).value_or("");
  return row;
}

result<job_page> sql_jobs::list(const job_filter& filter, std::int64_t before, int limit) {
  limit = std::clamp(limit, 1, 1000);
  std::string where = " from jobs j where j.batch_id is null";
  std::vector<value> parameters;
  const auto add = [&](std::string_view condition, value x) {
    parameters.push_back(x);
    where += " and " + std::string{condition} + " $" + std::to_string(parameters.size());
  };
  if (filter.of.process_id != 0) add("j.process_id =", filter.of.process_id);
  if (filter.of.user_id != 0) {
    parameters.emplace_back(filter.of.user_id);
    where += " and j.process_id in (select p.id from process p where p.user_id = $" +
             std::to_string(parameters.size()) + ")";
  }
  if (filter.status) add("j.status =", to_string(*filter.status));
  if (before != 0) add("j.id <", before);
  parameters.emplace_back(std::int64_t{limit} + 1);
  where += " order by j.id desc limit $" + std::to_string(parameters.size());
  auto found = session_.run("select " + std::string{columns} + where, parameters);
  if (!found) return found.error();
  job_page page;
  for (const auto& cells : found->cells) {
    if (page.rows.size() == static_cast<std::size_t>(limit)) {
      page.next = page.rows.back().id;
      break;
    }
    page.rows.push_back(read_row(cells));
  }
  return page;
}

result<job_row> sql_jobs::cancel(std::int64_t id, std::int64_t process_id) {
  const auto done = in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto at = now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at);
    auto changed = session_.run(
        "update jobs set cancelling = " + truth(true) +
            ", status = case when status = 'pending' then 'cancelled' else status end,"
            " request_payload = case when status = 'pending' then null else request_payload end, updated_at = $1"
            " where id = $2 and (cast($3 as bigint) = 0 or process_id = $3) and status in ('pending', 'running')",
        {value{std::string_view{text}}, value{id}, value{process_id}});
    if (!changed) return changed.error();
    if (changed->affected != 0) return {};
    auto found = session_.run("select status from jobs where id = $1 and (cast($2 as bigint) = 0 or process_id = $2)",
                              {value{id}, value{process_id}});
    if (!found) return found.error();
    if (found->empty()) return missing(id);
    return core::failure{core::ec::conflict, "job " + std::to_string(id) + " has ended already (" +
                                                 found->cells[0][0].value_or("") + "): there is nothing to cancel"};
  });
  if (!done) return done.error();
  return find(id, process_id);
}

} // namespace sql
} // namespace logos::storage
