// SPDX-License-Identifier: MIT
#include "storage/journal/segment.hpp"

#include "core/uuid.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace logos::storage {
namespace {

constexpr char magic[8] = {'L', 'O', 'G', 'O', 'S', 'J', '0', '1'};

core::failure broken(const std::filesystem::path& file, std::string_view what, int error) {
  return {core::ec::storage_away,
          "journal " + file.string() + ": cannot " + std::string{what} + ": " + std::strerror(error)};
}

void prefault_pages(char* base, std::size_t size) {
#ifdef MADV_POPULATE_WRITE
  if (madvise(base, size, MADV_POPULATE_WRITE) == 0) return;
#endif
  for (std::size_t at = 0; at < size; at += 4096)
    const_cast<volatile char*>(base)[at] = 0;
}

} // namespace

segment::segment(std::filesystem::path file, int descriptor, char* base, std::size_t size)
    : file_{std::move(file)},
      name_{file_.filename().string()},
      descriptor_{descriptor},
      base_{base},
      size_{size} {}

segment::~segment() {
  munmap(base_, size_);
  ::close(descriptor_);
}

result<std::shared_ptr<segment>> segment::create(const std::filesystem::path& file, std::size_t bytes, bool prefault) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return broken(file, "make it", errno);
  const auto give_up = [&](std::string_view what, int error) {
    ::close(descriptor);
    ::unlink(file.c_str());
    return broken(file, what, error);
  };
  if (const int error = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)); error != 0)
    return give_up("get disk space for it", error);
  void* const base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) return give_up("map it", errno);
  if (prefault) prefault_pages(static_cast<char*>(base), bytes);
  std::shared_ptr<segment> made{new segment{file, descriptor, static_cast<char*>(base), bytes}};
  auto& head = made->head();
  std::memcpy(head.magic, magic, sizeof magic);
  head.bytes = bytes;
  head.salt = static_cast<std::uint32_t>(core::random_seed());
  made->commit(header_bytes);
  return made;
}

result<std::shared_ptr<segment>> segment::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return broken(file, "open it", errno);
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0 || facts.st_size < static_cast<off_t>(header_bytes)) {
    ::close(descriptor);
    return broken(file, "read it", EINVAL);
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  void* const base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) {
    const int error = errno;
    ::close(descriptor);
    return broken(file, "map it", error);
  }
  std::shared_ptr<segment> found{new segment{file, descriptor, static_cast<char*>(base), size}};
  // A file whose header never reached the disk has no records either, or has them where the reader looks for them.
  if (std::memcmp(found->head().magic, magic, sizeof magic) != 0 || found->committed() < header_bytes ||
      found->committed() > size) {
    // A blank one was being made when its maker died: nothing is damaged.
    const auto start = found->bytes(0, std::min(size, header_bytes + 64));
    found->repaired_ = start.find_first_not_of('\0') != start.npos;
    found->commit(header_bytes);
  }
  return found;
}

void segment::sync() {
  const auto upto = committed();
  if (upto == synced_) return;
  // Only what has been written: the blank pages behind it, written back with it, would fault again at their first
  // record, on the I/O thread that appends it.
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const auto from = synced_ / page * page;
  if (msync(base_ + from, upto - from, MS_SYNC) != 0) return;
  synced_ = upto;
}

void segment::unlink() { ::unlink(file_.c_str()); }

} // namespace logos::storage
