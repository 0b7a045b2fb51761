// SPDX-License-Identifier: MIT
#include "simulator/spec.hpp"

#include <gtest/gtest.h>

namespace logos::simulator {
namespace {

using namespace std::chrono_literals;

TEST(spec, a_model_is_read_with_its_options) {
  const auto m =
      parse_model(flavour::ollama, "gemma3:4b:size=3300,vram=4200,load=1.5s,prefill=900,speed=60.5,parallel=2");
  ASSERT_TRUE(m) << m.error().message;
  EXPECT_EQ(m->name, "gemma3:4b");
  EXPECT_EQ(m->size_mb, 3300U);
  EXPECT_EQ(m->vram_mb, 4200U);
  EXPECT_EQ(m->load_time, 1500ms);
  EXPECT_DOUBLE_EQ(m->tokens_per_s, 60.5);
  EXPECT_EQ(m->parallel, 2U);
}

TEST(spec, a_tag_is_part_of_the_name) {
  const auto m = parse_model(flavour::ollama, "qwen3:30b-a3b");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->name, "qwen3:30b-a3b");
  EXPECT_GT(m->vram_mb, 20'000U) << "the size follows from the name";
}

TEST(spec, wrong_options_are_named) {
  for (const auto* text : {"m:size=big", "m:colour=red", "m:size=1,load=soon", "m:parallel=-1", ":size=1", "m:dim=0"}) {
    const auto m = parse_model(flavour::openai, text);
    ASSERT_FALSE(m) << text;
    EXPECT_NE(m.error().message.find('\''), std::string::npos);
  }
}

TEST(spec, durations_carry_their_unit) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("5m"), 300s);
  EXPECT_EQ(*parse_duration("2h"), 7200s);
  EXPECT_EQ(*parse_duration("7"), 7s);
  EXPECT_LT(*parse_duration("-1"), 0ms);
  for (const auto* text : {"", "s", "5 m", "5x", "1e99", "1e8h"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(spec, the_demo_fleet_listens_on_free_loopback_ports_and_shares_a_model) {
  const auto fleet = demo_fleet();
  ASSERT_EQ(fleet.size(), 3U);
  for (const auto& p : fleet) {
    EXPECT_EQ(p.host, "127.0.0.1");
    EXPECT_EQ(p.port, 0);
    EXPECT_FALSE(p.models.empty());
  }
  EXPECT_EQ(fleet[0].models[0].name, fleet[1].models[0].name);
}

} // namespace
} // namespace logos::simulator
