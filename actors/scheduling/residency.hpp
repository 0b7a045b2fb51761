// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace logos::scheduling {

/// Which models lie in a provider's memory, which should, and who makes room: for servers that load on demand.
///
/// The rule, found with bench/scheduling: a model that is warm is served until nobody waits for it, and stays until
/// nobody uses it or it has been there for `residencies` times what the load of the other takes. With people waiting it
/// gives way only when the other's first is older than its own first by `patiences` loads. Next comes the model where a
/// second of loading and serving ends most seconds of waiting; before that, whoever has waited for `overdue` loads. So
/// in overload little of the time goes to loading and nobody starves, and with little load nothing is thrown out that
/// is used. While the next one has no room and nobody may be asked to leave for it, the most urgent of those that fit
/// beside what is there is loaded as its guest: that costs the next one a load at most, because a guest gives way to it
/// at once, used or not. No time of a clock is in it but the pause after a load that failed: all follows from learned
/// load and service times.
///
/// Room is made in steps that a server cannot get wrong: the victim is fenced (`admits` says no), drains, is told to
/// leave, is seen gone, and only then the other's first request goes. One load at a time. What others, who do not ask
/// this plan, bring back during a load makes room again. A model that others threw out as soon as it had been loaded
/// (`contest`) goes another way: when all victims have drained and been told to leave, its load and its requests go
/// together, and the server makes the room; whom the load is for is then served before the others' next. Pure; one
/// thread.
class residency {
public:
  static constexpr int residencies = 16;
  static constexpr int patiences = 12;
  static constexpr int overdue = 2 * patiences;
  static constexpr std::chrono::milliseconds shortest_load{50};
  /// After a load that failed nobody is loaded unasked for as long as a load takes, within these; then twice that.
  static constexpr std::chrono::seconds shortest_pause{1};
  static constexpr std::chrono::minutes longest_pause{5};

  /// What is known of a model; zeros are not known.
  struct model {
    std::uint64_t bytes = 0;           // of memory, when loaded
    std::chrono::microseconds load{0}; // from cold to warm
    bool pinned = false;               // is loaded without being asked for, and never makes room
    bool drained = false;              // leaves when nobody uses it, and is not loaded
  };
  enum class stage : std::uint8_t { cold, loading, warm, draining, leaving };

  /// What waits for a lane and what runs there.
  struct demand {
    std::optional<core::steady_time> first; // when the first of those who wait came, as the queue ranks it
    std::uint32_t in_flight = 0;
    std::chrono::microseconds waited{0}; // by all of them together
    std::chrono::microseconds work{0};   // what serving them takes, all places busy
  };
  /// What is to be done now.
  struct steps {
    std::optional<lane> load; // its first request may go, which makes the server load the model
    std::vector<lane> unload; // to be told to leave
    bool reprieve = false;    // who was to make room stays: its requests may go again
  };

  /// How much memory there is and how many models may lie in it; 0: not known, no limit. Where the memory is not known,
  /// it is learned from what has been seen together and what has thrown out what.
  void room(std::uint64_t bytes, std::uint32_t models);
  void describe(lane l, const model& about);

  /// `of` by lane. What it says is taken as begun.
  steps decide(std::span<const demand> of, core::steady_time now);
  /// Whether requests may go to this model, as far as memory is concerned.
  bool admits(lane l) const {
    const auto& r = at(l);
    return r.where == stage::warm || (r.where == stage::loading && r.contested);
  }
  /// It is not in memory, and cannot be while those stay that are pinned: together they take more than there is.
  bool shut_out(lane l) const;
  stage where(lane l) const { return at(l).where; }
  /// When the load began that is under way.
  core::steady_time since(lane l) const { return at(l).since; }
  /// What a load of it takes: learned, else guessed from others.
  std::chrono::microseconds load_of(lane l) const;
  /// For whom room is being made, or who is being loaded.
  std::optional<lane> next() const { return next_; }

  /// What it takes, as the server says.
  void size(lane l, std::uint64_t bytes);
  /// What it is likely to take, until it has been seen; 0: nobody knows.
  void guess(lane l, std::uint64_t bytes) { at(l).guess = bytes; }
  /// An operator wants it in memory, or out of it, this once: it is loaded when nobody waits for another and there is
  /// room that nobody uses, or leaves when nobody uses it. Ends when it is so, or has failed.
  void want(lane l, bool loaded);
  /// What was known of it before a restart; zeros were not. What is known stands.
  void expect(lane l, std::uint64_t bytes, std::chrono::microseconds load);
  /// It answers, or the server lists it. Learns the load time if it was being loaded.
  void warm(lane l, core::steady_time now, std::uint64_t bytes = 0);
  /// The server does not list it (any more).
  void gone(lane l);
  /// Its load has failed, or was undone. Who is pinned is loaded again when the pause is over, somebody waits for it or
  /// an operator wants it.
  void failed(lane l, core::steady_time now);
  /// Its server is away, and whatever it was told with it. What an operator wants of it stands. A second load in a row
  /// that the server has not survived has a pause for whoever waits, too: others' calls die with it.
  void lost(lane l, core::steady_time now);
  /// When the next pause ends that keeps a model out.
  std::optional<core::steady_time> next_retry(core::steady_time now) const;
  /// It would not leave: it is used again, and somebody else may be asked.
  void stays(lane l, core::steady_time now);
  /// Others than this plan keep it there while it is being told to leave: the next load is not put off for it, because
  /// the server throws it out for that load when it can.
  void revived(lane l);
  /// Its load was done, and undone by others before anybody could use it. Until it has left because it was told to.
  void contest(lane l) { at(l).contested = true; }
  bool contested(lane l) const { return at(l).contested; }

private:
  struct row {
    model about;
    stage where = stage::cold;
    core::steady_time since{};  // when that began
    core::steady_time used{};   // when somebody last wanted it
    bool revived = false;       // leaving, and kept by others
    bool contested = false;     // what is loaded here is thrown out by others
    std::uint64_t guess = 0;    // of bytes, while they are not known
    std::optional<bool> wish{}; // of an operator, in memory or out of it
    std::optional<lane> host{}; // its last load was as the guest of this one
    std::chrono::microseconds pause{0};
    core::steady_time paused_until{};
    unsigned losses = 0; // loads that its server did not survive, in a row
    bool kills() const { return losses > 1; }
    bool out() const { return about.drained || wish == false; }
    void resume() {
      pause = {};
      paused_until = {};
      losses = 0;
    }
  };
  const row& at(lane l) const;
  row& at(lane l);
  std::uint64_t bytes_of(lane l) const;
  bool fits(std::uint64_t bytes, std::size_t models) const;
  bool wanted_in(lane l, const demand& d, core::steady_time now) const;
  void send_away(lane l, const demand& d, core::steady_time now, steps& out);
  double urgency(lane l, const demand& d, core::steady_time now) const;
  enum class space : std::uint8_t { none, coming, there };
  space make_room(lane for_whom, std::span<const demand> of, core::steady_time now, steps& out);
  std::optional<lane> guest_of(lane host, std::span<const demand> of, core::steady_time now) const;
  bool give_up_draining(); // true: somebody stays

  std::vector<row> rows_;
  std::optional<lane> next_;
  std::uint64_t bytes_ = 0;
  std::uint32_t models_ = 0;
  std::uint64_t seen_together_ = 0;     // fits for certain
  std::uint64_t too_much_ = UINT64_MAX; // does not
};

} // namespace logos::scheduling
