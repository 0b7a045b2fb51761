// SPDX-License-Identifier: MIT
#pragma once
#include "storage/result.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace logos::storage {

/// A mapped file of records. One thread appends, one reads; they meet in `committed` and `sealed`.
class segment {
public:
  static constexpr std::size_t header_bytes = 4096;
  static constexpr std::string_view extension = ".journal";

  /// A new file of `bytes`, all of it allocated on disk, so that writing to it never fails. `prefault`: its pages are
  /// made now.
  static result<std::shared_ptr<segment>> create(const std::filesystem::path& file, std::size_t bytes, bool prefault);
  /// One that another process left behind, to be read.
  static result<std::shared_ptr<segment>> open(const std::filesystem::path& file);
  ~segment();
  segment(const segment&) = delete;
  segment& operator=(const segment&) = delete;

  const std::string& name() const { return name_; }
  /// Its header was damaged, and was made good when it was opened.
  bool repaired() const { return repaired_; }
  std::size_t size() const { return size_; }
  char* data() { return base_; }
  std::string_view bytes(std::uint64_t from, std::uint64_t to) const { return {base_ + from, to - from}; }

  /// Starts its records' checksums.
  std::uint32_t salt() const { return head().salt; }

  /// Where the next record goes; what is before it is whole.
  std::uint64_t committed() const { return head().committed.load(std::memory_order_acquire); }
  void commit(std::uint64_t offset) { head().committed.store(offset, std::memory_order_release); }
  /// Nothing will be appended any more.
  bool sealed() const { return head().sealed.load(std::memory_order_acquire) != 0; }
  void seal() { head().sealed.store(1, std::memory_order_release); }

  /// Blocks until the disk has what was committed before the call, unless it had it already.
  void sync();
  void unlink();

  segment* next_made = nullptr;         // in its writer's list of new segments
  std::shared_ptr<segment> unadopted{}; // keeps it alive until the journal has taken it over

private:
  struct header {
    char magic[8];
    std::uint64_t bytes;
    std::atomic<std::uint64_t> committed;
    std::atomic<std::uint32_t> sealed;
    std::uint32_t salt;
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(header) <= header_bytes);

  segment(std::filesystem::path file, int descriptor, char* base, std::size_t size);
  header& head() { return *reinterpret_cast<header*>(base_); }
  const header& head() const { return *reinterpret_cast<const header*>(base_); }

  std::filesystem::path file_;
  std::string name_;
  int descriptor_;
  char* base_;
  std::size_t size_;
  std::uint64_t synced_ = 0;
  bool repaired_ = false;
};

} // namespace logos::storage
