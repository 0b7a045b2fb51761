// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/jobs.hpp"
#include "storage/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// OpenAI's batches and files: lists of requests, each a job.
namespace logos::storage {

/// What the names of files and batches begin with, so that they are told from a provider's.
inline constexpr std::string_view file_prefix = "file-logos-";
inline constexpr std::string_view batch_prefix = "batch_logos_";

struct new_file {
  std::int64_t process_id = 0;
  std::string_view purpose;
  std::string_view filename;
  std::string_view content;             // sealed in the database
  std::chrono::microseconds lifetime{}; // 0: until it has been kept for as long as all are
};

struct file_row {
  std::int64_t id = 0;
  std::string name; // by which its owner knows it
  std::int64_t process_id = 0;
  std::string purpose;
  std::string filename;
  std::int64_t bytes = 0;
  core::wall_time created_at{};
  std::optional<core::wall_time> expires_at{}; // of one with a lifetime of its own
};

enum class batch_status : std::uint8_t {
  validating,
  failed,
  in_progress,
  finalizing,
  completed,
  expired,
  cancelling,
  cancelled
};
std::string_view to_string(batch_status s);

struct new_batch {
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  std::string_view endpoint;
  std::string_view input_file;
  std::string_view completion_window; // as the client said it
  std::chrono::microseconds window{};
  std::string_view metadata; // a JSON object; empty: none
  core::priority priority = core::priority_low;
  std::string_view client_address;
  std::chrono::microseconds output_lifetime{}; // of its output and error file, as in `new_file`
};

/// What the answers of a batch have used, as their provider told it.
struct batch_usage {
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0; // of the input
  std::int64_t output_tokens = 0;
  std::int64_t reasoning_tokens = 0; // of the output

  bool operator==(const batch_usage&) const = default;
};

struct batch_row {
  std::int64_t id = 0;
  std::string name;
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  batch_status status = batch_status::validating;
  std::string endpoint;
  std::string completion_window;
  std::string input_file;
  std::string output_file; // empty: none, here and below
  std::string error_file;
  std::string metadata; // JSON
  std::string errors;   // a JSON array
  std::string model;    // that every line names
  std::optional<batch_usage>
      usage; // of the lines that are closed; none before, and of batches from before there was it
  core::priority priority = core::priority_low;
  std::string client_address;
  std::int64_t total = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0; // expired and cancelled lines too
  core::wall_time created_at{};
  core::wall_time expires_at{};
  std::optional<core::wall_time> in_progress_at;
  std::optional<core::wall_time> finalizing_at;
  std::optional<core::wall_time> completed_at;
  std::optional<core::wall_time> failed_at;
  std::optional<core::wall_time> expired_at;
  std::optional<core::wall_time> cancelling_at;
  std::optional<core::wall_time> cancelled_at;
};

/// A page of lines that have ended, as they go into a batch's files.
struct closed_lines {
  std::vector<std::int64_t> jobs; // which lines these are
  std::string output;             // text for the output file
  std::string errors;             // text for the error file
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  bool expired = false; // some were not begun in time
  batch_usage usage{};
};

/// A page of a list of OpenAI's: by the time at which its rows were made, behind the one named `after` (empty: from the
/// first).
struct list_page {
  std::string_view after;
  int limit = 0;
  bool oldest_first = false;
};

/// Batches and files in the database. Every call is one transaction. `process_id` 0: whoever's; what is somebody else's
/// is `resource_not_found`.
class batch_store {
public:
  virtual ~batch_store() = default;

  virtual result<file_row> keep_file(const new_file& wanted) = 0;
  virtual result<file_row> find_file(std::string_view name, std::int64_t process_id) = 0;
  virtual result<std::string> read_file(std::string_view name, std::int64_t process_id) = 0;
  /// `purpose` empty: any.
  virtual result<std::vector<file_row>> list_files(std::int64_t process_id, std::string_view purpose,
                                                   const list_page& page) = 0;
  /// `conflict` while a batch needs it.
  virtual result<void> remove_file(std::string_view name, std::int64_t process_id) = 0;

  virtual result<batch_row> submit(const new_batch& wanted) = 0;
  virtual result<batch_row> find(std::string_view name, std::int64_t process_id) = 0;
  virtual result<std::vector<batch_row>> list(std::int64_t process_id, const list_page& page) = 0;
  /// What waits is cancelled, what runs is marked. `conflict` when the batch has ended.
  virtual result<batch_row> cancel(std::string_view name, std::int64_t process_id) = 0;

  // --- for those who run them ---

  /// Batches that have not ended.
  virtual result<std::vector<batch_row>> open() = 0;
  /// A batch that is validating begins with these lines, which all name this model (empty: they do not), or fails with
  /// these errors (a JSON array). Nothing happens when somebody else has done so.
  virtual result<void> begin(std::int64_t id, std::span<const new_job> lines, std::string_view model) = 0;
  virtual result<void> fail(std::int64_t id, std::string_view errors) = 0;
  /// The next lines of a batch all of whose lines have ended, in their order, with results; nothing while some have
  /// not.
  virtual result<std::optional<std::vector<job_row>>> ended_lines(std::int64_t id, int limit) = 0;
  /// Moves lines into the batch's files. Nothing happens when somebody else has moved them.
  virtual result<void> close_lines(std::int64_t id, const closed_lines& lines) = 0;
  /// All lines are closed: the batch has ended.
  virtual result<void> finish(std::int64_t id) = 0;
  /// Deletes batches that ended, and files that were made, longer than `keep` ago; files with a lifetime of their own
  /// when that is over.
  virtual result<void> forget(std::chrono::microseconds keep) = 0;
};

} // namespace logos::storage
