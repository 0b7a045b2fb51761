// SPDX-License-Identifier: MIT
#include "learner_fixture.hpp"

#include <algorithm>
#include <random>

namespace logos::tests {
namespace {

class learner_actor_test : public learner_system {};

TEST_F(learner_actor_test, without_feedback_nothing_is_held_for_better) {
  EXPECT_EQ(lead(*one_, "anything"), 0);
  serve(*one_, "a question", weak);
  advance(2s);
  EXPECT_EQ(lead(*one_, "a question"), 0);
}

TEST_F(learner_actor_test, what_was_answered_is_on_the_board_and_in_the_database) {
  const auto request = serve(*one_, "How do I boil an egg?", strong);
  const auto done = say(*one_, request, 1);
  EXPECT_EQ(done.refusal.code, core::ec::none) << done.refusal.message;
  EXPECT_EQ(done.model_id, strong);
  EXPECT_TRUE(done.teaches);
  EXPECT_FALSE(done.repeated);
  EXPECT_GT(lead(*one_, "How do I boil an egg?"), 0);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].request_id, request.str());
  EXPECT_EQ(rows()[0].process_id, 5);
}

TEST_F(learner_actor_test, topics_are_told_apart_on_questions_that_were_not_met) {
  train(*one_, 30);
  EXPECT_GT(lead(*one_, about("quantum field theory", 77)), 0.6);
  EXPECT_LT(std::abs(lead(*one_, about("boiling eggs", 77))), 0.3);
}

