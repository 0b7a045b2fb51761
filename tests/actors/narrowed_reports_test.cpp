// SPDX-License-Identifier: MIT
#include "tests/actors/books_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;
using narrowed_reports_test = books_fixture;

TEST_F(narrowed_reports_test, usage_can_be_of_one_key_model_or_provider_within_what_the_caller_may_see) {
  make_priced_gemma();
  const auto ann = make("users", R"({"username":"ann"})").number("id");
  const auto hers = make("processes", R"({"name":"k","user_id":)" + std::to_string(ann) + "}").number("id");
  const auto others = make("processes", R"({"name":"others"})").number("id");
  book(1, hers, 10, ann);
  book(2, hers, 10, ann);
  book(3, others, 10);
  const auto summed = [&](const std::string& filter, std::int64_t caller) {
    const auto r = call("GET", "/admin/v1/usage?" + filter, {}, caller);
    EXPECT_EQ(r.status, 200) << r.body;
    return std::int64_t{r.json()["data"].at(0)["requests"]};
  };
  const auto id = [](const char* name, std::int64_t of) { return std::string{name} + "=" + std::to_string(of); };
  EXPECT_EQ(summed(id("process_id", hers), root_id()), 2);
  EXPECT_EQ(summed(id("process_id", others), root_id()), 1);
  EXPECT_EQ(summed(id("process_id", others), hers), 0) << "somebody else's";
  EXPECT_EQ(summed(id("model_id", model_), hers), 2);
  EXPECT_EQ(summed(id("model_id", model_ + 1), root_id()), 0);
  EXPECT_EQ(summed(id("provider_id", provider_) + "&" + id("process_id", hers), root_id()), 2);
  EXPECT_EQ(summed("service_id=77", root_id()), 0);
  EXPECT_EQ(summed("profile_id=77", root_id()), 0);
  for (const std::string name : {"process_id", "profile_id", "service_id", "model_id", "provider_id"})
    EXPECT_EQ(call("GET", "/admin/v1/usage?" + name + "=gemma").status, 400) << name;
}

TEST_F(narrowed_reports_test, tell_of_estimates_only_to_who_may_see_everybodys_requests) {
  make_priced_gemma();
  const auto ann = make("users", R"({"username":"ann"})").number("id");
  const auto hers = make("processes", R"({"name":"k","user_id":)" + std::to_string(ann) + "}").number("id");
  auto compared = book(1, root_id());
  compared.request_id = core::uuid_source{2}.next(compared.timestamp_request);
  compared.usage.completion_tokens = 100;
  compared.estimated_prompt_tokens = 1100;
  compared.estimated_completion_tokens = 110;
  EXPECT_TRUE(store().write_batch({&compared, 1}, {}, {}));
  const auto of = "?model_id=" + std::to_string(model_);
  const auto told = call("GET", "/admin/v1/usage" + of);
  EXPECT_TRUE(told.says(R"("estimate_samples":1,"estimate_error":0.1000)")) << told.body;
  for (const std::string& asked : {of, std::string{"?group_by=model"}, std::string{}}) {
    const auto r = call("GET", "/admin/v1/usage" + asked, {}, hers);
    EXPECT_EQ(r.status, 200) << r.body;
    for (const std::string name : {"estimate_samples", "estimate_error", "estimate_deviation", "prompt_estimate_error",
                                   "completion_estimate_error"})
      EXPECT_TRUE(r.says("\"" + name + "\":null") || r.says("\"data\":[]")) << asked << ": " << r.body;
  }
  EXPECT_TRUE(call("GET", "/admin/v1/usage" + of, {}, hers).says("\"requests\":0")) << "a sum over nothing is told";
}

