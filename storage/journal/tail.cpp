// SPDX-License-Identifier: MIT
#include "storage/journal/tail.hpp"

#include "core/fault_point.hpp"
#include "storage/journal/codec.hpp"
#include "storage/journal/segment.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace logos::storage {
namespace {

constexpr std::size_t batch_byte_limit = std::size_t{16} << 20;

/// Names are `run.writer.sequence.journal`: what is before the sequence is read in order.
std::string_view writer_of(std::string_view name) {
  name.remove_suffix(segment::extension.size());
  return name.substr(0, name.rfind('.'));
}

} // namespace

/// How far a segment was read.
struct journal_tail::cursor {
  std::shared_ptr<segment> on;
  bool earlier = false; // of another run
  bool carrier = false; // ours, only to be read after a crash
  std::uint64_t read = segment::header_bytes;
  std::uint64_t in_database = 0; // rows of records before it are there
  bool noted = false;            // the database knows this segment
  bool in_batch = false;         // the batch that is out has rows of it
  bool at_end = false;
  bool in_gap = false; // what cannot be read is counted once
  bool damage_told = false;
  std::size_t open = 0; // requests begun here and not finished
};

/// A request that has begun, as its newest record tells.
struct journal_tail::opening {
  begun record;
  std::string dataset; // the record's, which outlives the segment; likewise:
  std::string price_versions;
  cursor* in = nullptr;
  bool settling = false; // its row is in the batch that is out
};

journal_tail::journal_tail(journal& of, const std::vector<segment_progress>& progress) : journal_{of} {
  if (auto made = of.new_writer()) carrier_ = *made;
  open_earlier(progress);
}

journal_tail::~journal_tail() = default;

std::size_t journal_tail::open_requests() const { return open_.size(); }

void journal_tail::open_earlier(const std::vector<segment_progress>& progress) {
  std::error_code failed;
  const auto own = journal_.options_.run + ".";
  for (const auto& entry : std::filesystem::directory_iterator{journal_.options_.directory, failed}) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(segment::extension) || name.starts_with(own)) continue;
    if (entry.file_size(failed) < segment::header_bytes) { // its maker died before it was one
      std::filesystem::remove(entry.path(), failed);
      continue;
    }
    auto found = segment::open(entry.path());
    if (!found) {
      spdlog::error("{}: left alone", found.error().message);
      continue;
    }
    auto made = std::make_unique<cursor>();
    made->on = std::move(*found);
    made->earlier = true;
    if (made->on->repaired())
      spdlog::warn("journal {}: its header was damaged; what can be read of its records is read", name);
    for (const auto& known : progress)
      if (known.segment == name) {
        made->in_database = known.offset;
        made->noted = true;
      }
    cursors_.emplace(name, std::move(made));
  }
}

void journal_tail::follow_new() {
  for (auto& each : journal_.live_segments()) {
    auto& known = cursors_[each->name()];
    if (known) continue;
    known = std::make_unique<cursor>();
    known->on = each;
    known->carrier = carrier_ != nullptr && writer_of(each->name()).ends_with([&] {
      char number[8];
      std::snprintf(number, sizeof number, ".%03u", carrier_->number_);
      return std::string{number};
    }());
  }
}

journal_batch journal_tail::next(std::size_t max_rows) {
  journal_batch batch;
  batch.rows = std::exchange(spare_, {});
  batch_bytes_ = 0;
  follow_new();
  batch.cut_short = !read_all(batch, max_rows);
  if (earlier_done_ && !settle_earlier(batch, max_rows)) batch.cut_short = true;
  retire(batch);
  batch.objects = std::exchange(objects_, {});
  std::uint64_t pending = 0;
  for (auto& [name, c] : cursors_) {
    if (c->in_batch) {
      batch.progress.push_back({name, c->read});
      batch.pins.push_back(c->on);
    }
    if (!c->carrier) pending += c->on->committed() - std::min(c->on->committed(), c->read);
  }
  journal_.pending_.store(pending + batch_bytes_, std::memory_order_relaxed);
  return batch;
}

/// One writer's segments after the other, beginning with the writer whose turn it is, so that none is starved by a busy
/// one.
bool journal_tail::read_all(journal_batch& batch, std::size_t max_rows) {
  const auto first = cursors_.lower_bound(turn_);
  std::vector<cursor*> order;
  for (auto c = first; c != cursors_.end(); ++c)
    order.push_back(c->second.get());
  for (auto c = cursors_.begin(); c != first; ++c)
    order.push_back(c->second.get());
  // What earlier runs left is read before anything else.
  std::stable_partition(order.begin(), order.end(), [](const cursor* c) { return c->earlier; });
  for (auto* c : order) {
    if (c->carrier || read(*c, batch, max_rows)) continue;
    // The next batch begins after this writer: ':' comes behind the '.' that its names go on with.
    turn_ = std::string{writer_of(c->on->name())} + ':';
    return false;
  }
  earlier_done_ = true;
  return true;
}

