// SPDX-License-Identifier: MIT
#include "tests/actors/residency_fixture.hpp"

#include <array>
#include <deque>
#include <random>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using stage = residency::stage;

class residency_test : public residency_fixture {
protected:
  /// Loaded, with nobody there.
  void have(lane l) { have_in(plan_, l); }
  void have_in(residency& plan, lane l) {
    plan.warm(l, now_);
    ASSERT_TRUE(plan.admits(l));
  }
};

TEST_F(residency_test, a_model_that_fits_is_loaded_beside_the_others_one_at_a_time) {
  have(0);
  EXPECT_EQ(decide({none, {start, 0}, {start - 1s, 0}}).load, 2u) << "who has waited longer";
  EXPECT_FALSE(decide({none, {start, 0}, {start - 1s, 1}}).load) << "the server is loading";
  EXPECT_FALSE(plan_.admits(2));
  now_ += 12s;
  plan_.warm(2, now_);
  EXPECT_TRUE(plan_.admits(2));
  EXPECT_EQ(plan_.load_of(2), 15s) << "learned: a quarter of the way from 16 to 12";
}

TEST_F(residency_test, the_model_is_next_where_most_waiting_ends_for_the_time_it_takes) {
  const residency::demand few{now_ - 20s, 0, 20s, 1s}, many{now_ - 10s, 0, 100s, 12s};
  EXPECT_EQ(decide({none, few, many}).load, 2u);
}

