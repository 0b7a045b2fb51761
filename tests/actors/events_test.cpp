// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

#include <sqlite3.h>

namespace logos::tests {
namespace {

class events_test : public administration_fixture {
protected:
  /// The only event that a filter leaves.
  simdjson::dom::element only(const reply& list) {
    const auto data = list.json()["data"].get_array().value();
    EXPECT_EQ(data.size(), 1u) << list.body;
    return data.at(0);
  }
  /// Past the gateway.
  void tamper(const std::string& sql) {
    sqlite3* connection = nullptr;
    sqlite3_open((folder_ / "logos.db").c_str(), &connection);
    EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
  }
};

TEST_F(events_test, tell_who_did_what_and_from_where) {
  const auto id = make("processes", R"({"name":"app"})").number("id");
  EXPECT_EQ(call("PATCH", "/admin/v1/processes/" + std::to_string(id), R"({"log":"FULL"})").status, 200);
  const auto list = call("GET", "/admin/v1/events?resource=process&action=update&id=" + std::to_string(id));
  const auto event = only(list);
  EXPECT_EQ(event["actor_id"].get_int64().value(), root_id());
  EXPECT_EQ(event["actor"].get_string().value(), "root");
  EXPECT_EQ(event["address"].get_string().value(), "127.0.0.1");
  EXPECT_EQ(event["name"].get_string().value(), "app");
  EXPECT_EQ(event["before"]["log"].get_string().value(), "BILLING");
  EXPECT_EQ(event["after"]["log"].get_string().value(), "FULL");
  EXPECT_EQ(event["after"]["logos_key"].get_string().value(), "set");
  const auto one = call("GET", "/admin/v1/events/" + std::to_string(event["id"].get_int64().value()));
  EXPECT_EQ(one.text("hash"), event["hash"].get_string().value());
  EXPECT_EQ(call("GET", "/admin/v1/events/9999").status, 404);
}

TEST_F(events_test, a_job_of_nobodys_is_not_the_last_callers) {
  make("users", R"({"username":"ada"})");
  using made = storage::result<storage::user>;
  const auto answer =
      ask<actors::store_reply>(with_.registry, actors::store_job{[](storage::store& in) {
                                 return std::make_shared<made>(in.create(storage::user{{}, "bob", "", ""}));
                               }});
  ASSERT_TRUE(*std::static_pointer_cast<made>(answer));
  EXPECT_EQ(only(call("GET", "/admin/v1/events?actor=logos"))["name"].get_string().value(), "bob");
}

TEST_F(events_test, are_found_by_the_user_whose_key_made_the_change) {
  const auto user = make("users", R"({"username":"ann","role":"admin"})").number("id");
  const auto key = make("processes", R"({"name":"laptop","user_id":)" + std::to_string(user) + "}").number("id");
  EXPECT_EQ(call("POST", "/admin/v1/services", R"({"name":"hers"})", key).status, 201);
  make("services", R"({"name":"roots"})");
  for (const auto& actor : {std::string{"ann"}, std::string{"laptop"}, std::to_string(key)})
    EXPECT_EQ(only(call("GET", "/admin/v1/events?actor=" + actor))["name"].get_string().value(), "hers") << actor;
  EXPECT_EQ(only(call("GET", "/admin/v1/events?resource=service&actor=root"))["name"].get_string().value(), "roots");
  EXPECT_GT(call("GET", "/admin/v1/events?actor=first%20start").json()["data"].get_array().value().size(), 0u);
  EXPECT_EQ(call("GET", "/admin/v1/events?actor=nobody").json()["data"].get_array().value().size(), 0u);
}

TEST_F(events_test, go_page_by_page_the_newest_first) {
  for (const auto* name : {"a", "b", "c"})
    make("services", R"({"name":")" + std::string{name} + "\"}");
  const auto first = call("GET", "/admin/v1/events?resource=service&limit=2");
  const auto rows = first.json()["data"].get_array().value();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.at(0)["name"].get_string().value(), "c");
  const auto second = call("GET", "/admin/v1/events?resource=service&limit=2&cursor=" + first.text("next"));
  EXPECT_EQ(only(second)["name"].get_string().value(), "a");
  EXPECT_TRUE(second.json()["next"].is_null());
}

TEST_F(events_test, wrong_filters_are_refused_with_words) {
  for (const auto& [query, words] : std::initializer_list<std::pair<std::string, std::string>>{
           {"resource=processes", "must be one of user, service, process"},
           {"action=delete", "must be one of create, update, remove"},
           {"id=x", "positive integer"},
           {"from=soon", "must be a time"},
           {"resourc=process", "did you mean 'resource'?"},
           {"actr=ann", "did you mean 'actor'?"},
           {"user=ann", "There is no query parameter 'user'"}}) {
    const auto r = call("GET", "/admin/v1/events?" + query);
    EXPECT_EQ(r.status, 400) << query;
    EXPECT_TRUE(r.says(words)) << r.body;
  }
}

TEST_F(events_test, the_chain_is_verified_to_its_end_and_names_what_was_tampered_with) {
  // More than one job's worth.
  make("services", R"({"name":"first"})");
  for (int i = 0; i < 2100; ++i)
    ASSERT_TRUE(store().record({"rerate", "request", i, {}, {}, "{}"}));
  const auto fine = call("GET", "/admin/v1/events/verify");
  EXPECT_TRUE(fine.says(R"("intact":true)")) << fine.body;
  EXPECT_EQ(fine.number("checked"), 4 + 1 + 2100) << "first start, the service, the others";
  tamper("drop trigger audit_log_no_update; update audit_log set resource_id = 7 where id = 2050");
  const auto wrong = call("GET", "/admin/v1/events/verify");
  EXPECT_EQ(wrong.status, 200);
  EXPECT_TRUE(wrong.says(R"("intact":false)")) << wrong.body;
  EXPECT_EQ(wrong.number("first_wrong"), 2050);
  EXPECT_TRUE(wrong.says("event 2050 is not as it was written"));
}

} // namespace
} // namespace logos::tests
