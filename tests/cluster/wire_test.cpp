// SPDX-License-Identifier: MIT
// What nodes say to each other. A change of it is one of `wire_version` (cluster/member_peers.cpp).
#include "tests/cluster/member_fixture.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t wire_version = 14;

class wire_test : public member_fixture {
protected:
  /// As it comes to another node.
  template <class T>
  T sent(T what) {
    std::vector<char> bytes;
    caf::binary_serializer out{sys(), bytes};
    EXPECT_FALSE(out(what));
    T come{};
    caf::binary_deserializer in{sys(), bytes};
    EXPECT_FALSE(in(come));
    return come;
  }
  /// What a node answers to a greeting of one that speaks `version`.
  std::string greeted(const member& by, std::uint32_t version) {
    actors::node_card c;
    c.cluster = "test";
    c.node = "node-b";
    c.incarnation = "node-b.run-1";
    c.wire = version;
    caf::scoped_actor self{sys()};
    auto asked = self->request(by.node, 60min, atom::hello_v, c, caf::actor_cast<caf::strong_actor_ptr>(stranger_));
    run();
    std::string told;
    if (self->mailbox().empty()) return "nothing";
    asked.receive([&](const actors::node_card& card) { told = "welcome " + std::to_string(card.wire); },
                  [&](const caf::error& e) { told = sys().render(e); });
    return told;
  }

  member_log log_;
  actors::ingress_actor stranger_{host<quiet_ingress>("node", &log_)};
};

TEST_F(wire_test, of_who_is_refused_another_node_hears_how_many_waited_when_it_came) {
  actors::refusal r;
  r.request = core::uuid::from_halves(7, 1);
  r.retry_after_s = 3;
  r.message = "full";
  r.round = 5;
  r.depth_at_arrival = 12;
  const auto come = sent(r);
  EXPECT_EQ(come.request, r.request);
  EXPECT_EQ(come.retry_after_s, 3U);
  EXPECT_EQ(come.message, "full");
  EXPECT_EQ(come.round, 5U);
  EXPECT_EQ(come.depth_at_arrival, 12);
  EXPECT_EQ(sent(actors::refusal{}).depth_at_arrival, -1) << "not known";
}

TEST_F(wire_test, a_node_of_the_version_before_may_not_join_and_hears_why) {
  auto& a = start("node-a", providers({}));
  advance(1s);
  const auto why = greeted(a, wire_version - 1);
  EXPECT_NE(why.find("node node-b speaks version 13 of the protocol, this one 14"), why.npos) << why;
  EXPECT_EQ(greeted(a, wire_version), "welcome 14");
}

} // namespace
} // namespace logos::cluster
