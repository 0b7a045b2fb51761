// SPDX-License-Identifier: MIT
#include "actors/classification/decider.hpp"
#include "net/json_look.hpp"
#include "tests/actors/classification/fleet.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace logos::classification {
namespace {

std::string asking(std::string_view question, std::string_view system = {}) {
  std::string messages;
  if (!system.empty()) messages.append(R"({"role":"system","content":")").append(system).append(R"("},)");
  messages.append(R"({"role":"user","content":")").append(question).append("\"}");
  return R"({"messages":[)" + messages + "]}";
}

class decider_test : public testing::Test {
protected:
  decision decide(const std::string& body, const catalog::policy* policy = nullptr, std::size_t shown = 50) {
    body_ = body;
    body_.reserve(body.size() + net::json_padding);
    const selection_input in{*catalog_, catalog_->principals[0], nullptr, policy, "", 0, {}};
    return decider_.decide(in, catalog_, {body_, 600, 100, clock_.wall(), request_},
                           in_force_ ? in_force_ : std::make_shared<decision_rules>(rules_), shown);
  }
  std::string chosen(const std::string& body, const catalog::policy* policy = nullptr) {
    const auto made = decide(body, policy);
    EXPECT_FALSE(made.found.deployments.empty()) << made.found.failure.message;
    return made.found.deployments.empty() ? "" : catalog_->find_deployment(made.found.deployments.front())->model->name;
  }
  simdjson::dom::element parsed(const std::string& text) {
    simdjson::dom::element root;
    EXPECT_EQ(parser_.parse(text).get(root), simdjson::SUCCESS) << text;
    return root;
  }

  core::manual_clock clock_;
  std::shared_ptr<scheduling::outlooks> seen_ = std::make_shared<scheduling::outlooks>();
  decision_rules rules_;
  decision_rules_ptr in_force_; // null: `rules_`, as if they had just been loaded
  decider decider_{seen_, {}, clock_};
  std::shared_ptr<catalog::snapshot> catalog_ =
      fleet({{"poet", "writing creative", "poems, stories and songs"},
             {"coder", "code programming", "writes, explains and debugs computer programs"}});
  core::uuid request_{}; // nil: it is only tried
  std::string body_;
  simdjson::dom::parser parser_;
};

const auto about_code = asking("Why does my Python function raise a KeyError? Debug this code.");
const auto about_love = asking("Write me a poem about love and the autumn rain.");

TEST_F(decider_test, prompts_go_to_the_model_that_is_made_for_them) {
  EXPECT_EQ(chosen(about_code), "coder");
  EXPECT_EQ(chosen(about_love), "poet");
}

TEST_F(decider_test, what_a_policy_wants_changes_the_choice) {
  catalog_ = fleet({{"thorough", "", "", 0, 40, -40}, {"quick", "", "", 0, -40, 40}});
  catalog::policy p;
  p.threshold_latency = -100;
  EXPECT_EQ(chosen(asking("Hello"), &p), "thorough") << "any latency will do";
  p.threshold_latency = 0;
  p.threshold_quality = -100;
  EXPECT_EQ(chosen(asking("Hello"), &p), "quick");
}

TEST_F(decider_test, a_policys_topic_draws_models_that_are_tagged_with_it) {
  catalog::policy p;
  p.topic = "creative";
  EXPECT_GT(double{parsed(decide(asking("Hello"), &p).found.statistics)["candidates"].at(0)["score"]},
            double{parsed(decide(asking("Hello"), &p).found.statistics)["candidates"].at(1)["score"]});
  EXPECT_EQ(chosen(asking("Hello"), &p), "poet");
  p.topic = "Programming";
  EXPECT_EQ(chosen(asking("Hello"), &p), "coder");
}

TEST_F(decider_test, upstreams_balance_gives_upstreams_scores) {
  catalog_ = fleet({{"plain", "law", "", 0, 8, 0}, {"tagged", "law contracts", "", 0, 0, 0}});
  rules_.weights = upstream_balance();
  const auto told = decide(asking("Hello", "You know the law and contracts.")).found.statistics;
  for (auto c : parsed(told)["candidates"])
    for (const auto [name, value] : simdjson::dom::object{c["contributions"]})
      EXPECT_TRUE(name == "policy" || name == "tags" || name == "semantic") << told;
  // 3.4 (sigmoid(8) + 2 sigmoid(0)) and 1.9 of tags; no description.
  EXPECT_NEAR(double{parsed(told)["candidates"].at(0)["contributions"]["policy"]}, 3.4 * (0.622459 + 1), 1e-3) << told;
  EXPECT_NEAR(double{parsed(told)["candidates"].at(0)["contributions"]["tags"]}, 1.9, 1e-3) << told;
}

