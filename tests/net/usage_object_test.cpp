// SPDX-License-Identifier: MIT
#include "net/usage.hpp"

#include <gtest/gtest.h>

#include <array>

namespace logos::net {
namespace {

/// Of a usage object: the prompt, what of it came from a cache, and what went into one.
std::array<std::int64_t, 3> prompt_of(const std::string& usage, const own_counters* counters = nullptr) {
  net::usage u;
  EXPECT_TRUE(read_usage_object(usage, u, counters)) << usage;
  return {u.prompt_tokens, u.prompt_cached_tokens, u.prompt_cache_creation_tokens};
}

TEST(usage_object, of_two_members_with_one_name_the_first_counts) {
  usage read_first;
  ASSERT_TRUE(read_usage_object(
      R"({"prompt_tokens":7,"completion_tokens":2,"prompt_tokens":900,"completion_tokens":"x","total_tokens":9})",
      read_first));
  EXPECT_EQ(read_first.prompt_tokens, 7);
  EXPECT_EQ(read_first.completion_tokens, 2);
  usage unreadable;
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":"x","prompt_tokens":7})", unreadable));
}

TEST(usage_object, what_stands_beside_prompt_tokens_of_a_cache_is_a_part_of_them) {
  using counts = std::array<std::int64_t, 3>;
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"completion_tokens":5,"cache_creation_input_tokens":900})"),
            (counts{1000, 0, 900}));
  EXPECT_EQ(prompt_of(R"({"cache_read_input_tokens":600,"cache_creation_input_tokens":300,"prompt_tokens":1000})"),
            (counts{1000, 600, 300}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_cache_hit_tokens":640,"prompt_cache_miss_tokens":360})"),
            (counts{1000, 640, 0}))
      << "as DeepSeek says it";
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"cache_read_input_tokens":null,"prompt_cache_hit_tokens":7})"),
            (counts{1000, 7, 0}));
}

TEST(usage_object, what_the_details_name_of_a_cache_is_not_counted_twice) {
  using counts = std::array<std::int64_t, 3>;
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":600},)"
                      R"("cache_read_input_tokens":600,"prompt_cache_hit_tokens":600})"),
            (counts{1000, 600, 0}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":600},)"
                      R"("cache_creation_input_tokens":300})"),
            (counts{1000, 600, 300}))
      << "each where it is named";
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_tokens_details":{"cache_creation_tokens":300},)"
                      R"("cache_creation_input_tokens":400,"cache_read_input_tokens":1})"),
            (counts{1000, 1, 300}));
}

TEST(usage_object, no_part_of_a_prompt_is_more_than_the_prompt) {
  using counts = std::array<std::int64_t, 3>;
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":10,"cache_read_input_tokens":5000})"), (counts{10, 10, 0}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":10,"cache_read_input_tokens":8,"cache_creation_input_tokens":8})"),
            (counts{10, 8, 2}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":0,"prompt_cache_hit_tokens":8})"), (counts{0, 0, 0}));
  EXPECT_EQ(prompt_of(R"({"input_tokens":10,"cache_read_input_tokens":5000,"output_tokens":1})"),
            (counts{5010, 5000, 0}))
      << "Anthropic's stand beside";
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":null,"input_tokens":10,"cache_read_input_tokens":50})"), (counts{60, 50, 0}));
  usage refused;
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":10,"prompt_cache_hit_tokens":-1})", refused));
}

TEST(usage_object, hits_that_an_operators_own_type_counts_are_no_other_types) {
  const own_counters counters{{100, {"prompt_cache_hit_tokens"}}};
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_cache_hit_tokens":640})", &counters),
            (std::array<std::int64_t, 3>{1000, 0, 0}));
}

TEST(usage_object, strange_counts_do_no_harm) {
  usage u;
  EXPECT_FALSE(read_usage_object("{}", u));
  EXPECT_FALSE(read_usage_object("[]", u));
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":"7"})", u));
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":)", u));
  EXPECT_FALSE(u.seen);
  usage whole;
  EXPECT_TRUE(read_usage_object(R"({"prompt_tokens":5.0,"completion_tokens":2e3,"total_tokens":2.0})", whole));
  EXPECT_EQ(whole.prompt_tokens, 5);
  EXPECT_EQ(whole.completion_tokens, 2000);
  EXPECT_EQ(whole.total_tokens, 2);
}

TEST(usage_object, details_that_cannot_be_make_it_missing_and_null_is_no_count) {
  const auto seen = [](const std::string& details) {
    usage u;
    const bool read = read_usage_object(
        R"({"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":)" + details + "}", u);
    EXPECT_EQ(read, u.seen);
    return read;
  };
  EXPECT_FALSE(seen(R"({"cached_tokens":-7})"));
  EXPECT_FALSE(seen(R"({"cached_tokens":"7"})"));
  EXPECT_FALSE(seen(R"({"audio_tokens":0.5})"));
  EXPECT_TRUE(seen(R"({"cached_tokens":null,"audio_tokens":1.0})"));
  EXPECT_TRUE(seen(R"({"cost":0.25,"name":"x"})")) << "is not counted";
  EXPECT_TRUE(seen("null"));
  usage most;
  EXPECT_TRUE(read_usage_object(R"({"prompt_tokens":4294967295,"completion_tokens":null})", most));
  EXPECT_EQ(most.total_tokens, 4294967295);
}

} // namespace
} // namespace logos::net
