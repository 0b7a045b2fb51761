// SPDX-License-Identifier: MIT
#include "actors/recording/upkeep.hpp"

#include <spdlog/spdlog.h>

namespace logos::recording {
namespace {

using namespace std::chrono_literals;

// A transaction holds up SQLite's other writers for its time: some 50 ms.
constexpr int deltas_per_batch = 5000;
constexpr int rows_removed_at_once = 1000;

/// Whole hours go, so that none is left in part.
core::wall_time cut(core::wall_time now, std::chrono::milliseconds age) {
  if (age.count() == 0) return {};
  return std::chrono::floor<std::chrono::hours>(now - age);
}

} // namespace

upkeep::upkeep(store_factory open, retention_times keep, const core::clock& clock, upkeep_figures& shown)
    : open_{std::move(open)},
      keep_{keep},
      clock_{clock},
      shown_{shown},
      backoff_{1s, 60s} {}

bool upkeep::work() {
  if (!backoff_.ready(clock_.steady()) || !connect()) return false;
  open_months();
  const bool more_sums = merge();
  if (!trouble_.empty()) return false;
  const bool more_past = remove();
  return more_sums || more_past;
}

bool upkeep::connect() {
  if (store_) return true;
  auto opened = open_();
  if (!opened) return failed(opened.error());
  store_ = std::move(*opened);
  return true;
}

/// Rows find a place without it, too, if not the best: nothing else waits for it.
void upkeep::open_months() {
  const auto now = clock_.steady();
  if (months_opened_ && now - *months_opened_ < 1h) return;
  months_opened_ = now;
  const auto made = store_->open_months();
  if (!made)
    spdlog::warn("upkeep: no months of log_entry are made, requests stand in log_entry_other: {}",
                 made.error().message);
  else if (*made != 0)
    spdlog::info("upkeep: log_entry has {} more months", *made);
}

bool upkeep::merge() {
  const auto merged = store_->merge_sums(deltas_per_batch);
  if (!merged) return failed(merged.error());
  shown_.sums_merged += *merged;
  trouble_.clear();
  backoff_.succeeded();
  return *merged >= deltas_per_batch;
}

bool upkeep::remove() {
  const auto now = clock_.wall();
  const storage::retention_cut past{cut(now, keep_.rows), cut(now, keep_.payloads), cut(now, keep_.snapshots)};
  if (past == storage::retention_cut{}) return false;
  const auto gone = store_->remove_past(past, rows_removed_at_once);
  if (!gone) return failed(gone.error());
  shown_.rows_removed += gone->rows;
  shown_.payloads_removed += gone->payloads;
  shown_.snapshots_removed += gone->snapshots;
  shown_.rejected_removed += gone->rejected;
  removed_.rows += gone->rows;
  removed_.payloads += gone->payloads;
  removed_.snapshots += gone->snapshots;
  removed_.rejected += gone->rejected;
  if (gone->more) return true;
  if (removed_.rows + removed_.payloads + removed_.snapshots + removed_.rejected != 0)
    spdlog::info("retention: removed {} requests, the payloads of {}, {} snapshots and {} rejected rows", removed_.rows,
                 removed_.payloads, removed_.snapshots, removed_.rejected);
  removed_ = {};
  return false;
}

bool upkeep::failed(const core::failure& why) {
  ++shown_.failures;
  if (trouble_.empty()) spdlog::warn("upkeep: sums and retention wait: {}", why.message);
  trouble_ = why.message.empty() ? std::string{core::to_string(why.code)} : why.message;
  backoff_.failed(clock_.steady());
  return false;
}

} // namespace logos::recording
