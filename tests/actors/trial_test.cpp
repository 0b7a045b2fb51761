// SPDX-License-Identifier: MIT
// `POST /admin/v1/classify`: what would be chosen, and why; and what would be refused.
#include "tests/actors/rights_fixture.hpp"

namespace logos::tests {
namespace {

class trial_test : public rights_test {
protected:
  trial_test() {
    make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:9000","privacy":"LOCAL","models":[
           {"name":"coder","tags":"code programming","description":"writes and debugs computer programs","cost":9}]})");
    make("providers", R"({"name":"cloud","base_url":"http://127.0.0.1:9001","models":[
           {"name":"poet","tags":"creative writing","description":"poems, stories and songs","context_tokens":900}],
           "privacy":"CLOUD_NOT_IN_EU_BY_US_PROVIDER"})");
    make("policies", R"({"name":"home","threshold_privacy":"LOCAL","threshold_cost":-1024})");
    permit(ann, "*");
    permit(bob, "poet");
  }
  static std::string asking(std::string_view text, std::string_view more = {}) {
    return R"({)" + std::string{more} + R"("body":{"messages":[{"role":"user","content":")" + std::string{text} +
           R"("}]}})";
  }
  reply attempt(std::string_view body, std::int64_t caller = -1, std::vector<fake_exchange::line> headers = {}) {
    headers.push_back({"content-type", "application/json"});
    return call("POST", "/admin/v1/classify", body, caller, std::move(headers));
  }
  std::vector<std::string> models(const reply& r) {
    EXPECT_EQ(r.status, 200) << r.body;
    std::vector<std::string> out;
    if (r.status == 200)
      for (auto c : r.json()["candidates"])
        out.emplace_back(std::string_view{c["model"]});
    return out;
  }
  using names = std::vector<std::string>;
};

TEST_F(trial_test, every_allowed_model_is_listed_best_first_with_what_speaks_for_it) {
  const auto r = attempt(asking("Debug my Python program, please"));
  EXPECT_EQ(models(r), (names{"coder", "poet"}));
  const auto first = r.json()["candidates"].at(0);
  EXPECT_EQ(std::string_view{first["provider"]}, "gpu");
  EXPECT_GT(double{first["score"]}, double{r.json()["candidates"].at(1)["score"]});
  EXPECT_GT(double{first["contributions"]["semantic"]}, 0);
  EXPECT_GT(double{r.json()["features"]["code"]}, 0);
  EXPECT_TRUE(r.says("\"time_us\":"));
  EXPECT_EQ(models(attempt(asking("A poem about the sea"))).front(), "poet");
}

