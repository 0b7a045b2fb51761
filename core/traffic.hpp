// SPDX-License-Identifier: MIT
#pragma once
#include "core/cascade.hpp"
#include "core/counter.hpp"
#include "core/error.hpp"
#include "core/vocabulary.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace logos::core {

/// Durations in buckets. One thread observes, any thread reads.
class duration_histogram {
public:
  static constexpr std::size_t buckets = 14;
  /// Upper bounds; what is longer counts only in `count`.
  static constexpr std::array<std::chrono::microseconds, buckets> bounds{
      std::chrono::microseconds{100},        std::chrono::microseconds{1'000},
      std::chrono::microseconds{5'000},      std::chrono::microseconds{25'000},
      std::chrono::microseconds{100'000},    std::chrono::microseconds{250'000},
      std::chrono::microseconds{500'000},    std::chrono::microseconds{1'000'000},
      std::chrono::microseconds{2'500'000},  std::chrono::microseconds{5'000'000},
      std::chrono::microseconds{10'000'000}, std::chrono::microseconds{30'000'000},
      std::chrono::microseconds{60'000'000}, std::chrono::microseconds{300'000'000}};

  void observe(std::chrono::microseconds d) {
    for (std::size_t i = 0; i < buckets; ++i)
      if (d <= bounds[i]) {
        counts_[i].add();
        break;
      }
    count_.add();
    sum_us_.add(d.count() > 0 ? static_cast<std::uint64_t>(d.count()) : 0);
  }
  /// Not cumulative.
  std::uint64_t in_bucket(std::size_t i) const { return counts_[i].value(); }
  std::uint64_t count() const { return count_.value(); }
  std::uint64_t sum_us() const { return sum_us_.value(); }

private:
  std::array<counter, buckets> counts_;
  counter count_;
  counter sum_us_;
};

/// What requests have used whose usage is known from one source.
struct usage_by_source {
  counter requests;
  counter tokens;
  counter cost_nano; // as far as there are prices
};
inline constexpr std::size_t usage_sources = static_cast<std::size_t>(usage_source::partial) + 1;

/// Tokens of requests that their providers have counted and that were estimated all the same.
struct compared_tokens {
  counter estimated;
  counter counted;
  counter apart; // the sum of what each estimate was off by, whichever way
};
struct compared_usage {
  counter requests;
  compared_tokens prompt;
  compared_tokens completion;
};

/// What one I/O thread's INGRESS and EXECUTOR count, for /metrics.
struct traffic {
  counter requests;                                                      // to models, with a valid key
  counter relayed;                                                       // answers relayed whole, whatever their status
  counter retried;                                                       // calls that were tried at another deployment
  std::array<counter, static_cast<std::size_t>(ec::last_) + 1> failures; // by code
  std::array<counter, answer_checks> escalated; // answers that were dropped to ask another model, by the check
  std::atomic<std::int64_t> queued{0};          // waiting for a permit
  std::atomic<std::int64_t> in_flight{0};       // under a permit
  duration_histogram queue_wait;
  duration_histogram first_byte; // from the request to the answer's first byte
  duration_histogram duration;
  std::array<usage_by_source, usage_sources> usage; // of the rows that were booked, by `usage_source`
  compared_usage compared;                          // at most one request in 32, see execution::take_for_comparison
};

} // namespace logos::core
