// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/ranking.hpp"
#include "actors/scheduling/shares.hpp"
#include "core/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
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

  /// Who comes to stand at a level.
  struct newcomer {
    place at{};                // by itself
    core::steady_time since{}; // it came to this level
    core::steady_time rises{}; // to the level above; `max`: never
    std::uint32_t cost = 0;    // in tokens
    bool risen = false;        // from the level below
  };
  /// Lets it stand behind where each of its key and class who came before it and is smaller, of its size or hardly
  /// larger (`ranking::hardly_larger`) would stand by itself, and rise no sooner than any who came before it, whatever
  /// pace and usual size were then. Where these were moved back themselves does not count: of 100, 80 and 70 tokens,
  /// each hardly smaller than the last, the third may pass both. Whoever has waited elsewhere, and so came before
  /// others that stand here already, keeps its place instead. Tells what `at.when` and `rises` have become. `mark` is
  /// the key's at that level.
  newcomer add(ranking::level l, std::int64_t key, newcomer n, std::uint64_t mark);
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
  /// Of those who came one after the other while anybody of the flow waited.
  struct order {
    std::map<std::uint32_t, core::steady_time> latest{}; // `when` that newcomers may have to stand behind, by cost
    core::steady_time since = core::steady_time::min();  // the last one came
    core::steady_time rises = core::steady_time::min();  // the last of them to rise
  };
  struct flow {
    std::set<place> places{};
    head standing{};             // where it stands among the heads
    std::array<order, 2> came{}; // [0] straight to this level, [1] risen to it
  };
  static core::steady_time behind_equals(order& o, const newcomer& n);
  struct tier {
    std::unordered_map<std::int64_t, flow> flows{};
    std::set<head> heads{};
    hurry haste{};
  };
  void stand(tier& t, flow& f, std::uint64_t mark);

  std::array<tier, ranking::levels> tiers_{};
};

} // namespace logos::scheduling
