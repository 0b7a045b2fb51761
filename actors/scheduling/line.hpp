// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/ranking.hpp"
#include "actors/scheduling/shares.hpp"
#include "core/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace logos::scheduling {

/// Those who wait at one lane, by level and key, in the order of a queue's ranking. Knows tickets by the queue's slots.
/// Every operation is logarithmic in what waits. One thread.
class line {
public:
  using slot = std::uint32_t;

  /// Of one key's tickets at one level the lowest goes first.
  struct place {
    core::steady_time when{}; // it counts as having come
    std::uint64_t serial = 0; // of equals the one that came first
    slot at = 0;
    bool operator<(const place& other) const { return when != other.when ? when < other.when : serial < other.serial; }
  };
  /// Of all keys at one level the lowest goes first.
  struct head {
    std::uint64_t mark = 0; // in the virtual time of the level's shares
    place first{};
    bool operator<(const head& other) const { return mark != other.mark ? mark < other.mark : first < other.first; }
  };
  using hurry = std::set<std::pair<core::steady_time, slot>>;

  /// `mark` is the key's at that level.
  void add(ranking::level l, std::int64_t key, const place& p, std::uint64_t mark);
  void remove(ranking::level l, std::int64_t key, const place& p, std::uint64_t mark);
  /// The key's mark has moved.
  void rerank(ranking::level l, std::int64_t key, std::uint64_t mark);

  /// The first level where anybody waits; `levels` if there is none.
  ranking::level first_level() const;
  /// Who is first at a level where somebody waits.
  const head& first(ranking::level l) const { return *tiers_[l].heads.begin(); }
  /// Those whose deadline counts, at a level.
  hurry& in_haste(ranking::level l) { return tiers_[l].haste; }
  const hurry& in_haste(ranking::level l) const { return tiers_[l].haste; }
  /// `visit(key, places)` for every key of a level, in no order.
  template <class Visit>
  void each_key(ranking::level l, Visit visit) const {
    for (const auto& [key, f] : tiers_[l].flows)
      visit(key, f.places);
  }

private:
  struct flow {
    std::set<place> places{};
    head standing{}; // where it stands among the heads
  };
  struct tier {
    std::unordered_map<std::int64_t, flow> flows{};
    std::set<head> heads{};
    hurry haste{};
  };
  void stand(tier& t, flow& f, std::uint64_t mark);

  std::array<tier, ranking::levels> tiers_{};
};

} // namespace logos::scheduling
