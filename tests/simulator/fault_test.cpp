// SPDX-License-Identifier: MIT
#include "simulator/fault.hpp"

#include <gtest/gtest.h>

namespace logos::simulator {
namespace {

TEST(fault, every_kind_is_read_by_its_name) {
  for (int i = 0; i <= static_cast<int>(fault_kind::last_); ++i) {
    const auto kind = static_cast<fault_kind>(i);
    EXPECT_EQ(parse_fault_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(parse_fault_kind("explode"));
}

TEST(fault, the_number_means_what_the_kind_needs) {
  EXPECT_EQ(parse_fault("status-429")->code, 429U);
  EXPECT_EQ(parse_fault("cut_mid_stream-3")->after_chunks, 3U);
  EXPECT_EQ(parse_fault("slow-250")->delay, std::chrono::milliseconds{250});
  for (const auto* text : {"status-99", "status-x", "slow-", "nothing", ""})
    EXPECT_FALSE(parse_fault(text)) << text;
}

TEST(fault, a_model_name_may_carry_one) {
  const auto [model, f] = split_fault("gemma3:4b@hang_after_chunks-2");
  EXPECT_EQ(model, "gemma3:4b");
  ASSERT_TRUE(f);
  EXPECT_EQ(f->kind, fault_kind::hang_after_chunks);
  EXPECT_EQ(split_fault("model@work").first, "model@work");
}

TEST(fault, it_spares_and_hits_as_many_as_it_says) {
  fault_table t;
  t.add({.model = "m", .kind = fault_kind::hang, .skip = 1, .count = 2});
  EXPECT_FALSE(t.take("other", "/v1/x"));
  EXPECT_FALSE(t.take("m", "/v1/x"));
  EXPECT_TRUE(t.take("m", "/v1/x"));
  EXPECT_TRUE(t.take("m", "/v1/x"));
  EXPECT_FALSE(t.take("m", "/v1/x"));
}

TEST(fault, requests_without_a_model_are_hit_only_by_path) {
  fault_table t;
  t.add({.kind = fault_kind::hang});
  EXPECT_FALSE(t.take("", "/api/ps"));
  t.add({.kind = fault_kind::slow, .path = "/api/ps"});
  ASSERT_TRUE(t.take("", "/api/ps"));
  EXPECT_TRUE(t.take("m", "/api/chat"));
  t.clear({});
  EXPECT_FALSE(t.take("m", "/api/chat"));
}

} // namespace
} // namespace logos::simulator
