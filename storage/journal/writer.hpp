// SPDX-License-Identifier: MIT
#pragma once
#include "storage/records.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

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
  /// Likewise. Payloads together above 64 MiB are left out and replaced by a short JSON note.
  bool append(const finished& record) noexcept;

private:
  friend class journal;
  friend class journal_tail;
  bool reserve(std::size_t bytes) noexcept;
  std::shared_ptr<segment> make(std::size_t bytes) noexcept;
  /// On STORAGE's thread: makes the spare if it was taken, and moves the segments made since to `to`.
  void prepare();

  journal_pool& pool_;
  const unsigned number_;
  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<std::uint64_t> appended_{0};
  segment* current_ = nullptr;
  /// Ready and empty; put there by STORAGE, taken by the writer.
  std::atomic<segment*> spare_{nullptr};
  /// Segments that the tail does not know yet, newest first; pushed by either thread, taken as a whole by STORAGE's.
  std::atomic<segment*> made_{nullptr};
};

} // namespace logos::storage
