// SPDX-License-Identifier: MIT
#include "net/rate_headers.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace logos::net {
namespace {

using headers = std::vector<header_view>;
constexpr std::int64_t s = 1'000'000;
// 2026-01-27T12:00:00Z
const core::wall_time now{std::chrono::seconds{1'769'515'200}};

core::rate_word read(const headers& h) { return read_rate_headers(h, now); }

struct provider_case {
  std::string_view name;
  headers lines;
  core::rate_word expected;
};

/// Answers as the providers' documentation and users' reports show them.
const std::vector<provider_case>& cases() {
  static const std::vector<provider_case> all{
      {"openai",
       {{"Content-Type", "application/json"},
        {"x-ratelimit-limit-requests", "10000"},
        {"x-ratelimit-limit-tokens", "200000"},
        {"x-ratelimit-remaining-requests", "9999"},
        {"x-ratelimit-remaining-tokens", "149984"},
        {"x-ratelimit-reset-requests", "8.64s"},
        {"x-ratelimit-reset-tokens", "6m0s"}},
       {{10000, 9999, 8'640'000}, {200000, 149984, 360 * s}, -1, 0}},
      {"openai, refused",
       {{"Retry-After", "20"},
        {"retry-after-ms", "19437"},
        {"x-ratelimit-limit-requests", "3"},
        {"x-ratelimit-remaining-requests", "0"},
        {"x-ratelimit-reset-requests", "59.437s"}},
       {{3, 0, 59'437'000}, {}, 19'437'000, 0}},
      {"azure, without limits and resets",
       {{"apim-request-id", "0b0bb5c6"},
        {"X-RateLimit-Remaining-Requests", "119"},
        {"X-RateLimit-Remaining-Tokens", "119984"}},
       {{-1, 119, -1}, {-1, 119984, -1}, -1, 0}},
      {"azure, tokens not known",
       {{"x-ratelimit-remaining-requests", "9"}, {"x-ratelimit-remaining-tokens", "-1"}},
       {{-1, 9, -1}, {}, -1, 0}},
      {"azure, refused", {{"retry-after", "86400"}, {"Retry-After-Ms", "1250"}}, {{}, {}, 1'250'000, 0}},
      {"anthropic",
       {{"anthropic-ratelimit-requests-limit", "50"},
        {"anthropic-ratelimit-requests-remaining", "49"},
        {"anthropic-ratelimit-requests-reset", "2026-01-27T12:00:01Z"},
        {"anthropic-ratelimit-tokens-limit", "40000"},
        {"anthropic-ratelimit-tokens-remaining", "39000"},
        {"anthropic-ratelimit-tokens-reset", "2026-01-27T13:00:01.5+01:00"},
        {"anthropic-ratelimit-input-tokens-remaining", "1"},
        {"anthropic-ratelimit-output-tokens-remaining", "2"}},
       {{50, 49, s}, {40000, 39000, 1'500'000}, -1, 0}},
      {"anthropic, prompts only",
       {{"anthropic-ratelimit-input-tokens-limit", "100"},
        {"anthropic-ratelimit-input-tokens-remaining", "70"},
        {"anthropic-ratelimit-input-tokens-reset", "2026-01-27T11:59:59Z"}},
       {{}, {100, 70, 0}, -1, 0}},
      {"groq",
       {{"x-ratelimit-limit-requests", "14400"},
        {"x-ratelimit-remaining-requests", "14370"},
        {"x-ratelimit-reset-requests", "2m59.56s"},
        {"x-ratelimit-limit-tokens", "18000"},
        {"x-ratelimit-remaining-tokens", "17997"},
        {"x-ratelimit-reset-tokens", "7.66s"}},
       {{14400, 14370, 179'560'000}, {18000, 17997, 7'660'000}, -1, 0}},
      {"none", {{"Content-Type", "text/event-stream"}, {"x-request-id", "req_1"}}, {}},
      {"some other server's", {{"x-ratelimit-limit", "60"}, {"ratelimit-remaining", "3"}}, {}},
  };
  return all;
}

TEST(rate_headers, are_read_as_providers_write_them) {
  for (const auto& c : cases()) {
    const auto word = read(c.lines);
    EXPECT_EQ(word, c.expected) << c.name << ": " << word.requests.limit << ' ' << word.requests.remaining << ' '
                                << word.requests.reset_us << ' ' << word.tokens.limit << ' ' << word.tokens.remaining
                                << ' ' << word.tokens.reset_us << ' ' << word.pause_us;
    EXPECT_EQ(word.tells(), c.expected.requests.remaining >= 0 || c.expected.tokens.remaining >= 0) << c.name;
  }
}

TEST(rate_headers, a_time_is_a_duration_seconds_or_a_point_in_time) {
  const std::vector<std::pair<std::string_view, std::optional<std::int64_t>>> times{
      {"6m0s", 360 * s},
      {"1s", s},
      {"20ms", 20'000},
      {"1h2m3.5s", 3723 * s + 500'000},
      {"1d", 86400 * s},
      {"12us", 12},
      {"0s", 0},
      {"0", 0},
      {"59", 59 * s},
      {" 0.5 ", 500'000},
      {"1769515203", 3 * s},
      {"1769515203500", 3'500'000},
      {"1769515100", 0},
      {"2026-01-27T12:00:00.25Z", 250'000},
      {"2026-01-27t12:00:02z", 2 * s},
      {"", {}},
      {"-1s", {}},
      {"s", {}},
      {"1s 2s", {}},
      {"1s2", {}},
      {"1x", {}},
      {"400d", {}},
      {"99999999999999999999s", {}},
      {"2026-13-27T12:00:00Z", {}},
      {"2026-01-27T12:00:00", {}},
      {"2026-01-27T12:00:00+1:00", {}},
      {"Tue, 27 Jan 2026 12:00:02 GMT", {}},
  };
  for (const auto& [text, expected] : times)
    EXPECT_EQ(read_reset(text, now), expected) << '\'' << text << '\'';
}

TEST(rate_headers, what_cannot_be_understood_counts_as_not_said) {
  for (const std::string_view value : {"", "many", "-5", "1.5", "99999999999999999999", "0x10", "1 2"}) {
    const auto word = read({{"x-ratelimit-remaining-requests", value}, {"x-ratelimit-limit-requests", value}});
    EXPECT_FALSE(word.tells()) << value;
    EXPECT_EQ(word.requests.limit, -1) << value;
  }
}

TEST(rate_headers, nonsense_of_any_kind_is_survived) {
  std::mt19937 random{7};
  const std::string_view alphabet = "0123456789.-:+TZtzsmhdu\xc2\xb5 x";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = random() % 24; n > 0; --n)
      text += alphabet[random() % alphabet.size()];
    if (const auto us = read_reset(text, now)) {
      EXPECT_GE(*us, 0) << text;
      EXPECT_LE(*us, 366 * 24 * 3600 * s) << text;
    }
    static_cast<void>(read({{"x-ratelimit-reset-tokens", text}, {"retry-after", text}, {"retry-after-ms", text}}));
  }
}

TEST(rate_headers, a_provider_may_say_that_asking_again_is_of_no_use) {
  EXPECT_TRUE(forbids_retry(headers{{"X-Should-Retry", "false"}}));
  EXPECT_FALSE(forbids_retry(headers{{"x-should-retry", "true"}}));
  EXPECT_FALSE(forbids_retry(headers{{"retry-after", "1"}}));
}

} // namespace
} // namespace logos::net
