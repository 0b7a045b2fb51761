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
#include <unordered_set>
#include <vector>

namespace logos::simulator {

/// Which models are in VRAM and who is served: the behaviour of an Ollama server (`server/sched.go`) as a function of
/// time. A request for a loaded or loading model passes the queue by; any other waits in one queue. Its head holds up
/// those behind it until it has room and its own load is done. For room it marks a victim, an idle one first, else the
/// one with the shortest keep-alive, then by name, and waits until that has been unloaded. Each loaded model serves
/// `parallel` requests at once. Who leaves while its request makes a model load ends that load.
/// Pure: it moves only with the times it is given, which must not run backwards. One thread.
class residency {
public:
  using ticket = std::uint64_t; // one request; 0: none
  static constexpr auto never = core::steady_time::max();

  struct needs {
    std::string name{};
    std::uint64_t vram_mb = 0;
    std::chrono::nanoseconds load_time{0};
    unsigned parallel = 0; // 0: no limit
    std::chrono::nanoseconds unload_time{0};
    unsigned context = 0; // what a request gets that asks for no context of its own
  };
  struct limits {
    std::uint64_t vram_mb = 0;                                  // 0: no limit
    unsigned max_loaded = 0;                                    // 0: no limit
    std::chrono::nanoseconds keep_alive{300 * 1'000'000'000LL}; // negative: for ever
    std::size_t max_queue = 0;                                  // behind the queue's head; 0: no limit
    /// Ollama's bug 17408: a request for a victim that has a keep-alive of its own makes it stay, and who waits for its
    /// place waits on. Without it, requests for a victim wait in the queue.
    bool revives_victims = true;
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
    unsigned context = 0;
  };

  residency(std::vector<needs> models, limits l);

  /// A request for a model arrives. It is served once `advance` returns its ticket. 0: the queue is full. A `context`
  /// other than what the model was loaded with makes it load anew.
  ticket enter(std::size_t model, std::optional<std::chrono::nanoseconds> keep_alive = {},
               std::optional<unsigned> context = {});
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
  /// How many of its requests a model serves at once; 0: no limit.
  unsigned parallel(std::size_t model) const { return entries_[model].need.parallel; }
  std::uint64_t used_vram_mb() const { return used_mb_; }
  /// The queue's head waits for a victim to be unloaded.
  bool blocked() const { return awaits_unload_; }
  /// Forgets the counters, not the residents.
  void reset_counters();

private:
  enum class stage : std::uint8_t { cold, loading, warm, unloading };
  struct user {
    std::size_t model = 0;
    bool running = false;
    std::optional<std::chrono::nanoseconds> keep_alive{};
    unsigned context = 0;
  };
  struct entry {
    needs need{};
    stage at = stage::cold;
    core::steady_time ready_at{}; // or, while it unloads, when it is gone
    core::steady_time expires_at = never;
    std::chrono::nanoseconds keep_alive{0};
    unsigned context = 0;
    ticket loaded_for = 0;
    bool victim = false;
    std::deque<ticket> waiting{};
    counters count{};

    bool present() const { return at == stage::warm || at == stage::loading; }
    bool unused() const { return count.running == 0 && waiting.empty(); }
    bool idle() const { return at == stage::warm && unused(); }
  };

  bool usable(const entry& e, const user& u) const;
  void use(entry& e, ticket t);
  void rest(entry& e, core::steady_time now);
  void begin_unload(entry& e, core::steady_time now);
  void finish_unload(entry& e);
  void abort_load(entry& e, core::steady_time now);
  void pass(core::steady_time now);
  void admit(core::steady_time now);
  bool seat(ticket t, core::steady_time now);
  bool fits(const entry& e) const;
  entry* find_victim();

  std::vector<entry> entries_;
  limits limits_;
  std::uint64_t used_mb_ = 0;
  unsigned present_ = 0; // loaded, loading or unloading
  bool awaits_unload_ = false;
  ticket last_ticket_ = 0;
  std::deque<ticket> door_;
  std::unordered_map<ticket, user> users_;
};

} // namespace logos::simulator
