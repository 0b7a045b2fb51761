// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <optional>

namespace logos::scheduling {

/// How a call ended, as far as it tells how much a provider takes.
enum class strain : std::uint8_t {
  none,    // it was served
  refused, // it has enough, as it says
  closed,  // it serves nobody until somebody pays, as it says
  failed,  // nothing came in time, or it is broken
  silent   // tells nothing: the client left, the request was bad, the provider could not be reached
};

/// How many calls a provider takes at a time, found out: additive increase, multiplicative decrease (D. Chiu, R. Jain,
/// "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks", 1989), with TCP's
/// slow start and one decrease per congestion (RFC 5681, RFC 6582). Not by latency, as gradients would: an answer of a
/// language model takes as long as it has tokens.
///
/// Three things differ from TCP. A refusal is told at once, so what still runs is what the provider has taken: the
/// limit falls to that instead of by a factor. Near a limit that was refused the next probe waits, twice as long each
/// time, so that a limit that does not change costs few refusals; where it has changed, the way back to what was taken
/// before is slow start's. And whoever was sent away, and is alone, comes back after a pause that grows and is spread
/// by chance, until that has outlasted a spell (`outlasts_a_spell`). As in RFC 5681 (3.1), who is sent away again and
/// again keeps the threshold of the first time.
///
/// A server that tells what waits inside it need not refuse: what is too many is taken off at once, as by a refusal,
/// and beyond what was too much lately nothing is tried that the server has not said it has room for, as long as its
/// word is fresh. Pure; one thread.
class concurrency {
public:
  static constexpr std::uint32_t first_guess = 16; // where nobody says what the provider takes
  static constexpr std::uint32_t most = 4096;

  explicit concurrency(std::uint64_t seed) : seed_{seed} {}

  /// The operator's limit, which is where it begins and what it never exceeds; 0: there is none.
  void bound(std::uint32_t limit);
  std::uint32_t limit() const { return limit_; }
  /// Below what the operator allows.
  bool lowered() const { return limit_ < bound_; }
  bool allows(std::uint32_t in_flight, core::steady_time now) const {
    return in_flight < limit_ && (!not_before_ || *not_before_ <= now);
  }
  /// When time alone lets more be sent.
  std::optional<core::steady_time> next_change() const { return not_before_; }

  void granted(core::steady_time now);
  /// A call ended that began `duration` ago; `in_flight` others run.
  void ended(strain how, core::steady_time::duration duration, std::uint32_t in_flight, core::steady_time now);
  /// The provider wants to be left alone until then. Afterwards places come back one by one, ever faster, in as much
  /// time as the pause took.
  void pause(core::steady_time until, core::steady_time now);
  bool paused(core::steady_time now) const { return not_before_ && *not_before_ > now; }

  /// Of `in_flight` the server has no room for `too_many`. Says nothing while more runs than is allowed: what was taken
  /// off before has not ended yet. True: the limit is less now.
  bool crowded(std::uint32_t too_many, std::uint32_t in_flight, core::steady_time fresh_until, core::steady_time now);
  /// The server says whether nothing waits in it while `in_flight` run.
  void told(bool clear, std::uint32_t in_flight, core::steady_time fresh_until);

private:
  static constexpr std::uint32_t none = UINT32_MAX;

  void grow(std::uint32_t in_flight, core::steady_time now);
  void fall_to(std::uint32_t limit);
  void shrink(strain how, core::steady_time::duration duration, std::uint32_t in_flight, core::steady_time now);
  double chance(); // 0 to 1

  std::uint64_t seed_;
  std::uint32_t bound_ = most;
  std::uint32_t limit_ = first_guess;
  bool touched_ = false;               // something was refused or failed
  std::uint32_t threshold_ = none;     // slow start below it
  std::uint32_t before_ = first_guess; // the limit before the last congestion that was no try
  std::uint32_t refused_at_ = none;    // the least limit that was too much, lately
  std::uint32_t patience_ = 4;         // rounds until it is tried again
  std::uint32_t served_ = 0;           // at this limit
  std::uint32_t strikes_ = 0;          // congestions since anything was served
  core::steady_time struck_{};         // the first of them
  core::steady_time shrunk_{};
  std::optional<core::steady_time> not_before_;
  std::optional<core::steady_time> ramp_end_; // until then places come back one by one
  core::steady_time::duration ramp_{1};       // its length
  core::steady_time::duration step_{};        // between the first of them, on average
  core::steady_time told_until_{};            // as long what the server says of its queue is fresh
  bool clear_ = false;                        // it has said that there is room at this limit
};

} // namespace logos::scheduling
