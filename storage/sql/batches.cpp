// SPDX-License-Identifier: MIT
#include "storage/sql/batches.hpp"

#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>

namespace logos::storage {
namespace {

constexpr std::array<std::string_view, 8> status_words{"validating", "failed",  "in_progress", "finalizing",
                                                       "completed",  "expired", "cancelling",  "cancelled"};

} // namespace

std::string_view to_string(batch_status s) { return status_words[static_cast<std::size_t>(s)]; }

namespace sql {
namespace {

constexpr std::size_t random_bytes = 18;
constexpr std::string_view columns =
    "b.id, b.name, b.process_id, b.profile_id, b.status, b.endpoint, b.completion_window, b.input_file, b.output_file,"
    " b.error_file, b.metadata, b.errors, b.priority, b.client_address, b.total, b.completed, b.failed, b.created_at,"
    " b.expires_at, b.in_progress_at, b.finalizing_at, b.completed_at, b.failed_at, b.expired_at, b.cancelling_at,"
    " b.cancelled_at, b.model, b.input_tokens, b.cached_tokens, b.output_tokens, b.reasoning_tokens";
constexpr std::string_view closing_states = "'in_progress', 'finalizing', 'cancelling'";
constexpr std::string_view open_states = "'validating', 'in_progress', 'finalizing', 'cancelling'";

batch_row read_row(const std::vector<cell>& cells) {
  std::size_t next = 0;
  const auto text = [&] { return cells[next++].value_or(""); };
  const auto number = [&] { return parse_integer(text()); };
  const auto time = [&] { return parse_time(text()); };
  batch_row row;
  row.id = number();
  row.name = text();
  row.process_id = number();
  row.profile_id = number();
  const auto word = std::find(status_words.begin(), status_words.end(), text());
  row.status = static_cast<batch_status>(word - status_words.begin());
  row.endpoint = text();
  row.completion_window = text();
  row.input_file = text();
  row.output_file = text();
  row.error_file = text();
  row.metadata = text();
  row.errors = text();
  row.priority = static_cast<core::priority>(number());
  row.client_address = text();
  row.total = number();
  row.completed = number();
  row.failed = number();
  row.created_at = time().value_or(core::wall_time{});
  row.expires_at = time().value_or(core::wall_time{});
  row.in_progress_at = time();
  row.finalizing_at = time();
  row.completed_at = time();
  row.failed_at = time();
  row.expired_at = time();
  row.cancelling_at = time();
  row.cancelled_at = time();
  row.model = text();
  if (cells[next]) row.usage = batch_usage{number(), number(), number(), number()};
  return row;
}

} // namespace

sql_batches::sql_batches(session& on, dialect of, const core::secret_key& secret, sql_jobs& jobs)
    : session_{on},
      dialect_{of},
      secret_{secret},
      jobs_{jobs} {}

result<batch_row> sql_batches::submit(const new_batch& wanted) {
  const auto name = std::string{batch_prefix} + core::random_text(random_bytes);
  const auto made = in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto at = jobs_.now();
    if (!at) return at.error();
    const auto created = core::to_sql(*at), expires = core::to_sql(*at + wanted.window);
    const auto metadata = made_storable(wanted.metadata), endpoint = made_storable(wanted.endpoint);
    const std::int64_t output_s = std::chrono::floor<std::chrono::seconds>(wanted.output_lifetime).count();
    auto done = session_.run(
        "insert into batches (name, process_id, profile_id, status, endpoint, completion_window, input_file, metadata,"
        " priority, client_address, created_at, expires_at, output_lifetime_s)"
        " values ($1, $2, $3, 'validating', $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        {value{std::string_view{name}}, value{wanted.process_id}, value{wanted.profile_id},
         value{std::string_view{endpoint}}, value{wanted.completion_window}, value{wanted.input_file},
         metadata.empty() ? value{} : value{std::string_view{metadata}}, value{std::int64_t{wanted.priority}},
         value{wanted.client_address}, value{std::string_view{created}}, value{std::string_view{expires}},
         output_s == 0 ? value{} : value{output_s}});
    if (!done) return done.error();
    return {};
  });
  if (!made) return made.error();
  return find(name, 0);
}

result<void> sql_batches::count_lines(batch_row& batch) {
  if (batch.status == batch_status::validating) return {};
  auto found = session_.run("select status, count(*) from jobs where batch_id = $1 group by status", {value{batch.id}});
  if (!found) return found.error();
  for (const auto& cells : found->cells) {
    const auto status = parse_job_status(cells[0].value_or("")).value_or(job_status::failed);
    const auto count = parse_integer(cells[1].value_or(""));
    if (status == job_status::success) batch.completed += count;
    if (status == job_status::failed || status == job_status::cancelled) batch.failed += count;
  }
  return {};
}

