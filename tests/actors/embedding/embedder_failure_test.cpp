// SPDX-License-Identifier: MIT
#include "tests/actors/embedding/embedder_fixture.hpp"

namespace logos::embedding {
namespace {

TEST_F(embedder_test, after_its_patience_a_question_is_decided_without_and_the_late_answer_serves_the_next) {
  learn_descriptions();
  const auto v = asked(about_code);
  advance(49ms);
  EXPECT_FALSE(*v);
  advance(1ms);
  EXPECT_EQ(chosen(*v), "coder");
  EXPECT_TRUE(told(*v, R"("encoder":"built_in","encoder_why":"timeout")")) << (*v)->found.statistics;
  EXPECT_EQ(fallen_back(fallback::timeout), 1U);
  EXPECT_TRUE(runs_->ended.empty()) << "what was begun may still tell";
  answer(0, of_prompt("1,0"));
  EXPECT_EQ(chosen(*asked(about_code)), "poet");
  EXPECT_EQ(runs_->calls.size(), 1U);
}

TEST_F(embedder_test, a_call_that_takes_too_long_is_ended) {
  learn_descriptions();
  asked(about_code);
  advance(300ms);
  EXPECT_TRUE(told(*asked("Another question."), R"("encoder_why":"failed")")) << "nobody waits for a slow reader";
  EXPECT_TRUE(runs_->ended.empty());
  advance(1s);
  EXPECT_TRUE(runs_->ended.contains(runs_->calls[0].what.id));
  net::collected_answer ended;
  ended.refusal = {ec::client_gone, "ended"};
  answer(0, ended);
  EXPECT_FALSE(*asked("Another question.")) << "the pause is over";
}

TEST_F(embedder_test, a_failure_is_followed_by_a_pause_that_doubles) {
  learn_descriptions();
  const auto v = asked("Question 0");
  answer(0, down());
  EXPECT_TRUE(told(*v, R"("encoder_why":"failed")"));
  for (const auto pause : {1s, 2s, 4s}) {
    const auto calls = runs_->calls.size();
    advance(pause - 1ms);
    EXPECT_TRUE(told(*asked("Question"), R"("encoder_why":"failed")")) << "at once";
    EXPECT_EQ(runs_->calls.size(), calls);
    advance(1ms);
    asked("Question " + std::to_string(pause.count()));
    ASSERT_EQ(runs_->calls.size(), calls + 1);
    answer(calls, down());
  }
  advance(8s);
  asked("Question");
  answer(runs_->calls.size() - 1, of_prompt("1,0"));
  EXPECT_FALSE(*asked("One more")) << "it does well again";
}

TEST_F(embedder_test, descriptions_that_failed_are_asked_for_again) {
  asked(about_code);
  answer(0, down());
  EXPECT_EQ(runs_->calls.size(), 1U);
  advance(1250ms);
  ASSERT_EQ(runs_->calls.size(), 2U);
  answer(1, vectors(R"({"index":0,"embedding":[0,1]},{"index":1,"embedding":[1,0]})"));
  EXPECT_TRUE(shelf_->known());
}

TEST_F(embedder_test, nothing_is_asked_for_any_more_once_it_is_off) {
  asked(about_code);
  in_force_->replace(std::make_shared<classification::decision_rules>());
  answer(0, down());
  advance(10s);
  EXPECT_EQ(runs_->calls.size(), 1U);
}

TEST_F(embedder_test, a_text_that_the_reader_refuses_stops_no_others) {
  learn_descriptions();
  const auto v = asked(about_code);
  answer(0, {400, "application/json", "{}", {}});
  EXPECT_TRUE(told(*v, R"("encoder_why":"failed")"));
  EXPECT_FALSE(*asked("Another question."));
  EXPECT_EQ(runs_->calls.size(), 2U);
}

TEST_F(embedder_test, has_no_more_than_32_under_way) {
  learn_descriptions();
  for (int i = 0; i < 32; ++i)
    EXPECT_FALSE(*asked("Question " + std::to_string(i)));
  EXPECT_TRUE(told(*asked("Question 32"), R"("encoder_why":"busy")"));
  EXPECT_FALSE(*asked("Question 7")) << "who asks the same waits with the first";
  EXPECT_EQ(runs_->calls.size(), 32U);
  answer(7, of_prompt("1,0"));
  EXPECT_FALSE(*asked("Question 33"));
}

TEST_F(embedder_test, who_reads_a_vector_of_another_length_decides_without) {
  learn_descriptions();
  const auto v = asked(about_code);
  answer(0, of_prompt("1,0,0"));
  EXPECT_TRUE(told(*v, R"("encoder_why":"failed")"));
}

TEST_F(embedder_test, a_death_of_the_embedder_leaves_no_question_behind) {
  learn_descriptions();
  const auto v = asked(about_code);
  kill(embedder_);
  EXPECT_EQ(runs_->ended.size(), 1U) << "its call ends with it";
  advance(50ms);
  EXPECT_EQ(chosen(*v), "coder");
  EXPECT_TRUE(told(*asked(about_code), R"("encoder_why":"failed")"));
  make_embedder();
  runs_->calls.clear();
  EXPECT_FALSE(*asked(about_code));
  EXPECT_EQ(runs_->calls.size(), 1U) << "and no description is asked for again";
}

TEST_F(embedder_test, a_death_of_the_classifier_lets_go_of_who_waits) {
  learn_descriptions();
  auto q = question(about_code);
  q.snapshot = reading_room();
  q.who = &q.snapshot->principals[0];
  const std::weak_ptr<const catalog::snapshot> held = q.snapshot;
  asked(std::move(q));
  asked(about_code);
  kill(classifier_);
  advance(6s);
  EXPECT_TRUE(held.expired());
  answer(0, of_prompt("1,0"));
  make_classifier();
  EXPECT_TRUE(told(*asked(about_code), R"("encoder_why":"not_ready")")) << "it has read the catalog anew";
  EXPECT_EQ(chosen(*asked(about_code)), "poet");
  EXPECT_EQ(runs_->calls.size(), 1U);
}

} // namespace
} // namespace logos::embedding
