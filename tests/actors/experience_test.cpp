// SPDX-License-Identifier: MIT
#include "actors/monitoring/experience.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <random>

namespace logos::monitoring {
namespace {

using core::ec;

/// A call to a server that needs 50 ms, reads 1,000 tokens a second and writes 50.
actors::release call(std::uint32_t prompt, std::uint32_t answer, bool stream = true, double slower = 1) {
  actors::release r;
  r.status = 200;
  const auto first = static_cast<std::int64_t>(slower * (50'000 + prompt * 1'000.0));
  r.duration_us = first + static_cast<std::int64_t>(slower * (answer - 1) * 20'000.0);
  r.first_byte_us = stream ? first : r.duration_us - 50;
  r.prompt_tokens = prompt;
  r.completion_tokens = answer;
  return r;
}

actors::release failure(ec code, std::uint16_t status = 0) {
  actors::release r;
  r.code = static_cast<std::uint8_t>(code);
  r.status = status;
  return r;
}

TEST(experience, nothing_is_expected_of_what_is_not_known) {
  const experience e;
  EXPECT_EQ(e.of(7).deployment_id, 7);
  EXPECT_EQ(e.of(7).calls, 0U);
  EXPECT_EQ(expected_first_token_us(e.of(7), 1'000), 0);
  EXPECT_TRUE(e.all().empty());
}

TEST(experience, speeds_follow_from_streams_of_any_length) {
  experience e;
  std::mt19937 random{1};
  for (int i = 0; i < 100; ++i)
    e.observe(1, call(10 + random() % 4'000, 10 + random() % 200));
  const auto known = e.of(1);
  EXPECT_NEAR(static_cast<double>(known.first_token_us), 50'000, 500);
  EXPECT_NEAR(static_cast<double>(known.prompt_token_ns), 1'000'000, 1'000);
  EXPECT_NEAR(static_cast<double>(known.answer_token_ns), 20'000'000, 20'000);
  EXPECT_NEAR(static_cast<double>(expected_first_token_us(known, 2'000)), 2'050'000, 5'000);
  EXPECT_NEAR(static_cast<double>(expected_duration_us(known, 2'000, 100)), 4'050'000, 20'000);
  EXPECT_EQ(known.calls, 100U);
  EXPECT_EQ(known.error_permille, 0U);
}

TEST(experience, an_answer_in_one_piece_is_understood_once_a_stream_was_seen) {
  experience e;
  e.observe(1, call(500, 100, false));
  EXPECT_EQ(e.of(1).first_token_us + e.of(1).prompt_token_ns, 0) << "its first token may have come at any time";
  e.observe(1, call(500, 100));
  std::mt19937 random{2};
  for (int i = 0; i < 50; ++i)
    e.observe(1, call(10 + random() % 2'000, 10 + random() % 100, false));
  EXPECT_NEAR(static_cast<double>(expected_first_token_us(e.of(1), 1'000)), 1'050'000, 30'000);
}

TEST(experience, prompts_of_one_length_say_nothing_of_others) {
  experience e;
  for (int i = 0; i < 20; ++i)
    e.observe(1, call(100, 10));
  EXPECT_EQ(e.of(1).prompt_token_ns, 0);
  EXPECT_NEAR(static_cast<double>(expected_first_token_us(e.of(1), 100)), 150'000, 100);
}

TEST(experience, a_server_that_changes_its_speed_is_learned_anew) {
  experience e;
  std::mt19937 random{3};
  for (int i = 0; i < 200; ++i)
    e.observe(1, call(10 + random() % 1'000, 50));
  for (int i = 0; i < 200; ++i)
    e.observe(1, call(10 + random() % 1'000, 50, true, 3));
  EXPECT_NEAR(static_cast<double>(expected_first_token_us(e.of(1), 500)), 3 * 550'000, 100'000);
  EXPECT_NEAR(static_cast<double>(e.of(1).answer_token_ns), 60'000'000, 1'500'000);
}

TEST(experience, one_call_that_waited_for_a_load_spoils_little) {
  experience e;
  for (std::uint32_t i = 0; i < 100; ++i)
    e.observe(1, call(100 + i * 10, 50));
  auto slow = call(500, 50);
  slow.first_byte_us += 60'000'000;
  slow.duration_us += 60'000'000;
  e.observe(1, slow);
  EXPECT_LT(expected_first_token_us(e.of(1), 500), 550'000 * 23 / 20);
}

TEST(experience, figures_are_never_negative_whatever_comes) {
  experience e;
  std::mt19937 random{4};
  for (int i = 0; i < 2'000; ++i) {
    actors::release r;
    r.code = static_cast<std::uint8_t>(random() % 39);
    r.status = static_cast<std::uint16_t>(random() % 600);
    r.first_byte_us = static_cast<std::int64_t>(random()) * (random() % 3 == 0 ? -1 : 1'000);
    r.duration_us = static_cast<std::int64_t>(random()) - 1'000'000;
    r.prompt_tokens = random();
    r.completion_tokens = random() % 5 == 0 ? 0 : random();
    e.observe(1, r);
    const auto known = e.of(1);
    ASSERT_GE(known.first_token_us, 0);
    ASSERT_GE(known.prompt_token_ns, 0);
    ASSERT_GE(known.answer_token_ns, 0);
    ASSERT_LE(known.error_permille, 1'000U);
  }
}

TEST(experience, errors_are_those_that_the_provider_is_to_blame_for) {
  experience e;
  for (int i = 0; i < 400; ++i) {
    e.observe(1, call(100, 10));
    e.observe(1, i % 2 == 0 ? failure(ec::upstream_error, 503) : failure(ec::first_token_timeout));
    e.observe(1, failure(ec::upstream_error, 400));
    e.observe(1, failure(ec::upstream_error, 429));
    e.observe(1, failure(ec::client_gone, 200));
    e.observe(1, failure(ec::none));
  }
  EXPECT_NEAR(e.of(1).error_permille, 250, 30);
  EXPECT_EQ(e.of(1).calls, 1'600U);
}

TEST(experience, a_provider_whose_account_is_closed_fails) {
  experience e;
  auto refused = failure(ec::none, 429);
  refused.account_closed = true;
  for (int i = 0; i < 10; ++i)
    e.observe(1, refused);
  EXPECT_GT(e.of(1).error_permille, 500U);
}

TEST(experience, who_begins_to_fail_is_known_within_a_few_calls_and_who_has_recovered_within_some_more) {
  experience e;
  for (int i = 0; i < 100; ++i)
    e.observe(1, call(100, 10));
  for (int i = 0; i < 7; ++i)
    e.observe(1, failure(ec::upstream_cut));
  EXPECT_GT(e.of(1).error_permille, 500U);
  for (int i = 0; i < 25; ++i)
    e.observe(1, call(100, 10));
  EXPECT_LT(e.of(1).error_permille, 50U);
}

TEST(experience, a_call_whose_prompt_nobody_has_counted_is_a_usual_one) {
  experience e;
  auto uncounted = call(500, 50);
  uncounted.prompt_tokens = 0;
  e.observe(1, uncounted);
  EXPECT_EQ(e.of(1).first_token_us, 550'000);
  experience known;
  std::mt19937 random{5};
  for (int i = 0; i < 50; ++i)
    known.observe(1, call(10 + random() % 2'000, 50));
  const auto before = known.of(1);
  for (int i = 0; i < 5; ++i) {
    auto usual = call(1'000, 50);
    usual.prompt_tokens = 0;
    known.observe(1, usual);
  }
  EXPECT_NEAR(static_cast<double>(known.of(1).prompt_token_ns), static_cast<double>(before.prompt_token_ns), 1'000);
}

TEST(experience, memory_and_loads_are_those_that_were_seen_last) {
  experience e;
  e.observe(1, actors::loaded_model{"m", 9, 7, 4'000'000});
  e.observe(1, actors::loaded_model{"m", 10, 8, 0});
  EXPECT_EQ(e.of(1).load_us, 4'000'000) << "a MONITOR that has loaded nothing says nothing of it";
  EXPECT_EQ(e.of(1).bytes, 10U);
  EXPECT_EQ(e.of(1).vram_bytes, 8U);
}

TEST(experience, what_is_recalled_is_expected_until_more_is_known) {
  experience before;
  for (std::uint32_t i = 0; i < 100; ++i)
    before.observe(1, call(100 + i * 10, 50));
  before.observe(1, actors::loaded_model{"m", 9, 7, 4'000'000});
  experience after;
  after.recall(before.of(1));
  EXPECT_NEAR(static_cast<double>(expected_duration_us(after.of(1), 500, 50)),
              static_cast<double>(expected_duration_us(before.of(1), 500, 50)), 5'000);
  EXPECT_EQ(after.of(1).load_us, 4'000'000);
  for (std::uint32_t i = 0; i < 100; ++i)
    after.observe(1, call(100 + i * 10, 50, true, 2));
  EXPECT_NEAR(static_cast<double>(expected_first_token_us(after.of(1), 500)), 1'100'000, 100'000);
  after.recall(before.of(1));
  EXPECT_NEAR(static_cast<double>(expected_first_token_us(after.of(1), 500)), 1'100'000, 100'000)
      << "what is known is not overwritten";
  experience seen; // by its MONITOR, before the database has answered
  seen.observe(1, actors::loaded_model{"m", 11, 10, 0});
  seen.recall(before.of(1));
  EXPECT_EQ(seen.of(1).bytes, 11U);
  EXPECT_EQ(seen.of(1).load_us, 4'000'000);
  EXPECT_EQ(seen.of(1).calls, before.of(1).calls);
}

} // namespace
} // namespace logos::monitoring