TEST_F(narrowed_reports_test, a_cost_says_what_it_is_in) {
  make_priced_gemma();
  const auto row = book(1, root_id());
  EXPECT_EQ(call("GET", "/admin/v1/requests/" + row.request_id.str()).text("currency"), "EUR");
  make("prices", R"({"model":"gemma","token_type":"prompt_tokens","valid_from":"2025-01-01T00:00:00Z",)"
                 R"("price_per_k_token":"1","currency":"CHF"})");
  const std::string range = R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"})";
  EXPECT_EQ(call("POST", "/admin/v1/rerate", range).text("currency"), "CHF");
  for (const std::string at : {"requests", "usage"}) {
    EXPECT_EQ(call("GET", "/admin/v1/" + at).json()["data"].at(0)["currency"].get_string().value(), "CHF") << at;
    const auto csv = call("GET", "/admin/v1/" + at + "?format=csv");
    EXPECT_TRUE(csv.says(",currency,") && csv.says(",CHF,")) << csv.body;
  }
}

TEST_F(narrowed_reports_test, usage_is_told_by_iso_weeks) {
  book(1, root_id());
  const auto r = call("GET", "/admin/v1/usage?group_by=week,month");
  ASSERT_EQ(r.status, 200) << r.body;
  EXPECT_TRUE(r.says(R"("week":"2026-W01","month":"2026-01")")) << r.body;
  EXPECT_TRUE(call("GET", "/admin/v1/usage?group_by=week,week").says("week, result")) << r.body;
}

TEST_F(narrowed_reports_test, requests_can_be_of_one_status_or_of_a_class_of_them) {
  const std::array statuses{200, 200, 404, 429, 502};
  for (std::size_t n = 0; n < statuses.size(); ++n) {
    status_ = statuses[n];
    book(n + 1, root_id());
  }
  const auto listed = [&](const std::string& filter) {
    return call("GET", "/admin/v1/requests?" + filter).json()["data"].get_array().value().size();
  };
  EXPECT_EQ(listed("http_status=200"), 2U);
  EXPECT_EQ(listed("http_status=429"), 1U);
  EXPECT_EQ(listed("http_status=4xx"), 2U);
  EXPECT_EQ(listed("http_status=5XX&result=success"), 1U);
  EXPECT_EQ(listed("http_status=302"), 0U);
  EXPECT_EQ(listed("http_status=4xx&service_id=7"), 0U);
  EXPECT_EQ(listed("status=4xx"), 2U) << "as the answer calls it";
  EXPECT_EQ(listed("status=429&http_status=429"), 1U);
  EXPECT_EQ(call("GET", "/admin/v1/requests?status=429&http_status=4xx").status, 400);
  EXPECT_TRUE(call("GET", "/admin/v1/requests?status=4x").says("'status' must be"));
  for (const std::string wrong : {"4x", "4xX", "6xx", "99", "600", "4000", "-404", "x04"}) {
    const auto r = call("GET", "/admin/v1/requests?http_status=" + wrong);
    EXPECT_EQ(r.status, 400) << wrong;
    EXPECT_TRUE(r.says("such as 4xx")) << r.body;
  }
}

TEST_F(narrowed_reports_test, pricing_anew_says_which_nodes_have_not_written_their_newest_requests) {
  make_priced_gemma();
  book(1, root_id());
  price("0.5");
  std::optional<std::vector<std::string>> missing{std::vector<std::string>{}};
  with_.journals = host<scripted_journals>("node", &missing);
  const std::string range = R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"})";
  const auto whole = call("POST", "/admin/v1/rerate", range);
  EXPECT_TRUE(whole.says(R"("missing":[])")) << whole.body;
  missing = std::vector<std::string>{"node b does not answer", "node c has 2 rows to write"};
  const auto partly = call("POST", "/admin/v1/rerate", range);
  EXPECT_EQ(partly.status, 200);
  EXPECT_TRUE(partly.says(R"("missing":["node b does not answer","node c has 2 rows to write"])")) << partly.body;
  EXPECT_TRUE(call("GET", "/admin/v1/events?action=rerate").says("node b does not answer")) << "it is on the audit log";
  missing.reset();
  const auto waiting = start("POST", "/admin/v1/rerate", range);
  EXPECT_FALSE(waiting->answer());
  advance(1min);
  ASSERT_TRUE(waiting->answer()) << "it does not wait for ever";
  EXPECT_NE(waiting->answer()->body.find("no other node was asked"), std::string::npos) << waiting->answer()->body;
  kill(with_.journals);
  with_.journals = nullptr;
}

} // namespace
} // namespace logos::tests
