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
constexpr std::string_view no_room = R"({"logos":"left out: the journal had no room"})";

/// How many rows of the greatest size an empty segment takes.
std::uint64_t rows_of(const segment& empty) {
  return (empty.size() - segment::header_bytes) / journal_writer::row_bound;
}

void leave_out_bodies(finished& row, std::string_view note) noexcept {
  if (!row.input_payload.empty()) row.input_payload = note;
  if (!row.response_payload.empty()) row.response_payload = note;
}

/// At most `most` bytes, and no half of a character.
void clip(std::string_view& text, std::size_t most) noexcept {
  if (text.size() <= most) return;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
    --most;
  text = text.substr(0, most);
}

constexpr std::size_t most_path = 256, most_node = 64, most_error = 192, most_dataset = 128, most_decision = 128,
                      most_counts = 256, most_versions = 192;
// Facts, fourteen texts with their lengths, four notes, and the frame.
static_assert(sizeof(finished_facts) + 8 + 14 * 5 + most_path + most_node + most_error + most_dataset + most_decision +
                  most_counts + most_versions + 4 * no_room.size() + 16 + 8 <=
              journal_writer::row_bound);

/// What is left is at most `row_bound`, and is all that is billed by.
void leave_out_texts(finished& row) noexcept {
  row.headers = row.client_ip = row.features = {};
  for (auto* json : {&row.metadata, &row.classification_statistics})
    if (!json->empty()) *json = no_room;
  clip(row.path, most_path);
  clip(row.node, most_node);
  clip(row.error_message, most_error);
  clip(row.dataset, most_dataset);
  clip(row.decision, most_decision);
  if (row.own_counts.size() > most_counts) row.own_counts = {}; // more than a dozen types in one request
  if (row.price_versions.size() > most_versions) row.price_versions = {};
}

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

std::uint64_t journal_writer::rows_here() const noexcept {
  return current_ == nullptr ? 0 : (current_->size() - offset_) / row_bound;
}

std::uint64_t journal_writer::rows_behind() const noexcept {
  std::uint64_t rows = 0;
  if (const auto* spare = spare_.load(std::memory_order_acquire)) rows = rows_of(*spare);
  for (const auto* each : kept_)
    rows += rows_of(*each);
  return rows;
}

/// The tail reads segments in the order of their names.
segment* journal_writer::next_behind() const noexcept {
  auto* const spare = spare_.load(std::memory_order_acquire);
  if (kept_.empty()) return spare;
  return spare == nullptr || kept_.front()->name() < spare->name() ? kept_.front() : spare;
}

bool journal_writer::fits_here(std::size_t bytes, std::uint64_t reserved) const noexcept {
  if (current_ == nullptr || current_->size() - offset_ < bytes) return false;
  const auto left = (current_->size() - offset_ - bytes) / row_bound;
  return left >= reserved || left + rows_behind() >= reserved;
}

bool journal_writer::fits_behind(std::size_t bytes, std::uint64_t reserved) const noexcept {
  const auto* next = next_behind();
  if (next == nullptr || next->size() - segment::header_bytes < bytes) return false;
  const auto left = (next->size() - segment::header_bytes - bytes) / row_bound;
  return left + rows_behind() - rows_of(*next) >= reserved;
}

void journal_writer::change_to(segment* next) noexcept {
  if (next == spare_.load(std::memory_order_relaxed)) {
    spare_.store(nullptr, std::memory_order_release);
    failed_in_a_row_ = 0; // STORAGE has found space
  } else if (!kept_.empty() && next == kept_.front()) {
    kept_.erase(kept_.begin());
  }
  if (current_ != nullptr) current_->seal(); // from here on it is the tail's alone
  current_ = next;
  offset_ = segment::header_bytes;
}

segment* journal_writer::make_own(std::size_t bytes) noexcept {
  // A full disk is not asked again for each record.
  if (failed_in_a_row_ % 64 != 0) return ++failed_in_a_row_, nullptr;
  auto* const made = make(bytes, false);
  if (made == nullptr) return ++failed_in_a_row_, nullptr;
  failed_in_a_row_ = 0;
  pool_.stalls.fetch_add(1, std::memory_order_relaxed);
  return made;
}

bool journal_writer::keep_more() noexcept {
  try {
    kept_.reserve(kept_.size() + 1);
  } catch (const std::exception&) { // no memory
    return false;
  }
  auto* const made = make_own(pool_.segment_bytes);
  if (made == nullptr) return false;
  kept_.push_back(made);
  return true;
}

bool journal_writer::make_room(std::size_t bytes, std::uint64_t reserved) noexcept {
  if (bytes + segment::header_bytes > pool_.segment_bytes) { // it gets one of its own
    while (rows_behind() < reserved)
      if (!keep_more()) return false;
    auto* const made = make_own(bytes + segment::header_bytes);
    if (made == nullptr) return false;
    change_to(made);
    return true;
  }
  for (;;) {
    if (fits_behind(bytes, reserved)) {
      change_to(next_behind());
      return true;
    }
    if (!keep_more()) return false;
    if (fits_here(bytes, reserved)) return true;
  }
}

bool journal_writer::reserve(std::uint32_t rows) noexcept {
  const auto wanted = reserved_ + rows;
  while (rows_here() < wanted && rows_here() + rows_behind() < wanted)
    if (!keep_more()) {
      pool_.turned_away.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
  reserved_ = wanted;
  return true;
}

template <class Record>
bool journal_writer::put(const Record& record, std::uint64_t reserved) noexcept {
  const auto size = encoded_size(record);
  if (!fits_here(size, reserved) && !make_room(size, reserved)) return false;
  encode(record, current_->data() + offset_, current_->salt());
  offset_ += size;
  core::fault_point("journal.encoded");
  current_->commit(offset_);
  appended_.store(appended_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return true;
}

bool journal_writer::place(const finished& record, journal_room* room) noexcept {
  const bool own = room != nullptr && room->rows_ != 0;
  const auto others = reserved_ - (own ? 1 : 0);
  bool done = put(record, others);
  if (!done) {
    auto lighter = record;
    leave_out_bodies(lighter, no_room);
    done = put(lighter, others);
    if (!done) {
      leave_out_texts(lighter);
      done = put(lighter, others);
    }
    if (done) pool_.shortened.fetch_add(1, std::memory_order_relaxed);
  }
  if (!done) {
    if (room == nullptr || !room->turned_away_) pool_.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (own) {
    --room->rows_;
    --reserved_;
  }
  return true;
}

bool journal_writer::append(const begun& record) noexcept {
  if (put(record, reserved_)) return true;
  pool_.turned_away.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool journal_writer::note(const begun& record) noexcept { return put(record, reserved_); }

bool journal_writer::append(const billed& record, journal_room* room) noexcept {
  return place(finished{record, {}, {}, {}, {}, {}}, room);
}

bool journal_writer::append(const finished& record, journal_room* room) noexcept {
  if (record.log != core::log_level::full) return append(static_cast<const billed&>(record), room);
  if (record.input_payload.size() + record.response_payload.size() <= payload_limit) return place(record, room);
  auto lighter = record;
  leave_out_bodies(lighter, too_large);
  return place(lighter, room);
}

journal_room::~journal_room() {
  if (in_ != nullptr) in_->reserved_ -= rows_;
}

bool journal_room::grow_to(journal_writer& in, std::uint32_t rows) noexcept {
  if (rows <= rows_) return true;
  if (!in.reserve(rows - rows_)) {
    turned_away_ = true;
    return false;
  }
  in_ = &in;
  rows_ = rows;
  return true;
}

} // namespace logos::storage
