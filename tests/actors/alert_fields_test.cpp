// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

class alert_fields_test : public administration_fixture {
protected:
  static std::string budget(const std::string& more, const std::string& period = "total") {
    return R"({"scope":"process","scope_id":1,"period":")" + period + R"(","amount":"1","currency":"EUR")" +
           (more.empty() ? "" : "," + more) + "}";
  }
  reply refused(const std::string& more, std::string_view field) {
    auto r = call("POST", "/admin/v1/budgets", budget(more));
    EXPECT_EQ(r.status, 400) << more << r.body;
    EXPECT_EQ(r.text("param"), field) << r.body;
    return r;
  }
};

TEST_F(alert_fields_test, a_budget_says_at_what_it_alerts) {
  EXPECT_TRUE(make("budgets", budget("")).says(R"("alert_at_percent":[])")) << "a hard one refuses";
  EXPECT_TRUE(make("budgets", budget(R"("hard":false)", "hour")).says(R"("alert_at_percent":[100])"));
  EXPECT_TRUE(make("budgets", budget(R"("alert_at_percent":80)", "day")).says(R"("alert_at_percent":[80])"));
  const auto made = make("budgets", budget(R"("alert_at_percent":[100,50,50])", "week"));
  EXPECT_TRUE(made.says(R"("alert_at_percent":[50,100])")) << made.body;
  const auto path = "/admin/v1/budgets/" + std::to_string(made.number("id"));
  EXPECT_TRUE(call("PATCH", path, R"({"alert_at_percent":null})").says(R"("alert_at_percent":[])"));
  const auto& rules = snapshot_->rules.budgets;
  EXPECT_EQ(rules.at(2).alert_at_percent, std::vector<std::int64_t>{80}) << "in force at once";
}

TEST_F(alert_fields_test, what_is_no_percentage_is_refused) {
  for (const auto* value : {"0", "-1", "1001", "1.5", "\"50\"", "[50,0]", "[1,2,3,4,5,6,7,8,9,10,11]", "{}", "true"})
    refused(R"("alert_at_percent":)" + std::string{value}, "alert_at_percent");
}