TEST_F(residency_test, whoever_is_overdue_comes_before_any_crowd) {
  const residency::demand crowd{now_ - 10s, 0, 10'000s, 100s}, alone{now_ - residency::overdue * 16s - 1s, 0, 400s, 1s};
  EXPECT_EQ(decide({none, crowd, alone}).load, 2u);
}

TEST_F(residency_test, room_is_made_by_the_one_that_nobody_has_wanted_for_longest_and_seen_before_it_is_used) {
  have(0);
  now_ += 1s;
  have(1);
  decide({{now_, 1}, none, none});
  now_ += 1s;
  const auto asked = decide({none, none, {now_, 0}});
  EXPECT_EQ(asked.unload, std::vector<lane>{1});
  EXPECT_FALSE(asked.load);
  EXPECT_FALSE(plan_.admits(1)) << "fenced";
  EXPECT_FALSE(decide({none, none, {now_, 0}}).load) << "not seen gone yet";
  plan_.gone(1);
  EXPECT_EQ(decide({none, none, {now_, 0}}).load, 2u);
}

TEST_F(residency_test, a_model_in_use_stays_until_it_has_been_there_for_some_loads) {
  have(1);
  decide({none, {start, 1}, none});
  const auto soon = decide({none, {std::nullopt, 1}, {now_, 0}});
  EXPECT_TRUE(soon.unload.empty());
  EXPECT_TRUE(plan_.admits(1)) << "it is still useful";
  now_ += residency::residencies * 16s;
  decide({none, {std::nullopt, 1}, {start, 0}});
  EXPECT_EQ(plan_.where(1), stage::draining);
  EXPECT_FALSE(plan_.admits(1));
  const auto drained = decide({none, none, {start, 0}});
  EXPECT_EQ(drained.unload, std::vector<lane>{1});
}

TEST_F(residency_test, who_waits_for_a_warm_model_gives_way_to_one_who_has_waited_many_loads_longer) {
  have(1);
  now_ += 100s;
  const auto limit = residency::patiences * 16s;
  decide({none, {now_, 4}, {now_ - limit, 0}});
  EXPECT_TRUE(plan_.admits(1));
  decide({none, {now_, 4}, {now_ - limit - 1s, 0}});
  EXPECT_EQ(plan_.where(1), stage::draining);
}

TEST_F(residency_test, a_fence_falls_when_nobody_waits_for_the_other_any_more) {
  have(1);
  now_ += 1h;
  decide({none, {std::nullopt, 1}, {now_, 0}});
  ASSERT_FALSE(plan_.admits(1));
  EXPECT_TRUE(decide({none, {std::nullopt, 1}, none}).reprieve);
  EXPECT_TRUE(plan_.admits(1));
  EXPECT_FALSE(decide({none, {std::nullopt, 1}, none}).reprieve) << "it has been said";
}

TEST_F(residency_test, no_more_is_thrown_out_than_has_to_be) {
  plan_.describe(0, {3 * gib, 2s});
  plan_.describe(3, {20 * gib, 10s});
  plan_.room(36 * gib, 0);
  have(0);
  now_ += 1s;
  have(3);
  now_ += 1s;
  const auto asked = decide({none, none, {now_, 0}, none}); // 3 and 20 lie there, 19 is needed
  EXPECT_EQ(asked.unload, std::vector<lane>{3}) << "the longest unused alone would not be enough";
  EXPECT_TRUE(plan_.admits(0));
}

TEST_F(residency_test, a_fence_falls_when_another_has_to_leave_that_makes_room_enough_alone) {
  plan_.describe(0, {6 * gib, 4s});
  plan_.describe(2, {12 * gib, 16s});
  have(0);
  have(1);
  now_ += 1h;
  const residency::demand uses{std::nullopt, 1};
  decide({uses, uses, {now_, 0}});
  ASSERT_EQ(plan_.where(0), stage::draining) << "12 fit beside 18";
  plan_.size(2, 19 * gib); // it is larger than was thought
  EXPECT_TRUE(decide({uses, uses, {now_, 0}}).reprieve);
  EXPECT_TRUE(plan_.admits(0));
  EXPECT_EQ(plan_.where(1), stage::draining);
}

TEST_F(residency_test, what_others_keep_does_not_hold_up_the_next_load_and_does_not_count) {
  have(1);
  EXPECT_EQ(decide({none, none, {now_, 0}}).unload, std::vector<lane>{1});
  plan_.revived(1);
  const auto then = decide({none, none, {now_, 0}});
  EXPECT_EQ(then.load, 2u);
  EXPECT_TRUE(then.unload.empty()) << "it has been told";
  EXPECT_EQ(plan_.where(1), stage::leaving);
  plan_.gone(1);
  now_ += 16s;
  plan_.warm(2, now_);
  const auto back = decide({none, {now_, 0}, none});
  EXPECT_EQ(back.unload, std::vector<lane>{2});
  EXPECT_FALSE(back.load) << "this one has not been revived by anybody";
}

TEST_F(residency_test, what_others_bring_back_during_a_load_makes_room_again) {
  decide({none, none, {now_, 0}});
  ASSERT_EQ(plan_.where(2), stage::loading);
  plan_.warm(0, now_);
  EXPECT_TRUE(decide({none, none, {now_, 0}}).unload.empty()) << "10 and 19 fit";
  plan_.warm(1, now_);
  EXPECT_EQ(decide({none, none, {now_, 0}}).unload, std::vector<lane>{1});
}

TEST_F(residency_test, what_others_keep_comes_back_when_nobody_needs_the_room_any_more) {
  have(1);
  decide({none, none, {now_, 0}});
  plan_.revived(1);
  const auto then = decide({none, {now_, 0}, none});
  EXPECT_EQ(then.load, 1u) << "it need not leave first";
  EXPECT_EQ(plan_.where(1), stage::loading);
  plan_.warm(1, now_);
  EXPECT_TRUE(plan_.admits(1));
}

TEST_F(residency_test, what_others_have_thrown_out_again_goes_with_its_next_load_when_its_victims_are_told) {
  have(1);
  const residency::demand waits{now_, 0};
  EXPECT_EQ(decide({none, none, waits}).unload, std::vector<lane>{1});
  plan_.gone(1);
  EXPECT_EQ(decide({none, none, waits}).load, 2u);
  EXPECT_FALSE(plan_.admits(2));
  plan_.gone(2); // undone
  plan_.contest(2);
  plan_.warm(1, now_);
  const auto again = decide({none, none, waits});
  EXPECT_EQ(again.unload, std::vector<lane>{1});
  EXPECT_EQ(again.load, 2u) << "the server makes the room";
  EXPECT_TRUE(plan_.admits(2)) << "a request that comes with the load is served before it is undone";
  EXPECT_FALSE(plan_.admits(1));
}

TEST_F(residency_test, what_others_have_thrown_out_again_waits_like_any_other_for_those_in_use) {
  plan_.contest(2);
  have(1);
  const residency::demand uses{{}, 1}, waits{now_, 0};
  EXPECT_TRUE(decide({none, uses, waits}).unload.empty()) << "it has not been there for long";
  now_ += residency::residencies * 16s;
  const auto fenced = decide({none, uses, waits});
  EXPECT_FALSE(fenced.load);
  EXPECT_EQ(plan_.where(1), stage::draining);
  const auto then = decide({none, none, waits});
  EXPECT_EQ(then.unload, std::vector<lane>{1});
  EXPECT_EQ(then.load, 2u);
}

TEST_F(residency_test, what_has_left_because_it_was_told_to_is_not_taken_for_thrown_out) {
  plan_.contest(2);
  have(2);
  EXPECT_EQ(decide({none, {now_, 0}, none}).unload, std::vector<lane>{2});
  plan_.gone(2);
  EXPECT_FALSE(plan_.contested(2));
  have(2);
  plan_.contest(2);
  plan_.gone(2);
  EXPECT_TRUE(plan_.contested(2)) << "nobody has told it to";
}

TEST_F(residency_test, who_does_not_fit_beside_what_is_pinned_is_shut_out) {
  plan_.describe(1, {18 * gib, 15s, true});
  EXPECT_TRUE(plan_.shut_out(2)) << "also while the pinned one has still to be loaded";
  EXPECT_FALSE(plan_.shut_out(0)) << "10 and 18 fit";
  EXPECT_FALSE(plan_.shut_out(3)) << "nobody knows how large it is";
  plan_.guess(3, 15 * gib);
  EXPECT_TRUE(plan_.shut_out(3));
  plan_.describe(2, {19 * gib, 16s, true});
  EXPECT_FALSE(plan_.shut_out(2)) << "of two that are pinned the first that is there stays";
  have(1);
  EXPECT_TRUE(plan_.shut_out(2));
  plan_.describe(1, {18 * gib, 15s});
  EXPECT_FALSE(plan_.shut_out(2));
  plan_.room(32 * gib, 1);
  plan_.describe(0, {10 * gib, 8s, true});
  EXPECT_TRUE(plan_.shut_out(3)) << "there is room for one only";
}

TEST_F(residency_test, what_is_pinned_never_makes_room) {
  plan_.describe(1, {18 * gib, 15s, true});
  have(1);
  now_ += 1h;
  EXPECT_TRUE(decide({none, none, {start, 0}}).unload.empty());
  EXPECT_TRUE(plan_.admits(1));
}

TEST_F(residency_test, what_an_operator_wants_in_memory_takes_room_that_nobody_uses_and_no_other) {
  have(2);
  plan_.want(1, true);
  EXPECT_FALSE(decide({none, none, {{}, 1}}).load) << "somebody runs there";
  EXPECT_EQ(plan_.where(2), stage::warm);
  EXPECT_EQ(decide({none, none, none}).unload, (std::vector<lane>{2})) << "nobody does";
  plan_.gone(2);
  EXPECT_EQ(decide({none, none, none}).load, 1u);
  plan_.warm(1, now_);
  plan_.gone(1);
  EXPECT_FALSE(decide({none, none, none}).load) << "it was for this once";
}

TEST_F(residency_test, who_waits_is_loaded_before_what_an_operator_wants) {
  plan_.want(2, true);
  EXPECT_EQ(decide({none, {start, 0}, none}).load, 1u);
}

TEST_F(residency_test, what_an_operator_wants_out_is_fenced_drains_and_leaves_once) {
  have(0);
  plan_.want(0, false);
  EXPECT_TRUE(decide({{start, 2}, none, none}).unload.empty());
  EXPECT_EQ(plan_.where(0), stage::draining);
  EXPECT_FALSE(plan_.admits(0));
  EXPECT_EQ(decide({{start, 0}, none, none}).unload, (std::vector<lane>{0}));
  plan_.gone(0);
  EXPECT_EQ(decide({{start, 0}, none, none}).load, 0u) << "somebody waits for it";
  plan_.warm(0, now_);
  EXPECT_TRUE(decide({none, none, none}).unload.empty());
  EXPECT_TRUE(plan_.admits(0));
}

TEST_F(residency_test, a_wish_for_what_is_so_already_changes_nothing_and_the_last_wish_counts) {
  have(0);
  plan_.want(0, true);
  plan_.want(1, false);
  auto todo = decide({none, none, none});
  EXPECT_TRUE(!todo.load && todo.unload.empty());
  plan_.want(0, false);
  static_cast<void>(decide({{{}, 1}, none, none}));
  EXPECT_EQ(plan_.where(0), stage::draining);
  plan_.want(0, true);
  EXPECT_TRUE(plan_.admits(0));
  todo = decide({none, none, none});
  EXPECT_TRUE(!todo.load && todo.unload.empty());
}

TEST_F(residency_test, what_a_model_takes_on_disk_is_gone_by_until_it_has_been_seen) {
  have(0); // 10 of 32 GiB
  residency guessing = plan_;
  guessing.guess(3, 24 * gib);
  const std::vector<residency::demand> wanted{none, none, none, {start, 0}};
  EXPECT_EQ(plan_.decide(wanted, now_).load, 3u) << "it is taken for the largest that is known, which fits";
  EXPECT_EQ(guessing.decide(wanted, now_).unload, (std::vector<lane>{0})) << "10 and 24 do not fit";
  guessing.gone(0);
  guessing.warm(3, now_, 12 * gib);
  guessing.guess(3, 24 * gib);
  guessing.gone(3);
  have_in(guessing, 0);
  EXPECT_EQ(guessing.decide(wanted, now_).load, 3u) << "12 were seen";
}

TEST_F(residency_test, memory_of_unknown_size_is_learned_from_what_was_thrown_out) {
  plan_.room(0, 0);
  have(1);
  ASSERT_EQ(decide({none, none, {now_, 0}}).load, 2u) << "it is tried";
  plan_.gone(1); // the server threw it out
  plan_.warm(2, now_ + 16s);
  EXPECT_EQ(decide({none, {now_, 0}, none}).unload, std::vector<lane>{2}) << "the two do not fit";
}

TEST_F(residency_test, a_limit_of_models_counts_too) {
  plan_.room(0, 1);
  have(0);
  EXPECT_EQ(decide({none, {now_, 0}, none}).unload, std::vector<lane>{0});
}

/// A server with that much memory, served by the plan, at random: whatever comes, memory is never overrun, nothing is
/// unloaded that works, everybody is served, and in overload loading takes no more than its share.
TEST_F(residency_test, everybody_is_served_and_the_server_never_overrun) {
  constexpr std::array sizes{10 * gib, 18 * gib, 19 * gib};
  constexpr std::array loads{8s, 15s, 16s};
  constexpr std::uint32_t places = 4;
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random{seed};
    residency plan;
    plan.room(32 * gib, 0);
    for (lane l = 0; l < 3; ++l)
      plan.describe(l, {sizes[l], 0s});
    std::array<std::deque<core::steady_time>, 3> queues;
    std::array<std::vector<core::steady_time>, 3> ends;
    std::array<std::optional<core::steady_time>, 3> ready; // of those that lie in memory
    std::size_t served = 0, came = 0, loaded = 0;
    auto now = start;
    std::chrono::milliseconds longest{0};
    const auto busy_until = start + 600s;
    while (served < came || now < busy_until) {
      now += 100ms;
      ASSERT_LT(now - start, 3h) << "somebody starves";
      for (lane l = 0; l < 3; ++l)
        if (now < busy_until && random() % 30 == 0) {
          queues[l].push_back(now);
          ++came;
        }
      for (lane l = 0; l < 3; ++l) {
        served += std::erase_if(ends[l], [&](auto t) { return t <= now; });
        if (ready[l] && plan.where(l) == stage::loading && *ready[l] <= now) plan.warm(l, now, sizes[l]);
      }
      const auto serve = [&](lane l) {
        longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - queues[l].front()));
        queues[l].pop_front();
        ends[l].push_back(std::max(now, *ready[l]) + std::chrono::milliseconds{1000 + random() % 5000});
      };
      for (int again = 0; again < 3; ++again) {
        std::array<residency::demand, 3> of;
        for (lane l = 0; l < 3; ++l)
          of[l] = {queues[l].empty() ? std::nullopt : std::optional{queues[l].front()},
                   static_cast<std::uint32_t>(ends[l].size())};
        const auto todo = plan.decide(of, now);
        for (const auto l : todo.unload) {
          ASSERT_TRUE(ends[l].empty());
          ready[l].reset();
          plan.gone(l);
        }
        if (todo.load) {
          ASSERT_FALSE(ready[*todo.load]);
          ready[*todo.load] = now + loads[*todo.load];
          ++loaded;
          serve(*todo.load);
        }
        std::uint64_t used = 0;
        for (lane l = 0; l < 3; ++l)
          used += ready[l] ? sizes[l] : 0;
        ASSERT_LE(used, 32 * gib);
      }
      for (lane l = 0; l < 3; ++l)
        while (plan.admits(l) && !queues[l].empty() && ends[l].size() < places)
          serve(l);
    }
    EXPECT_GT(came, 400u);
    EXPECT_LT(loaded, 60u) << "seed " << seed;
    EXPECT_LT(longest, 400s) << "seed " << seed;
  }
}

} // namespace
} // namespace logos::scheduling
