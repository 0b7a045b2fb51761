// SPDX-License-Identifier: MIT
#include "storage/sql/batches.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

// Sealed, a chunk is a third longer; the database handles it as one value.
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr std::size_t random_bytes = 18;

constexpr std::string_view file_columns =
    "f.id, f.name, f.process_id, f.purpose, f.filename, f.bytes, f.created_at, f.expires_at";

file_row read_row(const std::vector<cell>& cells) {
  file_row row;
  row.id = parse_integer(cells[0].value_or(""));
  row.name = cells[1].value_or("");
  row.process_id = parse_integer(cells[2].value_or(""));
  row.purpose = cells[3].value_or("");
  row.filename = cells[4].value_or("");
  row.bytes = parse_integer(cells[5].value_or(""));
  row.created_at = parse_time(cells[6].value_or("")).value_or(core::wall_time{});
  row.expires_at = parse_time(cells[7].value_or(""));
  return row;
}

core::failure missing(std::string_view name) {
  return {core::ec::resource_not_found, "there is no file " + core::json_string(name.substr(0, 100))};
}

} // namespace

result<file_row> sql_batches::insert_file(const new_file& wanted, core::wall_time at) {
  const auto name = std::string{file_prefix} + core::random_text(random_bytes);
  const bool ends = wanted.lifetime.count() != 0;
  const auto created = core::to_sql(at), expires = core::to_sql(at + wanted.lifetime);
  const auto purpose = made_storable(wanted.purpose), filename = made_storable(wanted.filename);
  auto made = session_.run("insert into files (name, process_id, purpose, filename, bytes, created_at, expires_at)"
                           " values ($1, $2, $3, $4, $5, $6, $7) returning id",
                           {value{std::string_view{name}}, value{wanted.process_id}, value{std::string_view{purpose}},
                            value{std::string_view{filename}}, value{std::int64_t{0}}, value{std::string_view{created}},
                            ends ? value{std::string_view{expires}} : value{}});
  if (!made) return made.error();
  file_row row{parse_integer(made->cells[0][0].value_or("")), name, wanted.process_id, purpose, filename, 0, at, {}};
  if (ends) row.expires_at = at + wanted.lifetime;
  if (auto added = append(row.id, wanted.content); !added) return added.error();
  row.bytes = static_cast<std::int64_t>(wanted.content.size());
  return row;
}

result<void> sql_batches::append(std::int64_t file_id, std::string_view content) {
  auto last = session_.run("select coalesce(max(ordinal), 0) from file_chunks where file_id = $1", {value{file_id}});
  if (!last) return last.error();
  auto ordinal = parse_integer(last->cells[0][0].value_or(""));
  const auto size = static_cast<std::int64_t>(content.size());
  for (; !content.empty(); content.remove_prefix(std::min(chunk_bytes, content.size()))) {
    const auto sealed = secret_.seal(content.substr(0, chunk_bytes));
    auto added = session_.run("insert into file_chunks (file_id, ordinal, content) values ($1, $2, $3)",
                              {value{file_id}, value{++ordinal}, value{std::string_view{sealed}}});
    if (!added) return added.error();
  }
  auto grown = session_.run("update files set bytes = bytes + $2 where id = $1", {value{file_id}, value{size}});
  if (!grown) return grown.error();
  return {};
}

result<file_row> sql_batches::keep_file(const new_file& wanted) {
  return in_transaction(session_, intent::write, [&]() -> result<file_row> {
    const auto at = jobs_.now();
    if (!at) return at.error();
    return insert_file(wanted, *at);
  });
}

result<file_row> sql_batches::find_file(std::string_view name, std::int64_t process_id) {
  static const std::string text = "select " + std::string{file_columns} +
                                  " from files f where f.name = $1 and (cast($2 as bigint) = 0 or f.process_id = $2)";
  auto found = session_.run(text, {value{name}, value{process_id}});
  if (!found) return found.error();
  if (found->empty()) return missing(name);
  return read_row(found->cells[0]);
}

result<std::string> sql_batches::read_file(std::string_view name, std::int64_t process_id) {
  const auto file = find_file(name, process_id);
  if (!file) return file.error();
  auto chunks = session_.run("select content from file_chunks where file_id = $1 order by ordinal", {value{file->id}});
  if (!chunks) return chunks.error();
  std::string content;
  content.reserve(static_cast<std::size_t>(file->bytes));
  for (const auto& cells : chunks->cells) {
    const auto opened = secret_.open(cells[0].value_or(""));
    if (!opened)
      return core::failure{core::ec::internal, "the file cannot be opened: it was sealed with another secret_key"};
    content += *opened;
  }
  return content;
}

result<std::vector<file_row>> sql_batches::list_files(std::int64_t process_id, std::string_view purpose,
                                                      const list_page& page) {
  const auto text = [](std::string_view beyond, std::string_view order) {
    return "select " + std::string{file_columns} +
           " from files f where f.process_id = $1 and (cast($2 as text) = '' or f.purpose = $2)"
           " and (cast($3 as text) = '' or f.id " +
           std::string{beyond} + " (select a.id from files a where a.name = $3)) order by f.id " + std::string{order} +
           " limit $4";
  };
  static const std::string newest = text("<", "desc"), oldest = text(">", "asc");
  auto found = session_.run(page.oldest_first ? oldest : newest,
                            {value{process_id}, value{purpose}, value{page.after}, value{std::int64_t{page.limit}}});
  if (!found) return found.error();
  std::vector<file_row> rows;
  for (const auto& cells : found->cells)
    rows.push_back(read_row(cells));
  return rows;
}

result<void> sql_batches::remove_file(std::string_view name, std::int64_t process_id) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto file = find_file(name, process_id);
    if (!file) return file.error();
    auto used = session_.run("select 1 from batches where input_file = $1 and status = 'validating'", {value{name}});
    if (!used) return used.error();
    if (!used->empty())
      return core::failure{core::ec::conflict, "a batch is being made of this file: try again when it has begun"};
    for (const std::string text : {"delete from file_chunks where file_id = $1", "delete from files where id = $1"})
      if (auto gone = session_.run(text, {value{file->id}}); !gone) return gone.error();
    return {};
  });
}

result<void> sql_batches::forget(std::chrono::microseconds keep) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    const auto at = jobs_.now();
    if (!at) return at.error();
    const auto before = core::to_sql(*at - keep), now = core::to_sql(*at);
    const std::string old = "(f.expires_at is null and f.created_at <= $1 or f.expires_at <= $2)"
                            " and not exists (select 1 from batches b where (b.input_file = f.name"
                            " or b.output_file = f.name or b.error_file = f.name)"
                            " and b.status in ('validating', 'in_progress', 'finalizing', 'cancelling'))";
    auto gone = session_.run("delete from batches where status in ('failed', 'completed', 'expired', 'cancelled')"
                             " and coalesce(completed_at, failed_at, cancelled_at, expired_at, created_at) <= $1",
                             {value{std::string_view{before}}});
    if (!gone) return gone.error();
    for (const std::string& text :
         {"delete from file_chunks where file_id in (select f.id from files f where " + old + ")",
          "delete from files where id in (select f.id from files f where " + old + ")"})
      if (gone = session_.run(text, {value{std::string_view{before}}, value{std::string_view{now}}}); !gone)
        return gone.error();
    return {};
  });
}

} // namespace logos::storage::sql