TEST_F(alert_fields_test, an_address_that_alerts_cannot_go_to_is_refused_with_its_field) {
  for (const auto* url :
       {"hooks.example.org", "http://hooks.example.org/", "https://u:p@hooks.example.org/", "https://localhost/",
        "https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::ffff:127.0.0.1]/"})
    refused(R"("alert_url":")" + std::string{url} + "\"", "alert_url");
  const auto made = make("budgets", budget(R"("alert_url":"https://hooks.example.org/x")"));
  EXPECT_EQ(made.text("alert_url"), "https://hooks.example.org/x");
  const auto path = "/admin/v1/budgets/" + std::to_string(made.number("id"));
  EXPECT_EQ(call("PATCH", path, R"({"alert_url":"https://127.0.0.1/"})").status, 400);
}

TEST_F(alert_fields_test, where_alerts_go_only_who_administers_sees) {
  const auto user = std::to_string(make("users", R"({"username":"ann"})").number("id"));
  const auto caller = make("processes", R"({"name":"a","user_id":)" + user + "}").number("id");
  const auto of_ann = [&](std::string_view period, std::string_view more) {
    return R"({"scope":"user","amount":"1","currency":"EUR","scope_id":)" + user + R"(,"period":")" +
           std::string{period} + "\"" + std::string{more} + "}";
  };
  const auto made = make("budgets", of_ann("day", R"(,"alert_url":"https://hooks.example.org/services/T0/secret")"));
  make("budgets", of_ann("week", ""));
  const auto path = "/admin/v1/budgets/" + std::to_string(made.number("id"));
  const auto one = call("GET", path, {}, caller);
  EXPECT_EQ(one.status, 200) << one.body;
  EXPECT_TRUE(one.says(R"("alert_url":null,"has_alert_url":true)")) << one.body;
  for (const auto& seen :
       {one, call("GET", "/admin/v1/budgets", {}, caller), call("GET", "/admin/v1/alerts", {}, caller),
        call("GET", "/admin/v1/budgets?alert_url=https://hooks.example.org/services/T0/secret", {}, caller)})
    EXPECT_FALSE(seen.says("hooks.example.org")) << seen.body;
  EXPECT_TRUE(call("GET", "/admin/v1/budgets?alert_url=https://hooks.example.org/services/T0/secret", {}, caller)
                  .says(R"("data":[])"))
      << "guessing finds nothing";
  EXPECT_TRUE(call("GET", "/admin/v1/budgets", {}, caller).says(R"("has_alert_url":false)"));
  EXPECT_EQ(call("GET", path).text("alert_url"), "https://hooks.example.org/services/T0/secret") << "root";
  EXPECT_FALSE(call("GET", "/admin/v1/events").says("services/T0")) << "whom the log is shown to needs no hook";
  EXPECT_EQ(call("PATCH", path, R"({"has_alert_url":true})").status, 200) << "what is sent back is passed over";
  EXPECT_FALSE(call("GET", "/admin/v1/export").says("hooks.example.org"));
}

TEST_F(alert_fields_test, a_secret_that_nobody_gave_is_made_and_shown_once) {
  const auto made = make("budgets", budget(R"("alert_url":"https://hooks.example.org/x")"));
  const auto secret = made.text("alert_secret");
  EXPECT_TRUE(secret.starts_with("whsec_"));
  EXPECT_GT(secret.size(), 40U);
  const auto id = made.number("id");
  EXPECT_EQ(store().find<storage::budget>(id)->alert_secret, secret);
  const auto path = "/admin/v1/budgets/" + std::to_string(id);
  EXPECT_FALSE(call("GET", path).says("alert_secret"));
  EXPECT_FALSE(call("PATCH", path, R"({"amount":"2"})").says("alert_secret"));
  EXPECT_EQ(store().find<storage::budget>(id)->alert_secret, secret) << "kept";
  const auto fresh = call("PATCH", path, R"({"alert_secret":null})").text("alert_secret");
  EXPECT_NE(fresh, secret);
  EXPECT_FALSE(call("GET", "/admin/v1/events").says("whsec_"));
}

TEST_F(alert_fields_test, a_secret_that_was_given_is_never_shown) {
  const auto made =
      make("budgets", budget(R"("alert_url":"https://hooks.example.org/x","alert_secret":"0123456789abcdef")"));
  EXPECT_FALSE(made.says("alert_secret"));
  EXPECT_EQ(store().find<storage::budget>(made.number("id"))->alert_secret, "0123456789abcdef");
  EXPECT_FALSE(refused(R"("alert_secret":"too short")", "alert_secret").says("too short"));
}

TEST_F(alert_fields_test, an_address_that_comes_later_gets_a_secret_then) {
  const auto path = "/admin/v1/budgets/" + std::to_string(make("budgets", budget("")).number("id"));
  EXPECT_TRUE(call("PATCH", path, R"({"alert_url":"https://hooks.example.org/x"})").says("whsec_"));
  EXPECT_EQ(call("PATCH", path, R"({"alert_url":null})").text("alert_url"), "");
}

TEST_F(alert_fields_test, alerts_are_listed_filtered_and_paged) {
  const auto id = make("budgets", budget(R"("alert_at_percent":[10,20,30])")).number("id");
  for (const std::int64_t percent : {10, 20, 30}) {
    const std::vector passed{storage::crossing{id, {}, percent, 1'000'000'000, 300'000'000, clock().wall()}};
    ASSERT_TRUE(store().note_crossings(passed));
  }
  const auto first = call("GET", "/admin/v1/alerts?limit=2");
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_TRUE(first.says(R"("threshold_percent":30)") && first.says(R"("threshold_percent":20)"));
  EXPECT_TRUE(first.says(R"("spent":"0.3")")) << first.body;
  const auto second = call("GET", "/admin/v1/alerts?limit=2&cursor=" + first.text("next"));
  EXPECT_TRUE(second.says(R"("threshold_percent":10)") && second.says(R"("next":null)")) << second.body;
  EXPECT_TRUE(call("GET", "/admin/v1/alerts?state=delivered").says(R"("data":[])"));
  EXPECT_TRUE(call("GET", "/admin/v1/alerts?budget_id=77").says(R"("data":[])"));
  EXPECT_EQ(call("GET", "/admin/v1/alerts?state=gone").status, 400);
  EXPECT_EQ(call("GET", "/admin/v1/alerts?budget=1").status, 400);
  EXPECT_EQ(call("GET", "/admin/v1/alerts/1").number("budget_id"), id);
  EXPECT_EQ(call("GET", "/admin/v1/alerts/99").status, 404);
}

TEST_F(alert_fields_test, a_test_alert_is_made_and_noted) {
  const auto id = std::to_string(make("budgets", budget(R"("alert_url":"https://hooks.example.org/x")")).number("id"));
  const auto made = call("POST", "/admin/v1/budgets/" + id + "/test-alert");
  EXPECT_EQ(made.status, 202) << made.body;
  EXPECT_TRUE(made.says(R"("threshold_percent":null)"));
  EXPECT_NE(made.headers.find("Location: /admin/v1/alerts/"), std::string::npos);
  EXPECT_TRUE(call("GET", "/admin/v1/events?action=test_alert").says(R"("resource":"budget")"));
  EXPECT_EQ(call("POST", "/admin/v1/budgets/99/test-alert").status, 404);
}

} // namespace
} // namespace logos::tests
