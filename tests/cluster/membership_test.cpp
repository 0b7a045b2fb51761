// SPDX-License-Identifier: MIT
#include "cluster/membership.hpp"

#include <gtest/gtest.h>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

class membership_test : public ::testing::Test {
protected:
  view now_live(std::initializer_list<std::pair<std::string, std::string>> nodes) const {
    view v;
    v.asked = clock_.steady();
    for (const auto& [node, incarnation] : nodes) {
      storage::live_node n;
      n.node = node;
      n.incarnation = incarnation;
      n.age = 100ms;
      v.nodes.push_back(n);
    }
    return v;
  }
  core::steady_time now() const { return clock_.steady(); }

  core::manual_clock clock_;
  membership members_{"a", rhythm{1s, 3s}};
};

TEST_F(membership_test, who_lives_and_has_not_joined_is_waited_for_but_not_for_ever) {
  members_.read(now_live({{"a", "a1"}, {"b", "b1"}}));
  EXPECT_EQ(members_.joined(), names({"a"}));
  EXPECT_EQ(members_.expected(now()), names({"a", "b"}));
  for (int s = 0; s < 7; ++s) {
    clock_.advance(1s);
    members_.read(now_live({{"a", "a1"}, {"b", "b1"}}));
  }
  EXPECT_EQ(members_.expected(now()), names({"a"}));
  EXPECT_EQ(members_.may_run(now()), names({"a", "b"}));
}

TEST_F(membership_test, a_lost_node_owns_nothing_at_once_and_may_run_until_its_presence_ends) {
  members_.read(now_live({{"b", "b1"}}));
  members_.join("b", "b1", now());
  EXPECT_EQ(members_.joined(), names({"a", "b"}));
  EXPECT_TRUE(members_.complete());
  members_.lose("b", now());
  EXPECT_EQ(members_.joined(), names({"a"}));
  EXPECT_EQ(members_.expected(now()), names({"a"}));
  EXPECT_EQ(members_.may_run(now()), names({"a", "b"}));
  EXPECT_FALSE(members_.complete());
  clock_.advance(3s);
  EXPECT_EQ(members_.may_run(now()), names({"a"}));
}

TEST_F(membership_test, a_lost_node_lingers_until_its_presence_ends_and_others_do_not) {
  members_.read(now_live({{"b", "b1"}, {"c", "c1"}}));
  EXPECT_EQ(members_.lingering(now()), 0ms);
  members_.join("b", "b1", now());
  EXPECT_EQ(members_.lingering(now()), 0ms);
  clock_.advance(1s);
  members_.lose("b", now());
  EXPECT_EQ(members_.lingering(now()), 2s);
  clock_.advance(2s);
  EXPECT_EQ(members_.lingering(now()), 0ms);
}

TEST_F(membership_test, a_new_run_of_a_node_is_another_member) {
  members_.read(now_live({{"b", "b1"}}));
  members_.join("b", "b1", now());
  clock_.advance(1s);
  members_.read(now_live({{"b", "b2"}}));
  EXPECT_EQ(members_.joined(), names({"a"}));
  members_.join("b", "b2", now());
  EXPECT_EQ(members_.joined(), names({"a", "b"}));
}

TEST_F(membership_test, who_said_good_bye_is_not_reckoned_with) {
  members_.read(now_live({{"b", "b1"}}));
  members_.join("b", "b1", now());
  members_.forget("b");
  EXPECT_EQ(members_.may_run(now()), names({"a"}));
  EXPECT_EQ(members_.expected(now()), names({"a"}));
}

} // namespace
} // namespace logos::cluster
