// SPDX-License-Identifier: MIT
#include "cluster/sole.hpp"
#include "tests/cluster/member_fixture.hpp"

#include <gtest/gtest.h>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;

storage::lease lease_of(std::string incarnation, std::string node, std::chrono::microseconds remaining) {
  return {std::string{sole_right}, std::move(node), std::move(incarnation), 1, remaining, false};
}

class sole_waiting : public ::testing::Test {
protected:
  const std::chrono::steady_clock::time_point begin_{1h};
  sole_wait wait_{begin_};
};

TEST_F(sole_waiting, is_in_vain_where_the_holder_lives_and_stays) {
  EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", 59s), begin_));
  EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", 60s), begin_ + 1s)) << "it may be told to go just now";
  EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", 60s), begin_ + 2s));
  EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", 59s), begin_ + 4s)) << "one renewal may have been its last";
  EXPECT_FALSE(wait_.worth_it(lease_of("a", "process 1", 60s), begin_ + 5s));
}

TEST_F(sole_waiting, lasts_while_the_holder_drains_but_not_for_ever) {
  const auto draining = to_text({"host", 1, "127.0.0.1:1", "now", true});
  for (auto t = 0s; t < 60s; t += 1s)
    EXPECT_TRUE(wait_.worth_it(lease_of("a", draining, 60s + t), begin_ + t));
  EXPECT_FALSE(wait_.worth_it(lease_of("a", draining, 200s), begin_ + 200s));
}

TEST_F(sole_waiting, lasts_until_the_term_of_one_that_has_fallen_silent_is_over) {
  for (auto t = 0s; t < sole_term; t += 1s)
    EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", sole_term - t), begin_ + t));
}

TEST_F(sole_waiting, begins_to_count_anew_with_another_holder) {
  EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", 10s), begin_));
  EXPECT_TRUE(wait_.worth_it(lease_of("a", "process 1", 60s), begin_ + 4s));
  EXPECT_TRUE(wait_.worth_it(lease_of("b", "process 2", 60s), begin_ + 5s));
  EXPECT_TRUE(wait_.worth_it(lease_of("b", "process 2", 61s), begin_ + 6s));
  EXPECT_FALSE(wait_.worth_it(lease_of("b", "process 2", 62s), begin_ + 7s));
}

/// A NODE that stands alone, before a database that others can reach.
class sole_node : public member_fixture {
protected:
  void start_sole() {
    right_ = scheduling::lease::unlimited(0);
    sole_parts sole;
    sole.registry = registry();
    sole.incarnation = "run-1";
    sole.tell = [this] { return text_; };
    sole.right = right_;
    alone_ = &start_alone(providers({{1, "gpu-1"}}), std::move(sole));
    advance(2 * sole_beat);
  }
  bool holds() { return right_->holds(clock().steady()); }

  std::string text_ = "process 1";
  std::shared_ptr<scheduling::lease> right_;
  member* alone_ = nullptr;
};

TEST_F(sole_node, keeps_its_right_for_as_long_as_it_lives) {
  start_sole();
  advance(10 * sole_term);
  EXPECT_TRUE(holds());
  text_ = "process 1, draining";
  advance(2 * sole_beat);
  const auto seen = find_sole(*fake_store{database_}.list_leases());
  ASSERT_TRUE(seen);
  EXPECT_TRUE(says_draining(seen->node)) << "whoever waits for it learns that it goes";
}

TEST_F(sole_node, serves_on_while_the_database_is_away) {
  start_sole();
  database_.away = true;
  advance(10 * sole_term);
  EXPECT_TRUE(holds()) << "an outage of the database is none of the gateway's";
  database_.away = false;
  advance(2 * sole_beat);
  EXPECT_TRUE(holds());
  EXPECT_TRUE(alone_->fatal.empty());
}

TEST_F(sole_node, ends_as_soon_as_it_finds_its_place_taken) {
  start_sole();
  database_.away = true;
  fake_store elsewhere{database_};
  for (bool taken = false; !taken; advance(250ms)) {
    database_.away = false; // for the other one
    taken = elsewhere.acquire(sole_right, "process 2", "run-2", sole_term)->mine;
    database_.away = true;
  }
  EXPECT_TRUE(alone_->fatal.empty()) << "it cannot know yet";
  database_.away = false;
  advance(2 * sole_beat);
  ASSERT_EQ(alone_->fatal.size(), 1U);
  EXPECT_NE(alone_->fatal[0].find("process 2"), std::string::npos);
  EXPECT_FALSE(holds());
  advance(10 * sole_term);
  EXPECT_FALSE(holds()) << "and is not taken back from the other one";
  EXPECT_EQ(alone_->fatal.size(), 1U);
}

TEST_F(sole_node, lets_no_node_of_a_cluster_in) {
  start_sole();
  auto& a = start("node-a", providers({{1, "gpu-1"}}));
  advance(20s);
  ASSERT_EQ(a.fatal.size(), 1U);
  EXPECT_NE(a.fatal[0].find("process 1"), std::string::npos);
  EXPECT_TRUE(database_.nodes.empty()) << "it leaves nothing behind";
}

TEST_F(sole_node, that_came_while_a_cluster_had_fallen_silent_ends_the_cluster) {
  auto& a = start("node-a", providers({{1, "gpu-1"}}));
  advance(5s);
  ASSERT_TRUE(a.fatal.empty());
  fake_store{database_}.acquire(sole_right, "process 1", "run-1", sole_term);
  advance(3s);
  EXPECT_EQ(a.fatal.size(), 1U);
}

} // namespace
} // namespace logos::cluster
