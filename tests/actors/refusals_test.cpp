// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

/// What the admin API refuses, and that nothing is left of it.
class refusals_test : public administration_fixture {
protected:
  template <class Entity>
  std::size_t count() {
    return store().list<Entity>(0, 100)->size();
  }
  std::size_t everything() {
    return count<storage::provider>() + count<storage::model>() + count<storage::deployment>() +
           count<storage::process>() + count<storage::profile>() + count<storage::user>();
  }
  std::size_t events() { return call("GET", "/admin/v1/events?limit=1000").json()["data"].get_array().value().size(); }
  void expect_refused(std::string_view plural, std::string_view body, int status, std::string_view words) {
    const auto there = everything();
    const auto told = events();
    const auto r = call("POST", "/admin/v1/" + std::string{plural}, body);
    EXPECT_EQ(r.status, status) << body << ": " << r.body;
    EXPECT_TRUE(r.says(words)) << body << ": " << r.body;
    EXPECT_EQ(everything(), there) << body;
    EXPECT_EQ(events(), told) << body;
  }
};

TEST_F(refusals_test, a_provider_that_is_refused_leaves_no_models_behind) {
  make("models", R"({"name":"taken","aliases":["short"]})");
  expect_refused("providers", R"({"name":"p","base_url":"http://h","models":["a","b","a"]})", 400, "\\\"a\\\" twice");
  expect_refused("providers", R"({"name":"p","base_url":"http://h","models":["a","A"]})", 400, "twice");
  expect_refused("providers", R"({"name":"p","base_url":"http://h","models":["a",{"name":"b","aliases":["a"]}]})", 409,
                 "aliases");
  expect_refused("providers", R"({"name":"p","base_url":"http://h","models":["a",{"name":"b","aliases":["SHORT"]}]})",
                 409, "short");
  expect_refused("providers", R"({"name":"p","base_url":"http://h","models":["new","taken","short"]})", 409, "");
  make("providers", R"({"name":"P","base_url":"http://h","models":["a"]})");
  expect_refused("providers", R"({"name":"p","base_url":"http://h","models":["b"]})", 409, "case of letters");
}

TEST_F(refusals_test, a_model_that_is_refused_leaves_nothing) {
  make("providers", R"({"name":"p","base_url":"http://h","models":["a"]})");
  expect_refused("models", R"({"name":"A","provider":"p"})", 409, "\\\"a\\\"");
  expect_refused("models", R"({"name":"b","provider":"nobody"})", 400, "nobody");
}

TEST_F(refusals_test, names_that_differ_in_case_only_are_one) {
  for (const auto& [plural, body, other] : std::initializer_list<std::array<std::string, 3>>{
           {"users", R"({"username":"Bob"})", R"({"username":"bOB"})"},
           {"services", R"({"name":"Bob"})", R"({"name":"bOB"})"},
           {"providers", R"({"name":"Bob","base_url":"http://h"})", R"({"name":"bOB","base_url":"http://i"})"},
           {"models", R"({"name":"Bob"})", R"({"name":"bOB"})"},
           {"policies", R"({"name":"Bob"})", R"({"name":"bOB"})"}}) {
    make(plural, body);
    expect_refused(plural, other, 409, "case of letters");
  }
  const auto process = make("processes", R"({"name":"Bob"})");
  make("processes", R"({"name":"bOB"})"); // keys are not told apart by their names
  const auto of = R"(,"process_id":)" + std::to_string(process.number("id")) + "}";
  expect_refused("profiles", R"({"name":"DEFAULT")" + of, 409, "case of letters");
}

TEST_F(refusals_test, names_have_no_blanks_around_them_and_no_control_characters) {
  for (const std::string name : {" bob", "bob ", "\\tbob", "bob\\n", "bo\\u0007b", "bob\\u00a0", "\\u200bbob",
                                 "b\\u202eob", "", "bob\\u0085x"}) {
    const auto text = "\"" + name + "\"";
    expect_refused("users", R"({"username":)" + text + "}", 400, "without blanks at its ends");
    expect_refused("services", R"({"name":)" + text + "}", 400, "without blanks at its ends");
    expect_refused("processes", R"({"name":)" + text + "}", 400, "without blanks at its ends");
    expect_refused("providers", R"({"name":)" + text + R"(,"base_url":"http://h"})", 400, "without blanks at its ends");
    expect_refused("models", R"({"name":)" + text + "}", 400, "without blanks at its ends");
    expect_refused("models", R"({"name":"fine","aliases":[)" + text + "]}", 400, "aliases");
  }
}

TEST_F(refusals_test, an_import_heeds_the_rules_for_names) {
  make("users", R"({"username":"Bob"})");
  const auto import = [this](std::string_view row) {
    return call("POST", "/admin/v1/import",
                R"({"format":"logos-export","version":1,"secrets":false,)" + std::string{row} + "}");
  };
  const auto twin = import(R"("users":[{"id":7,"username":"bob"}])");
  EXPECT_EQ(twin.status, 409) << twin.body;
  EXPECT_TRUE(twin.says("case of letters")) << twin.body;
  const auto blank = import(R"("users":[{"id":7,"username":"ann "}])");
  EXPECT_EQ(blank.status, 400) << blank.body;
  EXPECT_TRUE(blank.says("users") && blank.says("without blanks at its ends")) << blank.body;
  EXPECT_EQ(count<storage::user>(), 2U) << "root and Bob";
}

TEST_F(refusals_test, an_import_takes_no_member_that_it_does_not_know) {
  const std::string upstream = R"({"users":[{"id":7,"username":"old"}])";
  const auto import = [this](const std::string& body) { return call("POST", "/admin/v1/import", body); };
  for (const auto& body : {upstream, R"({"json_data":)" + upstream + "}",
                           std::string{R"({"format":"logos-export","version":1,"users":[{"id":7,"username":"old"}])"},
                           std::string{R"({"users_yml":"a:\n  logos_api_key: k\n  profile: p\n",)"
                                       R"("profiles_yml":"p:\n  logos_rights: user\n  llm_keys: {}\n")"}}) {
    const auto dry = import(body + R"(,"dry_run":true})");
    EXPECT_EQ(dry.status, 400) << body;
    EXPECT_EQ(dry.text("param"), "dry_run") << dry.body;
    EXPECT_TRUE(dry.says("?dry_run=true")) << dry.body;
    const auto slip = import(body + R"(,"dryrun":true})");
    EXPECT_EQ(slip.status, 400) << body;
    EXPECT_EQ(slip.text("param"), "dryrun") << slip.body;
  }
  EXPECT_EQ(import(R"({"users_yml":"a: {}"})").text("param"), "profiles_yml");
  EXPECT_EQ(import(R"({"users_yml":"a: {}","profiles_yml":null})").text("param"), "profiles_yml");
  EXPECT_EQ(count<storage::user>(), 1U) << "root";
  const auto noted = import(upstream + R"(,"extras":[{"id":1}]})");
  EXPECT_EQ(noted.status, 200) << noted.body;
  EXPECT_TRUE(noted.says("table extras: left out")) << noted.body;
}

TEST_F(refusals_test, what_upstreams_paths_make_has_a_name_too) {
  const auto r = call("POST", "/logosdb/add_service", R"({"logos_key":"x","name":"service "})");
  EXPECT_NE(r.status, 200) << r.body;
  EXPECT_EQ(count<storage::service>(), 0U);
}

TEST_F(refusals_test, a_format_has_the_place_of_the_key_once) {
  const auto with = [](std::string_view format) {
    return R"({"name":"x","base_url":"http://h","auth":{"header":"X-Key","format":")" + std::string{format} + "\"}}";
  };
  for (const auto* format : {"Bearer", "Bearer {", "{key}", "{} {}", "Bearer {}{}"})
    expect_refused("providers", with(format), 400, "'auth.format' must hold {} once");
  const auto made = make("providers", with("Token {}"));
  const auto at = "/admin/v1/providers/" + std::to_string(made.number("id"));
  EXPECT_EQ(call("PATCH", at, R"({"auth":{"format":"Token"}})").text("param"), "auth.format");
  EXPECT_EQ(call("PATCH", at, R"({"auth":{"format":""}})").status, 200) << "as usual for the type";
}

TEST_F(refusals_test, addresses_are_http_with_a_host_and_nothing_secret) {
  const auto made = make("providers", R"({"name":"x","base_url":"http://h","models":["m"]})");
  const auto provider = "/admin/v1/providers/" + std::to_string(made.number("id"));
  const auto deployment = "/admin/v1/deployments/" + std::to_string(store().list<storage::deployment>(0, 1)->at(0).id);
  for (const std::string url :
       {"ftp://h", "file:///etc/passwd", "http://", "http://:80", "http://u:p@h/", "http://u@h", "http://h/#x",
        "http://h:0", "http://h:99999", "javascript://h", "http://a b", "http://[::1", "http://h\\u00e4"}) {
    for (const std::string field : {"base_url", "ollama_admin_url"}) {
      const auto r = call("PATCH", provider, "{\"" + field + "\":\"" + url + "\"}");
      EXPECT_EQ(r.status, 400) << field << " " << url;
      if (r.status == 400) {
        EXPECT_EQ(r.text("param"), field) << r.body;
      }
    }
    const auto r = call("PATCH", deployment, R"({"endpoint":")" + url + "\"}");
    EXPECT_EQ(r.status, 400) << "endpoint " << url;
    const auto budget = call("POST", "/admin/v1/budgets",
                             R"({"scope":"process","scope_id":1,"period":"day","amount":"1","currency":"EUR",)"
                             R"("alert_url":")" +
                                 url + "\"}");
    EXPECT_EQ(budget.status, 400) << "alert_url " << url << budget.body;
  }
  for (const std::string url : {"h:11434", "//h", "/path"}) {
    EXPECT_EQ(call("PATCH", provider, R"({"ollama_admin_url":")" + url + "\"}").status, 400) << url;
  }
  EXPECT_EQ(call("PATCH", provider, R"({"ollama_admin_url":"http://h:11434/x?y=1"})").status, 400) << "a query";
  EXPECT_EQ(call("PATCH", provider, R"({"ollama_admin_url":"https://h:11434/x"})").status, 200);
  EXPECT_EQ(call("PATCH", provider, R"({"ollama_admin_url":""})").status, 200);
  EXPECT_EQ(call("PATCH", deployment, R"({"endpoint":"/v1/chat?x=1"})").status, 200);
  EXPECT_EQ(call("PATCH", deployment, R"({"endpoint":"https://h/v1/chat?x=1"})").status, 200);
  EXPECT_EQ(call("PATCH", deployment, R"({"endpoint":"HTTPS://h/"})").status, 400) << "would be read as a path";
}

TEST_F(refusals_test, a_policy_for_a_process_that_is_not_there_names_its_field) {
  const auto refused = call("POST", "/admin/v1/policies", R"({"name":"p","process_id":99})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text("param"), "process_id");
}

} // namespace
} // namespace logos::tests