TEST_F(trial_test, a_policy_is_named_by_id_or_name_and_its_filters_hold) {
  EXPECT_EQ(models(attempt(asking("A poem", R"("policy":"home",)"))), names{"coder"});
  EXPECT_EQ(models(attempt(asking("A poem", R"("policy":1,)"))), names{"coder"});
  EXPECT_EQ(models(attempt(asking("A poem"), -1, {{"policy", "home"}})), names{"coder"});
  const auto unknown = attempt(asking("A poem", R"("policy":"nowhere",)"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_TRUE(unknown.says("nowhere")) << unknown.body;
}

TEST_F(trial_test, what_the_choice_obeys_is_told_but_not_a_topic_in_the_clients_words) {
  const auto r = attempt(R"({"policy":"home","body":{"model":"logos-v1__policy_quality=5_topic=sea","messages":[]}})");
  EXPECT_EQ(models(r), names{"coder"});
  EXPECT_TRUE(r.says(R"("obeyed":{"policies":[1],"named":1,"privacy":"LOCAL")")) << r.body;
  EXPECT_TRUE(r.says(R"("wish":{"quality":5,"topic":true}})")) << r.body;
  EXPECT_FALSE(r.says("sea")) << r.body;
  EXPECT_TRUE(attempt(asking("Hello")).says(R"("obeyed":{})"));
}

TEST_F(trial_test, everyone_may_try_for_themselves_and_administrators_for_others) {
  EXPECT_EQ(models(attempt(asking("Hello"), bob.key)), names{"poet"});
  const auto own = R"("process_id":)" + std::to_string(bob.key) + ",";
  EXPECT_EQ(models(attempt(asking("Hello", own), bob.key)), names{"poet"});
  EXPECT_EQ(attempt(asking("Hello", own), ann.key).status, 403);
  EXPECT_EQ(models(attempt(asking("Hello", own), adam.key)), names{"poet"});
  EXPECT_EQ(models(attempt(asking("Hello", own))), names{"poet"});
  EXPECT_EQ(attempt(asking("Hello", R"("process_id":4711,)")).status, 404);
}

TEST_F(trial_test, what_would_be_refused_is_refused_alike) {
  const auto nothing = attempt(asking("Hello"), adam.key);
  EXPECT_EQ(nothing.status, 404) << "its profile permits no model";
  EXPECT_TRUE(nothing.says("this key may use none")) << nothing.body;
  const auto named = attempt(R"({"body":{"model":"gpt-9","messages":[]}})");
  EXPECT_EQ(named.status, 404);
  EXPECT_TRUE(named.says("'gpt-9' does not exist")) << named.body;
  const auto wish = attempt(R"({"body":{"model":"logos-v1__policy_cost=cheap","messages":[]}})");
  EXPECT_EQ(wish.status, 400);
  EXPECT_TRUE(wish.says("at character 23")) << wish.body;
  EXPECT_EQ(attempt(R"({"body":{"stream":"yes","messages":[]}})").status, 400);
  EXPECT_EQ(attempt(asking("Hello"), ann.key, {{"use_profile", "4711"}}).status, 403);
}

TEST_F(trial_test, a_model_that_is_named_is_compared_with_the_others) {
  const auto r = attempt(R"({"body":{"model":"poet","messages":[{"role":"user","content":"Debug this program"}]}})");
  EXPECT_EQ(models(r), (names{"coder", "poet"}));
  EXPECT_EQ(r.text("named"), "poet");
}

TEST_F(trial_test, a_cascade_is_told_in_the_order_in_which_it_would_ask) {
  make("policies", R"({"name":"steps","threshold_privacy":"CLOUD_NOT_IN_EU_BY_US_PROVIDER","threshold_cost":-1024,
         "cascade":{"checks":["refusal","empty"]}})");
  const auto r = attempt(asking("A poem about the sea", R"("policy":"steps",)"));
  EXPECT_EQ(models(r).front(), "poet") << "preferred";
  EXPECT_TRUE(r.says(R"("cascade":{"checks":["refusal","empty"],"order":["coder","poet"]})")) << "cheapest first";
  EXPECT_FALSE(attempt(asking("A poem about the sea")).says("cascade"));
  EXPECT_FALSE(attempt(R"({"policy":"steps","body":{"model":"poet","messages":[{"role":"user","content":"Hi"}]}})")
                   .says("\"order\""))
      << "of a model that is named nothing is escalated";
  EXPECT_FALSE(attempt(R"({"policy":"steps","path":"/v1/embeddings","body":{"input":"Hi"}})").says("\"order\""));
}

TEST_F(trial_test, it_says_what_it_does_not_regard) {
  EXPECT_TRUE(attempt(asking("Hello")).says(R"("not_regarded":["limits","budgets"])"));
}

TEST_F(trial_test, a_prompt_too_long_for_a_model_leaves_it_out) {
  EXPECT_EQ(models(attempt(asking(std::string(20'000, 'a')))), names{"coder"});
  EXPECT_EQ(models(attempt(R"({"path":"/v1/responses","body":{"input":"A poem"}})")).front(), "poet");
}

TEST_F(trial_test, what_is_wrong_with_the_trial_itself_is_said) {
  for (const auto& [body, words] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "'body' is required"},
           {R"({"body":"text"})", "'body' must be the JSON body of a request"},
           {R"({"body":{},"proces_id":1})", "process_id"},
           {R"({"body":{},"process_id":"one"})", "process_id"},
           {R"({"body":{},"policy":["a"]})", "the id or the name of a policy"},
           {R"({"body":{},"path":"/admin/v1/users"})", "must be one that leads to a model"},
           {R"({"body":{},"body":{}})", "twice"}}) {
    const auto r = attempt(body);
    EXPECT_EQ(r.status, 400) << body << r.body;
    EXPECT_TRUE(r.says(words)) << r.body;
    EXPECT_EQ(r.content_type, "application/problem+json");
  }
}

TEST_F(trial_test, rules_that_change_count_at_once) {
  auto rules = std::make_shared<classification::decision_rules>();
  rules->weights = {};
  rules->weights[classification::part::price] = 1;
  choice_rules_->replace(rules);
  const auto r = attempt(asking("Debug my Python program"));
  EXPECT_EQ(r.json()["balance"].get_object().value().size(), 1U) << r.body;
  EXPECT_EQ(double{r.json()["candidates"].at(0)["score"]}, 0.0);
}

} // namespace
} // namespace logos::tests
