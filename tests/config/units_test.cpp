// SPDX-License-Identifier: MIT
#include "config/units.hpp"

#include <gtest/gtest.h>

namespace logos::config {
namespace {

using namespace std::chrono_literals;

TEST(size, understands_binary_and_decimal_units_and_plain_bytes) {
  EXPECT_EQ(parse_size_bytes("32MiB"), 32u << 20);
  EXPECT_EQ(parse_size_bytes("64 KiB"), 64u << 10);
  EXPECT_EQ(parse_size_bytes("1.5GiB"), 1610612736u);
  EXPECT_EQ(parse_size_bytes("2MB"), 2'000'000u);
  EXPECT_EQ(parse_size_bytes("123"), 123u);
  EXPECT_EQ(parse_size_bytes("123B"), 123u);
  EXPECT_EQ(parse_size_bytes("0.000000001GB"), 1u);
}

TEST(size, refuses_everything_else) {
  for (const auto* text : {"", "MiB", "32 M", "32mib", "-1", "1.5", "1.5B", "1e3", "0x10", "32MiBs", "1MiB ", " 1",
                           "1.", "99999999999999999999", "9999999999TiB", "0.0000000001GB"})
    EXPECT_FALSE(parse_size_bytes(text)) << text;
}

TEST(duration, adds_its_parts) {
  EXPECT_EQ(parse_duration("300s"), 300s);
  EXPECT_EQ(parse_duration("30m"), 30min);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("2d"), 48h);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0"), 0ms);
}

TEST(duration, refuses_everything_else) {
  for (const auto* text : {"", "300", "s", "1m1h", "1s1s", "1 s", "-1s", "1.0001s", "1us", "99999999999d", "1h30"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(nano, is_exact) {
  EXPECT_EQ(parse_nano("0.0002"), 200'000);
  EXPECT_EQ(parse_nano("0.000000001"), 1);
  EXPECT_EQ(parse_nano("0.1000000000"), 100'000'000); // zeros beyond the ninth place change nothing
  EXPECT_EQ(parse_nano("9223372036.854775807"), 9'223'372'036'854'775'807);
  for (const auto* text : {"", ".5", "5.", "-1", "+1", "1e-3", "0.0000000001", "9223372036.854775808", "1,5", "NaN"})
    EXPECT_FALSE(parse_nano(text)) << text;
}

TEST(time, is_a_date_or_a_moment_in_utc) {
  const auto text = [](std::string_view t) { return core::to_iso8601(parse_time(t).value()); };
  EXPECT_EQ(text("2026-01-01"), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(text("2024-02-29T23:59:58Z"), "2024-02-29T23:59:58.000000Z");
  EXPECT_EQ(text("2024-02-29 23:59"), "2024-02-29T23:59:00.000000Z");
  EXPECT_EQ(text("2024-02-29T23:59:58.5Z"), "2024-02-29T23:59:58.500000Z");
  EXPECT_EQ(text("2024-02-29T23:59:58.000001999Z"), "2024-02-29T23:59:58.000001Z");
  EXPECT_EQ(text(text("2024-02-29T23:59:58.123456Z")), "2024-02-29T23:59:58.123456Z") << "what is shown can be read";
  for (const auto* bad : {"2026-01-01T12:00:00.Z", "2026-01-01T12:00:00.5x", "2026-01-01T12:00.5Z", "", "2026",
                          "2026-1-1", "2026-13-01", "2023-02-29", "2026-01-01T", "2026-01-01T24:00Z",
                          "2026-01-01T12:00:00+01:00", "2026-01-01x", "26-01-01", "2026-01-01T12:00:60Z"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(quantities, are_written_so_that_they_read_back) {
  for (const std::uint64_t bytes : {0ull, 1ull, 1000ull, 32ull << 10, 32ull << 20, 3ull << 30, 1'000'000'007ull})
    EXPECT_EQ(parse_size_bytes(size_text(bytes)), bytes);
  for (const auto duration : {0ms, 1ms, 1500ms, 60'000ms, 300'000ms, 1'800'000ms, 86'400'000ms})
    EXPECT_EQ(parse_duration(duration_text(duration)), duration);
  for (const std::int64_t nano : {0ll, 1ll, 200'000ll, 1'000'000'000ll, 1'500'000'000ll})
    EXPECT_EQ(parse_nano(nano_text(nano)), nano);
  EXPECT_EQ(size_text(32 << 20), "32MiB");
  EXPECT_EQ(duration_text(300s), "300s");
  EXPECT_EQ(duration_text(30min), "30m");
}

} // namespace
} // namespace logos::config
