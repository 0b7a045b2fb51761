// SPDX-License-Identifier: MIT
// What a DELEGATE says to whoever asks what a request may expect.
#include "tests/cluster/delegate_fixture.hpp"

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;

class delegate_outlook_test : public delegate_test {
protected:
  actors::outlook outlook_at(node& n, std::uint64_t id) {
    const auto all = ask<std::vector<actors::outlook>>(n.delegate, atom::explain_v, scheduling::request(id));
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? actors::outlook{} : all.front();
  }
};

TEST_F(delegate_outlook_test, asks_the_owner_what_a_request_may_expect) {
  elect(1);
  ask_at(b_, 1);
  ask_at(b_, 2);
  ask_at(a_, 3);
  const auto o = outlook_at(a_, 3);
  EXPECT_EQ(o.state, static_cast<std::uint8_t>(actors::ticket_state::waiting));
  EXPECT_EQ(o.ahead, 1U);
  EXPECT_EQ(o.waiting, 2U);
  EXPECT_EQ(outlook_at(b_, 1).state, static_cast<std::uint8_t>(actors::ticket_state::running));
  EXPECT_TRUE(ask<std::vector<actors::outlook>>(a_.delegate, atom::explain_v, scheduling::request(99)).empty());
}

TEST_F(delegate_outlook_test, without_an_owner_says_what_it_knows_itself) {
  elect(1);
  ask_at(b_, 1);
  ask_at(a_, 2);
  lose_owner();
  advance(2s);
  const auto o = outlook_at(a_, 2);
  EXPECT_EQ(o.state, static_cast<std::uint8_t>(actors::ticket_state::asked));
  EXPECT_GE(o.waited_us, 2'000'000);
  EXPECT_NE(o.blocked_by.find("taking the provider over"), std::string::npos) << o.blocked_by;
}

TEST_F(delegate_outlook_test, without_an_owner_lists_who_waits_with_its_node) {
  elect(1);
  ask_at(b_, 1);
  for (const auto id : {5U, 2U, 9U})
    ask_at(a_, id);
  const auto listed = [&](const actors::queue_question& asked) {
    const auto page = ask<actors::queue_page>(a_.delegate, atom::explain_v, asked);
    std::vector<std::uint64_t> found;
    for (const auto& t : page.tickets)
      found.push_back(t.request.low());
    return std::pair{found, page.silent};
  };
  actors::queue_question all;
  all.deployments = {100};
  EXPECT_EQ(listed(all).first.size(), 3U);
  EXPECT_TRUE(listed(all).second.empty()) << "the owner has answered";
  lose_owner();
  const std::vector<std::int64_t> silent{1};
  EXPECT_EQ(listed(all), std::pair(ids({2, 5, 9}), silent));
  all.limit = 2;
  EXPECT_EQ(listed(all).first, ids({2, 5}));
  all.after_deployment = 100;
  all.after_request = scheduling::request(5);
  EXPECT_EQ(listed(all).first, ids({9}));
  all.processes = {77};
  EXPECT_TRUE(listed(all).first.empty());
  actors::queue_question other;
  other.deployments = {101};
  EXPECT_TRUE(listed(other).first.empty());
}

} // namespace
} // namespace logos::cluster