TEST_F(decider_test, what_an_operator_gives_as_an_example_outweighs_descriptions) {
  const auto both = asking("Name three rivers of Bavaria");
  rules_.examples = {{"coder", "", "Name the rivers of Bavaria", 1}};
  EXPECT_EQ(chosen(both), "coder");
  rules_.examples = {{"", "creative", "Name the rivers of Bavaria", 1}, {"gone", "", "nobody's", 1}};
  EXPECT_EQ(chosen(both), "poet") << "by its tag";
}

TEST_F(decider_test, an_example_of_the_catalog_counts_beside_those_of_the_rules_from_the_next_decision_on) {
  const auto coder = catalog_->find_model("coder")->id;
  in_force_ = std::make_shared<decision_rules>();
  const auto with = [&](std::vector<catalog::example> examples) {
    catalog_ = fleet({{"poet", "writing creative", "poems, stories and songs"},
                      {"coder", "code programming", "writes, explains and debugs computer programs"}});
    catalog_->examples = std::move(examples);
    return chosen(asking("Name three rivers of Bavaria"));
  };
  const auto by_itself = with({});
  EXPECT_EQ(with({{1, 1, coder, "", "Name the rivers of Bavaria", 1}}), "coder");
  EXPECT_EQ(with({{1, 2, 0, "creative", "Name the rivers of Bavaria", 1}}), "poet") << "it was changed";
  EXPECT_EQ(with({{1, 3, coder, "", "Name the rivers of Bavaria", 1}}), "coder");
  EXPECT_EQ(with({}), by_itself) << "it was removed";
  rules_.examples = {{"coder", "", "Name three rivers of Bavaria", 1}};
  in_force_ = std::make_shared<decision_rules>(rules_);
  EXPECT_EQ(with({{2, 1, 0, "creative", "Name the islands of Greece", 1}}), "coder") << "the file's";
}

TEST_F(decider_test, a_change_of_a_model_counts_at_the_next_decision) {
  EXPECT_EQ(chosen(about_love), "poet");
  catalog_ = fleet({{"poet", "accounting", "balance sheets and taxes"}, {"coder", "", "poems, stories and songs"}});
  EXPECT_EQ(chosen(about_love), "coder");
}

TEST_F(decider_test, a_model_that_is_slow_fails_or_is_closed_yields_to_its_equal) {
  catalog_ = fleet({{"one"}, {"two"}});
  EXPECT_EQ(chosen(asking("Hello")), "one") << "of equals the first";
  auto& one = *seen_->of(1);
  auto& two = *seen_->of(2);
  for (auto* o : {&one, &two}) {
    o->open = true;
    o->places = 4;
    o->first_token_us = 200'000;
  }
  EXPECT_EQ(chosen(asking("Hello")), "one");
  one.first_token_us = 2'000'000;
  EXPECT_EQ(chosen(asking("Hello")), "two");
  one.first_token_us = 200'000;
  one.failed_permille = 300;
  EXPECT_EQ(chosen(asking("Hello")), "two");
  one.failed_permille = 0;
  one.open = false;
  EXPECT_EQ(chosen(asking("Hello")), "two");
}

TEST_F(decider_test, what_cannot_be_read_is_ranked_without_its_prompt_and_says_so) {
  catalog_ = fleet({{"weak", "", "", 1, 1, 1}, {"strong", "", "", 9, 9, 9}});
  for (const std::string body : {"", "not JSON at all", "[1,2]", R"({"messages":[)"}) {
    const auto made = decide(body);
    EXPECT_EQ(made.found.deployments.front(), 2) << body;
    EXPECT_FALSE(made.asked);
    EXPECT_EQ(made.found.features, "");
    EXPECT_NE(made.found.statistics.find("unread"), std::string::npos);
  }
  EXPECT_TRUE(decide(asking("Hello")).asked);
}

