// SPDX-License-Identifier: MIT
#include "cluster/placement.hpp"
#include "tests/cluster/test_node.hpp"
#include "tests/support/postgres_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;
using test::postgres_server;

constexpr rhythm quick{200ms, 1000ms};
constexpr std::int64_t deployment = 100;

std::string migrated_database() {
  const auto url = postgres_server::instance().new_database();
  storage::store_options o;
  o.storage = url;
  auto store = storage::open_store(o, test_secret());
  EXPECT_TRUE((*store)->migrate());
  return url;
}

std::int64_t owned_by(const std::string& node) {
  const std::vector<std::string> both{"node-a", "node-b"};
  for (std::int64_t id = 1;; ++id)
    if (choose_owner({id, {}}, both) == node) return id;
}

/// The part of the listing that says what a node owns.
std::string owns(const std::string& listing, const std::string& node) {
  const auto at = listing.find(R"("name":")" + node + '"');
  if (at == listing.npos) return "not listed";
  const auto from = listing.find(R"("owns":)", at);
  return listing.substr(from, listing.find(']', from) - from + 1);
}

bool together(const std::string& listing) {
  return listing.find(R"("reachable":false)") == listing.npos &&
         owns(listing, "node-a").find("gpu") != std::string::npos &&
         owns(listing, "node-b").find("gpu") != std::string::npos;
}

TEST(lone_node, every_provider_is_its_own_and_can_be_asked) {
  observations seen;
  test_node node{"local", "", providers(3, 1), &seen, true, quick};
  node.ask(1, 1, deployment);
  node.ask(2, 1, deployment);
  node.ask(3, 2, deployment + 1);
  EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 2; }));
  node.end_all();
  EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 3; }));
  EXPECT_EQ(owns(node.nodes(), "local"), R"("owns":["gpu-1","gpu-2","gpu-3"])");
  EXPECT_EQ(node.query<std::uint64_t>(atom::refresh_v), 7U);
}

class two_nodes : public ::testing::Test {
protected:
  void start(std::uint32_t parallel, bool hold, rhythm times = quick) {
    database_ = migrated_database();
    snapshot_ = providers(6, parallel);
    a_ = std::make_unique<test_node>("node-a", database_, snapshot_, &seen_, hold, times);
    b_ = std::make_unique<test_node>("node-b", database_, snapshot_, &seen_, hold, times);
    ASSERT_TRUE(a_->until(20s, together)) << a_->nodes();
    ASSERT_TRUE(b_->until(20s, together)) << b_->nodes();
  }
  std::string database_;
  catalog::snapshot_ptr snapshot_;
  observations seen_;
  std::unique_ptr<test_node> a_;
  std::unique_ptr<test_node> b_;
};

TEST_F(two_nodes, share_the_providers_and_agree_on_who_owns_what) {
  start(1, true);
  // They have met, but some of the providers may just be changing hands.
  EXPECT_TRUE(a_->until(10s, [](const std::string& listing) {
    const auto all = owns(listing, "node-a") + owns(listing, "node-b");
    for (int id = 1; id <= 6; ++id)
      if (all.find("gpu-" + std::to_string(id)) == all.npos) return false;
    return true;
  })) << a_->nodes();
  EXPECT_TRUE(b_->until(5s, [&](const std::string& l) { return owns(l, "node-a") == owns(a_->nodes(), "node-a"); }));
  const auto tree = a_->tree();
  std::set<std::string> names;
  for (const auto& s : tree)
    names.insert(s.node + " " + s.name);
  EXPECT_TRUE(names.contains("node-a node"));
  EXPECT_TRUE(names.contains("node-b node"));
  EXPECT_TRUE(names.contains("node-b delegate/gpu-1"));
}

TEST_F(two_nodes, reload_their_catalogs_together) {
  start(1, true);
  EXPECT_EQ(a_->query<std::uint64_t>(atom::refresh_v), 7U);
  EXPECT_EQ(a_->refreshed(), 1);
  EXPECT_EQ(b_->refreshed(), 1);
}

TEST_F(two_nodes, one_place_is_never_two_requests_under_random_load) {
  start(1, false);
  constexpr int each = 300;
  for (std::uint64_t i = 0; i < each; ++i) {
    a_->ask(i, 1 + static_cast<std::int64_t>(i % 6), 1 + static_cast<std::int64_t>(i % 6));
    b_->ask(i, 1 + static_cast<std::int64_t>(i % 6), 1 + static_cast<std::int64_t>(i % 6));
  }
  EXPECT_TRUE(seen_.wait_for(60s, [&](auto& s) { return s.ends_ == 2 * each; })) << a_->nodes();
  EXPECT_EQ(seen_.refusals_, 0);
  for (const auto& [id, most] : seen_.most_)
    EXPECT_EQ(most, 1) << "deployment " << id;
}

TEST_F(two_nodes, more_places_are_never_exceeded_with_slices_either) {
  start(10, false);
  constexpr int each = 600;
  for (std::uint64_t i = 0; i < each; ++i) {
    a_->ask(i, 1 + static_cast<std::int64_t>(i % 2), 1 + static_cast<std::int64_t>(i % 2));
    b_->ask(i, 1 + static_cast<std::int64_t>(i % 2), 1 + static_cast<std::int64_t>(i % 2));
  }
  EXPECT_TRUE(seen_.wait_for(60s, [&](auto& s) { return s.ends_ == 2 * each; })) << a_->nodes();
  for (const auto& [id, most] : seen_.most_)
    EXPECT_LE(most, 10) << "deployment " << id;
}

