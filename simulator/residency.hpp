// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::simulator {

/// Which models are in VRAM and who is served: the behaviour of an Ollama server as a function of time. Requests pass
/// one door in order; the first whose model does not fit evicts idle models (shortest keep-alive first, then by name),
/// or waits for a busy one and holds up those behind it. Inside, each loaded model serves `parallel` requests at once.
/// Pure: it moves only with the times it is given, which must not run backwards. One thread.
class residency {
public:
  using ticket = std::uint64_t; // one request; never 0
  static constexpr auto never = core::steady_time::max();

  struct needs {
    std::string name{};
    std::uint64_t vram_mb = 0;
    std::chrono::nanoseconds load_time{0};
    unsigned parallel = 0; // 0: no limit
  };
  struct limits {
    std::uint64_t vram_mb = 0;                                  // 0: no limit
    unsigned max_loaded = 0;                                    // 0: no limit
    std::chrono::nanoseconds keep_alive{300 * 1'000'000'000LL}; // negative: for ever
  };
  struct counters {
    std::uint64_t loads = 0, evictions = 0, expiries = 0;
    unsigned running = 0, max_running = 0, waiting = 0;
  };
  /// A model that is loaded or being loaded. `expires_at` is `never` while it is busy or kept for ever.
  struct resident {
    std::size_t model = 0;
    std::uint64_t vram_mb = 0;
    bool loading = false;
    core::steady_time expires_at = never;
  };

  residency(std::vector<needs> models, limits l);

  /// A request for a model arrives. It is served once `advance` returns its ticket.
  ticket enter(std::size_t model, std::optional<std::chrono::nanoseconds> keep_alive = {});
  /// A request is over or given up, in whatever stage it was. Unknown tickets are ignored.
  void leave(ticket t, core::steady_time now);
  /// Unloads a model now, or once it is idle.
  void unload(std::size_t model, core::steady_time now);
  /// Loads, expires, evicts and admits up to `now`; returns the requests whose service begins, in order. To be called
  /// after each change and at `next_event()`.
  std::vector<ticket> advance(core::steady_time now);
  /// When something will happen by itself; `never` if nothing will.
  core::steady_time next_event() const;

  std::vector<resident> residents() const;
  counters count(std::size_t model) const;
  std::uint64_t used_vram_mb() const { return used_mb_; }
  /// Forgets the counters, not the residents.
  void reset_counters();

private:
  enum class stage : std::uint8_t { cold, loading, warm };
  struct slot_user {
    std::size_t model = 0;
    bool running = false;
    std::optional<std::chrono::nanoseconds> keep_alive{};
  };
  struct entry {
    needs need{};
    stage at = stage::cold;
    core::steady_time ready_at{};
    core::steady_time expires_at = never;
    std::chrono::nanoseconds keep_alive{0};
    std::deque<ticket> waiting{};
    counters count{};

    bool idle() const { return at == stage::warm && count.running == 0 && waiting.empty(); }
  };

  bool make_room(std::size_t model);
  void drop(entry& e);
  void rest(entry& e, core::steady_time now);
  void admit(core::steady_time now);
  void finish_loads(core::steady_time now);

  std::vector<entry> entries_;
  limits limits_;
  std::uint64_t used_mb_ = 0;
  unsigned loaded_ = 0;
  ticket last_ticket_ = 0;
  std::deque<ticket> door_;
  std::unordered_map<ticket, slot_user> users_;
};

} // namespace logos::simulator
