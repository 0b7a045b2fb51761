// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "core/vocabulary.hpp"
#include "storage/reports.hpp"
#include "storage/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Requests that are kept and run later.
namespace logos::storage {

enum class job_status : std::uint8_t { pending, running, success, failed, cancelled };
std::string_view to_string(job_status s);
std::optional<job_status> parse_job_status(std::string_view text);
constexpr bool ended(job_status s) { return s != job_status::pending && s != job_status::running; }

/// A job to be made.
struct new_job {
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0; // 0: none
  std::string method;
  std::string path;    // below which a client would have sent it, with its query
  std::string payload; // the request; sealed in the database, and removed when the job has ended
  core::priority priority = core::priority_low;
  std::chrono::microseconds lifetime{}; // it fails if it was not begun by then
  std::int64_t batch_id = 0;            // 0: of no batch
  std::int64_t turn = 0;                // its line in the batch; 0: of no batch
  std::string custom_id;                // of its line
};

/// A job as its owner sees it.
struct job_row {
  std::int64_t id = 0;
  job_status status = job_status::pending;
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  std::string method;
  std::string path;
  core::priority priority = core::priority_low;
  std::int64_t attempts = 0; // runs begun
  int http_status = 0;       // 0: there is none
  std::string content_type;  // of `result`
  std::string result;        // the answer's body, of a failed job too; not in lists
  std::string error_message; // of a failed job
  std::string request_id;    // of its last run, as in `log_entry`; empty: none
  std::string node;          // of its last run
  bool cancelling = false;   // it runs, and is about to be ended
  core::wall_time created_at{};
  core::wall_time updated_at{};
  core::wall_time expires_at{};
  std::int64_t batch_id = 0;
  std::string custom_id;
};

struct job_filter {
  whose of;
  std::optional<job_status> status;
};

struct job_page {
  std::vector<job_row> rows;
  std::int64_t next = 0; // what `before` is for the next page; 0: there is none
};

/// Who runs jobs: one incarnation of a node's JOBS.
struct job_runner {
  std::string_view node;
  std::string_view incarnation;
};

/// A job that was claimed, and the run that it was claimed for.
struct claimed_job {
  std::int64_t id = 0;
  core::uuid run; // also the request's id
  std::int64_t process_id = 0;
  std::int64_t attempt = 1; // its number, from 1
  std::string payload;      // empty: it cannot be opened
};

/// A job that is being run.
struct held_job {
  std::int64_t id = 0;
  core::uuid run;
  bool cancelling = false;
};

/// How a run ended for good.
struct job_ending {
  core::uuid run;
  job_status status = job_status::success;
  int http_status = 0; // 0: there is none
  std::string_view content_type;
  std::string_view body;
  std::string_view error_message;
};

/// Jobs in the database. Every call is one transaction and reckons with the database's clock. A job is run by whoever
/// has claimed it, until its lease runs out; what a run says when it is no longer the job's run changes nothing.
class job_store {
public:
  virtual ~job_store() = default;

  // --- for their owners ---

  virtual result<job_row> submit(const new_job& wanted) = 0;
  /// With its result. `process_id` 0: whoever's. `resource_not_found` for somebody else's.
  virtual result<job_row> find(std::int64_t id, std::int64_t process_id) = 0;
  /// The newest first, of no batch, with an id below `before` (0: all).
  virtual result<job_page> list(const job_filter& filter, std::int64_t before, int limit) = 0;
  /// One that waits is cancelled, one that runs is marked; `conflict` when it has ended.
  virtual result<job_row> cancel(std::int64_t id, std::int64_t process_id) = 0;

  // --- for those who run them ---

  /// Whether there is anything that waits or runs: one cheap query.
  virtual result<bool> any_open() = 0;
  /// Takes up to `runs.size()` jobs that wait, the most urgent first; nobody else gets them.
  virtual result<std::vector<claimed_job>> claim(const job_runner& who, std::span<const core::uuid> runs,
                                                 std::chrono::microseconds lease) = 0;
  /// Renews all leases of `who` and returns what it holds.
  virtual result<std::vector<held_job>> renew(const job_runner& who, std::chrono::microseconds lease) = 0;
  /// False: it is not this run's any more. An answer that comes after the lease counts, while nobody has claimed the
  /// job since.
  virtual result<bool> end(std::int64_t id, const job_ending& how) = 0;
  /// The run was not carried out: it is tried again after `delay`. If it was to be cancelled, it is now.
  virtual result<bool> put_back(std::int64_t id, const core::uuid& run, std::chrono::microseconds delay) = 0;
  /// Deals with jobs whose runner is gone: another incarnation whose lease has run out or, if `who` is `alone`, any
  /// other. They wait again; who was interrupted twice, or whose provider is known to have answered, fails. Returns how
  /// many there were.
  virtual result<std::size_t> take_over(const job_runner& who, bool alone) = 0;
  /// Fails what was not begun in time; returns how many there were.
  virtual result<std::size_t> expire() = 0;
  /// Deletes what has ended longer than `keep` ago, lines of a batch excepted; returns how many there were.
  virtual result<std::size_t> forget(std::chrono::microseconds keep) = 0;
};

} // namespace logos::storage
