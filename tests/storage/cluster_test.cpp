// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <thread>

namespace logos::test {
namespace {

using namespace storage;
using namespace std::chrono_literals;
using core::ec;

class leases : public postgres_suite {};
class members : public postgres_suite {};

TEST_F(leases, are_taken_renewed_and_kept_from_others) {
  const auto first = take(store_->acquire("scheduler/gpu-1", "node-a", "a1", 60s));
  EXPECT_TRUE(first.mine);
  EXPECT_EQ(first.epoch, 1u);
  EXPECT_GT(first.remaining, 50s);
  const auto again = take(store_->acquire("scheduler/gpu-1", "node-a", "a1", 60s));
  EXPECT_TRUE(again.mine);
  EXPECT_EQ(again.epoch, 1u);
  const auto refused = take(open()->acquire("scheduler/gpu-1", "node-b", "b1", 60s));
  EXPECT_FALSE(refused.mine);
  EXPECT_EQ(refused.node, "node-a");
  EXPECT_EQ(refused.epoch, 1u);
}

TEST_F(leases, of_an_earlier_incarnation_are_not_the_next_ones) {
  take(store_->acquire("r", "node-a", "a1", 60s));
  EXPECT_FALSE(take(store_->acquire("r", "node-a", "a2", 60s)).mine);
}

TEST_F(leases, grow_their_epoch_with_every_new_owner_and_after_an_end) {
  take(store_->acquire("r", "node-a", "a1", 60s));
  EXPECT_TRUE(take(store_->release("r", "a1")));
  EXPECT_FALSE(take(store_->release("r", "a1")));
  const auto next = take(store_->acquire("r", "node-b", "b1", 60s));
  EXPECT_TRUE(next.mine);
  EXPECT_EQ(next.epoch, 2u);
  query("update leases set expires_at = clock_timestamp() - interval '1 second'");
  EXPECT_TRUE(take(store_->renew_all("b1", 60s)).empty());
  EXPECT_EQ(take(store_->acquire("r", "node-b", "b1", 60s)).epoch, 3u);
}

TEST_F(leases, are_renewed_together) {
  take(store_->acquire("r1", "node-a", "a1", 10s));
  take(store_->acquire("r2", "node-a", "a1", 10s));
  take(store_->acquire("r3", "node-b", "b1", 10s));
  const auto renewed = take(store_->renew_all("a1", 100s));
  ASSERT_EQ(renewed.size(), 2u);
  for (const auto& each : renewed)
    EXPECT_GT(each.remaining, 90s);
  EXPECT_EQ(take(store_->list_leases()).size(), 3u);
  take(store_->leave("node-a", "a1"));
  EXPECT_TRUE(take(store_->acquire("r1", "node-b", "b1", 10s)).mine);
}

TEST_F(leases, have_one_winner_when_many_try_at_once) {
  constexpr int nodes = 4, rounds = 40;
  std::atomic<int> wins{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < nodes; ++n)
    threads.emplace_back([&, n] {
      auto own = open();
      const auto incarnation = "i" + std::to_string(n);
      for (int round = 0; round < rounds; ++round)
        if (take(own->acquire("r" + std::to_string(round), "node", incarnation, 60s)).mine) ++wins;
    });
  for (auto& each : threads)
    each.join();
  EXPECT_EQ(wins, rounds);
  EXPECT_EQ(query("select max(epoch) from leases"), "1");
}

TEST_F(members, are_seen_by_the_databases_clock) {
  node_facts a{"node-a", "a1", "10.0.0.1:4242", "0.0.0.0:8080", "0.1.0", 3, "serving"};
  node_facts b{"node-b", "b1", "10.0.0.2:4242", "0.0.0.0:8080", "0.1.0", 3, "serving"};
  take(store_->announce(a));
  take(store_->announce(b));
  auto live = take(store_->live_nodes(10s));
  ASSERT_EQ(live.size(), 2u);
  EXPECT_EQ(live[0].node, "node-a");
  EXPECT_EQ(live[0].address, "10.0.0.1:4242");
  query("update nodes set last_seen = last_seen - interval '20 seconds' where node = 'node-a'");
  EXPECT_EQ(take(store_->live_nodes(10s)).size(), 1u);
  a.state = "draining";
  take(store_->heartbeat(a));
  live = take(store_->live_nodes(10s));
  ASSERT_EQ(live.size(), 2u);
  EXPECT_EQ(live[0].state, "draining");
  take(store_->leave("node-b", "b1"));
  EXPECT_EQ(take(store_->live_nodes(10s)).size(), 1u);
}

TEST_F(members, learn_that_another_start_has_taken_their_place) {
  node_facts first{"node-a", "a1", "x", "x", "0.1.0", 0, "serving"};
  take(store_->announce(first));
  auto second = first;
  second.incarnation = "a2";
  take(store_->announce(second));
  EXPECT_EQ(store_->heartbeat(first).error().code, ec::conflict);
  EXPECT_TRUE(store_->heartbeat(second));
}

TEST(alone, sqlite_says_that_it_has_no_cluster) {
  temporary_folder folder;
  store_options options;
  options.data_dir = folder.path();
  auto single = take(open_store(options, secret()));
  EXPECT_FALSE(single->clustered());
  EXPECT_EQ(single->acquire("r", "n", "i", 1s).error().code, ec::not_implemented);
}

} // namespace
} // namespace logos::test
