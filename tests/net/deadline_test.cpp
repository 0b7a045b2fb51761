// SPDX-License-Identifier: MIT
#include "net/deadline.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace logos::net {
namespace {

using namespace std::chrono_literals;

class alarm_clock final : public deadline_entry {
public:
  void on_deadline() override {
    ++rings;
    if (then) then();
  }
  int rings = 0;
  std::function<void()> then{};
};

class wheel : public testing::Test {
protected:
  void pass(std::chrono::milliseconds time) {
    for (const auto until = now_ + time; now_ < until;) {
      now_ += deadline_tick;
      wheel_.advance(now_);
    }
  }
  core::steady_time now_{1h};
  deadline_wheel wheel_{now_};
};

TEST_F(wheel, calls_neither_early_nor_more_than_two_ticks_late) {
  for (const auto limit : {1ms, 50ms, 51ms, 1000ms, 12'750ms, 12'800ms, 13'000ms, 60'000ms, 1'800'000ms}) {
    alarm_clock a;
    wheel_.set(a, limit);
    const auto begun = now_;
    while (a.rings == 0 && now_ - begun < limit + 1s)
      pass(deadline_tick);
    EXPECT_GE(now_ - begun, limit);
    EXPECT_LE(now_ - begun, limit + 2 * deadline_tick);
    EXPECT_TRUE(wheel_.idle());
  }
}

TEST_F(wheel, follows_a_limit_that_is_pushed_back_drawn_in_or_lifted) {
  alarm_clock later, sooner, never;
  wheel_.set(later, 1s);
  wheel_.set(sooner, 10s);
  wheel_.set(never, 1s);
  wheel_.set(later, 3s);
  wheel_.set(sooner, 500ms);
  deadline_wheel::clear(never);
  pass(2s);
  EXPECT_EQ(later.rings, 0);
  EXPECT_EQ(sooner.rings, 1);
  pass(2s);
  EXPECT_EQ(later.rings, 1);
  EXPECT_EQ(never.rings, 0);
  EXPECT_TRUE(wheel_.idle());
}

TEST_F(wheel, lets_entries_vanish_and_return_while_it_calls_them) {
  std::optional<alarm_clock> doomed{std::in_place};
  alarm_clock killer, again;
  killer.then = [&] { doomed.reset(); };
  again.then = [&] {
    if (again.rings < 3) wheel_.set(again, 100ms);
  };
  wheel_.set(killer, 100ms);
  wheel_.set(*doomed, 100ms);
  wheel_.set(again, 100ms);
  pass(1s);
  EXPECT_FALSE(doomed.has_value());
  EXPECT_EQ(again.rings, 3);
}

TEST_F(wheel, calls_everything_after_a_long_sleep) {
  alarm_clock soon, late;
  wheel_.set(soon, 100ms);
  wheel_.set(late, 10min);
  now_ += 1h;
  wheel_.advance(now_);
  pass(15s);
  EXPECT_EQ(soon.rings, 1);
  EXPECT_EQ(late.rings, 1);
}

} // namespace
} // namespace logos::net
