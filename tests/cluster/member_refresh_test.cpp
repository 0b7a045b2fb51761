// SPDX-License-Identifier: MIT
#include "actors/failures.hpp"
#include "tests/cluster/member_fixture.hpp"

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;

/// Two nodes that have met. The first is asked to bring the newest catalog to both.
class member_refresh_test : public member_fixture {
protected:
  member_refresh_test() {
    const auto none = providers({});
    a_ = &start("node-a", none);
    b_ = &start("node-b", none);
    advance(1s);
    connect(*b_, *a_);
    advance(3s);
  }
  template <class... Ts>
  auto request(Ts... what) {
    auto asked = self_->request(a_->node, 60min, what...);
    run();
    return asked;
  }
  bool answered() { return !self_->mailbox().empty(); }
  bool reaches_other() {
    const auto listing = nodes(*a_);
    const auto other = listing.find(R"("name":"node-b")");
    return other != listing.npos && listing.find(R"("reachable":true)", other) != listing.npos;
  }
  template <class Asked>
  void expect_confirmed(Asked& asked) {
    ASSERT_TRUE(answered());
    asked.receive([](std::uint64_t version) { EXPECT_EQ(version, 1U); },
                  [this](const caf::error& e) { ADD_FAILURE() << sys().render(e); });
  }
  template <class Asked>
  core::failure refusal_of(Asked& asked) {
    core::failure told;
    if (!answered()) {
      ADD_FAILURE() << "no answer";
      return told;
    }
    asked.receive([](std::uint64_t) { ADD_FAILURE() << "confirmed"; },
                  [&](const caf::error& e) { told = actors::to_failure(sys(), e); });
    return told;
  }

  member* a_ = nullptr;
  member* b_ = nullptr;
  caf::scoped_actor self_{sys()};
};

TEST_F(member_refresh_test, a_node_that_is_busy_and_silent_has_not_consented) {
  b_->log.catalog_busy = true;
  auto asked = request(atom::refresh_v);
  advance(9s);
  EXPECT_FALSE(answered()) << "a key that was revoked is still accepted there";
  EXPECT_EQ(b_->log.refreshed, 1) << "asked anew it would begin anew";
  b_->log.catalog_busy = false;
  advance(3s);
  expect_confirmed(asked);
  EXPECT_EQ(a_->log.refreshed, 1);
}

TEST_F(member_refresh_test, a_node_that_cannot_load_is_asked_again_until_it_can) {
  b_->log.catalog_fails = true;
  auto asked = request(atom::refresh_v);
  advance(5s);
  EXPECT_FALSE(answered());
  EXPECT_GE(b_->log.refreshed, 5);
  EXPECT_LE(b_->log.refreshed, 11) << "not without a pause";
  b_->log.catalog_fails = false;
  advance(1s);
  expect_confirmed(asked);
}

TEST_F(member_refresh_test, a_node_that_lives_and_never_confirms_is_named_while_the_asker_still_waits) {
  b_->log.catalog_busy = true;
  auto asked = request(atom::refresh_v);
  advance(17s);
  EXPECT_FALSE(answered());
  advance(2s);
  const auto told = refusal_of(asked);
  EXPECT_EQ(told.code, core::ec::storage_away);
  EXPECT_NE(told.message.find("node-b"), std::string::npos) << told.message;
  EXPECT_TRUE(reaches_other());
}

TEST_F(member_refresh_test, a_node_that_is_lost_is_not_waited_for) {
  b_->log.catalog_busy = true;
  auto asked = request(atom::refresh_v);
  EXPECT_FALSE(answered());
  crash(*b_);
  expect_confirmed(asked);
}

TEST_F(member_refresh_test, what_this_node_cannot_load_is_told_at_once) {
  a_->log.catalog_fails = true;
  b_->log.catalog_busy = true;
  auto asked = request(atom::refresh_v);
  EXPECT_EQ(refusal_of(asked).code, core::ec::internal);
}

TEST_F(member_refresh_test, a_node_without_the_newest_catalog_counts_as_one_whose_rows_are_still_to_come) {
  b_->log.catalog_busy = true;
  auto asked = request(atom::refresh_v, atom::flush_v);
  advance(10s);
  EXPECT_FALSE(answered());
  advance(3s);
  ASSERT_TRUE(answered());
  asked.receive([](const std::vector<std::string>& writing) { EXPECT_EQ(writing, std::vector<std::string>{"node-b"}); },
                [this](const caf::error& e) { ADD_FAILURE() << sys().render(e); });
  EXPECT_EQ(b_->log.flushed, 0) << "it would not write what it has yet to claim";
  b_->log.catalog_busy = false;
  EXPECT_TRUE(ask<std::vector<std::string>>(a_->node, atom::refresh_v, atom::flush_v).empty());
  EXPECT_EQ(b_->log.flushed, 1);
}

} // namespace
} // namespace logos::cluster
