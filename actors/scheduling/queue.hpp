// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace logos::scheduling {

/// A ticket that waits for a place.
struct waiting {
  core::uuid request;
  scheduling::lane lane = 0;
  std::uint32_t requester = 0; // the SCHEDULER's number for it
  std::int64_t process_id = 0;
  std::uint8_t priority = 5; // 1 last to 10 first
  std::uint8_t mode = 0;
  bool sole = true;
  std::uint32_t tokens = 0;
  core::steady_time arrived{}; // earlier than now by what it has waited elsewhere
  core::steady_time deadline{};
  std::uint32_t depth_at_arrival = 0;
  std::uint32_t in_flight_at_arrival = 0;
  std::uint32_t round = 0; // the asker's number for this ticket
};

enum class admission : std::uint8_t { queued, lane_full, key_full, known };

/// Who waits at one provider and who is next: the highest priority first, then whoever waits longest; a lane without a
/// free place is passed by. Every operation is logarithmic in what waits, `next` also linear in the lanes. This is the
/// ordering policy; the SCHEDULER knows no other. One thread.
class queue {
public:
  /// Waiting tickets per deployment and per key; 0 means no limit.
  void bound(std::uint32_t per_lane, std::uint32_t per_key);

  /// Queues a ticket unless a bound stands against it. `bounded` false: it was admitted before and only comes again.
  /// A ticket that waits already keeps its place and answers to the new requester under the new number.
  admission push(const waiting& ticket, bool bounded = true);
  /// Takes out whoever gets the next place, if a place is free for anybody who waits. Taking the place is the caller's.
  std::optional<waiting> next(const places& free);
  /// Takes a ticket out. Nothing if it does not wait.
  std::optional<waiting> withdraw(const core::uuid& request, lane l);
  /// Takes out one whose deadline has come.
  std::optional<waiting> expire(core::steady_time now);
  /// Takes out all that `wanted` says yes to, in order of their deadlines. Linear.
  std::vector<waiting> remove_if(const std::function<bool(const waiting&)>& wanted);

  std::size_t size() const { return index_.size(); }
  bool empty() const { return index_.empty(); }
  std::size_t size(lane l) const { return l < lanes_.size() ? lanes_[l].size() : 0; }
  /// Of one key (process).
  std::size_t size_of_key(std::int64_t process_id) const;
  std::optional<core::steady_time> next_deadline() const;

private:
  using slot = std::uint32_t;
  struct rank {
    std::uint8_t behind; // 0 first
    core::steady_time arrived;
    std::uint64_t serial; // of equals the one that came first
    slot at;
    bool operator<(const rank& other) const {
      if (behind != other.behind) return behind < other.behind;
      if (arrived != other.arrived) return arrived < other.arrived;
      return serial < other.serial;
    }
  };
  struct entry {
    waiting ticket;
    std::uint64_t serial = 0;
  };
  struct key {
    core::uuid request;
    scheduling::lane lane;
    bool operator==(const key&) const = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept { return core::uuid_hash{}(k.request) + k.lane; }
  };

  rank rank_of(slot at) const;
  waiting take(slot at);

  std::vector<entry> entries_;
  std::vector<slot> spare_;
  std::vector<std::set<rank>> lanes_;
  std::set<std::pair<core::steady_time, slot>> deadlines_;
  std::unordered_map<key, slot, key_hash> index_;
  std::unordered_map<std::int64_t, std::uint32_t> keys_; // waiting per process
  std::uint64_t serial_ = 0;
  std::uint32_t per_lane_ = 0;
  std::uint32_t per_key_ = 0;
};

} // namespace logos::scheduling