bool journal_tail::read(cursor& c, journal_batch& batch, std::size_t max_rows) {
  const bool sealed = c.earlier || c.on->sealed(); // before `committed`, which is final then
  const auto committed = c.on->committed();
  const auto limit = c.earlier ? c.on->size() : committed;
  while (c.read < limit) {
    if (batch.rows.size() >= max_rows || batch_bytes_ >= batch_byte_limit) return false;
    const auto rest = c.on->bytes(c.read, limit);
    if (const auto found = read_frame(rest, c.on->salt())) {
      c.in_gap = false;
      const auto at = c.read;
      c.read += found->size;
      take(c, *found, at, batch);
      continue;
    }
    // After a power loss a page may be missing in the middle: look on for the next whole record.
    if ((!is_blank(rest) || c.read < committed) && !c.in_gap) {
      c.in_gap = true;
      lose(c);
    }
    // What nobody has written to is most of a segment: passed over at once, up to the word before the next record.
    c.read = std::min<std::uint64_t>(c.read + std::max<std::size_t>(blank_size(rest), 16) - 8, limit);
  }
  c.at_end = sealed;
  return true;
}

void journal_tail::take(cursor& c, const frame& found, std::uint64_t at, journal_batch& batch) {
  if (found.type == record_type::begun) {
    if (const auto record = decode_begun(found)) open_request(c, *record);
    return;
  }
  if (found.type != record_type::finished) return; // of a newer program
  const auto record = decode_finished(found);
  if (!record) return lose(c);
  if (const auto opened = open_.find(record->request_id); opened != open_.end()) {
    --opened->second.in->open;
    open_.erase(opened);
  }
  if (at < c.in_database) return;
  batch.rows.push_back(*record);
  batch_bytes_ += found.size;
  c.in_batch = true;
}

void journal_tail::lose(cursor& c) {
  ++torn_;
  journal_.torn_.fetch_add(1, std::memory_order_relaxed);
  if (!std::exchange(c.damage_told, true))
    spdlog::warn("journal {}: a record is torn and lost; the rest of the segment is read", c.on->name());
}

void journal_tail::open_request(cursor& c, const begun& record) {
  auto [at, fresh] = open_.try_emplace(record.request_id, opening{});
  auto& known = at->second;
  // A stream may go on for long, and other nodes are asked for what it makes meanwhile.
  if (!record.stored_object.nil() && record.stored_object != known.record.stored_object)
    objects_.push_back({{record.stored_object, {record.ids.process_id, record.owner.user_id, record.owner.service_id}},
                        record.timestamp_request});
  if (!fresh) {
    if (!record.is_after(known.record)) return; // carried over
    --known.in->open;                           // what was there before is not needed any more
  }
  known.record = record;
  known.dataset = record.dataset;
  known.price_versions = record.price_versions;
  known.record.dataset = known.dataset;
  known.record.price_versions = known.price_versions;
  known.in = &c;
  ++c.open;
}

bool journal_tail::settle_earlier(journal_batch& batch, std::size_t max_rows) {
  for (auto& [id, each] : open_) {
    if (!each.in->earlier || each.settling) continue;
    if (batch.rows.size() >= max_rows) return false;
    batch.rows.push_back(settle_as_partial(each.record));
    each.settling = true;
    ++settled_;
  }
  return true;
}

/// Lets go of segments that are read to their end, whose rows are in the database, and where nothing is open.
void journal_tail::retire(journal_batch& batch) {
  for (auto c = cursors_.begin(); c != cursors_.end();) {
    auto& each = *c->second;
    const auto here = c++;
    if (each.carrier ? !each.on->sealed() : !each.at_end) continue;
    if (each.in_batch || (each.earlier && !earlier_done_)) continue;
    if (each.open > 0 && (each.earlier || !carry_over(each))) continue;
    if (each.noted)
      batch.forget.push_back(here->first);
    else
      erase(here);
  }
}

/// A long request must not keep its whole segment: its `begun` is written once more, elsewhere.
bool journal_tail::carry_over(cursor& c) {
  if (carrier_ == nullptr || c.carrier) return false;
  for (auto& [id, each] : open_) {
    if (each.in != &c) continue;
    if (!carrier_->note(each.record)) return false; // its own segment stays, then
    follow_new();
    each.in = cursors_.at(carrier_->current_->name()).get();
    ++each.in->open;
    --c.open;
  }
  return c.open == 0;
}

void journal_tail::recycle(journal_batch&& spent) {
  spare_ = std::move(spent.rows);
  spare_.clear();
}

void journal_tail::done(const journal_batch& batch) {
  for (const auto& row : batch.rows) {
    const auto opened = open_.find(row.request_id);
    if (opened == open_.end() || !opened->second.settling) continue;
    --opened->second.in->open;
    open_.erase(opened);
  }
  for (const auto& each : batch.progress) {
    auto& c = *cursors_.at(each.segment);
    c.in_database = each.offset;
    c.noted = true;
    c.in_batch = false;
  }
  if (!batch.forget.empty()) core::fault_point("journal.forgotten");
  for (const auto& name : batch.forget)
    erase(cursors_.find(name));
}

void journal_tail::erase(cursors::iterator c) {
  if (c == cursors_.end()) return;
  c->second->on->unlink();
  journal_.drop(c->first);
  cursors_.erase(c);
}

} // namespace logos::storage
