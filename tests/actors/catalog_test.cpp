// SPDX-License-Identifier: MIT
#include "actors/catalog/catalog.hpp"
#include "tests/actors/sqlite_system.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

/// What a follower has been given; with `hold` it answers only when it is told to flush.
struct follower_log {
  std::vector<catalog::snapshot_ptr> seen;
  bool hold = false;
  std::vector<caf::typed_response_promise<std::uint64_t>> held;
};

class follower {
public:
  using handle = actors::follower_actor::extend<caf::reacts_to<atom::flush>>;
  follower(actors::self_pointer<follower> self, follower_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](atom::adopt, const catalog::snapshot_ptr& s) { return adopt(s); },
        [this](atom::flush) { let_go(); },
    };
  }

private:
  caf::result<std::uint64_t> adopt(const catalog::snapshot_ptr& s) {
    log_->seen.push_back(s);
    if (!log_->hold) return s->version;
    log_->held.push_back(self_->make_response_promise<std::uint64_t>());
    return log_->held.back();
  }
  void let_go() {
    for (auto& promise : log_->held)
      promise.deliver(log_->seen.back()->version);
    log_->held.clear();
  }
  actors::self_pointer<follower> self_;
  follower_log* log_;
};

class catalog_test : public sqlite_system {
protected:
  catalog_test() {
    registry_ = host<recording::registry_state>("registry", opener());
    catalog_ = host<catalog::catalog_state>("catalog", registry_, catalog::catalog_options{});
    follower_ = host<follower>("follower", &log_);
    tell(catalog_, atom::subscribe_v, actors::follower_actor{follower_});
  }
  ~catalog_test() override { log_.held.clear(); }
  void add_model(const std::string& name) {
    storage::model m;
    m.name = name;
    ASSERT_TRUE(store().create(m));
  }
  /// Asks for a refresh.
  void refresh() {
    self_->request(catalog_, 3600s, atom::refresh_v);
    run();
  }
  bool answered() { return !self_->mailbox().empty(); }

  follower_log log_;
  actors::registry_actor registry_;
  actors::catalog_actor catalog_;
  follower::handle follower_;
  caf::scoped_actor self_{sys()};
};

TEST_F(catalog_test, hands_the_current_catalog_to_a_subscriber_at_once) {
  ASSERT_EQ(log_.seen.size(), 1U);
  EXPECT_NE(log_.seen[0]->find_key(sqlite_secret().hash("root"), clock().wall()), nullptr);
  EXPECT_TRUE(log_.seen[0]->principals.at(0).root);
}

TEST_F(catalog_test, a_refresh_is_answered_with_what_was_changed_before_it) {
  add_model("new");
  const auto version = ask<std::uint64_t>(catalog_, atom::refresh_v);
  EXPECT_EQ(version, log_.seen.back()->version);
  EXPECT_NE(log_.seen.back()->find_model("new"), nullptr);
}

TEST_F(catalog_test, a_refresh_waits_until_every_subscriber_has_adopted) {
  log_.hold = true;
  add_model("new");
  refresh();
  EXPECT_EQ(log_.seen.size(), 2U);
  EXPECT_FALSE(answered());
  tell(follower_, atom::flush_v);
  EXPECT_TRUE(answered());
}

TEST_F(catalog_test, the_database_is_told_what_everybody_goes_by_and_not_before) {
  const auto noted = [this] { return *store().version_in_force("local"); };
  const auto before = *store().catalog_version();
  EXPECT_EQ(noted(), before);
  log_.hold = true;
  add_model("new");
  advance(1s);
  ASSERT_EQ(log_.seen.size(), 2U);
  EXPECT_EQ(noted(), before);
  tell(follower_, atom::flush_v);
  EXPECT_EQ(noted(), *store().catalog_version());
  EXPECT_GT(noted(), before);
  EXPECT_EQ(*store().version_in_force("elsewhere"), 0);
}

TEST_F(catalog_test, a_dead_subscriber_does_not_hold_a_refresh_up) {
  log_.hold = true;
  add_model("new");
  refresh();
  EXPECT_FALSE(answered());
  log_.held.clear();
  kill(follower_);
  EXPECT_TRUE(answered());
}

TEST_F(catalog_test, a_subscriber_that_did_not_answer_is_asked_again) {
  log_.hold = true;
  add_model("new");
  refresh();
  log_.held.clear();
  log_.hold = false;
  advance(7s);
  EXPECT_TRUE(answered());
}

TEST_F(catalog_test, finds_other_nodes_changes_by_itself_within_a_second) {
  add_model("elsewhere");
  advance(1s);
  EXPECT_NE(log_.seen.back()->find_model("elsewhere"), nullptr);
  const auto loads = log_.seen.size();
  advance(10s);
  EXPECT_EQ(log_.seen.size(), loads) << "nothing changed";
}

TEST_F(catalog_test, keeps_the_last_catalog_while_the_database_is_away_and_says_so) {
  kill(registry_);
  advance(2s);
  EXPECT_NE(ask<actors::actor_status>(catalog_, atom::status_v).state.find("kept"), std::string::npos);
  EXPECT_EQ(log_.seen.size(), 1U);
  refresh();
  EXPECT_TRUE(answered()) << "with an error";
}

TEST_F(catalog_test, dies_with_its_registry_so_that_it_is_made_again_with_the_new_one) {
  bool down = false;
  self_->monitor(catalog_);
  caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(registry_),
                                              caf::exit_msg{registry_->address(), caf::exit_reason::kill});
  run();
  self_->receive([&](const caf::down_msg& gone) { down = gone.source == catalog_.address(); },
                 caf::after(std::chrono::seconds{0}) >> [] {});
  EXPECT_TRUE(down);
}

TEST_F(catalog_test, starts_without_a_database_and_loads_when_it_comes) {
  away_ = true;
  auto late = host<recording::registry_state>("late-registry", opener());
  auto waiting = host<catalog::catalog_state>("late-catalog", late, catalog::catalog_options{});
  follower_log log;
  auto other = host<follower>("late-follower", &log);
  tell(waiting, atom::subscribe_v, actors::follower_actor{other});
  EXPECT_TRUE(log.seen.empty());
  EXPECT_NE(ask<actors::actor_status>(waiting, atom::status_v).state.find("no catalog yet"), std::string::npos);
  away_ = false;
  advance(1s);
  EXPECT_EQ(log.seen.size(), 1U);
  kill(other);
  kill(waiting);
}

} // namespace
} // namespace logos::tests
