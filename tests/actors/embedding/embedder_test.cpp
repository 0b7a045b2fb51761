// SPDX-License-Identifier: MIT
#include "tests/actors/embedding/embedder_fixture.hpp"

namespace logos::embedding {
namespace {

TEST_F(embedder_test, the_readers_vectors_rank_in_the_place_of_the_encoders) {
  learn_descriptions();
  const auto v = asked(about_code);
  ASSERT_EQ(runs_->calls.size(), 1U);
  EXPECT_EQ(runs_->calls[0].what.process_id, 7);
  EXPECT_NE(runs_->calls[0].what.text.find(R"("model":"reader","input":["Why does my Python)"), std::string::npos);
  EXPECT_NE(runs_->calls[0].what.text.find("x-logos-on-behalf: logos-v1__policy_privacy="), std::string::npos);
  EXPECT_FALSE(*v) << "it waits";
  advance(20ms);
  answer(0, of_prompt("2,0"));
  EXPECT_EQ(chosen(*v), "poet") << "though it is about code";
  EXPECT_TRUE(told(*v, R"("encoder":"reader")")) << (*v)->found.statistics;
  EXPECT_TRUE(told(*v, R"("time_us":20000})")) << "the wait is part of it: " << (*v)->found.statistics;
  in_force_->replace(std::make_shared<classification::decision_rules>());
  const auto without = asked(about_code);
  EXPECT_EQ(chosen(*without), "coder");
  EXPECT_FALSE(told(*without, "encoder")) << "nothing is said of what is not asked for";
}

TEST_F(embedder_test, what_is_known_is_not_waited_for) {
  learn_descriptions();
  asked(about_code);
  answer(0, of_prompt("1,0"));
  EXPECT_EQ(chosen(*asked(about_code)), "poet");
  EXPECT_EQ(runs_->calls.size(), 1U);
  EXPECT_EQ(shelf_->shown.hits, 1U);
  EXPECT_EQ(shelf_->shown.decided, 2U);
}

TEST_F(embedder_test, the_same_text_is_asked_about_once) {
  learn_descriptions();
  const auto a = asked(about_code), b = asked(about_code);
  EXPECT_EQ(runs_->calls.size(), 1U);
  answer(0, of_prompt("1,0"));
  EXPECT_EQ(chosen(*a), "poet");
  EXPECT_EQ(chosen(*b), "poet");
  EXPECT_EQ(shelf_->shown.asked, 1U);
}

TEST_F(embedder_test, the_same_text_under_another_policy_is_asked_about_apart) {
  learn_descriptions();
  asked(about_code);
  auto local = std::make_shared<catalog::policy>();
  local->threshold_privacy = core::privacy_level::local;
  policy_ = local;
  asked(about_code);
  ASSERT_EQ(runs_->calls.size(), 2U);
  EXPECT_NE(runs_->calls[1].what.text.find("policy_privacy=LOCAL_cost="), std::string::npos);
}

TEST_F(embedder_test, a_local_policys_prompt_never_goes_to_a_reader_in_a_cloud) {
  catalog_ = reading_room(core::privacy_level::cloud_not_in_eu_by_us_provider);
  learn_descriptions();
  auto local = std::make_shared<catalog::policy>();
  local->threshold_privacy = core::privacy_level::local;
  policy_ = local;
  const auto v = asked(about_code);
  EXPECT_EQ(chosen(*v), "coder");
  EXPECT_TRUE(told(*v, R"("encoder_why":"forbidden")"));
  EXPECT_TRUE(runs_->calls.empty());
  policy_ = nullptr;
  asked(about_code);
  EXPECT_EQ(runs_->calls.size(), 1U);
}

TEST_F(embedder_test, no_prompt_goes_where_it_would_be_stored) {
  catalog_->principals.back().log = core::log_level::full;
  const auto v = asked(about_code);
  EXPECT_EQ(chosen(*v), "coder");
  EXPECT_TRUE(told(*v, R"("encoder_why":"not_ready")"));
  EXPECT_TRUE(runs_->calls.empty());
}

TEST_F(embedder_test, decides_without_until_all_descriptions_are_known) {
  const auto v = asked(about_code);
  EXPECT_EQ(chosen(*v), "coder");
  EXPECT_TRUE(told(*v, R"("encoder_why":"not_ready")"));
  ASSERT_EQ(runs_->calls.size(), 1U);
  const auto& text = runs_->calls[0].what.text;
  EXPECT_NE(text.find(R"("input":["writes and debugs computer programs code programming","poems)"), std::string::npos);
  EXPECT_EQ(text.find("x-logos-on-behalf"), std::string::npos) << "they are the operator's own words";
  EXPECT_EQ(text.find("KeyError"), std::string::npos);
  asked(about_code);
  EXPECT_EQ(runs_->calls.size(), 1U) << "it is under way";
}

TEST_F(embedder_test, descriptions_come_64_at_a_time) {
  auto rules = reading_rules();
  for (int i = 0; i < 100; ++i)
    rules->examples.push_back({"coder", "", "Example " + std::to_string(i), 1});
  in_force_->replace(rules);
  asked(about_code);
  for (std::size_t call = 0; call < 2; ++call) {
    ASSERT_EQ(runs_->calls.size(), call + 1);
    std::string all;
    for (std::size_t i = 0; i < (call == 0 ? 64U : 38U); ++i)
      all += (i == 0 ? "" : ",") + std::string{R"({"index":)"} + std::to_string(i) + R"(,"embedding":[1,0]})";
    EXPECT_FALSE(shelf_->known());
    answer(call, vectors(all));
  }
  EXPECT_EQ(runs_->calls.size(), 2U);
  ASSERT_TRUE(shelf_->known());
  EXPECT_EQ(shelf_->known()->examples.size(), 100U);
  EXPECT_EQ(shelf_->shown.missing, 0U);
}

TEST_F(embedder_test, a_change_of_one_description_asks_for_that_one) {
  learn_descriptions();
  catalog_ = reading_room();
  catalog_->models[1].description = "rhymes";
  EXPECT_TRUE(told(*asked(about_code), R"("encoder_why":"not_ready")"));
  ASSERT_EQ(runs_->calls.size(), 1U);
  EXPECT_NE(runs_->calls[0].what.text.find(R"("input":["rhymes writing creative"])"), std::string::npos);
  answer(0, of_prompt("1,1"));
  EXPECT_FALSE(*asked(about_code)) << "it is asked about again";
}

TEST_F(embedder_test, new_rules_about_other_things_forget_nothing) {
  learn_descriptions();
  auto rules = reading_rules();
  rules->weights[classification::part::price] = 2;
  in_force_->replace(rules);
  EXPECT_FALSE(*asked(about_code)) << "it is asked about, for all else is known";
  EXPECT_EQ(runs_->calls.size(), 1U);
}

TEST_F(embedder_test, another_model_reads_everything_anew) {
  learn_descriptions();
  auto rules = reading_rules();
  rules->embeddings->model = "coder";
  catalog_->principals.back().profiles[0].models = {1, 3};
  in_force_->replace(rules);
  EXPECT_TRUE(told(*asked(about_code), R"("encoder_why":"not_ready")"));
  ASSERT_EQ(runs_->calls.size(), 1U);
  EXPECT_NE(runs_->calls[0].what.text.find(R"("model":"coder","input":["writes)"), std::string::npos);
}

TEST_F(embedder_test, where_there_is_nothing_to_choose_nothing_is_sent) {
  learn_descriptions();
  auto one = std::make_shared<catalog::policy>();
  one->threshold_cost = 5;
  catalog_ = reading_room();
  catalog_->models[0].weight_cost = catalog_->models[2].weight_cost = 5;
  policy_ = one;
  EXPECT_EQ(chosen(*asked(about_code)), "coder");
  policy_ = nullptr;
  auto rules = reading_rules();
  rules->weights[classification::part::semantic] = 0;
  in_force_->replace(rules);
  EXPECT_TRUE(*asked(about_code));
  EXPECT_TRUE(runs_->calls.empty());
}

TEST_F(embedder_test, a_request_hears_of_its_choice_as_soon_as_it_is_made) {
  learn_descriptions();
  std::vector<actors::verdict> heard;
  const auto ingress = sys().spawn([&heard](caf::event_based_actor*) -> caf::behavior {
    return {[&heard](const actors::verdict& v) { heard.push_back(v); }};
  });
  const auto q = question(about_code);
  tell(classifier_, q, caf::actor_cast<actors::ingress_actor>(ingress));
  EXPECT_TRUE(heard.empty());
  answer(0, of_prompt("1,0"));
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].request, q.request);
  EXPECT_EQ(catalog_->find_deployment(heard[0].found.deployments.front())->model->name, "poet");
  caf::anon_send_exit(ingress, caf::exit_reason::user_shutdown);
  run();
}

} // namespace
} // namespace logos::embedding
