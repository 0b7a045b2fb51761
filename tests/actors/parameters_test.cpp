// SPDX-License-Identifier: MIT
#include "actors/administration/openapi.hpp"
#include "actors/administration/route_table.hpp"
#include "tests/actors/administration_fixture.hpp"

#include <set>

namespace logos::tests {
namespace {

/// Every list of the admin API with odd parameters.
class parameters_test : public administration_fixture {
protected:
  parameters_test() : document_{parser_.parse(administration::openapi_json("1"))} {
    make_gemma();
    make("users", R"({"username":"ann"})");
    make("services", R"({"name":"one"})");
  }

  /// What a list may be asked for: its parameters, and of entities the fields.
  std::set<std::string> names_of(const administration::route& r) {
    std::set<std::string> out;
    for (const auto p : document_["paths"][r.pattern]["get"]["parameters"].get_array())
      out.emplace(p["name"].get_string().value());
    const auto schema = document_["components"]["schemas"][r.response]["properties"];
    if (schema.error() == simdjson::SUCCESS)
      for (const auto field : schema.get_object())
        out.emplace(field.key);
    return out;
  }
  template <class Visit>
  void each_list(Visit visit) {
    std::size_t lists = 0;
    for (const auto& r : administration::all_routes()) {
      if (!r.list || !r.pattern.starts_with("/admin/v1/")) continue;
      ++lists;
      visit(r);
    }
    EXPECT_GT(lists, 15U);
  }
  /// Of what a list is about there is one with id 1.
  static std::string path_of(const administration::route& r) {
    std::string path{r.pattern};
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, "1");
    return path;
  }
  /// It was refused, by this name.
  void expect_refused(const std::string& target, const std::string& name) {
    const auto r = call("GET", target);
    EXPECT_EQ(r.status, 400) << target << ": " << r.body;
    if (r.status != 400) return;
    EXPECT_EQ(r.content_type, "application/problem+json");
    EXPECT_EQ(r.text("param"), name) << target << ": " << r.body;
  }