TEST_F(two_nodes, who_is_refused_by_the_other_hears_how_many_waited_there_when_it_came) {
  start(1, true);
  const auto p = owned_by("node-a");
  b_->ask(1, p, deployment);
  ASSERT_TRUE(seen_.wait_for(10s, [](auto& s) { return s.grants_ == 1; }));
  b_->ask(2, p, deployment);
  b_->ask(3, p, deployment, 300ms);
  EXPECT_TRUE(seen_.wait_for(10s, [](auto& s) { return s.refusals_ == 1; }));
  EXPECT_EQ(seen_.deepest_, 1);
}

TEST_F(two_nodes, when_one_leaves_the_other_takes_over_and_waiting_requests_stay) {
  start(1, true);
  const auto p = owned_by("node-a");
  b_->ask(1, p, deployment);
  ASSERT_TRUE(seen_.wait_for(10s, [](auto& s) { return s.grants_ == 1; }));
  b_->ask(2, p, deployment);
  const auto left = std::chrono::steady_clock::now();
  a_->end();
  EXPECT_TRUE(b_->until(5s, [](const std::string& l) { return owns(l, "node-a") == "not listed"; }));
  EXPECT_EQ(seen_.grants_, 1);
  b_->end_all();
  EXPECT_TRUE(seen_.wait_for(5s, [](auto& s) { return s.grants_ == 2; })) << b_->nodes();
  EXPECT_LT(std::chrono::steady_clock::now() - left, 5s);
  EXPECT_EQ(seen_.refusals_, 0);
}

TEST_F(two_nodes, go_on_without_the_database_while_they_are_together) {
  start(1, true); // no slice can be leased of it
  const auto p = owned_by("node-a");
  postgres_server::instance().stop();
  // Three times as long as a lease lasts.
  const auto end = std::chrono::steady_clock::now() + 3 * quick.lease;
  std::uint64_t id = 0;
  while (std::chrono::steady_clock::now() < end) {
    const auto before = seen_.grants_;
    b_->ask(++id, p, deployment);
    ASSERT_TRUE(seen_.wait_for(2s, [&](auto& s) { return s.grants_ > before; })) << a_->nodes();
    b_->end_all();
    b_->until(100ms, [](const std::string&) { return false; });
  }
  // One is gone now, and nobody can say what became of it: its providers wait for the database.
  a_->end();
  const auto granted = seen_.grants_;
  b_->ask(++id, p, deployment);
  b_->ask(++id, owned_by("node-b"), deployment + 1);
  EXPECT_FALSE(seen_.wait_for(2 * quick.lease, [&](auto& s) { return s.grants_ >= granted + 2; }));
  postgres_server::instance().start();
  EXPECT_TRUE(seen_.wait_for(20s, [&](auto& s) { return s.grants_ >= granted + 2; })) << b_->nodes();
  EXPECT_EQ(seen_.refusals_, 0);
}

TEST(namesakes, the_second_refuses_to_join_and_says_why) {
  const auto database = migrated_database();
  observations seen;
  test_node first{"node-a", database, providers(1, 1), &seen, true, quick};
  ASSERT_TRUE(first.until(10s, [](const std::string& l) { return owns(l, "node-a").find("gpu") != l.npos; }));
  test_node second{"node-a", database, providers(1, 1), &seen, true, quick};
  const auto why = second.fatal(10s);
  EXPECT_NE(why.find("node-a"), std::string::npos) << why;
  EXPECT_NE(why.find("cluster.node"), std::string::npos) << why;
  EXPECT_NE(owns(first.nodes(), "node-a").find("gpu"), std::string::npos);
}

TEST(killed_owner, the_survivor_grants_within_five_seconds_and_its_clients_see_no_error) {
  const auto database = migrated_database();
  const auto p = owned_by("node-a");
  const auto snapshot = providers(6, 1);
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    observations unseen;
    test_node doomed{"node-a", database, snapshot, &unseen, true, rhythm{}};
    for (;;)
      pause();
  }
  observations seen;
  test_node survivor{"node-b", database, snapshot, &seen, true, rhythm{}};
  const bool met = survivor.until(20s, together);
  EXPECT_TRUE(met) << survivor.nodes();
  survivor.ask(1, p, deployment);
  EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 1; })) << survivor.nodes();
  survivor.ask(2, p, deployment);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const auto killed = std::chrono::steady_clock::now();
  survivor.end_all();
  EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 2; })) << survivor.nodes();
  const auto took = std::chrono::steady_clock::now() - killed;
  EXPECT_LT(took, 5s);
  RecordProperty("takeover_ms", static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  EXPECT_EQ(seen.refusals_, 0);
}

TEST(frozen_owner, is_replaced_and_takes_its_place_again_when_it_wakes) {
  const auto database = migrated_database();
  const auto p = owned_by("node-a");
  const auto snapshot = providers(6, 1);
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    observations unseen;
    test_node sleeper{"node-a", database, snapshot, &unseen, true, quick};
    for (;;)
      pause();
  }
  observations seen;
  {
    test_node other{"node-b", database, snapshot, &seen, true, quick};
    EXPECT_TRUE(other.until(20s, together)) << other.nodes();
    other.ask(1, p, deployment);
    EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 1; }));
    other.ask(2, p, deployment);
    kill(child, SIGSTOP);
    other.end_all();
    EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 2; })) << other.nodes();
    other.ask(3, p, deployment);
    kill(child, SIGCONT);
    EXPECT_TRUE(other.until(20s, together)) << other.nodes();
    EXPECT_EQ(seen.grants_, 2) << "what ran when the owner changed back still counts";
    other.end_all();
    EXPECT_TRUE(seen.wait_for(10s, [](auto& s) { return s.grants_ == 3; })) << other.nodes();
    EXPECT_EQ(seen.refusals_, 0);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

} // namespace
} // namespace logos::cluster
