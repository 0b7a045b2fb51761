// SPDX-License-Identifier: MIT
// Who is loaded while the most urgent model waits for room that nobody may be asked for yet.
#include "tests/actors/residency_fixture.hpp"

#include <array>
#include <optional>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using stage = residency::stage;

/// 32 GiB, of which `tenant` takes 18; 19 do not fit beside it.
class residency_guests : public residency_fixture {
protected:
  residency_guests() { plan_.warm(tenant, now_); }
  static constexpr lane tenant = 1;
  const residency::demand uses{std::nullopt, 1}, waits{start, 0};
  const residency::demand many{start, 0, 500s, 1s}, few{start, 0, 50s, 1s}, one{start, 0, 5s, 1s};
};

TEST_F(residency_guests, who_fits_is_loaded_while_nobody_may_be_asked_to_leave_for_the_next_the_most_urgent_first) {
  plan_.describe(3, {4 * gib, 3s});
  plan_.describe(4, {5 * gib, 3s});
  EXPECT_EQ(decide({none, uses, many, one, few}).load, 4u);
  now_ += 3s;
  plan_.warm(4, now_);
  EXPECT_EQ(decide({none, uses, many, one, none}).load, 3u) << "27 of 32";
  now_ += 3s;
  plan_.warm(3, now_);
  EXPECT_FALSE(decide({few, uses, many, none, none}).load) << "10 do not fit beside 27";
  EXPECT_TRUE(plan_.admits(tenant));
}

TEST_F(residency_guests, nobody_is_loaded_into_room_that_is_being_made) {
  plan_.describe(3, {4 * gib, 3s});
  now_ += residency::residencies * 16s;
  EXPECT_FALSE(decide({none, uses, waits, {now_, 0}}).load);
  EXPECT_EQ(plan_.where(tenant), stage::draining);
  EXPECT_FALSE(decide({none, uses, waits, {now_, 0}}).load);
  EXPECT_EQ(decide({none, none, waits, {now_, 0}}).unload, std::vector<lane>{tenant});
  EXPECT_FALSE(decide({none, none, waits, {now_, 0}}).load);
  plan_.gone(tenant);
  EXPECT_EQ(decide({none, none, waits, {now_, 0}}).load, 2u);
}

TEST_F(residency_guests, what_was_loaded_beside_others_while_one_more_urgent_waited_gives_way_to_it_at_once) {
  plan_.describe(3, {14 * gib, 3s});
  EXPECT_EQ(decide({none, uses, many, one}).load, 3u);
  now_ += 3s;
  plan_.warm(3, now_);
  EXPECT_TRUE(decide({none, uses, many, uses}).unload.empty());
  EXPECT_TRUE(plan_.admits(3)) << "that it leave would not be enough";
  EXPECT_EQ(decide({none, none, many, uses}).unload, std::vector<lane>{tenant});
  EXPECT_EQ(plan_.where(3), stage::draining) << "14 and 19 do not fit";
  plan_.gone(tenant);
  EXPECT_EQ(decide({none, none, many, none}).unload, std::vector<lane>{3});
  plan_.gone(3);
  EXPECT_EQ(decide({none, none, many, none}).load, 2u);
}

TEST_F(residency_guests, what_was_loaded_beside_others_gives_way_at_once_to_nobody_who_came_later) {
  plan_.describe(3, {14 * gib, 3s});
  EXPECT_EQ(decide({none, uses, many, one}).load, 3u);
  now_ += 3s;
  plan_.warm(3, now_);
  static_cast<void>(decide({none, uses, none, uses}));
  now_ += 1s;
  EXPECT_TRUE(decide({none, none, {now_, 0}, uses}).unload.empty());
  EXPECT_TRUE(plan_.admits(3));
}

TEST_F(residency_guests, what_is_pinned_or_an_operator_wants_is_not_loaded_past_whoever_waits) {
  plan_.describe(3, {4 * gib, 3s, true});
  plan_.want(0, true);
  EXPECT_FALSE(decide({none, uses, many, none}).load);
}

/// However many others want in, who waits for room has it when the one in its way has had its stay.
TEST_F(residency_guests, nobody_starves_behind_guests) {
  for (lane l = 3; l < 8; ++l)
    plan_.describe(l, {4 * gib, 3s});
  std::array<residency::demand, 8> of;
  of.fill({start, 1, 1s, 1s});
  of[0] = none;
  of[tenant] = uses;
  of[2] = many;
  std::size_t guests = 0;
  while (plan_.where(2) != stage::loading) {
    ASSERT_LT(now_ - start, residency::residencies * 16s + 10s);
    now_ += 1s;
    for (lane l = 1; l < 8; ++l) {
      of[l].in_flight = plan_.where(l) == stage::warm ? 1 : 0;
      if (l != 2) of[l].first = plan_.admits(l) ? std::nullopt : std::optional{now_};
      if (plan_.where(l) == stage::leaving) plan_.gone(l);
      if (plan_.where(l) == stage::loading && now_ - plan_.since(l) >= 3s) plan_.warm(l, now_);
    }
    const auto todo = plan_.decide(of, now_);
    if (todo.load && *todo.load != 2) ++guests;
  }
  EXPECT_EQ(guests, 3u) << "as many as fit beside 18";
}

TEST_F(residency_guests, a_model_whose_load_its_server_does_not_survive_is_tried_ever_less_often_whoever_waits) {
  EXPECT_EQ(decide({one, none, none}).load, 0u);
  plan_.lost(0, now_);
  EXPECT_EQ(decide({one, none, none}).load, 0u) << "it may have been something else";
  plan_.lost(0, now_);
  EXPECT_FALSE(decide({one, none, none}).load);
  ASSERT_TRUE(plan_.next_retry(now_));
  now_ = *plan_.next_retry(now_);
  EXPECT_EQ(decide({one, none, none}).load, 0u);
  plan_.warm(0, now_);
  plan_.gone(0);
  EXPECT_EQ(decide({one, none, none}).load, 0u) << "it can be loaded after all";
}

TEST_F(residency_guests, what_an_operator_wants_outlives_the_server_that_was_told) {
  plan_.want(0, true);
  EXPECT_EQ(decide({none, none, none}).load, 0u);
  plan_.lost(0, now_);
  EXPECT_EQ(decide({none, none, none}).load, 0u);
  plan_.want(tenant, false);
  EXPECT_EQ(decide({none, none, none}).unload, std::vector<lane>{tenant});
  plan_.lost(tenant, now_);
  EXPECT_EQ(decide({none, none, none}).unload, std::vector<lane>{tenant});
}

} // namespace
} // namespace logos::scheduling
