// SPDX-License-Identifier: MIT
#include "actors/scheduling/allowance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using core::steady_time;
using std::chrono::microseconds;

const steady_time start{1h};

std::int64_t us(steady_time::duration d) { return std::chrono::duration_cast<microseconds>(d).count(); }

/// A provider with one deployment, in virtual time.
struct provider {
  enum class words { full, azure, none };

  double requests = 0;               // per window, 0: no such quota
  steady_time::duration window = 1s; //
  bool by_windows = false;           // all comes back at once
  std::uint32_t at_a_time = 0;       // 0: as many as you like
  words says = words::full;
  bool hints = true; // retry-after
  steady_time::duration service = 50ms;

  double level = 0;
  steady_time at = start;
  steady_time opened = start;

  void pass(steady_time now) {
    if (at == start && level == 0) level = requests;
    if (by_windows) {
      while (now >= opened + window) {
        opened += window;
        level = requests;
      }
    } else {
      level =
          std::min(requests, level + requests * static_cast<double>(us(now - at)) / static_cast<double>(us(window)));
    }
    at = now;
  }
  steady_time::duration until(double wanted, steady_time now) const {
    if (by_windows) return opened + window - now;
    return microseconds{static_cast<std::int64_t>((wanted - level) / requests * static_cast<double>(us(window))) + 1};
  }
  /// A request arrives; true: it is served.
  bool take(std::uint32_t running, call_end& answer, steady_time now) {
    if (requests > 0) pass(now);
    const bool fits = requests <= 0 || level >= 1;
    const bool free = at_a_time == 0 || running < at_a_time;
    const bool served = fits && free;
    if (served && requests > 0) level -= 1;
    answer.how = served ? strain::none : strain::refused;
    if (requests > 0 && says != words::none) {
      answer.word.requests.remaining = static_cast<std::int64_t>(level);
      if (says == words::full) {
        answer.word.requests.limit = static_cast<std::int64_t>(requests);
        answer.word.requests.reset_us = us(until(requests, now));
      }
    }
    if (!served && hints && requests > 0) answer.word.pause_us = us(until(1, now));
    return served;
  }
};

/// A SCHEDULER in small: sends what the allowance lets it, until all are served.
class trial {
public:
  trial(provider p, std::uint32_t limit, std::uint64_t seed = 1) : provider_{p}, allowance_{places_, seed} {
    places_.limit(limit, 0);
    lane_ = places_.lane_of(100);
  }

  void serve(std::size_t wanted) {
    const auto goal = served + wanted;
    waiting_ = wanted;
    for (int guard = 0; served < goal; ++guard) {
      ASSERT_LT(guard, 1'000'000) << "it does not come to an end";
      while (waiting_ > 0 && places_.has_room(lane_) && allowance_.allows(lane_, now))
        send();
      auto next = ends_.empty() ? steady_time::max() : ends_.begin()->first;
      if (waiting_ > 0)
        if (const auto change = allowance_.next_change([](lane) { return true; }, now)) next = std::min(next, *change);
      ASSERT_NE(next, steady_time::max()) << "it waits for nothing: " << allowance_.why(lane_, now);
      now = std::max(now, next);
      while (!ends_.empty() && ends_.begin()->first <= now)
        end();
    }
  }

  steady_time now = start;
  std::size_t served = 0;
  std::size_t refused = 0;
  std::vector<steady_time> arrivals;
  std::uint32_t most_running = 0;
  allowance& inside() { return allowance_; }
  std::uint32_t limit() const { return allowance_.figures_of(lane_, now).limit; }
  void forbid(steady_time until) { allowance_.pause(lane_, until, now); }

private:
  void send() {
    --waiting_;
    places_.take(lane_);
    allowance_.granted(lane_, 10, now);
    arrivals.push_back(now);
    call_end answer;
    const bool taken = provider_.take(running_, answer, now);
    if (taken) most_running = std::max(most_running, ++running_);
    // Answers take different times, so that words overtake each other.
    const auto spread = 1.0 + 0.5 * static_cast<double>(arrivals.size() * 7 % 10) / 10;
    const auto length = taken ? std::chrono::duration_cast<microseconds>(provider_.service * spread) : 2ms;
    answer.duration = length;
    ends_.emplace(now + length, answer);
  }
  void end() {
    auto answer = ends_.begin()->second;
    ends_.erase(ends_.begin());
    places_.put_back(lane_);
    if (answer.how == strain::none) {
      --running_;
      ++served;
    } else {
      ++refused;
      ++waiting_; // back to its queue
    }
    answer.word.age_us = us(answer.duration);
    allowance_.ended(lane_, answer, now);
    if (answer.how == strain::refused && answer.word.pause_us >= 0)
      allowance_.pause(lane_, now + microseconds{answer.word.pause_us}, now);
  }

  provider provider_;
  places places_;
  allowance allowance_;
  lane lane_ = 0;
  std::size_t waiting_ = 0;
  std::uint32_t running_ = 0;
  std::multimap<steady_time, call_end> ends_;
};

double seconds(steady_time::duration d) { return std::chrono::duration<double>{d}.count(); }

/// Seconds that a quota of so many a second needs for `n`, the first of them at once.
double ideal(std::size_t n, double quota) { return std::max(0.0, (static_cast<double>(n) - quota) / quota); }

TEST(allowance, who_says_nothing_and_refuses_nothing_is_asked_as_often_as_the_operator_says) {
  trial t{{.says = provider::words::none}, 64};
  t.serve(1000);
  EXPECT_EQ(t.refused, 0U);
  EXPECT_EQ(t.most_running, 64U);
  EXPECT_EQ(t.inside().why(0, t.now), "");
}

