// SPDX-License-Identifier: MIT
#pragma once
#include "core/rate_word.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace logos::scheduling {

/// What has been granted, by when: how much of it a word of the provider cannot have known of. Bounded: of what is long
/// past it remembers less exactly, and then counts more rather than less. One thread.
class grant_history {
public:
  void add(double amount, core::steady_time now);
  /// Granted at or after a time, or more.
  double since(core::steady_time t) const;
  /// Granted after a time, or less.
  double after(core::steady_time t) const;

private:
  void thin_out();

  struct mark {
    core::steady_time from, to; // of the grants that it stands for
    double before;              // granted before them
  };
  std::vector<mark> marks_;
  double total_ = 0;
};

/// One quota of a provider, requests or tokens, as far as its answers tell: what it said last, less what has been
/// granted since, plus what has come back.
///
/// What comes back does so evenly, so that all of it is there when the provider's reset comes: OpenAI and Anthropic
/// count by a bucket that fills all the time, and their reset is when it is full again. A provider that refuses,
/// several times in a row, what should have come back by then counts by windows: from then on all comes back at the
/// reset, and nothing before. Should it have more than that later, it is even again. Without a reset nothing is known
/// to come back before the provider says so.
///
/// Words overtake each other, because calls take different times, and requests do. So a word lowers what is reckoned
/// only as far as what was surely sent after it allows, and raises it only as far as what may have been. One thread.
class quota {
public:
  /// A provider's word, said at `said`; `refused`: with the answer that it has had enough. `own`: what was granted for
  /// the request that it comes with. `unseen`: what is under way and may not be in it; of the first word only, later
  /// it is remembered here.
  void heed(const core::quota_word& word, core::steady_time said, core::steady_time now, bool refused, double own,
            double unseen);
  void granted(double amount, core::steady_time now);
  /// Nothing is left, however much was reckoned.
  void exhaust(core::steady_time now);

  /// The provider has said something.
  bool known() const { return known_; }
  /// What is left; negative when more was granted than there was.
  double left(core::steady_time now) const;
  /// As much of it is left, or all there can ever be.
  bool has(double amount, core::steady_time now) const { return !known_ || left(now) >= reachable(amount); }
  /// When as much will be left, if that is known. Only while it is not.
  std::optional<core::steady_time> when(double amount, core::steady_time now) const;
  std::int64_t limit() const { return limit_; }
  /// It comes back all at once.
  bool by_windows() const { return by_windows_; }

private:
  double reachable(double amount) const {
    return limit_ > 0 && amount > static_cast<double>(limit_) ? static_cast<double>(limit_) : amount;
  }
  double refilled(double level, core::steady_time from, core::steady_time now) const;

  bool known_ = false;
  bool by_windows_ = false;
  std::int64_t limit_ = -1; // as said, else the most that was ever left
  double level_ = 0;        // left at `at_`
  core::steady_time at_{};
  core::steady_time said_{};
  std::optional<core::steady_time> reset_;           // all is back
  double per_us_ = 0;                                // comes back
  std::uint32_t contradictions_ = 0;                 // what should have come back was refused
  core::steady_time exhausted_{};                    // when it was last said that nothing is left
  std::optional<core::steady_time> exhausted_reset_; // and when, by that word, all is back
  grant_history history_;
};

/// What a provider still takes of a deployment, as far as its answers tell. Pure; one thread.
class headroom {
public:
  /// `unseen`: calls under way beside the one that ended.
  void heed(const core::rate_word& word, core::steady_time now, bool refused, double own_tokens, std::uint32_t unseen);
  void granted(double tokens, core::steady_time now);
  /// The provider refuses and does not say which quota is used up.
  void exhaust(core::steady_time now);

  bool known() const { return requests_.known() || tokens_.known(); }
  /// A request of so many tokens is within what is left.
  bool allows(double tokens, core::steady_time now) const { return requests_.has(1, now) && tokens_.has(tokens, now); }
  /// When it will be; nothing if the provider has not said. Only while it is not.
  std::optional<core::steady_time> when(double tokens, core::steady_time now) const;
  /// Less than half of a quota is left.
  bool scarce(core::steady_time now) const;
  const quota& requests() const { return requests_; }
  const quota& tokens() const { return tokens_; }

private:
  quota requests_;
  quota tokens_;
};

} // namespace logos::scheduling
