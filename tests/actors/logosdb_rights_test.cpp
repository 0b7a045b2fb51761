// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

/// Upstream's paths do not do what /admin/v1 refuses.
class logosdb_rights_test : public administration_fixture {
protected:
  reply ask(std::string_view name, std::string_view body, std::int64_t caller = -1) {
    return call("POST", "/logosdb/" + std::string{name}, body, caller);
  }
  /// A further key of root's, with these fields.
  std::int64_t root_key(const std::string& more) {
    const auto user = std::to_string(store().list<storage::user>(0, 1)->at(0).id);
    return make("processes", R"({"name":"further","user_id":)" + user + "," + more + "}").number("id");
  }
  template <class Entity>
  std::size_t count() {
    return store().list<Entity>(0, 1000)->size();
  }
};

TEST_F(logosdb_rights_test, a_root_key_that_is_narrowed_or_ends_makes_no_key_that_is_not) {
  const auto service = std::to_string(make("services", R"({"name":"s"})").number("id"));
  const std::vector<std::pair<std::int64_t, std::string_view>> limited{
      {root_key(R"("expires_at":"2030-01-01T00:00:00Z")"), "expires_at"},
      {root_key(R"("allowed_addresses":["127.0.0.0/8"])"), "allowed_addresses"},
      {root_key(R"("allowed_endpoints":["/logosdb/*"])"), "allowed_endpoints"},
  };
  const auto there = count<storage::process>();
  for (const auto& [caller, field] : limited) {
    for (const auto& [name, body] :
         {std::pair<std::string_view, std::string>{"add_service", R"({"name":"app"})"},
          {"connect_service_process", R"({"process_name":"x","service_id":)" + service + "}"},
          {"add_service_proxy", R"({"base_url":"http://127.0.0.1:9","provider_name":"p",)"
                                R"("provider_type":"cloud"})"}}) {
      const auto refused = ask(name, body, caller);
      EXPECT_EQ(refused.status, 403) << name << " " << field;
      EXPECT_TRUE(refused.says(R"("param":")" + std::string{field} + "\"")) << refused.body;
    }
    EXPECT_EQ(ask("add_model", R"({"name":"m )" + std::string{field} + "\"}", caller).status, 200) << "that is no key";
  }
  EXPECT_EQ(count<storage::process>(), there);
  EXPECT_EQ(count<storage::service>(), 1U);
  EXPECT_EQ(count<storage::provider>(), 0U) << "made whole or not at all";
  EXPECT_EQ(ask("add_service", R"({"name":"app"})").status, 200);
}

TEST_F(logosdb_rights_test, a_root_key_that_is_narrowed_or_ends_imports_nothing) {
  const std::string users = R"({"users":[{"id":40,"username":"old"}]})";
  for (const auto caller : {root_key(R"("expires_at":"2030-01-01T00:00:00Z")"),
                            root_key(R"("allowed_endpoints":["/logosdb/*","/admin/*"])")})
    for (const auto& refused : {ask("import", R"({"json_data":)" + users + "}", caller),
                                ask("import", R"({"dry_run":true,"json_data":)" + users + "}", caller),
                                call("POST", "/admin/v1/import", users, caller)}) {
      EXPECT_EQ(refused.status, 403);
      EXPECT_TRUE(refused.says("imports nothing")) << refused.body;
    }
  EXPECT_EQ(count<storage::user>(), 1U) << "root";
  EXPECT_EQ(ask("import", R"({"json_data":)" + users + "}").status, 200);
}

TEST_F(logosdb_rights_test, what_the_api_refuses_is_refused_in_upstreams_words) {
  const auto service = std::to_string(make("services", R"({"name":"s"})").number("id"));
  const auto blank = ask("connect_service_process", R"({"process_name":" x","service_id":)" + service + "}");
  EXPECT_EQ(blank.status, 400);
  EXPECT_TRUE(blank.says(R"("param":"process_name")") && blank.says("'process_name' must be")) << blank.body;
  const auto early = ask("add_billing", R"({"type_name":"prompt_tokens","type_cost":1,"valid_from":"1969-01-01"})");
  EXPECT_EQ(early.status, 400) << early.body;
}

TEST_F(logosdb_rights_test, an_import_by_upstreams_path_takes_no_member_that_it_does_not_know) {
  const auto refused = ask("import", R"({"json_data":{"users":[{"id":40,"username":"old"}]},"dryrun":true})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says("did you mean 'dry_run'?")) << refused.body;
  EXPECT_EQ(count<storage::user>(), 1U) << "root";
  EXPECT_EQ(ask("add_model", R"({"name":"m","more":1})").status, 200) << "upstream's scripts may send more";
}

} // namespace
} // namespace logos::tests
