// SPDX-License-Identifier: MIT
#include "actors/scheduling/concurrency.hpp"

#include "actors/scheduling/spell.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

using std::chrono::milliseconds;

constexpr double after_failure = 0.7; // of the limit is left
constexpr std::uint32_t least_patience = 4;
constexpr std::uint32_t most_patience = 64;
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{1000}; // that nobody asked for
constexpr milliseconds widest_start{50};    // within which the first place comes back
constexpr milliseconds shortest_ramp{200};
constexpr milliseconds longest_ramp{10'000};

core::steady_time::duration scaled(core::steady_time::duration d, double by) {
  return core::steady_time::duration{static_cast<core::steady_time::rep>(static_cast<double>(d.count()) * by)};
}

} // namespace

double concurrency::chance() {
  // SplitMix64, by Sebastiano Vigna: one word of state.
  auto z = seed_ += 0x9e3779b97f4a7c15ULL;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
  return static_cast<double>((z ^ z >> 31) >> 11) * 0x1.0p-53;
}

void concurrency::bound(std::uint32_t limit) {
  const bool raised = limit == 0 || limit > bound_;
  bound_ = limit == 0 ? most : limit;
  if (!touched_)
    limit_ = limit == 0 ? std::max(limit_, first_guess) : bound_; // the operator knows
  else
    limit_ = std::min(limit_, bound_);
  if (raised) refused_at_ = none;
}

void concurrency::granted(core::steady_time now) {
  if (!ramp_end_) return;
  if (now >= *ramp_end_) {
    ramp_end_.reset();
    not_before_.reset();
    return;
  }
  // Ever faster, so that nobody is left to go all at once at its end.
  const auto left = std::chrono::duration<double>{*ramp_end_ - now} / ramp_;
  not_before_ = now + scaled(step_, std::min(left, 1.0) * (0.5 + chance()));
}

void concurrency::ended(strain how, core::steady_time::duration duration, std::uint32_t in_flight,
                        core::steady_time now) {
  switch (how) {
  case strain::none:
    strikes_ = 0;
    if (limit_ < bound_) grow(in_flight, now);
    break;
  case strain::refused:
  case strain::closed:
  case strain::failed: shrink(how, duration, in_flight, now); break;
  case strain::silent: break;
  }
}

void concurrency::grow(std::uint32_t in_flight, core::steady_time now) {
  if ((in_flight + 1) * 2 < limit_) return; // it is not the limit that holds us back
  if (now < told_until_ && !clear_ && limit_ + 1 >= refused_at_) return;
  ++served_;
  const bool probes = limit_ + 1 == refused_at_;
  const auto due = probes ? limit_ * patience_ : limit_ < threshold_ ? 1 : limit_;
  if (served_ < due) return;
  served_ = 0;
  ++limit_;
  clear_ = false;
  if (limit_ > refused_at_) { // it takes more than it did
    refused_at_ = none;
    patience_ = least_patience;
    threshold_ = std::max(threshold_, before_); // perhaps as much as before: it was a burst, not a limit
  }
}

void concurrency::shrink(strain how, core::steady_time::duration duration, std::uint32_t in_flight,
                         core::steady_time now) {
  const bool same = now - duration < shrunk_; // the congestion that is known already: this one was sent before it was
  touched_ = true;
  served_ = 0;
  if (!same) {
    shrunk_ = now;
    // What refusals made small, or tried out, is not what it took before.
    if (strikes_ == 0) struck_ = now;
    if (strikes_++ == 0 && limit_ < refused_at_) before_ = limit_;
  }
  if (how == strain::refused && in_flight > 0) {
    if (!same) patience_ = limit_ >= refused_at_ ? std::min(patience_ * 2, most_patience) : least_patience;
    fall_to(std::min(limit_ - (same ? 0 : 1), in_flight));
  } else if (how != strain::failed) {
    // Who is refused alone, or for want of money, learns nothing of how many it takes: the way back leads to where it
    // was, doubling.
    if (!same) limit_ = std::max<std::uint32_t>(limit_ / 2, 1);
    refused_at_ = none;
    threshold_ = std::max(before_, limit_);
  } else if (!same) {
    limit_ = std::max<std::uint32_t>(static_cast<std::uint32_t>(static_cast<double>(limit_) * after_failure), 1);
    threshold_ = limit_;
  }
  // Others' ends open the next place. Who is alone has nobody to wait for. Where the account is closed a pause helps
  // nobody: one after the other asks once, and hears so.
  if (how == strain::refused && in_flight == 0 && !outlasts_a_spell(strikes_, now - struck_) && !paused(now)) {
    const auto longest =
        std::min<core::steady_time::duration>(longest_pause, first_pause * (1U << std::min(strikes_, most_in_a_row)));
    not_before_ = now + scaled(longest, 0.5 + chance() / 2);
    ramp_end_.reset();
  }
}

void concurrency::fall_to(std::uint32_t limit) {
  limit_ = std::max<std::uint32_t>(limit, 1);
  refused_at_ = limit_ + 1;
  threshold_ = limit_;
}

bool concurrency::crowded(std::uint32_t too_many, std::uint32_t in_flight, core::steady_time fresh_until,
                          core::steady_time now) {
  told(false, in_flight, fresh_until);
  if (too_many == 0 || in_flight > limit_ || limit_ <= 1) return false;
  touched_ = true;
  served_ = 0;
  shrunk_ = now;
  patience_ = limit_ >= refused_at_ ? std::min(patience_ * 2, most_patience) : least_patience;
  if (limit_ < refused_at_) before_ = limit_;
  fall_to(in_flight - std::min(too_many, in_flight));
  return true;
}

void concurrency::told(bool clear, std::uint32_t in_flight, core::steady_time fresh_until) {
  told_until_ = fresh_until;
  if (!clear)
    clear_ = false;
  else if (in_flight >= limit_) // else it says nothing of how many more there is room for
    clear_ = true;
}

void concurrency::pause(core::steady_time until, core::steady_time now) {
  if (until <= now || (not_before_ && ramp_end_ && *not_before_ >= until)) return;
  const auto ramp = std::clamp<core::steady_time::duration>(until - now, shortest_ramp, longest_ramp);
  step_ = ramp / std::max<std::uint32_t>(limit_, 4);
  not_before_ = until + scaled(std::min<core::steady_time::duration>(step_, widest_start), chance());
  ramp_end_ = until + ramp;
  ramp_ = ramp;
}

} // namespace logos::scheduling