TEST_F(learner_actor_test, what_is_refused_in_part_is_refused_as_a_whole) {
  const auto request = serve(*one_, "a question", weak);
  say(*one_, request, 0.1F);
  remark both;
  both.process_id = 5;
  both.request = request;
  both.score = 0.9F;
  both.other_model = strong;
  EXPECT_EQ(hear(*one_, both).refusal.code, core::ec::conflict);
  EXPECT_EQ(rows().size(), 1U);
  both.score = 0.1F;
  EXPECT_EQ(hear(*one_, both).refusal.code, core::ec::none);
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(learner_actor_test, a_key_speaks_of_its_own_requests_only_and_administrators_of_all) {
  const auto request = serve(*one_, "a question", weak, fate::answered, 5);
  EXPECT_EQ(say(*one_, request, 0, 6).refusal.code, core::ec::resource_not_found);
  EXPECT_EQ(say(*one_, ids_.next(clock().wall()), 0, 6).refusal.code, core::ec::resource_not_found);
  EXPECT_EQ(say(*one_, request, 0, 6, true).refusal.code, core::ec::none);
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(learner_actor_test, the_same_word_twice_counts_once_and_another_word_is_refused) {
  const auto request = serve(*one_, "a question", weak);
  const auto first = say(*one_, request, 0.1F);
  const auto before = lead(*one_, "a question");
  const auto second = say(*one_, request, 0.1F);
  EXPECT_TRUE(second.repeated);
  EXPECT_FALSE(second.teaches);
  EXPECT_EQ(second.number, first.number);
  EXPECT_EQ(say(*one_, request, 0.9F).refusal.code, core::ec::conflict);
  EXPECT_EQ(lead(*one_, "a question"), before);
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(learner_actor_test, a_score_may_follow_a_comment_or_an_unknown_label_and_is_learned_on_every_node) {
  auto& two = start();
  advance(1s);
  for (const bool labelled : {false, true}) {
    const auto question = labelled ? "How do I boil an egg?" : "What is quantum field theory?";
    const auto request = serve(*one_, question, weak);
    remark words;
    words.process_id = 5;
    words.request = request;
    (labelled ? words.label : words.comment) = "hm";
    const auto first = hear(*one_, words);
    EXPECT_EQ(first.refusal.code, core::ec::none) << first.refusal.message;
    EXPECT_FALSE(first.teaches);
    const auto before = lead(*one_, question);
    const auto scored = say(*one_, request, 0);
    EXPECT_EQ(scored.refusal.code, core::ec::none) << scored.refusal.message;
    EXPECT_TRUE(scored.teaches);
    EXPECT_FALSE(scored.repeated);
    EXPECT_GT(scored.number, first.number);
    EXPECT_GT(lead(*one_, question), before);
    EXPECT_TRUE(say(*one_, request, 0).repeated);
    EXPECT_TRUE(hear(*one_, words).repeated) << "it stands beside the score";
    EXPECT_EQ(say(*one_, request, 1).refusal.code, core::ec::conflict) << "that one was learned";
    advance(2s);
    EXPECT_EQ(lead(two, question), lead(*one_, question));
  }
  ASSERT_EQ(rows().size(), 2U);
  EXPECT_EQ(rows()[0].comment, "hm");
  EXPECT_EQ(rows()[1].label, "hm");
}

TEST_F(learner_actor_test, other_words_without_a_score_are_refused_for_what_is_true) {
  const auto request = serve(*one_, "a question", weak);
  remark words;
  words.process_id = 5;
  words.request = request;
  words.comment = "hm";
  hear(*one_, words);
  words.comment = "aha";
  const auto refused = hear(*one_, words).refusal;
  EXPECT_EQ(refused.code, core::ec::conflict);
  EXPECT_EQ(refused.message.find("learned"), std::string::npos) << refused.message;
}

TEST_F(learner_actor_test, why_nothing_is_remembered_is_told_with_all_that_may_be_the_reason) {
  const auto why = [&] { return say(*one_, ids_.next(clock().wall()), 1).refusal.message; };
  for (const auto* reason : {"this key's", "conversation", "1 MiB", "busy", "less than two models", "2000", "long ago"})
    EXPECT_NE(why().find(reason), std::string::npos) << reason << ": " << why();
  constexpr auto* alone = "while this gateway has less than two models";
  EXPECT_EQ(why().find(alone), std::string::npos);
  auto few = std::make_shared<catalog::snapshot>();
  few->models.resize(1);
  few->models[0].id = weak;
  EXPECT_EQ(ask<std::uint64_t>(one_->actor, atom::adopt_v, catalog::snapshot_ptr{few}), few->version);
  EXPECT_NE(why().find(alone), std::string::npos) << why();
}

TEST_F(learner_actor_test, comparisons_teach_by_model_or_by_request) {
  for (int i = 0; i < 20; ++i) {
    const auto better = serve(*one_, about("compilers", i), strong);
    const auto worse = serve(*one_, about("compilers", i), weak);
    remark said;
    said.process_id = 5;
    said.request = better;
    if (i % 2 == 0)
      said.other_model = weak;
    else
      said.other_request = worse;
    EXPECT_EQ(hear(*one_, said).refusal.code, core::ec::none);
    said.other_model = strong;
    said.other_request.reset();
    EXPECT_EQ(hear(*one_, said).refusal.code, core::ec::bad_field) << "better than itself";
  }
  EXPECT_GT(lead(*one_, about("compilers", 99)), 0.3);
}

TEST_F(learner_actor_test, an_administrator_teaches_without_a_request) {
  remark said;
  said.process_id = 1;
  said.trusted = true;
  said.body = body_of("How do I boil an egg?");
  said.model = weak;
  said.score = 0;
  EXPECT_EQ(hear(*one_, said).model_id, weak);
  EXPECT_GT(lead(*one_, "How do I boil an egg?"), 0);
  said.body = R"({"no":"conversation"})" + std::string(net::json_padding, '\0');
  EXPECT_EQ(hear(*one_, said).refusal.param, "body");
}

TEST_F(learner_actor_test, a_lying_key_moves_little_of_what_is_trusted) {
  train(*one_, 60);
  const auto question = about("quantum field theory", 500);
  const auto before = lead(*one_, question);
  for (int i = 0; i < 700; ++i)
    say(*one_, serve(*one_, about("quantum field theory", 1000 + i), i % 2 == 0 ? weak : strong, fate::answered, 9),
        i % 2 == 0 ? 1.0F : 0.0F, 9);
  EXPECT_GT(lead(*one_, question), before / 2) << "was " << before;
}

TEST_F(learner_actor_test, all_keys_of_one_user_are_bounded_as_one) {
  const auto by = [&](std::int64_t first_key, std::int64_t owner) {
    for (std::int64_t i = 0; i < 400; ++i)
      say(*one_, serve(*one_, about("chess", 1), weak, fate::answered, first_key + i, owner), 0, first_key + i);
    return one_->with.shows->now()->ask(0, weak, *imprint_of(about("chess", 1)), clock().wall()).variance;
  };
  const auto full = by(1000, 77);        // as much as a user may
  EXPECT_GT(by(2000, 77), full * 0.75F); // other keys of theirs add next to nothing
  EXPECT_LT(by(3000, 0), full * 0.75F);  // keys that are nobody's count each for itself
}

TEST_F(learner_actor_test, an_ordinary_key_that_says_too_much_at_a_time_has_to_wait) {
  std::uint32_t refused = 0;
  const auto request = serve(*one_, "a question", weak);
  for (int i = 0; i < 1005; ++i)
    if (const auto why = say(*one_, request, 1).refusal; why.code == core::ec::rate_limited) {
      ++refused;
      EXPECT_GT(why.retry_after_s, 0U);
    }
  EXPECT_EQ(refused, 5U);
  EXPECT_EQ(say(*one_, request, 1, 6, true).refusal.code, core::ec::none) << "administrators need not";
  advance(2s);
  EXPECT_EQ(say(*one_, request, 1).refusal.code, core::ec::none);
}

TEST_F(learner_actor_test, who_may_not_say_more_hears_that_it_teaches_nothing) {
  kill(one_->actor);
  one_->with.studies.learn.giver_limit = 0;
  revive(*one_);
  const auto request = serve(*one_, "a question", weak);
  const auto done = say(*one_, request, 0);
  EXPECT_EQ(done.refusal.code, core::ec::none);
  EXPECT_FALSE(done.teaches);
  EXPECT_EQ(rows().size(), 1U) << "it is kept";
  EXPECT_EQ(lead(*one_, "a question"), 0);
  const auto again = say(*one_, request, 0);
  EXPECT_TRUE(again.repeated);
  EXPECT_FALSE(again.teaches) << "nor did it the first time";
  EXPECT_TRUE(say(*one_, request, 0, 6, true).teaches);
}

TEST_F(learner_actor_test, it_is_told_to_have_taught_exactly_when_the_estimates_have_changed) {
  kill(one_->actor);
  one_->with.studies.learn.giver_limit = 2;
  revive(*one_);
  std::mt19937 random{5};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::vector<core::uuid> requests;
  for (int i = 0; i < 40; ++i)
    requests.push_back(serve(*one_, about("compilers", i), i % 2 == 0 ? weak : strong));
  const auto known = [&] {
    std::vector<std::pair<float, float>> out;
    for (const auto model : {weak, strong})
      for (int i = 0; i < 5; ++i) {
        const auto e = one_->with.shows->now()->ask(0, model, *imprint_of(about("compilers", i)), clock().wall());
        out.emplace_back(e.mean, e.variance);
      }
    return out;
  };
  int taught = 0, repeated = 0, refused = 0, in_vain = 0;
  for (int i = 0; i < 200; ++i) {
    remark said;
    said.process_id = 5;
    said.request = requests[below(requests.size())];
    if (below(5) == 0)
      said.comment = "hm";
    else
      said.score = below(8) == 0 ? 1.0F : 0.0F;
    if (below(8) == 0) said.other_model = weak;
    const auto before = known();
    const auto done = hear(*one_, said);
    ASSERT_EQ(done.teaches, known() != before) << i;
    taught += done.teaches ? 1 : 0;
    repeated += done.repeated ? 1 : 0;
    refused += done.refusal.code != core::ec::none ? 1 : 0;
    in_vain += done.refusal.code == core::ec::none && !done.repeated && !done.teaches && said.score ? 1 : 0;
  }
  EXPECT_GT(std::min({taught, repeated, refused, in_vain}), 5);
}

TEST_F(learner_actor_test, without_the_database_feedback_is_refused_and_taken_later) {
  away_ = true;
  auto& two = start();
  const auto request = serve(two, "a question", weak);
  EXPECT_EQ(say(two, request, 0).refusal.code, core::ec::storage_away);
  EXPECT_NE(ask<actors::actor_status>(two.actor, atom::status_v).state.find("away"), std::string::npos);
  away_ = false;
  EXPECT_EQ(say(two, request, 0).refusal.code, core::ec::none);
  EXPECT_GT(lead(two, "a question"), 0);
}

TEST_F(learner_actor_test, errors_and_clients_that_leave_count_a_little) {
  serve(*one_, "a hard question", weak, fate::failed);
  serve(*one_, "a hard question", weak, fate::abandoned);
  advance(2s);
  ASSERT_EQ(rows().size(), 2U);
  EXPECT_EQ(rows()[0].signal, static_cast<std::int64_t>(signal::error));
  EXPECT_EQ(rows()[1].signal, static_cast<std::int64_t>(signal::abandoned));
  EXPECT_FALSE(rows()[0].trusted);
  EXPECT_GT(lead(*one_, "a hard question"), 0);
}

TEST_F(learner_actor_test, an_answer_that_failed_a_check_speaks_against_its_model) {
  const auto dropped = serve(*one_, "a hard question", weak, fate::unfit);
  serve(*one_, "a hard question", strong);
  advance(2s);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].signal, static_cast<std::int64_t>(signal::unfit));
  EXPECT_EQ(rows()[0].request_id, dropped.str());
  EXPECT_GT(lead(*one_, "a hard question"), 0);
}

TEST_F(learner_actor_test, an_outage_is_not_taken_for_a_models_weakness) {
  for (int i = 0; i < 500; ++i)
    serve(*one_, about("chess", i), weak, fate::failed);
  advance(2s);
  EXPECT_EQ(rows().size(), 5U) << "of one owner; of all twice as many";
}

TEST_F(learner_actor_test, asking_again_tells_of_the_answer_before_when_it_has_settled) {
  const auto first = serve(*one_, "a question", weak);
  advance(5s);
  const auto second = serve(*one_, "a question", weak);
  advance(5s);
  serve(*one_, "a question", strong);
  advance(30s);
  EXPECT_EQ(rows().size(), 0U);
  advance(40s);
  ASSERT_EQ(rows().size(), 2U);
  EXPECT_EQ(rows()[0].request_id, first.str());
  EXPECT_EQ(rows()[0].signal, static_cast<std::int64_t>(signal::regenerate));
  EXPECT_EQ(rows()[1].request_id, second.str());
  EXPECT_EQ(rows()[1].signal, static_cast<std::int64_t>(signal::retry));
  EXPECT_GT(lead(*one_, "a question"), 0);
}

TEST_F(learner_actor_test, a_program_that_asks_the_same_all_the_time_tells_nothing) {
  for (int i = 0; i < 50; ++i) {
    serve(*one_, "ping", weak);
    advance(10s);
  }
  advance(5min);
  EXPECT_EQ(rows().size(), 0U);
}

TEST(intake, is_bounded_in_bytes_and_counts_what_it_drops) {
  learning::intake tray;
  std::size_t wakes = 0;
  for (int i = 0; i < 40; ++i)
    wakes += tray.put({{}, 1, 1, 1, fate::answered, std::string(std::size_t{1} << 20, 'x')});
  EXPECT_EQ(wakes, 1U);
  EXPECT_EQ(tray.take().size() + tray.dropped(), 40U);
  EXPECT_GT(tray.dropped(), 20U);
  EXPECT_FALSE(tray.put({{}, 1, 1, 1, fate::answered, "small"}));
  EXPECT_EQ(tray.take().size(), 1U);
}

} // namespace
} // namespace logos::tests
