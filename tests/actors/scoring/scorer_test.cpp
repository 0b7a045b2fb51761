// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/scorer.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

struct fleet {
  std::vector<described_model> models{
      {1, "code programming", "writes, explains and debugs computer programs", {0, 0, 0, 0}},
      {2, "math reasoning", "solves mathematics exercises and proofs", {0, 0, 0, 0}},
      {3, "german chat", "conversation, stories and letters", {0, 0, 0, 0}}};
  knowledge known{models, {}, built_in_encoder()};
  scorer s;
  std::int64_t best(std::string_view body) {
    const auto asked = s.read_copying(body, known.with());
    EXPECT_TRUE(asked);
    const std::vector<candidate> all{{1}, {2}, {3}};
    return s.score(known, *asked, all, default_balance()).front().model_id;
  }
};

TEST(scorer, brings_prompts_to_the_model_that_is_made_for_them) {
  fleet f;
  EXPECT_EQ(
      f.best(R"({"messages":[{"role":"user","content":"My Python function raises a KeyError, how do I debug it?"}]})"),
      1);
  EXPECT_EQ(f.best(R"({"messages":[{"role":"user","content":"Compute the derivative of x^3 + 2x and prove it."}]})"),
            2);
  EXPECT_EQ(
      f.best(
          R"({"messages":[{"role":"user","content":"Schreibe mir bitte einen Brief an meine Tante, die krank ist."}]})"),
      3);
}

TEST(scorer, a_system_prompt_that_names_a_models_tags_outweighs_the_rest) {
  fleet f;
  EXPECT_EQ(f.best(R"({"messages":[{"role":"system","content":"You are a German chat companion."},
                       {"role":"user","content":"Fix my C++ code."}]})"),
            3);
}

TEST(scorer, what_is_no_json_is_an_error_and_the_next_body_is_read) {
  fleet f;
  EXPECT_EQ(f.s.read_copying("{", f.known.with()).error().code, core::ec::bad_json);
  EXPECT_EQ(f.best(R"({"input":"Refactor this JavaScript class."})"), 1);
}

} // namespace
} // namespace logos::classification
