// SPDX-License-Identifier: MIT
#include "simulator/residency.hpp"
#include "simulator/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace logos::simulator {
namespace {

using namespace std::chrono_literals;

/// Random requests against a small card, stepped from event to event.
class residency_walk {
public:
  explicit residency_walk(std::uint64_t seed, bool bug) : random_{seed}, r_{models(), limits_of(bug)} {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      look();
    }
  }
  /// Nobody new; who is served ends. True if nobody waits at the end.
  bool drains() {
    for (int i = 0; i < 10'000 && !(running_.empty() && waiting_.empty()); ++i) {
      if (!running_.empty())
        end(running_.begin()->first);
      else if (r_.next_event() == residency::never)
        return false;
      else
        now_ = std::max(now_, r_.next_event());
      look();
    }
    return running_.empty() && waiting_.empty();
  }

private:
  static std::vector<residency::needs> models() {
    return {{"a", 4000, 2s, 2, 1s, 4096}, {"b", 5000, 3s, 1, 1s, 4096}, {"c", 6000, 4s, 3, 0s, 4096}, {"d", 9000, 0s}};
  }
  static residency::limits limits_of(bool bug) {
    return {.vram_mb = 10'000, .max_loaded = 2, .keep_alive = 7s, .max_queue = 6, .revives_victims = bug};
  }
  void step() {
    const auto dice = random_.below(10);
    if (dice < 4) {
      std::optional<std::chrono::nanoseconds> keep;
      if (random_.below(4) == 0) keep = std::chrono::seconds{random_.below(20)};
      std::optional<unsigned> context;
      if (random_.below(8) == 0) context = 8192;
      const auto model = random_.below(4);
      if (const auto t = r_.enter(model, keep, context); t != 0) waiting_.emplace(t, model);
    } else if (dice < 7 && !running_.empty()) {
      end(std::next(running_.begin(), static_cast<std::ptrdiff_t>(random_.below(running_.size())))->first);
    } else if (dice == 7 && !waiting_.empty() && random_.below(4) == 0) {
      const auto t = std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(random_.below(waiting_.size())))->first;
      waiting_.erase(t);
      r_.leave(t, now_);
    } else {
      const auto later = now_ + std::chrono::milliseconds{random_.below(1500)};
      now_ = std::min(later, std::max(now_, r_.next_event()));
    }
  }
  void end(residency::ticket t) {
    running_.erase(t);
    r_.leave(t, now_);
  }
  void look() {
    for (const auto t : r_.advance(now_)) {
      const auto found = waiting_.find(t);
      ASSERT_NE(found, waiting_.end()) << "served twice, after it had left, or never asked for";
      running_.insert(*found);
      waiting_.erase(found);
    }
    std::map<std::size_t, unsigned> busy;
    for (const auto& [t, model] : running_)
      ++busy[model];
    std::uint64_t used = 0;
    std::set<std::size_t> warm;
    int loading = 0;
    for (const auto& resident : r_.residents()) {
      used += resident.vram_mb;
      loading += resident.loading ? 1 : 0;
      if (!resident.loading) warm.insert(resident.model);
    }
    ASSERT_LE(used, r_.used_vram_mb());
    ASSERT_LE(r_.used_vram_mb(), 10'000U);
    ASSERT_LE(r_.residents().size(), 2U);
    ASSERT_LE(loading, 1);
    const auto needs = models();
    for (const auto& [model, n] : busy) {
      ASSERT_TRUE(warm.contains(model)) << "unloaded while it served";
      ASSERT_TRUE(needs[model].parallel == 0 || n <= needs[model].parallel);
      ASSERT_EQ(r_.count(model).running, n);
    }
    std::size_t waiting = 0;
    for (std::size_t m = 0; m < needs.size(); ++m)
      waiting += r_.count(m).waiting;
    ASSERT_EQ(waiting, waiting_.size());
  }

  sequence random_;
  residency r_;
  core::steady_time now_ = core::steady_time{} + 1h;
  std::map<residency::ticket, std::size_t> waiting_, running_;
};

TEST(residency_property, whatever_happens_memory_and_slots_are_kept_and_nobody_is_lost) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    residency_walk walk{seed, seed % 2 == 0};
    walk.run(400);
    if (::testing::Test::HasFatalFailure()) return;
    EXPECT_TRUE(walk.drains()) << "keep-alives end, so that even a revived victim goes at last";
  }
}

} // namespace
} // namespace logos::simulator
