// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "storage/jobs.hpp"
#include "storage/migrations/migration.hpp"
#include "storage/sql/session.hpp"

namespace logos::storage::sql {

/// Jobs in either database.
class sql_jobs final : public job_store {
public:
  /// `on` and `secret` outlive it.
  sql_jobs(session& on, dialect of, const core::secret_key& secret);

  result<job_row> submit(const new_job& wanted) override;
  result<job_row> find(std::int64_t id, std::int64_t process_id) override;
  result<job_page> list(const job_filter& filter, std::int64_t before, int limit) override;
  result<job_row> cancel(std::int64_t id, std::int64_t process_id) override;

  result<bool> any_open() override;
  result<std::vector<claimed_job>> claim(const job_runner& who, std::span<const core::uuid> runs,
                                         std::chrono::microseconds lease) override;
  result<std::vector<held_job>> renew(const job_runner& who, std::chrono::microseconds lease) override;
  result<bool> end(std::int64_t id, const job_ending& how) override;
  result<bool> put_back(std::int64_t id, const core::uuid& run, std::chrono::microseconds delay) override;
  result<std::size_t> take_over(const job_runner& who, bool alone) override;
  result<std::size_t> expire() override;
  result<std::size_t> forget(std::chrono::microseconds keep) override;

  /// The database's clock.
  result<core::wall_time> now();
  /// Part of a transaction that is open: makes a job, and returns its id.
  result<std::int64_t> insert(const new_job& wanted, core::wall_time at);

private:
  /// Ends a statement's part that chooses rows to be changed: others pass them by.
  std::string locking() const { return dialect_ == dialect::postgres ? " for update skip locked" : ""; }
  std::string truth(bool x) const {
    if (dialect_ == dialect::sqlite) return x ? "1" : "0";
    return x ? "true" : "false";
  }

  // Parts of a transaction that is open.
  /// What became of a run whose runner is gone: nothing when its provider is not known to have answered.
  result<std::optional<int>> answered(std::string_view run, core::wall_time claimed, core::wall_time until);
  result<void> fail(std::int64_t id, int http_status, std::string_view message, core::wall_time at);

  session& session_;
  const dialect dialect_;
  const core::secret_key& secret_;
};

} // namespace logos::storage::sql
