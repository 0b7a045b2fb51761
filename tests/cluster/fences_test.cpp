// SPDX-License-Identifier: MIT
#include "cluster/fences.hpp"

#include <gtest/gtest.h>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;
using fate = fences::fate;
using ids = std::vector<std::int64_t>;

class fences_test : public ::testing::Test {
protected:
  ids due(core::steady_time::duration after, fate f) {
    return fences_.due(cut_ + after, listed_, [f](const std::string&) { return f; });
  }
  const rhythm times_{1s, 3s};
  const core::steady_time cut_{100s};
  core::steady_time listed_ = cut_;
  fences fences_{times_};
};

TEST_F(fences_test, whoever_is_cut_off_from_the_database_too_ends_before_the_old_owners_lease) {
  fences_.raise(7, "a1", cut_);
  EXPECT_EQ(due(2500ms, fate::unknown), ids{});
  EXPECT_EQ(due(times_.lease, fate::unknown), ids{7});
}

TEST_F(fences_test, whoever_the_database_has_not_heard_of_for_longer_ends_earlier) {
  fences_.raise(7, "a1", cut_);
  listed_ = cut_ - 1s;
  EXPECT_EQ(due(1500ms, fate::unknown), ids{});
  EXPECT_EQ(due(times_.lease - 1s, fate::unknown), ids{7});
}

TEST_F(fences_test, while_the_owner_lives_calls_end_before_it_counts_their_places_as_free) {
  fences_.raise(7, "a1", cut_);
  EXPECT_EQ(due(times_.lease, fate::alive), ids{});
  EXPECT_EQ(due(fence_of(times_) - 1ms, fate::alive), ids{7});
}

TEST_F(fences_test, a_dead_owners_successor_is_waited_for_until_just_before_it_grants_unasked) {
  fences_.raise(7, "a1", cut_);
  EXPECT_EQ(due(2 * times_.lease, fate::dead), ids{});
  EXPECT_EQ(due(times_.lease + report_fence_of(times_) - 1ms, fate::dead), ids{7});
}

TEST_F(fences_test, nothing_ends_once_an_owner_is_known_again) {
  fences_.raise(7, "a1", cut_);
  fences_.raise(8, "a1", cut_);
  fences_.lift(7);
  EXPECT_EQ(due(1h, fate::unknown), ids{8});
}

TEST_F(fences_test, an_owner_whose_lease_ends_is_as_good_as_dead_though_it_lives) {
  fences_.lapse(7, "a1", cut_);
  EXPECT_EQ(due(times_.heartbeat, fate::alive), ids{});
  EXPECT_EQ(due(report_fence_of(times_) - 1ms, fate::alive), ids{7});
  fences_.lapse(8, "a1", cut_);
  EXPECT_EQ(due(0ms, fate::unknown), ids{8});
}

TEST_F(fences_test, every_provider_is_named_once) {
  fences_.raise(7, "a1", cut_);
  EXPECT_EQ(due(1h, fate::dead), ids{7});
  EXPECT_EQ(due(2h, fate::dead), ids{});
}

} // namespace
} // namespace logos::cluster
