// SPDX-License-Identifier: MIT
#pragma once
#include "storage/batches.hpp"
#include "storage/sql/jobs.hpp"

#include <functional>

namespace logos::storage::sql {

/// Batches and files in either database.
class sql_batches final : public batch_store {
public:
  /// All outlive it.
  sql_batches(session& on, dialect of, const core::secret_key& secret, sql_jobs& jobs);

  result<file_row> keep_file(const new_file& wanted) override;
  result<file_row> find_file(std::string_view name, std::int64_t process_id) override;
  result<std::string> read_file(std::string_view name, std::int64_t process_id) override;
  result<std::vector<file_row>> list_files(std::int64_t process_id, std::string_view purpose,
                                           const list_page& page) override;
  result<void> remove_file(std::string_view name, std::int64_t process_id) override;

  result<batch_row> submit(const new_batch& wanted) override;
  result<batch_row> find(std::string_view name, std::int64_t process_id) override;
  result<std::vector<batch_row>> list(std::int64_t process_id, const list_page& page) override;
  result<batch_row> cancel(std::string_view name, std::int64_t process_id) override;

  result<std::vector<batch_row>> open() override;
  result<void> begin(std::int64_t id, std::span<const new_job> lines, std::string_view model) override;
  result<void> fail(std::int64_t id, std::string_view errors) override;
  result<std::optional<std::vector<job_row>>> ended_lines(std::int64_t id, int limit) override;
  result<void> close_lines(std::int64_t id, const closed_lines& lines) override;
  result<void> finish(std::int64_t id) override;
  result<void> forget(std::chrono::microseconds keep) override;

private:
  /// Changes a batch that is in one of these states, in a transaction; nothing happens when it is in another.
  result<void> change_in(std::int64_t id, std::string_view states,
                         const std::function<result<void>(core::wall_time)>& change);

  // Parts of a transaction that is open.
  result<file_row> insert_file(const new_file& wanted, core::wall_time at);
  result<void> append(std::int64_t file_id, std::string_view content);
  /// Adds to the file of a batch that `column` names, and makes it when there is none.
  result<void> append_to_batch(std::int64_t id, std::string_view column, std::string_view content, core::wall_time at);
  /// A batch in that state, locked; false when it is in another.
  result<bool> lock(std::int64_t id, std::string_view states);
  result<void> count_lines(batch_row& batch);

  session& session_;
  const dialect dialect_;
  const core::secret_key& secret_;
  sql_jobs& jobs_;
};

} // namespace logos::storage::sql
