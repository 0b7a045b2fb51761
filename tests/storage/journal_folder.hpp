// SPDX-License-Identifier: MIT
#pragma once
#include "storage/journal/journal.hpp"
#include "storage/journal/tail.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace logos::test {

/// A folder with a journal in it, small segments, and what a database would know of it.
class journal_folder : public testing::Test {
protected:
  std::unique_ptr<storage::journal> open(const std::string& run, std::uint64_t limit = std::uint64_t{1} << 30) {
    return *storage::journal::open({folder_.path(), run, std::size_t{64} << 10, limit});
  }
  static storage::finished row(std::uint64_t n) {
    storage::finished made;
    made.request_id = core::uuid::from_halves(0x7000, n);
    made.timestamp_request = core::wall_time{std::chrono::microseconds{1'700'000'000'000'000 + n}};
    made.usage.prompt_tokens = static_cast<std::int64_t>(n);
    made.log = core::log_level::full; // so that it may have a body
    made.path = "/v1/chat/completions";
    return made;
  }
  static storage::begun start(std::uint64_t n) {
    storage::begun made;
    made.request_id = row(n).request_id;
    made.timestamp_request = row(n).timestamp_request;
    made.ids.process_id = 7;
    made.dataset = "a dataset whose name is longer than a small string";
    return made;
  }
  /// Takes everything there is, as a database that never fails; the numbers of the rows, in order.
  std::vector<std::uint64_t> drain(storage::journal_tail& tail, std::size_t at_once = 1000) {
    std::vector<std::uint64_t> seen;
    for (auto batch = tail.next(at_once); !batch.empty(); batch = tail.next(at_once)) {
      EXPECT_LE(batch.rows.size(), at_once);
      for (const auto& each : batch.rows) {
        seen.push_back(each.request_id.low());
        results_.push_back(each.result);
      }
      remember(batch);
      tail.done(batch);
    }
    return seen;
  }
  void remember(const storage::journal_batch& batch) {
    for (const auto& each : batch.progress) {
      std::erase_if(progress_, [&](const auto& known) { return known.segment == each.segment; });
      progress_.push_back(each);
    }
    for (const auto& name : batch.forget)
      std::erase_if(progress_, [&](const auto& known) { return known.segment == name; });
  }
  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{folder_.path()})
      ++count;
    return count;
  }

  temporary_folder folder_;
  std::vector<storage::segment_progress> progress_;
  std::vector<core::result_status> results_;
};

} // namespace logos::test