TEST_F(decider_test, learned_counts_and_is_asked_once_for_all_candidates) {
  int asked = 0;
  decider_ = decider{seen_,
                     [&](const catalog::principal& who, const reading& r, std::span<candidate> into) {
                       ++asked;
                       EXPECT_EQ(who.process_id, 1);
                       EXPECT_NE(r.text.question.find("poem"), std::string_view::npos);
                       for (auto& c : into)
                         c.learned = c.model_id == 2 ? 1 : -1;
                     },
                     clock_};
  EXPECT_EQ(chosen(about_love), "coder");
  EXPECT_EQ(asked, 1);
}

TEST_F(decider_test, nothing_that_may_serve_is_a_refusal_without_statistics) {
  catalog::policy p;
  p.threshold_cost = 5;
  const auto made = decide(about_code, &p);
  EXPECT_EQ(made.found.failure.code, core::ec::model_not_found);
  EXPECT_TRUE(made.found.statistics.empty());
}

TEST_F(decider_test, what_was_read_of_the_prompt_is_told_apart) {
  const auto made = decide(about_code);
  const auto read = parsed(made.found.features);
  EXPECT_EQ(std::string_view{read["language"]}, "english");
  EXPECT_GT(double{read["code"]}, 0);
  for (const auto name : {"language", "tokens", "difficulty", "kind"})
    EXPECT_EQ(made.found.statistics.find(name), std::string::npos) << made.found.statistics;
}

TEST_F(decider_test, tells_all_but_the_prompt_and_stays_small) {
  std::vector<fleet_model> many;
  for (int i = 0; i < 80; ++i)
    many.push_back({"model-" + std::to_string(i) + std::string(400, 'x'), "code", "for programs", i, i, -i});
  catalog_ = fleet(many);
  const auto made = decide(asking("My secret word is xylophone: debug it"));
  const auto& text = made.found.statistics;
  const auto told = parsed(text);
  EXPECT_EQ(std::int64_t{told["candidate_count"]}, 80);
  EXPECT_EQ(simdjson::dom::array{told["candidates"]}.size(), 50U);
  EXPECT_EQ(std::int64_t{told["time_us"]}, 0) << "on a clock that stands";
  EXPECT_NE(told["features"].error(), simdjson::SUCCESS)
      << "what is stored at every log level has nothing of the prompt";
  EXPECT_EQ(told["unread"].error(), simdjson::NO_SUCH_FIELD);
  EXPECT_EQ(double{told["balance"]["policy"]}, 3.4);
  EXPECT_LT(text.size(), 32'000U);
  EXPECT_EQ(text.find("xylophone"), std::string::npos);
  double before = 1e9;
  for (auto c : told["candidates"]) {
    const double score{c["score"]};
    double sum = 0;
    for (const auto [name, value] : simdjson::dom::object{c["contributions"]}) {
      EXPECT_NE(double{value}, 0.0) << name;
      sum += double{value};
    }
    EXPECT_NEAR(score, sum, 0.005);
    EXPECT_LE(score, before);
    before = score;
  }
  EXPECT_EQ(made.found.models, 80U);
  EXPECT_EQ(made.found.decided_by, "policy") << "they differ in their weights, first of all";
}

TEST_F(decider_test, only_a_request_that_runs_may_try_another_than_the_best_and_says_so) {
  std::size_t asked = 0;
  decider_ = decider{seen_, {}, clock_, [&](const core::uuid&, std::span<const ranked> order) {
                       ++asked;
                       return std::optional{order.size() - 1};
                     }};
  EXPECT_EQ(chosen(about_code), "coder");
  EXPECT_EQ(asked, 0U);
  request_ = core::uuid::from_halves(1, 2);
  EXPECT_EQ(chosen(about_code), "poet");
  const auto told = decide(about_code).found;
  EXPECT_TRUE(bool{parsed(told.statistics)["exploration"]}) << told.statistics;
  EXPECT_EQ(told.decided_by, "exploration");
  EXPECT_EQ(std::string_view{parsed(told.statistics)["candidates"].at(0)["model"]}, "poet");
}

TEST_F(decider_test, what_was_learned_is_a_part_of_the_score) {
  decider_ = decider{seen_,
                     [](const catalog::principal&, const reading&, std::span<candidate> into) {
                       for (auto& c : into)
                         c.learned = c.model_id == into[0].model_id ? 1 : -1;
                     },
                     clock_};
  EXPECT_EQ(chosen(about_code), "poet");
  const auto told = decide(about_code).found.statistics;
  EXPECT_EQ(double{parsed(told)["candidates"].at(0)["contributions"]["learned"]}, 3) << told;
}

} // namespace
} // namespace logos::classification