result<batch_row> sql_batches::find(std::string_view name, std::int64_t process_id) {
  static const std::string text = "select " + std::string{columns} +
                                  " from batches b where b.name = $1 and (cast($2 as bigint) = 0 or b.process_id = $2)";
  return in_transaction(session_, intent::read, [&]() -> result<batch_row> { // lines move from jobs to files
    auto found = session_.run(text, {value{name}, value{process_id}});
    if (!found) return found.error();
    if (found->empty())
      return core::failure{core::ec::resource_not_found, "there is no batch " + core::json_string(name.substr(0, 100))};
    auto row = read_row(found->cells[0]);
    if (auto counted = count_lines(row); !counted) return counted.error();
    return row;
  });
}

result<std::vector<batch_row>> sql_batches::list(std::int64_t process_id, const list_page& page) {
  const auto text = [](std::string_view beyond, std::string_view order) {
    return "select " + std::string{columns} +
           " from batches b where b.process_id = $1 and (cast($2 as text) = '' or b.id " + std::string{beyond} +
           " (select a.id from batches a where a.name = $2)) order by b.id " + std::string{order} + " limit $3";
  };
  static const std::string newest = text("<", "desc"), oldest = text(">", "asc");
  return in_transaction(session_, intent::read, [&]() -> result<std::vector<batch_row>> {
    auto found = session_.run(page.oldest_first ? oldest : newest,
                              {value{process_id}, value{page.after}, value{std::int64_t{page.limit}}});
    if (!found) return found.error();
    std::vector<batch_row> rows;
    for (const auto& cells : found->cells) {
      rows.push_back(read_row(cells));
      if (auto counted = count_lines(rows.back()); !counted) return counted.error();
    }
    return rows;
  });
}

result<bool> sql_batches::lock(std::int64_t id, std::string_view states) {
  const std::string text = "select id from batches where id = $1 and status in (" + std::string{states} + ")" +
                           (dialect_ == dialect::postgres ? " for update" : "");
  auto found = session_.run(text, {value{id}});
  if (!found) return found.error();
  return !found->empty();
}

result<void> sql_batches::change_in(std::int64_t id, std::string_view states,
                                    const std::function<result<void>(core::wall_time)>& change) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto at = jobs_.now();
    if (!at) return at.error();
    const auto mine = lock(id, states);
    if (!mine) return mine.error();
    return *mine ? change(*at) : result<void>{};
  });
}

result<batch_row> sql_batches::cancel(std::string_view name, std::int64_t process_id) {
  const auto batch = find(name, process_id);
  if (!batch) return batch.error();
  const std::string yes = dialect_ == dialect::sqlite ? "1" : "true";
  const auto done = in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto at = jobs_.now();
    if (!at) return at.error();
    const auto mine = lock(batch->id, "'validating', 'in_progress', 'cancelling'");
    if (!mine) return mine.error();
    if (!*mine)
      return core::failure{core::ec::conflict,
                           "the batch cannot be cancelled any more: it is " + std::string{to_string(batch->status)}};
    const auto text = core::to_sql(*at);
    for (const std::string& statement :
         {std::string{"update batches set status = 'cancelling', cancelling_at = coalesce(cancelling_at, $2)"
                      " where id = $1"},
          "update jobs set cancelling = " + yes +
              ", status = case when status = 'pending' then 'cancelled' else status end,"
              " request_payload = case when status = 'pending' then null else request_payload end, updated_at = $2"
              " where batch_id = $1 and status in ('pending', 'running')"})
      if (auto changed = session_.run(statement, {value{batch->id}, value{std::string_view{text}}}); !changed)
        return changed.error();
    return {};
  });
  if (!done) return done.error();
  return find(name, process_id);
}

result<std::vector<batch_row>> sql_batches::open() {
  static const std::string text = "select " + std::string{columns} + " from batches b where b.status in (" +
                                  std::string{open_states} + ") order by b.id";
  auto found = session_.run(text);
  if (!found) return found.error();
  std::vector<batch_row> rows;
  for (const auto& cells : found->cells)
    rows.push_back(read_row(cells));
  return rows;
}

result<void> sql_batches::begin(std::int64_t id, std::span<const new_job> lines, std::string_view model) {
  return change_in(id, "'validating'", [&](core::wall_time at) -> result<void> {
    for (const auto& line : lines)
      if (auto made = jobs_.insert(line, at); !made) return made.error();
    const auto text = core::to_sql(at), named = made_storable(model);
    auto begun = session_.run(
        "update batches set status = 'in_progress', in_progress_at = $2, total = $3, model = $4 where id = $1",
        {value{id}, value{std::string_view{text}}, value{static_cast<std::int64_t>(lines.size())},
         named.empty() ? value{} : value{std::string_view{named}}});
    if (!begun) return begun.error();
    return {};
  });
}

