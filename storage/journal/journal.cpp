// SPDX-License-Identifier: MIT
#include "storage/journal/journal.hpp"

#include "core/fault_point.hpp"
#include "storage/journal/segment.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace logos::storage {
namespace {

constexpr std::chrono::milliseconds sync_interval{100};
constexpr std::chrono::seconds quiet_time{5};
constexpr std::size_t least_segment_bytes = std::size_t{64} << 10;

} // namespace

result<std::unique_ptr<journal>> journal::open(journal_options options) {
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  if (failed)
    return core::failure{core::ec::storage_away,
                         "cannot make the folder " + options.directory.string() + ": " + failed.message()};
  options.segment_bytes = std::max(options.segment_bytes, least_segment_bytes);
  return std::unique_ptr<journal>{new journal{std::move(options)}};
}

journal::journal(journal_options options) : options_{std::move(options)} {
  pool_.directory = options_.directory;
  pool_.run = options_.run;
  pool_.segment_bytes = options_.segment_bytes;
  pool_.limit_bytes = options_.limit_bytes;
}

/// What was never written to is not left behind; the rest waits for the next start, unless a tail has dropped it.
journal::~journal() {
  for (auto& writer : writers_)
    for (auto& made : writer->adopt())
      segments_.push_back(std::move(made));
  writers_.clear();
  for (auto& each : segments_)
    if (each->committed() == segment::header_bytes) each->unlink();
}

result<journal_writer*> journal::new_writer() {
  const std::lock_guard guard{mutex_};
  auto made = std::make_unique<journal_writer>(pool_, static_cast<unsigned>(writers_.size()));
  made->prepare();
  if (made->spare_.load() == nullptr)
    return core::failure{core::ec::storage_away,
                         "no space for the journal in " + options_.directory.string() + " (" +
                             std::to_string(options_.segment_bytes >> 20) +
                             " MiB for each I/O thread): make room on that disk, or choose another data_dir."};
  return writers_.emplace_back(std::move(made)).get();
}

void journal::prepare() {
  std::vector<journal_writer*> all; // they stay for as long as the journal does
  {
    const std::lock_guard guard{mutex_};
    for (auto& writer : writers_)
      all.push_back(writer.get());
  }
  // Making a file takes its time: nobody else shall wait for it.
  for (auto* writer : all)
    writer->prepare();
  lacking_ = std::any_of(all.begin(), all.end(), [](const auto* writer) { return writer->spare_.load() == nullptr; });
}

void journal::tell_of_room(core::steady_time now) {
  const auto seen = pool_.refused.load() + pool_.shortened.load() + pool_.turned_away.load();
  if (lacking_ || seen != std::exchange(seen_short_, seen)) {
    short_at_ = now;
    if (!short_.exchange(true))
      spdlog::warn(
          "journal: no room for another segment in {} (a full disk, or {} MiB of it are used): bodies are left "
          "out, and requests are refused once there is none for their rows",
          options_.directory.string(), options_.limit_bytes >> 20);
  } else if (short_ && now - short_at_ >= quiet_time) {
    short_ = false;
    spdlog::info("journal: there is room again");
  }
}

std::vector<std::shared_ptr<segment>> journal::live_segments() {
  const std::lock_guard guard{mutex_};
  for (auto& writer : writers_)
    for (auto& made : writer->adopt())
      segments_.push_back(std::move(made));
  return segments_;
}

void journal::drop(const std::string& name) {
  const std::lock_guard guard{mutex_};
  const auto found = std::find_if(segments_.begin(), segments_.end(), [&](const auto& s) { return s->name() == name; });
  if (found == segments_.end()) return;
  pool_.used_bytes -= (*found)->size();
  segments_.erase(found);
}

void journal::sync(core::steady_time now) {
  if (now - synced_ < sync_interval) return;
  synced_ = now;
  for (auto& each : live_segments())
    each->sync();
  tell_of_room(now);
  core::fault_point("journal.synced");
}

journal_figures journal::figures() const {
  journal_figures shown;
  shown.refused = pool_.refused.load(std::memory_order_relaxed);
  shown.shortened = pool_.shortened.load(std::memory_order_relaxed);
  shown.turned_away = pool_.turned_away.load(std::memory_order_relaxed);
  shown.stalls = pool_.stalls.load(std::memory_order_relaxed);
  shown.torn = torn_.load(std::memory_order_relaxed);
  shown.pending_bytes = pending_.load(std::memory_order_relaxed);
  shown.lacks_room = short_.load(std::memory_order_relaxed);
  const std::lock_guard guard{mutex_};
  for (const auto& writer : writers_)
    shown.appended += writer->appended_.load(std::memory_order_relaxed);
  shown.segments = segments_.size();
  return shown;
}

} // namespace logos::storage
