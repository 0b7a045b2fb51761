// SPDX-License-Identifier: MIT
#include "bench/scheduling/family.hpp"
#include "bench/scheduling/workload_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace logos::bench {
namespace {

constexpr std::string_view header = "request_id,arrival_offset,mode,priority,body_json\n";

auto read(std::string text) { return read_workload("w", text, two_cards(true)); }

TEST(workload_file, a_column_may_say_whose_a_request_is) {
  const auto rows = [](std::string_view first, std::string_view second, std::string_view third) {
    std::string text{"arrival_offset,Key,body_json\n"};
    for (const auto key : {first, second, third})
      text += "0," + std::string{key} + R"(,"{""messages"":[]}")" + "\n";
    return read(text);
  };
  const auto w = rows("ann", "bob", "ann");
  ASSERT_TRUE(w) << w.error().message;
  EXPECT_EQ(w->keys, 2U);
  EXPECT_EQ(w->jobs[0].key, w->jobs[2].key);
  EXPECT_NE(w->jobs[0].key, w->jobs[1].key);
  EXPECT_EQ(rows("", "", "")->keys, 1U);
}

TEST(workload_file, a_row_becomes_a_job) {
  const auto w = read(std::string{header} +
                      R"(late,1500.5,batch,low,"{""model"":""gemma3:27b"",""max_tokens"":100,""messages"":[]}"
early,0,,,"{""messages"":[{""role"":""user"",""content"":""12345678""}]}"
)");
  ASSERT_TRUE(w) << w.error().message;
  ASSERT_EQ(w->jobs.size(), 2U);
  EXPECT_EQ(w->jobs[0].priority, 5);
  EXPECT_FALSE(w->jobs[0].batch);
  EXPECT_GE(w->jobs[0].prompt_tokens, 2U);
  EXPECT_EQ(w->jobs[1].arrival - instant{}, from_seconds(1.5005));
  EXPECT_EQ(w->jobs[1].model, 1U);
  EXPECT_EQ(w->jobs[1].answer_tokens, 50U);
  EXPECT_EQ(w->jobs[1].priority, 1);
  EXPECT_TRUE(w->jobs[1].batch);
}

TEST(workload_file, what_is_wrong_is_named_with_its_line) {
  for (const auto* row : {"r,soon,,,{}", "r,0,,,nothing"}) {
    const auto w = read(std::string{header} + "r,0,,,{}\n" + row + "\n");
    ASSERT_FALSE(w);
    EXPECT_EQ(w.error().message.substr(0, 6), "line 3") << w.error().message;
  }
}

TEST(family, a_workload_follows_from_its_seed_and_has_what_its_recipe_says) {
  for (const auto& r : families()) {
    SCOPED_TRACE(r.name);
    const auto a = make(r, 1), b = make(r, 1), c = make(r, 2);
    ASSERT_EQ(a.jobs.size(), r.requests);
    bool same = true, other = false;
    for (std::size_t i = 0; i < a.jobs.size(); ++i) {
      same = same && a.jobs[i].arrival == b.jobs[i].arrival && a.jobs[i].answer_tokens == b.jobs[i].answer_tokens;
      other = other || a.jobs[i].answer_tokens != c.jobs[i].answer_tokens;
      EXPECT_TRUE(i == 0 || a.jobs[i - 1].arrival <= a.jobs[i].arrival);
      EXPECT_LE(a.jobs[i].arrival - instant{}, r.duration);
    }
    EXPECT_TRUE(same);
    EXPECT_TRUE(other);
  }
}

TEST(family, the_models_do_not_fit_together) {
  for (const bool pairs : {false, true}) {
    const auto s = two_cards(pairs);
    std::vector<std::uint64_t> sizes;
    for (const auto& m : s.models)
      sizes.push_back(m.vram_mb);
    std::sort(sizes.begin(), sizes.end());
    EXPECT_GT(sizes[0] + sizes[1] + sizes[2], s.vram_mb);
    EXPECT_EQ(sizes[1] + sizes[2] <= s.vram_mb, pairs);
    EXPECT_EQ(sizes[0] + sizes[1] <= s.vram_mb, pairs);
  }
}

} // namespace
} // namespace logos::bench