TEST(allowance, a_quota_that_comes_back_evenly_is_used_and_not_exceeded) {
  trial t{{.requests = 20}, 64};
  t.serve(200);
  const auto took = seconds(t.now - start);
  RecordProperty("refused", static_cast<int>(t.refused));
  // Until the first answer is there, nothing is known of the quota.
  EXPECT_LE(t.refused, 44U);
  EXPECT_LT(took, ideal(200, 20) * 1.15);
  const auto before = t.refused;
  t.serve(200);
  EXPECT_LE(t.refused - before, 2U) << "now it is known";
}

TEST(allowance, a_quota_that_comes_back_at_once_is_found_out) {
  trial t{{.requests = 20, .by_windows = true, .hints = false}, 16};
  t.serve(400);
  EXPECT_LE(t.refused, 8U);
  EXPECT_LT(seconds(t.now - start), ideal(400, 20) * 1.3);
}

TEST(allowance, without_a_reset_it_asks_little_by_little) {
  trial t{{.requests = 20, .by_windows = true, .says = provider::words::azure}, 16};
  t.serve(200);
  EXPECT_LE(t.refused, 20U);
  EXPECT_LT(seconds(t.now - start), ideal(200, 20) * 1.6 + 1);
}

TEST(allowance, what_a_provider_takes_at_a_time_is_found_from_its_refusals) {
  for (const std::uint32_t takes : {1U, 5U, 10U, 40U}) {
    for (const std::uint32_t operators : {0U, 64U}) {
      trial t{{.at_a_time = takes, .says = provider::words::none}, operators};
      t.serve(100);
      const auto learning = t.refused;
      const auto begun = t.now;
      t.serve(500);
      EXPECT_LE(learning, 70U) << takes << " of " << operators;
      EXPECT_LE(t.refused - learning, 30U) << takes << " of " << operators;
      // 62.5 ms each on average
      const auto best = 500.0 * 0.0613 / takes;
      EXPECT_LT(seconds(t.now - begun), best * 1.25 + 0.2) << takes << " of " << operators;
      EXPECT_GE(t.limit() + 1, takes * 9 / 10);
      EXPECT_LE(t.limit(), takes + 2);
    }
  }
}

TEST(allowance, after_a_pause_places_come_back_one_by_one) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    trial t{{.says = provider::words::none}, 64, seed};
    t.serve(64);
    t.arrivals.clear();
    const auto until = t.now + 1s;
    t.forbid(until);
    t.serve(200);
    EXPECT_GE(t.arrivals.front(), until);
    std::map<std::int64_t, int> per_10ms;
    for (const auto at : t.arrivals)
      if (at < until + 1s) ++per_10ms[us(at - until) / 10'000];
    for (const auto& [when, count] : per_10ms)
      EXPECT_LE(count, when < 50 ? 3 : 16) << when * 10 << " ms after the pause, seed " << seed;
    EXPECT_GT(per_10ms.size(), 20U) << "and it does come back";
  }
}

TEST(allowance, chance_is_the_seeds) {
  const auto arrivals = [](std::uint64_t seed) {
    trial t{{.says = provider::words::none}, 8, seed};
    t.serve(8);
    t.forbid(t.now + 1s);
    t.serve(20);
    return t.arrivals;
  };
  EXPECT_EQ(arrivals(3), arrivals(3));
  EXPECT_NE(arrivals(3), arrivals(4));
}

TEST(allowance, nothing_is_leased_ahead_where_every_request_counts) {
  places places;
  places.limit(64, 0);
  const auto l = places.lane_of(100);
  allowance a{places, 1};
  EXPECT_GT(a.leasable(l, start), 64U);
  call_end told;
  told.word.requests = {100, 80, 1'000'000};
  a.ended(l, told, start);
  EXPECT_FALSE(a.tight(l, start));
  told.word.requests.remaining = 40;
  a.ended(l, told, start + 1ms);
  EXPECT_TRUE(a.tight(l, start + 1ms));
  EXPECT_EQ(a.leasable(l, start + 1ms), 0U);
  EXPECT_FALSE(a.tight(l, start + 500ms)) << "more than half has come back";
  a.pause(l, start + 2s, start + 500ms);
  EXPECT_TRUE(a.tight(l, start + 600ms));
}

TEST(allowance, tokens_are_reckoned_by_what_answers_use_of_what_is_estimated) {
  places places;
  places.limit(64, 0);
  const auto l = places.lane_of(100);
  allowance a{places, 1};
  a.granted(l, 4096, start);
  call_end told;
  told.word.tokens = {1000, 990, 10'000};
  told.tokens = 10;
  a.ended(l, told, start);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(a.allows(l, start)) << i;
    a.granted(l, 4096, start);
  }
  EXPECT_NEAR(a.figures_of(l, start).tokens_left, 490, 20);
}

TEST(allowance, it_says_what_is_waited_for) {
  places places;
  places.limit(64, 0);
  const auto l = places.lane_of(100);
  allowance a{places, 1};
  call_end told;
  told.how = strain::refused;
  told.word.requests = {10, 0, 10'000'000};
  a.ended(l, told, start);
  EXPECT_EQ(a.why(l, start),
            "the provider's quota of requests for this model is used up, more of it comes back in 1.0 s");
  EXPECT_EQ(a.condition(start), "deployment 100: " + a.why(l, start));
  EXPECT_EQ(a.figures_of(l, start).requests_left, 0);
  EXPECT_EQ(a.figures_of(l, start).tokens_left, -1);
  EXPECT_EQ(a.figures_of(l, start).refusals, 1U);
  EXPECT_EQ(a.figures_of(l, start).limit, 64U) << "a quota tells nothing of how much is taken at a time";
}

} // namespace
} // namespace logos::scheduling