  simdjson::dom::parser parser_;
  simdjson::dom::element document_;
};

TEST_F(parameters_test, a_parameter_that_a_route_does_not_declare_is_refused_by_name_at_every_route) {
  std::size_t asked = 0;
  for (const auto& r : administration::all_routes()) {
    if (!r.list && !r.pattern.starts_with("/admin/")) continue;
    // What is behind `?` is looked at first, so that the id does not matter.
    const auto answer = call(r.method, std::string{r.pattern} + "?limti=1", "{}");
    const auto what = std::string{r.method} + " " + std::string{r.pattern} + ": " + answer.body;
    EXPECT_EQ(answer.status, 400) << what;
    EXPECT_TRUE(answer.says("limti")) << what;
    if (!r.query.empty() && r.query.front().name == "limit") {
      EXPECT_TRUE(answer.says("did you mean 'limit'?")) << what;
    }
    ++asked;
  }
  EXPECT_GT(asked, 90U);
}

TEST_F(parameters_test, every_parameter_that_a_route_declares_is_known_there) {
  for (const auto& r : administration::all_routes())
    for (const auto& p : r.query) {
      if (!r.pattern.starts_with("/admin/")) continue;
      const auto target = std::string{r.pattern} + "?" + std::string{p.name} + "=1";
      const auto answer = call(r.method, target, "{}");
      EXPECT_FALSE(answer.says("no query parameter")) << target << ": " << answer.body;
    }
}

TEST_F(parameters_test, elsewhere_clients_may_add_what_they_like) {
  for (const auto* path : {"/health", "/openapi.json", "/v1/models", "/v1/files", "/v1/batches"})
    EXPECT_EQ(call("GET", std::string{path} + "?cache_buster=7").status, 200) << path;
}

TEST_F(parameters_test, a_limit_or_cursor_that_is_none_is_refused_by_name_in_every_list) {
  each_list([this](const administration::route& r) {
    const auto path = path_of(r);
    for (const std::string odd : {"", "0", "-1", "1e9", "1000000000", "99999999999999999999", "ten", "+5", "5%20",
                                  "0x5", "5.0", "%D9%A5", "%EF%BC%95", "null", "1,2"})
      expect_refused(path + "?limit=" + odd, "limit");
    for (const std::string odd : {"", "-1", "1e9", "99999999999999999999", "x", "%F0%9F%98%80", "1%7C2", "1 2", "null"})
      if (odd != "-1" || r.pattern != "/admin/v1/limits") // where some ids are negative
        expect_refused(path + "?cursor=" + odd, "cursor");
  });
}

TEST_F(parameters_test, a_parameter_that_is_there_twice_is_refused_by_name_in_every_list) {
  each_list([this](const administration::route& r) {
    for (const auto& name : names_of(r))
      expect_refused(path_of(r) + "?" + name + "=1&" + name + "=1", name);
  });
  expect_refused("/admin/v1/users?limit=1&%6Cimit=1", "limit");
}

TEST_F(parameters_test, whatever_stands_in_a_filter_is_answered_or_refused_by_name) {
  each_list([this](const administration::route& r) {
    for (const auto& name : names_of(r)) {
      for (const std::string odd : {"", "-1", "0", "1e9", "99999999999999999999", "true", "null", "%27%22%3B--",
                                    "%F0%9F%98%80", "0000-00-00", "0001-01-01", "9999-12-31", "a%20b", "%25", "*"}) {
        const auto target = path_of(r) + "?" + name + "=" + odd;
        const auto answer = call("GET", target);
        EXPECT_TRUE(answer.status == 200 || answer.status == 400) << target << ": " << answer.body;
        if (answer.status == 400) {
          EXPECT_EQ(answer.text("param"), name) << target << ": " << answer.body;
        }
      }
      expect_refused(path_of(r) + "?" + name + "=%FF", name);
      EXPECT_EQ(call("GET", path_of(r) + "?" + name + "=%00").status, 400) << name;
      EXPECT_EQ(call("GET", path_of(r) + "?" + name + "=%zz").status, 400) << name;
    }
  });
}

TEST_F(parameters_test, a_filter_that_its_field_can_never_be_is_refused) {
  for (const auto& [path, name] :
       std::initializer_list<std::pair<std::string, std::string>>{{"users", "id"},
                                                                  {"processes", "user_id"},
                                                                  {"profiles", "process_id"},
                                                                  {"permissions", "profile_id"},
                                                                  {"deployments", "model_id"},
                                                                  {"budgets", "scope_id"},
                                                                  {"requests", "process_id"},
                                                                  {"requests", "model_id"},
                                                                  {"alerts", "budget_id"}})
    for (const std::string odd : {"", "x", "1e9", "1.5", "%D9%A1"})
      expect_refused("/admin/v1/" + path + "?" + name + "=" + odd, name);
  expect_refused("/admin/v1/processes?user_id=-1", "user_id");
  expect_refused("/admin/v1/processes?log=SOME", "log");
  expect_refused("/admin/v1/providers?enabled=yes", "enabled");
  expect_refused("/admin/v1/users?created_at=soon", "created_at");
  expect_refused("/admin/v1/requests?dataset=", "dataset");
  expect_refused("/admin/v1/events?actor=", "actor");
  expect_refused("/admin/v1/usage?group_by=", "group_by");
  expect_refused("/admin/v1/usage?group_by=model,", "group_by");
  expect_refused("/admin/v1/usage?from=2026-01-01&from=2026-01-02", "from");
}

TEST_F(parameters_test, filters_that_fit_still_find) {
  const auto count = [this](const std::string& target) {
    const auto r = call("GET", target);
    EXPECT_EQ(r.status, 200) << target << ": " << r.body;
    return r.json()["data"].get_array().value().size();
  };
  EXPECT_EQ(count("/admin/v1/users?username=ann"), 1U);
  EXPECT_EQ(count("/admin/v1/users?username=%C3%A4nn"), 0U);
  EXPECT_EQ(count("/admin/v1/providers?enabled=true"), 1U);
  EXPECT_EQ(count("/admin/v1/processes?service_id=null"), 1U);
  EXPECT_EQ(count("/admin/v1/processes?log=BILLING&limit=1"), 1U);
  EXPECT_EQ(count("/admin/v1/requests?from=2026-01-01&to=9999-12-31"), 0U);
}

} // namespace
} // namespace logos::tests
