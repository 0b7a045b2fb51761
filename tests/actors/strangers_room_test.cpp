// SPDX-License-Identifier: MIT
#include "actors/ingress/strangers_room.hpp"
#include "net/body_gate.hpp"
#include "tests/support/fake_exchange.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

boost::intrusive_ptr<tests::fake_exchange> announce(std::size_t bytes) {
  return tests::make_exchange("POST", "/logosdb/export", {{"content-length", std::to_string(bytes)}});
}

core::ec bring(net::exchange& x, std::size_t bytes) {
  return dynamic_cast<net::body_gate&>(*x.attached).admit(bytes).code;
}

TEST(strangers_room, holds_what_has_come_and_not_what_is_announced) {
  strangers_room room{16 * mib};
  std::vector<boost::intrusive_ptr<tests::fake_exchange>> tricklers;
  for (int i = 0; i < 1000; ++i) {
    tricklers.push_back(announce(4 * mib));
    ASSERT_EQ(room.admit(*tricklers.back()).code, core::ec::none);
    ASSERT_EQ(bring(*tricklers.back(), 64 * kib), core::ec::none);
  }
  const auto honest = announce(4 * mib);
  ASSERT_EQ(room.admit(*honest).code, core::ec::none);
  for (std::size_t come = 64 * kib; come <= 4 * mib; come += 64 * kib)
    ASSERT_EQ(bring(*honest, come), core::ec::none) << come;
}

TEST(strangers_room, refuses_what_grows_beyond_it_and_small_bodies_never) {
  strangers_room room{100 * kib};
  const auto first = announce(mib);
  const auto second = announce(mib);
  ASSERT_EQ(room.admit(*first).code, core::ec::none);
  ASSERT_EQ(room.admit(*second).code, core::ec::none);
  EXPECT_EQ(bring(*first, 164 * kib), core::ec::none);
  EXPECT_EQ(bring(*first, 164 * kib + 1), core::ec::queue_full);
  EXPECT_EQ(bring(*second, 64 * kib + 1), core::ec::queue_full);
  const auto small = announce(64 * kib);
  ASSERT_EQ(room.admit(*small).code, core::ec::none);
  EXPECT_EQ(bring(*small, 64 * kib), core::ec::none);
  first->attached.reset();
  EXPECT_EQ(bring(*second, 164 * kib), core::ec::none) << "a place ends with its exchange";
  second->attached.reset();
  const auto third = announce(mib);
  ASSERT_EQ(room.admit(*third).code, core::ec::none);
  EXPECT_EQ(bring(*third, 164 * kib), core::ec::none) << "and gives back what it took, no more";
  EXPECT_EQ(bring(*third, 164 * kib + 1), core::ec::queue_full);
}

TEST(strangers_room, bounds_the_time_of_all_bodies_and_says_how_to_have_more) {
  strangers_room room{mib, 7s};
  for (const auto bytes : {10UL, 100 * kib}) {
    const auto x = announce(bytes);
    ASSERT_EQ(room.admit(*x).code, core::ec::none);
    const auto& gate = dynamic_cast<net::body_gate&>(*x->attached);
    EXPECT_EQ(gate.total(), 7s);
    EXPECT_EQ(gate.late().code, core::ec::request_timeout);
    EXPECT_NE(gate.late().message.find("7000 ms"), std::string::npos);
    EXPECT_NE(gate.late().message.find("header 'logos_key'"), std::string::npos);
  }
}

TEST(strangers_room, takes_bodies_of_a_stated_length_of_4_mib_at_most) {
  strangers_room room;
  EXPECT_EQ(room.admit(*announce(4 * mib)).code, core::ec::none);
  EXPECT_EQ(room.admit(*announce(4 * mib + 1)).code, core::ec::body_too_large);
  const auto chunked = tests::make_exchange("POST", "/logosdb/export", {{"transfer-encoding", "chunked"}});
  EXPECT_EQ(room.admit(*chunked).code, core::ec::missing_key);
  EXPECT_EQ(chunked->attached, nullptr);
}

} // namespace
} // namespace logos::ingress
