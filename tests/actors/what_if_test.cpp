// SPDX-License-Identifier: MIT
#include "actors/administration/past_decision.hpp"
#include "tests/actors/what_if_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

TEST_F(what_if_test, tells_what_a_policy_that_wants_quality_would_have_cost_and_gained) {
  decide(1, small_, 100ms);
  decide(2, small_, 300ms);
  decide(3, large_, 500ms);
  const auto same = ask("{}");
  ASSERT_EQ(same.status, 200) << same.body;
  EXPECT_EQ(same.number("decisions"), 3);
  EXPECT_EQ(same.number("changed"), 0) << "that which went to another than the best would again " << same.body;
  EXPECT_EQ(same.text("difference"), "0");
  const auto other = ask(R"({"threshold_quality":0,"threshold_accuracy":0})");
  ASSERT_EQ(other.status, 200) << other.body;
  EXPECT_EQ(other.number("changed"), 2) << other.body;
  EXPECT_EQ(other.text("cost_before"), "7");
  EXPECT_EQ(other.text("cost_after"), "15");
  EXPECT_EQ(other.text("difference"), "8");
  EXPECT_TRUE(other.says(R"("moves":[{"from":"small","to":"large","requests":2,"difference":"8"}])")) << other.body;
  EXPECT_TRUE(other.says(R"("first_token_ms_before":300,"first_token_ms_after":500)")) << other.body;
  EXPECT_TRUE(other.says(R"("quality_after":{"learned":0.2,"quality":30,"accuracy":10})")) << other.body;
}

TEST_F(what_if_test, a_policy_that_keeps_prompts_here_moves_what_went_away) {
  decide(1, large_, 500ms);
  const auto kept = ask(R"({"threshold_privacy":"LOCAL"})");
  EXPECT_EQ(kept.number("changed"), 1) << kept.body;
  EXPECT_EQ(kept.number("refused"), 0);
  EXPECT_TRUE(kept.says(R"("from":"large","to":"small")")) << kept.body;
  const auto nobody = ask(R"({"threshold_privacy":"LOCAL","threshold_cost":1000})");
  EXPECT_EQ(nobody.number("refused"), 1) << nobody.body;
  EXPECT_EQ(nobody.text("cost_after"), "0");
}

TEST_F(what_if_test, the_cheapest_only_is_the_cheapest_of_those_that_can_do_what_the_path_is_for) {
  model("large", R"({"cost":100,"capabilities":["embeddings"]})");
  const auto only_small = R"({"candidate_count":1,"candidates":[{"model_id":)" + std::to_string(small_) +
                          R"(,"contributions":{"policy":5.1}}],"balance":{"policy":3.4}})";
  decide_as(only_small, 1, core::log_level::billing, small_, 100ms);
  const auto thrifty = ask(R"({"threshold_cost":1024})");
  EXPECT_EQ(thrifty.number("decisions"), 1) << thrifty.body;
  EXPECT_EQ(thrifty.number("refused"), 0) << thrifty.body;
  model("large", R"({"capabilities":["chat"]})");
  const auto other = ask(R"({"threshold_cost":1024})");
  EXPECT_EQ(other.number("refused"), 1) << other.body;
}

TEST_F(what_if_test, says_when_a_policy_admits_models_that_were_not_compared) {
  call("PATCH", "/admin/v1/policies/" + std::to_string(policy_), R"({"threshold_privacy":"LOCAL"})");
  decide(1, small_, 100ms);
  const auto only = R"({"candidate_count":1,"candidates":[{"model_id":)" + std::to_string(small_) +
                    R"(,"contributions":{"policy":5.1}}],"features":{},"balance":{"policy":3.4}})";
  const auto made = administration::read_decision(only);
  ASSERT_TRUE(made);
  const auto& who = *std::find_if(snapshot_->principals.begin(), snapshot_->principals.end(),
                                  [&](const auto& p) { return p.process_id == key_; });
  catalog::policy local, open;
  local.threshold_privacy = core::privacy_level::local;
  const classification::petitioner by{snapshot_, &who, who.find_profile(0)};
  EXPECT_TRUE(administration::reconsider(*made, by, *snapshot_, local, open).wider);
  EXPECT_FALSE(administration::reconsider(*made, by, *snapshot_, open, open).wider) << "it could not do it";
}

TEST_F(what_if_test, only_counts_decisions_of_that_policy_unless_all_are_wanted) {
  decide(1, small_, 100ms);
  const auto other = make("policies", R"({"name":"other"})");
  const auto asked = [&](std::string_view more) {
    return call("POST", "/admin/v1/what-if",
                R"({"policy":)" + std::to_string(other.number("id")) + R"(,"change":{"threshold_privacy":"LOCAL"})" +
                    std::string{more} + "}");
  };
  EXPECT_EQ(asked("").number("decisions"), 0);
  EXPECT_EQ(asked(R"(,"all":true)").number("decisions"), 1);
}