result<void> sql_batches::fail(std::int64_t id, std::string_view errors) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto at = jobs_.now();
    if (!at) return at.error();
    const auto text = core::to_sql(*at), said = made_storable(errors);
    auto done = session_.run("update batches set status = 'failed', failed_at = $2, errors = $3"
                             " where id = $1 and status = 'validating'",
                             {value{id}, value{std::string_view{text}}, value{std::string_view{said}}});
    if (!done) return done.error();
    return {};
  });
}

result<std::optional<std::vector<job_row>>> sql_batches::ended_lines(std::int64_t id, int limit) {
  using lines = std::optional<std::vector<job_row>>;
  auto waiting =
      session_.run("select 1 from jobs where batch_id = $1 and status in ('pending', 'running') limit 1", {value{id}});
  if (!waiting) return waiting.error();
  if (!waiting->empty()) return lines{};
  auto found = session_.run("select id from jobs where batch_id = $1 order by turn limit $2",
                            {value{id}, value{std::int64_t{limit}}});
  if (!found) return found.error();
  std::vector<job_row> rows;
  for (const auto& cells : found->cells) {
    auto row = jobs_.find(parse_integer(cells[0].value_or("")), 0);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  return lines{std::move(rows)};
}

result<void> sql_batches::append_to_batch(std::int64_t id, std::string_view column, std::string_view content,
                                          core::wall_time at) {
  if (content.empty()) return {};
  const std::string of{column};
  auto known = session_.run(
      "select f.id, b.process_id, b.name, b.output_lifetime_s from batches b left join files f on f.name = b." + of +
          " where b.id = $1",
      {value{id}});
  if (!known) return known.error();
  const auto& cells = known->cells[0];
  if (cells[0]) return append(parse_integer(*cells[0]), content);
  const auto filename = cells[2].value_or("") + (of == "output_file" ? "_output.jsonl" : "_error.jsonl");
  const std::chrono::seconds lifetime{parse_integer(cells[3].value_or("0"))};
  const auto made =
      insert_file({parse_integer(cells[1].value_or("")), "batch_output", filename, content, lifetime}, at);
  if (!made) return made.error();
  auto named = session_.run("update batches set " + of + " = $2 where id = $1",
                            {value{id}, value{std::string_view{made->name}}});
  if (!named) return named.error();
  return {};
}

result<void> sql_batches::close_lines(std::int64_t id, const closed_lines& lines) {
  return change_in(id, closing_states, [&](core::wall_time at) -> result<void> {
    for (const auto job : lines.jobs) {
      auto gone = session_.run("delete from jobs where id = $1", {value{job}});
      if (!gone) return gone.error();
      if (gone->affected == 0) // another node was faster; nothing of this may stay
        return core::failure{core::ec::storage_away, "another node closes this batch"};
    }
    if (auto done = append_to_batch(id, "output_file", lines.output, at); !done) return done;
    if (auto done = append_to_batch(id, "error_file", lines.errors, at); !done) return done;
    const auto text = core::to_sql(at);
    auto counted = session_.run(
        "update batches set completed = completed + $2, failed = failed + $3,"
        " finalizing_at = coalesce(finalizing_at, $4), expired_at = coalesce(expired_at, $5),"
        " input_tokens = coalesce(input_tokens, 0) + $6, cached_tokens = coalesce(cached_tokens, 0) + $7,"
        " output_tokens = coalesce(output_tokens, 0) + $8,"
        " reasoning_tokens = coalesce(reasoning_tokens, 0) + $9,"
        " status = case when cancelling_at is null then 'finalizing' else 'cancelling' end where id = $1",
        {value{id}, value{lines.completed}, value{lines.failed}, value{std::string_view{text}},
         lines.expired ? value{std::string_view{text}} : value{}, value{lines.usage.input_tokens},
         value{lines.usage.cached_tokens}, value{lines.usage.output_tokens}, value{lines.usage.reasoning_tokens}});
    if (!counted) return counted.error();
    return {};
  });
}

result<void> sql_batches::finish(std::int64_t id) {
  return change_in(id, closing_states, [&](core::wall_time at) -> result<void> {
    const auto text = core::to_sql(at);
    const std::string time = dialect_ == dialect::postgres ? "cast($2 as timestamptz)" : "$2";
    auto done =
        session_.run("update batches set status = case when cancelling_at is not null then 'cancelled'"
                     " when expired_at is not null then 'expired' else 'completed' end,"
                     " cancelled_at = case when cancelling_at is not null then " +
                         time + " end, completed_at = case when cancelling_at is null and expired_at is null then " +
                         time + " end where id = $1",
                     {value{id}, value{std::string_view{text}}});
    if (!done) return done.error();
    return {};
  });
}

} // namespace sql
} // namespace logos::storage
