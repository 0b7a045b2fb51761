// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/line.hpp"
#include "actors/scheduling/places.hpp"
#include "actors/scheduling/ranking.hpp"
#include "actors/scheduling/shares.hpp"
#include "actors/scheduling/waiting.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace logos::scheduling {

enum class admission : std::uint8_t { queued, lane_full, key_full, known };

/// Who waits at one provider and who is next. This is the ordering policy; the SCHEDULER knows no other.
///
/// * A ticket begins at the level of its priority and mode (`ranking`), and rises a level whenever it has been at one
///   for some paces. The first level where anybody waits goes first: so priority is a head start, and nobody is passed
///   for ever.
/// * At a level keys have fair shares by tokens, over all lanes (`shares`).
/// * Of one key at one level whoever came first goes first, but a large ticket counts as having come some paces later.
///   Of those that are of about one size nobody is passed by one that came later, however pace and usual size change.
/// * Whoever has waited for some paces and has few left goes before others of its level, at most every second time, and
///   only while its key has not had much more than its share: asking for little time gains nothing.
/// * A lane without a free place, or which `admits` closes, is passed by.
///
/// Every operation is logarithmic in what waits, `next` also linear in the lanes. One thread.
class queue {
public:
  /// Waiting tickets per deployment and per key; 0 means no limit.
  void bound(std::uint32_t per_lane, std::uint32_t per_key);
  /// What a call takes here, or loading a model where that takes longer; for those who come from now on. At least
  /// `ranking::shortest_pace`.
  void pace(std::chrono::microseconds learned);

  /// What has to happen until a ticket that a bound stood against would be let in.
  struct vacancy {
    std::size_t leave = 0;  // so many must leave, of its lane or of its key
    std::size_t grants = 0; // so many get a place until then, as things are now, whoever they are
  };
  /// Of a ticket that `push` has just refused with `lane_full`, or `key_full`. Each who is refused has a turn of its
  /// own: they are not all told of the next who leaves. A turn is over when somebody has left, come back or not; there
  /// are as many as who wait, so that whoever asks again and again makes nobody wait for longer than the whole queue.
  vacancy room_for(const waiting& refused, admission why) const;

  /// Queues a ticket unless a bound stands against it. `bounded` false: it was admitted before and only comes again.
  /// A ticket that waits already keeps its place and answers to the new requester under the new number.
  admission push(const waiting& ticket, bool bounded = true);
  /// Takes out whoever gets the next place, if a place is free for anybody who waits. Taking the place is the caller's.
  /// `admits`: lanes that may be served at all; empty: every one.
  std::optional<waiting> next(const places& free, core::steady_time now,
                              const std::function<bool(lane)>& admits = nullptr);
  /// Takes a ticket out. Nothing if it does not wait.
  std::optional<waiting> withdraw(const core::uuid& request, lane l);
  /// Takes out one whose deadline has come.
  std::optional<waiting> expire(core::steady_time now);
  /// Takes out all that `wanted` says yes to, in order of their deadlines. Linear.
  std::vector<waiting> remove_if(const std::function<bool(const waiting&)>& wanted);

  /// A ticket that waits; null if it does not. Until the next change.
  const waiting* find(const core::uuid& request, lane l) const;
  std::size_t size() const { return index_.size(); }
  bool empty() const { return index_.empty(); }
  std::size_t size(lane l) const { return l < lanes_.size() ? lanes_[l].size : 0; }
  /// Of one key (process).
  std::size_t size_of_key(std::int64_t process_id) const;
  std::optional<core::steady_time> next_deadline() const;

  /// When the one came that has waited longest for a lane; of those at the first `levels` levels.
  std::optional<core::steady_time> first(lane l, ranking::level levels = ranking::levels) const;
  /// What all who wait for a lane have waited, together; of those at the first `levels` levels.
  std::chrono::microseconds waited(lane l, core::steady_time now, ranking::level levels = ranking::levels) const;
  /// What they will take, as estimated.
  std::uint64_t tokens(lane l) const { return l < lanes_.size() ? lanes_[l].tokens : 0; }

  /// Who is before a ticket at its lane, as things are now.
  struct standing {
    ranking::level level = 0;
    std::size_t before = 0;     // at levels above, and those at its own that are next
    std::size_t own_before = 0; // of these, of the same key
  };
  /// Nothing if it does not wait. Linear in who waits for the lane.
  std::optional<standing> position(const core::uuid& request, lane l) const;

  /// A ticket that waits, and the level that it has come to.
  struct placed {
    const waiting* ticket = nullptr; // until the next change
    ranking::level level = 0;
  };
  /// Who waits for a lane, who is before whom as things are now.
  std::vector<placed> in_order(lane l) const;

private:
  using slot = line::slot;
  struct entry {
    waiting ticket{};
    std::uint32_t cost = 0; // in tokens
    line::place standing{};
    core::steady_time rises = core::steady_time::max();
    core::steady_time hastens = core::steady_time::max();
    ranking::level level = 0;
    bool hasty = false;
    core::steady_time turn() const { return std::min(rises, hastens); }
  };
  struct lane_row {
    scheduling::line line{};
    std::array<std::set<std::pair<core::steady_time, slot>>, ranking::levels> arrivals{};
    std::array<std::chrono::microseconds, ranking::levels> arrived_sum{}; // since `origin_`
    std::size_t size = 0;
    std::uint64_t tokens = 0;
    std::size_t turned_away = 0; // for want of room here, and since then nobody has left in their stead
  };
  struct key_row {
    std::size_t size = 0;
    std::size_t turned_away = 0;
  };
  struct key {
    core::uuid request;
    scheduling::lane lane;
    bool operator==(const key&) const = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept { return core::uuid_hash{}(k.request) + k.lane; }
  };

  static constexpr std::uint64_t usual_of = 16;

  std::uint32_t usual() const { return static_cast<std::uint32_t>(usual_sum_ / usual_of); }
  slot make_slot();
  std::chrono::microseconds since_origin(core::steady_time t) const;
  void enter(slot at, ranking::level l, core::steady_time when);
  void leave(slot at);
  void turn(core::steady_time now);
  std::optional<slot> hasty_one(lane l, ranking::level at, core::steady_time now);
  waiting grant(slot at);
  waiting take(slot at);

  std::vector<entry> entries_;
  std::vector<slot> spare_;
  std::vector<lane_row> lanes_;
  std::array<shares, ranking::levels> shares_{};
  std::array<bool, ranking::levels> fair_turn_{}; // the last was let before others
  std::set<line::place> turns_;                   // who rises a level, or may go for its deadline's sake
  std::set<std::pair<core::steady_time, slot>> deadlines_;
  std::unordered_map<key, slot, key_hash> index_;
  std::unordered_map<std::int64_t, key_row> keys_; // who wait, per process
  std::uint64_t serial_ = 0;
  core::steady_time origin_{};
  std::chrono::microseconds pace_{std::chrono::seconds{1}}; // before anything is learned
  std::uint64_t usual_sum_ = 0;                             // learned: the mean cost, so many times
  std::uint32_t per_lane_ = 0;
  std::uint32_t per_key_ = 0;
};

} // namespace logos::scheduling
