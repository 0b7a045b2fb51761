// SPDX-License-Identifier: MIT
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

namespace logos::scheduling {

/// What is known of where a ticket waits.
struct line_facts {
  std::size_t ahead = 0;             // go before it
  std::uint32_t in_use = 0;          // places
  std::uint32_t places = 0;          // altogether; 0: no limit
  std::chrono::microseconds each{0}; // what a call takes; 0: not known
};

/// How long it will be until a ticket has its place, from now: those before it and those who run are served by all
/// places abreast, each as long as calls have taken lately. Nothing when it has to wait for calls of which nothing is
/// known. A mean, no promise.
std::optional<std::chrono::microseconds> expected_wait(const line_facts& line);

/// By when so many calls have ended, each of which takes `each` on average, with `abreast` at a time: their mean and
/// two standard deviations more, where lengths are spread exponentially (deviation of n: mean over the root of n). So
/// it is over by then 19 times in 20, and takes three times the mean for one and less than half as long again for
/// twenty. Of calls that are equally long and began together nothing is over before the first ends: for these it may be
/// too early.
std::chrono::microseconds surely_ended(std::size_t calls, std::uint32_t abreast, std::chrono::microseconds each);

} // namespace logos::scheduling
