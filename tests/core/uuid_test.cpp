// SPDX-License-Identifier: MIT
#include "core/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace logos::core {
namespace {

constexpr wall_time at{std::chrono::microseconds{1'700'000'000'123'456}};

TEST(uuid_test, is_version_7_with_the_rfc_variant_and_the_time_in_front) {
  uuid_source source{1};
  const auto text = source.next(at).str();
  ASSERT_EQ(text.size(), 36U);
  EXPECT_EQ(text.substr(0, 13), "018bcfe5-687b"); // 1700000000123 ms
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string_view{"89ab"}.find(text[19]), std::string_view::npos);
}

TEST(uuid_test, ids_of_one_source_grow_strictly_even_within_a_millisecond_and_when_the_clock_steps_back) {
  uuid_source source{2};
  uuid last = source.next(at);
  for (int i = 0; i < 20'000; ++i) {
    const auto next = source.next(i % 3 == 0 ? at - std::chrono::seconds{5} : at);
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(uuid_test, sources_with_different_seeds_do_not_collide) {
  std::set<uuid> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    uuid_source source{seed};
    for (int i = 0; i < 100; ++i)
      EXPECT_TRUE(seen.insert(source.next(at)).second);
  }
}

TEST(uuid_test, text_and_halves_round_trip) {
  uuid_source source{random_seed()};
  for (int i = 0; i < 1000; ++i) {
    const auto id = source.next(at);
    EXPECT_EQ(uuid::parse(id.str()), id);
    EXPECT_EQ(uuid::from_halves(id.high(), id.low()), id);
  }
}

TEST(uuid_test, what_is_not_a_uuid_is_not_parsed) {
  for (const char* text : {"", "018bcfe5-687b-7000-8000-00000000000", "018bcfe5-687b-7000-8000-0000000000000",
                           "018bcfe5_687b-7000-8000-000000000000", "018bcfe5-687b-7000-8000-00000000000g"})
    EXPECT_FALSE(uuid::parse(text)) << text;
}

} // namespace
} // namespace logos::core
