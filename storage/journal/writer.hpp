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
  std::atomic<std::uint64_t> used_bytes{0};  // of all segment files of this run
  std::atomic<std::uint64_t> refused{0};     // rows lost because no space could be had
  std::atomic<std::uint64_t> shortened{0};   // rows written without their bodies
  std::atomic<std::uint64_t> turned_away{0}; // requests that were not begun for want of room
  std::atomic<std::uint64_t> stalls{0};
};

class journal_writer;

/// Room in a journal that is kept for rows still to come; what is left of it ends with it. On the writer's thread, and
/// outlived by the writer.
class journal_room {
public:
  journal_room() = default;
  ~journal_room();
  journal_room(const journal_room&) = delete;
  journal_room& operator=(const journal_room&) = delete;

  /// Makes it room for `rows` rows in `in`, always the same. False when there is no space for them: it stays as it was,
  /// and the request is counted in `turned_away`, so that a row of its refusal is no loss.
  bool grow_to(journal_writer& in, std::uint32_t rows) noexcept;

private:
  friend class journal_writer;
  journal_writer* in_ = nullptr;
  std::uint32_t rows_ = 0;
  bool turned_away_ = false; // its request was counted so
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

  /// What a row takes at most when all is left out that need not be billed; room is reserved in such rows.
  static constexpr std::size_t row_bound = 2048;

  /// False when no space can be had (counted in `turned_away`, since nothing may begin without it): the disk is full or
  /// the journal has reached its limit. What is reserved is never taken for it.
  bool append(const begun& record) noexcept;
  /// Likewise, of a record that no request waits for, and without which nothing is lost but its news: one that finds no
  /// space is not counted.
  bool note(const begun& record) noexcept;
  /// Likewise; never false when `room` has a row left, which it takes. What finds no space is tried without what need
  /// not be billed (counted in `shortened`); what finds none even so is lost (counted in `refused`).
  bool append(const billed& record, journal_room* room = nullptr) noexcept;
  /// Likewise. Below log level FULL only what is billed. Payloads that find no space, or together have more than 64
  /// MiB, are left out and replaced by a short JSON note.
  bool append(const finished& record, journal_room* room = nullptr) noexcept;

private:
  friend class journal;
  friend class journal_room;
  friend class journal_tail;

  /// Leaves room for `reserved` rows. False: there is no such space.
  template <class Record>
  bool put(const Record& record, std::uint64_t reserved) noexcept;
  bool place(const finished& record, journal_room* room) noexcept;
  bool reserve(std::uint32_t rows) noexcept;
  bool fits_here(std::size_t bytes, std::uint64_t reserved) const noexcept;
  bool fits_behind(std::size_t bytes, std::uint64_t reserved) const noexcept;
  bool make_room(std::size_t bytes, std::uint64_t reserved) noexcept;
  std::uint64_t rows_here() const noexcept;
  /// In segments that are ready and empty.
  std::uint64_t rows_behind() const noexcept;
  segment* next_behind() const noexcept;
  void change_to(segment* next) noexcept;
  /// One more segment, made by this thread; null when there is no space.
  segment* make_own(std::size_t bytes) noexcept;
  bool keep_more() noexcept;
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
  std::uint64_t reserved_ = 0; // rows; there is always room for as many of `row_bound`
  std::uint32_t failed_in_a_row_ = 0;
  std::vector<segment*> kept_; // ready and empty beside the spare, oldest first: the spare was not room enough
  /// Ready and empty; put there by STORAGE, taken by the writer.
  std::atomic<segment*> spare_{nullptr};
  /// A stack; pushed by either thread, taken as a whole by STORAGE's.
  std::atomic<segment*> made_{nullptr};
};

} // namespace logos::storage
