// SPDX-License-Identifier: MIT
#pragma once
#include "storage/records.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace logos::storage {

class segment;

/// What all writers of a journal share. The counters may be read by any thread.
struct journal_pool {
  std::filesystem::path directory;
  std::string run;
  std::size_t segment_bytes = 0;
  std::uint64_t limit_bytes = 0;
  std::atomic<std::uint64_t> used_bytes{0}; // of all segment files of this run
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> stalls{0};
};

/// Appends records to memory-mapped segment files: no lock, no system call, no allocation, unless a record is larger
/// than a segment or the next segment is not ready. What was appended survives the death of the process at once. One
/// thread.
class journal_writer {
public:
  journal_writer(journal_pool& pool, unsigned number);
  ~journal_writer();
  journal_writer(const journal_writer&) = delete;
  journal_writer& operator=(const journal_writer&) = delete;

  /// False when no space can be had (counted in `refused`): the disk is full or the journal has reached its limit.
  bool append(const begun& record) noexcept;
  /// Likewise.
  bool append(const billed& record) noexcept;
  /// Likewise. Below log level FULL only what is billed. Payloads together above 64 MiB are left out and replaced by a
  /// short JSON note.
  bool append(const finished& record) noexcept;

private:
  friend class journal;
  friend class journal_tail;

  template <class Record>
  bool put(const Record& record) noexcept;
  bool make_room(std::size_t bytes) noexcept;
  /// Any thread; the segment is known to STORAGE through `made_`.
  segment* make(std::size_t bytes, bool prefault) noexcept;
  /// Makes the spare if it was taken. STORAGE's thread.
  void prepare();
  /// The segments made since the last call. STORAGE's thread.
  std::vector<std::shared_ptr<segment>> adopt();

  journal_pool& pool_;
  const unsigned number_;
  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<std::uint64_t> appended_{0};
  segment* current_ = nullptr;
  std::uint64_t offset_ = 0;
  std::uint32_t refused_in_a_row_ = 0;
  /// Ready and empty; put there by STORAGE, taken by the writer.
  std::atomic<segment*> spare_{nullptr};
  /// A stack; pushed by either thread, taken as a whole by STORAGE's.
  std::atomic<segment*> made_{nullptr};
};

} // namespace logos::storage
