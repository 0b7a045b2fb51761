// SPDX-License-Identifier: MIT
#include "actors/scheduling/gate.hpp"
#include "actors/scheduling/permits.hpp"
#include "actors/scheduling/service_times.hpp"
#include "actors/scheduling/slices.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace logos::scheduling {
namespace {

core::uuid request(std::uint64_t id) { return core::uuid::from_halves(1, id); }

class permits_test : public ::testing::Test {
protected:
  permits_test() { places_.lane_of(100); }
  places places_;
  permits permits_{7, places_};
};

TEST_F(permits_test, a_permit_ends_once) {
  const auto id = permits_.begin(request(1), 0, 0, false);
  EXPECT_EQ(places_.taken(), 1U);
  EXPECT_TRUE(permits_.end(id, 7));
  EXPECT_FALSE(permits_.end(id, 7));
  EXPECT_EQ(places_.taken(), 0U);
}

TEST_F(permits_test, an_end_under_another_epoch_or_of_the_unknown_ends_nothing) {
  const auto id = permits_.begin(request(1), 0, 0, false);
  EXPECT_FALSE(permits_.end(id, 6));
  EXPECT_FALSE(permits_.end(id + 1, 7));
  EXPECT_FALSE(permits_.end(0, 7));
  EXPECT_FALSE(permits_.end(~std::uint64_t{0}, 7));
  EXPECT_EQ(places_.taken(), 1U);
}

TEST_F(permits_test, a_reused_slot_has_a_new_id) {
  const auto first = permits_.begin(request(1), 0, 0, false);
  permits_.end(first, 7);
  const auto second = permits_.begin(request(2), 0, 0, false);
  EXPECT_NE(first, second);
  EXPECT_FALSE(permits_.end(first, 7));
  EXPECT_EQ(permits_.size(), 1U);
}

TEST_F(permits_test, an_offer_is_accepted_once_and_not_after_its_withdrawal) {
  const auto id = permits_.begin(request(1), 0, 0, true);
  EXPECT_TRUE(permits_.offered(request(1), 0));
  EXPECT_TRUE(permits_.accept(id, 7));
  EXPECT_FALSE(permits_.accept(id, 7));
  const auto other = permits_.begin(request(2), 0, 0, true);
  EXPECT_TRUE(permits_.withdraw(request(2), 0));
  EXPECT_FALSE(permits_.accept(other, 7));
  EXPECT_FALSE(permits_.withdraw(request(2), 0));
  EXPECT_EQ(places_.taken(), 1U);
}

TEST_F(permits_test, a_reported_permit_counts_once_and_ends_by_its_own_epoch) {
  permits_.adopt({request(1), 55, 3, 0, 0, false});
  permits_.adopt({request(1), 55, 3, 0, 1, false});
  EXPECT_EQ(places_.taken(), 1U);
  EXPECT_TRUE(permits_.any_of(1));
  EXPECT_FALSE(permits_.any_of(0));
  EXPECT_FALSE(permits_.end(55, 7));
  EXPECT_TRUE(permits_.end(55, 3));
  EXPECT_FALSE(permits_.end(55, 3));
  EXPECT_EQ(places_.taken(), 0U);
}

TEST_F(permits_test, what_is_listed_and_what_is_taken_stay_the_same_whatever_happens) {
  std::mt19937 random{11};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen{{1, 7}};
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> alive; // (id, epoch) → request
  for (std::uint64_t step = 1; step < 20'000; ++step) {
    const auto [id, epoch] = seen[random() % seen.size()];
    switch (random() % 6) {
    case 0:
    case 1: {
      const auto made = permits_.begin(request(step), 0, random() % 4, random() % 2 == 0);
      ASSERT_TRUE(alive.emplace(std::pair{made, 7}, step).second);
      seen.emplace_back(made, 7);
      break;
    }
    case 2: ASSERT_EQ(permits_.end(id, epoch).has_value(), alive.erase({id, epoch}) == 1); break;
    case 3: permits_.accept(id, epoch); break;
    case 4:
      permits_.adopt({request(step), step, 3, 0, 0, false});
      alive.emplace(std::pair{step, 3}, step);
      seen.emplace_back(step, 3);
      break;
    case 5:
      if (const auto at = alive.find({id, epoch}); at != alive.end() && epoch == 7) {
        ASSERT_TRUE(permits_.withdraw(request(at->second), 0));
        alive.erase(at);
      }
      break;
    }
    ASSERT_EQ(permits_.size(), alive.size());
    ASSERT_EQ(places_.taken(), alive.size());
  }
  permits_.end_if([](const permit&) { return true; });
  EXPECT_EQ(places_.taken(), 0U);
}

TEST(places_test, a_deployments_own_limit_stands_in_place_of_the_providers) {
  places places;
  places.limit(5, 0, {{100, 2}});
  const auto own = places.lane_of(100);
  const auto other = places.lane_of(200);
  EXPECT_EQ(places.room(own), 2U);
  EXPECT_EQ(places.room(other), 5U);
  places.limit(5, 0, {{200, 1}});
  EXPECT_EQ(places.room(own), 5U);
  EXPECT_EQ(places.room(other), 1U);
}

TEST(slices_test, a_single_place_is_never_leased) {
  places places;
  places.lane_of(100);
  places.limit(1, 0);
  slices slices{places};
  slices.introduce(0);
  EXPECT_EQ(slices.lease(0, 0, 8), 0U);
}

TEST(slices_test, a_lease_leaves_as_much_for_every_other_delegate_and_the_owner) {
  places places;
  places.lane_of(100);
  places.limit(12, 0);
  slices slices{places};
  slices.introduce(0);
  slices.introduce(1);
  EXPECT_EQ(slices.lease(0, 0, 100), 4U);
  EXPECT_EQ(places.room(0), 8U);
  EXPECT_EQ(slices.lease(1, 0, 2), 2U);
  EXPECT_EQ(slices.leased(), 6U);
}

TEST(slices_test, no_more_comes_back_than_was_leased) {
  places places;
  places.lane_of(100);
  places.limit(12, 0);
  slices slices{places};
  slices.introduce(0);
  ASSERT_EQ(slices.lease(0, 0, 3), 3U);
  EXPECT_EQ(slices.give_back(0, 0, 2), 2U);
  EXPECT_EQ(slices.give_back(0, 0, 2), 1U);
  EXPECT_EQ(slices.give_back(0, 0, 2), 0U);
  EXPECT_EQ(slices.give_back(1, 0, 2), 0U);
  EXPECT_EQ(places.taken(), 0U);
}

TEST(service_times_test, a_call_takes_what_calls_of_its_lane_have_taken_lately) {
  service_times times;
  EXPECT_EQ(times.mean_us(0), 0);
  EXPECT_EQ(times.typical(), std::chrono::seconds{1}) << "before the first has ended";
  times.observe(0, 10'000'000);
  EXPECT_EQ(times.mean_us(0), 10'000'000);
  EXPECT_EQ(times.mean_us(1), 10'000'000) << "a lane without calls goes by the others";
  for (int i = 0; i < 100; ++i)
    times.observe(0, 1'000'000);
  EXPECT_LE(times.mean_us(0), 1'100'000) << "it follows what it sees";
}

TEST(gate_test, every_reason_closes_it_and_each_ends_for_itself) {
  constexpr core::steady_time now{std::chrono::hours{1}};
  gate gate{std::chrono::seconds{3}};
  EXPECT_TRUE(gate.open());
  gate.observe(false, now);
  gate.pause(now + std::chrono::seconds{5});
  gate.recover({"a"}, now + std::chrono::seconds{9});
  gate.observe(true, now);
  EXPECT_FALSE(gate.open());
  gate.pass_time(now + std::chrono::seconds{5});
  EXPECT_FALSE(gate.open());
  gate.report("b");
  EXPECT_FALSE(gate.open());
  gate.report("a");
  EXPECT_TRUE(gate.open());
}

} // namespace
} // namespace logos::scheduling
