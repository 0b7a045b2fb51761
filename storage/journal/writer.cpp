// SPDX-License-Identifier: MIT
#include "storage/journal/writer.hpp"

#include "core/fault_point.hpp"
#include "storage/journal/codec.hpp"
#include "storage/journal/segment.hpp"

#include <cstdio>

namespace logos::storage {
namespace {

constexpr std::size_t payload_limit = std::size_t{64} << 20;
constexpr std::string_view too_large = R"({"logos":"left out: too large to log"})";

} // namespace

journal_writer::journal_writer(journal_pool& pool, unsigned number) : pool_{pool}, number_{number} {}

journal_writer::~journal_writer() {
  if (current_ != nullptr) current_->seal();
}

segment* journal_writer::make(std::size_t bytes, bool prefault) noexcept {
  if (pool_.used_bytes.load(std::memory_order_relaxed) + bytes > pool_.limit_bytes) return nullptr;
  try {
    char tail[40];
    std::snprintf(tail, sizeof tail, ".%03u.%08u", number_, sequence_.fetch_add(1) + 1);
    auto made =
        segment::create(pool_.directory / (pool_.run + tail + std::string{segment::extension}), bytes, prefault);
    if (!made) return nullptr;
    pool_.used_bytes += bytes;
    segment* const fresh = made->get();
    fresh->unadopted = std::move(*made);
    fresh->next_made = made_.load(std::memory_order_relaxed);
    while (!made_.compare_exchange_weak(fresh->next_made, fresh, std::memory_order_release)) {
    }
    return fresh;
  } catch (const std::exception&) { // no memory
    return nullptr;
  }
}

void journal_writer::prepare() {
  if (spare_.load(std::memory_order_acquire) == nullptr)
    if (auto* const made = make(pool_.segment_bytes, true)) spare_.store(made, std::memory_order_release);
}

std::vector<std::shared_ptr<segment>> journal_writer::adopt() {
  std::vector<std::shared_ptr<segment>> adopted;
  for (auto* each = made_.exchange(nullptr, std::memory_order_acquire); each != nullptr;) {
    auto* const next = each->next_made;
    adopted.push_back(std::move(each->unadopted));
    each = next;
  }
  return adopted;
}

bool journal_writer::make_room(std::size_t bytes) noexcept {
  const bool oversized = bytes + segment::header_bytes > pool_.segment_bytes;
  segment* next = oversized ? nullptr : spare_.exchange(nullptr, std::memory_order_acq_rel);
  // A full disk is not asked again for each record.
  if (next == nullptr && refused_in_a_row_ % 64 == 0) {
    next = make(oversized ? bytes + segment::header_bytes : pool_.segment_bytes, false);
    if (next != nullptr) pool_.stalls.fetch_add(1, std::memory_order_relaxed);
  }
  if (next == nullptr) {
    ++refused_in_a_row_;
    pool_.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  refused_in_a_row_ = 0;
  if (current_ != nullptr) current_->seal(); // from here on it is the tail's alone
  current_ = next;
  offset_ = segment::header_bytes;
  return true;
}

template <class Record>
bool journal_writer::put(const Record& record) noexcept {
  const auto size = encoded_size(record);
  if ((current_ == nullptr || current_->size() - offset_ < size) && !make_room(size)) return false;
  encode(record, current_->data() + offset_, current_->salt());
  offset_ += size;
  core::fault_point("journal.encoded");
  current_->commit(offset_);
  appended_.store(appended_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return true;
}

bool journal_writer::append(const begun& record) noexcept { return put(record); }

bool journal_writer::append(const billed& record) noexcept { return put(finished{record, {}, {}, {}, {}, {}}); }

bool journal_writer::append(const finished& record) noexcept {
  if (record.log != core::log_level::full) return append(static_cast<const billed&>(record));
  if (record.input_payload.size() + record.response_payload.size() <= payload_limit) return put(record);
  auto lighter = record;
  if (!lighter.input_payload.empty()) lighter.input_payload = too_large;
  if (!lighter.response_payload.empty()) lighter.response_payload = too_large;
  return put(lighter);
}

} // namespace logos::storage