/// What is on the books of a decision between models of equal weights, of which only the second has the tag `law`.
class what_if_topic_test : public what_if_test {
protected:
  what_if_topic_test() {
    for (const auto* name : {"small", "large"})
      model(name,
            std::string{R"({"quality":0,"accuracy":0,"tags":")"} + (name == std::string{"large"} ? "law" : "") + "\"}");
    law_.topic = "law";
  }
  administration::past_decision made(double first_ahead, std::string_view rest, double fits = 0) {
    const auto decimal = [](double x) { return std::to_string(x); };
    return *administration::read_decision(R"({"candidates":[{"model_id":)" + std::to_string(small_) +
                                          R"(,"contributions":{"tags":)" + decimal(first_ahead) + R"(}},{"model_id":)" +
                                          std::to_string(large_) + R"(,"contributions":{"features":)" + decimal(fits) +
                                          R"(}}],"balance":{"features":0.5})" + std::string{rest} + "}");
  }
  administration::second_thought think(const administration::past_decision& made, const catalog::policy& before,
                                       const catalog::policy& after) {
    const auto& who = *std::find_if(snapshot_->principals.begin(), snapshot_->principals.end(),
                                    [&](const auto& p) { return p.process_id == key_; });
    return administration::reconsider(made, {snapshot_, &who, who.find_profile(0)}, *snapshot_, before, after);
  }
  catalog::policy none_, law_;
};

TEST_F(what_if_topic_test, a_topic_decides_without_features_where_any_prompt_would_go_there) {
  const auto near = think(made(0.2, ""), none_, law_);
  EXPECT_EQ(near.model_id, large_) << "it gets 0.3 at least";
  EXPECT_FALSE(near.open);
  const auto far = think(made(0.6, "", 0.1), none_, law_);
  EXPECT_EQ(far.model_id, small_) << "the other gets 0.4 at most";
  EXPECT_FALSE(far.open);
}

TEST_F(what_if_topic_test, what_hangs_on_the_prompt_is_open_without_features_and_decided_with_them) {
  EXPECT_TRUE(think(made(0.35, "", 0.1), none_, law_).open);
  const auto known = think(made(0.35, R"(,"features":{"difficulty":0})", 0.1), none_, law_);
  EXPECT_FALSE(known.open);
  EXPECT_EQ(known.model_id, small_);
  EXPECT_FALSE(think(made(0.35, R"(,"unread":"no JSON")"), none_, law_).open) << "there was nothing to read";
  EXPECT_FALSE(think(made(0.35, "", 0.1), none_, none_).open) << "no other topic";
  EXPECT_FALSE(think(made(0.35, "", 0.1), law_, law_).open);
}

TEST_F(what_if_topic_test, a_topic_that_is_gone_leaves_open_how_well_its_models_fitted_without) {
  EXPECT_TRUE(think(made(0.2, R"(,"features":{"difficulty":0})", 0.3), law_, none_).open);
  EXPECT_FALSE(think(made(0.4, R"(,"features":{"difficulty":0})", 0.3), law_, none_).open);
}

TEST_F(what_if_topic_test, decisions_that_cannot_be_made_again_are_counted_apart) {
  const std::string middling = R"({"candidates":[{"model_id":)" + std::to_string(small_) +
                               R"(,"contributions":{"tags":0.35}},{"model_id":)" + std::to_string(large_) +
                               R"(,"contributions":{"features":0.1}}],"balance":{"features":0.5}})";
  decide_as(middling, 1, core::log_level::billing, small_, 100ms);
  decide_as(middling, 2, core::log_level::full, small_, 100ms);
  const auto r = ask(R"({"topic":"law"})");
  EXPECT_EQ(r.number("undecided"), 1) << r.body;
  EXPECT_EQ(r.number("decisions"), 1) << "with a difficulty of 0.5 nothing changes: the models are equally strong";
  EXPECT_EQ(r.number("changed"), 0) << r.body;
  const auto same = ask("{}");
  EXPECT_EQ(same.number("undecided"), 0);
  EXPECT_EQ(same.number("decisions"), 2) << "contributions are enough for all else";
}

TEST_F(what_if_test, a_limit_leaves_the_earliest_out_and_says_so) {
  for (std::uint64_t i = 1; i <= 4; ++i)
    decide(i, small_, 100ms);
  const auto some = ask("{}", R"(,"limit":3)");
  EXPECT_EQ(some.number("decisions"), 3) << some.body;
  EXPECT_TRUE(some.says(R"("complete":false)"));
  EXPECT_TRUE(ask("{}", R"(,"limit":4)").says(R"("complete":true)"));
}

TEST_F(what_if_test, bad_questions_are_told_what_is_wrong) {
  for (const auto& [body, words] : std::vector<std::pair<std::string, std::string>>{
           {R"({"change":{}})", "'policy' is required"},
           {R"({"policy":"plain"})", "'change' is required"},
           {R"({"policy":"plane","change":{}})", "There is no policy"},
           {R"({"policy":"plain","change":{"threshold_qualty":1}})", "threshold_quality"},
           {R"({"policy":"plain","change":{},"limit":0})", "'limit' must be a whole number from 1 to 10000"},
           {R"({"policy":"plain","change":{},"from":"2027-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"})", "before"},
           {R"({"policy":"plain","change":{},"cahnge":1})", "change"}}) {
    const auto answer = call("POST", "/admin/v1/what-if", body);
    EXPECT_GE(answer.status, 400) << body;
    EXPECT_TRUE(answer.says(words)) << body << " → " << answer.body;
  }
}

TEST_F(what_if_test, older_and_foreign_statistics_are_counted_and_not_judged) {
  EXPECT_FALSE(administration::read_decision(R"({"candidate_count":1,"candidates":[{"model_id":1,"weight":3}]})"));
  EXPECT_FALSE(administration::read_decision(R"({"upstream":"says other things"})"));
  EXPECT_FALSE(administration::read_decision("no JSON"));
}

} // namespace
} // namespace logos::tests
