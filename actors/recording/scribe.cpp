// SPDX-License-Identifier: MIT
#include "actors/recording/scribe.hpp"

#include "core/fault_point.hpp"

#include <spdlog/spdlog.h>

namespace logos::recording {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t rows_per_batch = 1000;
constexpr auto longest_courteous_batch = 100ms;
constexpr std::size_t kept_snapshots = 10'000;
constexpr auto experience_every = 10s; // what a crash may make a SCHEDULER learn again

} // namespace

scribe::scribe(storage::journal& journal, store_factory open, const core::clock& clock, figures& shown,
               courtesy manners)
    : journal_{journal},
      open_{std::move(open)},
      clock_{clock},
      shown_{shown},
      manners_{manners},
      backoff_{100ms, 5s} {
  manners_.insist(clock_.steady()); // whoever starts waits for what an earlier run has left
}

bool scribe::write(std::chrono::milliseconds at_most) {
  const auto start = clock_.steady();
  journal_.prepare();
  journal_.sync(start);
  if (!backoff_.ready(start) || !connect()) return false;
  write_snapshots();
  if (start - learned_written_ >= experience_every) write_experience(start);
  auto before = start;
  for (auto done = write_batch(); done == step::part || done == step::all; done = write_batch()) {
    journal_.prepare();
    const auto now = clock_.steady();
    const bool more = now - start >= at_most;
    if (more || now - before >= longest_courteous_batch) manners_.insist(now);
    if (more) return true;
    before = now;
  }
  manners_.step_back(clock_.steady());
  return false;
}

std::uint64_t scribe::flush(std::chrono::milliseconds at_most) {
  const auto start = clock_.steady();
  manners_.insist(start); // somebody waits for it, and may do so again
  bool whole = false;
  if (connect()) {
    write_snapshots();
    write_experience(start);
    // A look at the journal that began after `start` and was not cut short has seen all that stood there then.
    bool old = batch_.has_value();
    while (!whole && clock_.steady() - start < at_most) {
      const auto done = write_batch();
      if (done == step::away) break;
      whole = done == step::nothing || (done == step::all && !old);
      old = false;
      journal_.prepare();
    }
  }
  journal_.sync(clock_.steady());
  return whole ? 0 : std::max<std::uint64_t>(waiting(), 1);
}

void scribe::keep(storage::provider_snapshot seen) {
  if (snapshots_.size() >= kept_snapshots) snapshots_.erase(snapshots_.begin());
  snapshots_.push_back(std::move(seen));
}

void scribe::keep(std::span<const storage::deployment_experience> learned) {
  for (const auto& each : learned)
    learned_.insert_or_assign(each.deployment_id, each);
}

bool scribe::connect() {
  if (!store_) {
    auto opened = open_();
    if (!opened) return failed(opened.error()), false;
    store_ = std::move(*opened);
  }
  if (!tail_) {
    const auto progress = store_->load_progress();
    if (!progress) return failed(progress.error()), false;
    tail_.emplace(journal_, *progress);
    succeeded(); // there may be nothing to write that would show it
  }
  return true;
}

scribe::step scribe::write_batch() {
  if (!batch_) {
    auto next = tail_->next(rows_per_batch);
    if (next.empty()) return tail_->recycle(std::move(next)), step::nothing;
    batch_ = std::move(next);
  }
  shown_.rows_waiting = batch_->rows.size();
  core::fault_point("scribe.batch_read");
  if (const auto kept = store_->write_objects(batch_->objects); !kept) return failed(kept.error()), step::away;
  const auto report = store_->write_batch(batch_->rows, batch_->progress, batch_->forget);
  if (!report) return failed(report.error()), step::away;
  core::fault_point("scribe.batch_committed");
  const auto done = batch_->cut_short ? step::part : step::all;
  tail_->done(*batch_);
  tail_->recycle(std::move(*batch_));
  batch_.reset();
  shown_.rows_written += report->written;
  shown_.rows_known += report->known;
  shown_.rows_rejected += report->rejected;
  shown_.rows_waiting = 0;
  ++shown_.batches;
  if (report->rejected != 0) spdlog::warn("storage: {} rows were set aside in log_entry_rejected", report->rejected);
  succeeded();
  return done;
}

void scribe::write_snapshots() {
  if (snapshots_.empty()) return;
  const auto written = store_->write_snapshots(snapshots_);
  if (!written && written.error().code == core::ec::storage_away) return failed(written.error());
  if (!written) spdlog::warn("storage: {} provider snapshots are lost: {}", snapshots_.size(), written.error().message);
  snapshots_.clear();
  if (!batch_) succeeded(); // a batch that waits is the one to show it
}

void scribe::write_experience(core::steady_time now) {
  if (learned_.empty()) return;
  std::vector<storage::deployment_experience> all;
  for (const auto& [id, each] : learned_)
    all.push_back(each);
  learned_written_ = now;
  const auto written = store_->write_experience(all, clock_.wall());
  if (!written && written.error().code == core::ec::storage_away) return failed(written.error());
  if (!written) spdlog::warn("storage: what was learned of deployments is not kept: {}", written.error().message);
  learned_.clear();
  if (!batch_) succeeded();
}

void scribe::failed(const core::failure& why) {
  ++shown_.failures;
  shown_.away = true;
  if (trouble_.empty()) spdlog::warn("storage: rows wait in the journal: {}", why.message);
  trouble_ = why.message.empty() ? std::string{core::to_string(why.code)} : why.message;
  backoff_.failed(clock_.steady());
}

void scribe::succeeded() {
  if (!trouble_.empty()) spdlog::info("storage: the database is back");
  trouble_.clear();
  shown_.away = false;
  backoff_.succeeded();
}

} // namespace logos::recording
