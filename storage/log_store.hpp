// SPDX-License-Identifier: MIT
#pragma once
#include "storage/history.hpp"
#include "storage/objects.hpp"
#include "storage/progress.hpp"
#include "storage/reports.hpp"
#include "storage/rerate.hpp"
#include "storage/result.hpp"
#include "storage/retention.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::storage {

/// What became of requests: their rows, what is reported of them, and what is kept of it for how long.
class log_store {
public:
  virtual ~log_store() = default;

  /// Rows and the journal's progress in one transaction; a row that is there already is left as it is, one that the
  /// database refuses is set aside in `log_entry_rejected`. `storage_away`: nothing was written, or it is not known
  /// whether; write the same again. What providers have stored gets its owner there, too. `forget` names segments that
  /// are gone.
  virtual result<batch_report> write_batch(std::span<const finished> rows, std::span<const segment_progress> progress,
                                           std::span<const std::string> forget) = 0;
  virtual result<std::vector<segment_progress>> load_progress() = 0;
  /// What is known before the rows of the requests that made it. What is there already stays as it is.
  virtual result<void> write_objects(std::span<const newly_stored> objects) = 0;
  /// Those of these that rows have told of (`finished_facts::stored_object`), each once. Whoever told first, owns it.
  virtual result<std::vector<stored_object>> find_objects(std::span<const core::uuid> objects) = 0;
  /// The newest first.
  virtual result<request_page> list_requests(const request_filter& filter, std::string_view cursor, int limit) = 0;
  virtual result<request_row> find_request(std::string_view request_id) = 0;
  /// Sums over requests that came in from `from` up to before `to`, per group; the first `most` of the order (0:
  /// all).
  virtual result<std::vector<usage_row>> usage(std::span<const usage_group> group_by, core::wall_time from,
                                               core::wall_time to, const usage_filter& which = {}, int most = 0) = 0;
  /// Of those of these keys that were used; at most 1000.
  virtual result<std::vector<last_use>> last_uses(std::span<const std::int64_t> process_ids) = 0;
  /// Answers all of it as of one moment.
  virtual result<past> read_past(std::span<const past_query> queries, std::span<const past_request> requests) = 0;
  /// Prices up to `limit` requests anew, in the order of their times, beginning after `cursor` (empty: with the first),
  /// in one transaction; `dry_run`: only counts. Doing it again changes nothing more.
  virtual result<rerate_batch> rerate(const rerate_range& range, std::string_view cursor, int limit,
                                      const repricer& price, bool dry_run) = 0;
  /// What budgets have spent is to be read again: costs on the books are others now. Makes a new version of the
  /// catalog.
  virtual result<void> recount_budgets() = 0;
  virtual result<void> write_snapshots(std::span<const provider_snapshot> snapshots) = 0;
  /// Of all providers, by provider and time, the oldest first; at most 100000.
  virtual result<std::vector<provider_snapshot>> list_snapshots(core::wall_time from, core::wall_time to) = 0;
  /// Of one provider, the newest first.
  virtual result<std::vector<provider_snapshot>> list_snapshots(const snapshot_filter& filter, int limit) = 0;
  /// What was learned of deployments, in place of what is kept of them.
  virtual result<void> write_experience(std::span<const deployment_experience> learned, core::wall_time now) = 0;
  /// Of the provider's live deployments, by their ids.
  virtual result<std::vector<deployment_experience>> load_experience(std::int64_t provider_id) = 0;
  /// Requests that came in from `from` up to before `to`, counted per bucket of time.
  virtual result<std::vector<event_group>> count_events(core::wall_time from, core::wall_time to,
                                                        std::chrono::seconds bucket, const whose& of = {}) = 0;
  virtual result<std::vector<depth_count>> count_depths(core::wall_time from, core::wall_time to,
                                                        const whose& of = {}) = 0;
  /// Jobs that ended elsewhere; returns how many were new.
  virtual result<std::size_t> write_past_jobs(std::span<const past_job> jobs) = 0;

  /// Adds up to `limit` of the newest entries to the tables of sums, from which reports are made. What reports say does
  /// not depend on it, only how long they take. Returns how many; 0 also while another node is at it.
  virtual result<std::size_t> merge_sums(int limit) = 0;
  /// Makes room for the requests of this month and the next two, where the database keeps months apart. To be called
  /// again from time to time: what does not get a lock at once is left. Returns how many months are new.
  virtual result<std::size_t> open_months() = 0;
  /// Removes up to `limit` of each kind of what is past its time (of requests a whole month, where the database keeps
  /// months apart); nothing while another node is at it. Reports and what somebody has spent stay as they are, but for
  /// edges of ranges that lie inside an hour.
  virtual result<retention_batch> remove_past(const retention_cut& cut, int limit) = 0;
};

} // namespace logos::storage
