// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

#include <set>

namespace logos::tests {
namespace {

constexpr std::string_view chat = R"({"model":"gemma","messages":[]})";

/// /jobs and /v1/batches as ADMINISTRATION answers them, to keys of several.
class job_routes_test : public administration_fixture {
protected:
  job_routes_test() { make_gemma(); }

  std::int64_t key_of(const std::string& name, const std::string& more = {}) {
    return make("processes", R"({"name":")" + name + "\"" + more + "}").number("id");
  }
  std::int64_t user_of(const std::string& name, const std::string& role = "user") {
    return make("users", R"({"username":")" + name + R"(","role":")" + role + "\"}").number("id");
  }
  reply submit(std::int64_t caller, std::string_view path = "/jobs/v1/chat/completions", std::string_view body = chat) {
    return call("POST", path, body, caller, {{"content-type", "application/json"}});
  }
  /// Whose jobs a list of /admin/v1/jobs has.
  std::multiset<std::int64_t> owners(std::int64_t caller, const std::string& query = {}) {
    std::multiset<std::int64_t> out;
    const auto listed = call("GET", "/admin/v1/jobs" + query, {}, caller);
    EXPECT_EQ(listed.status, 200) << listed.body;
    for (const auto job : listed.json()["data"].get_array())
      out.insert(job["process_id"].get_int64().value());
    return out;
  }
};

TEST_F(job_routes_test, a_list_has_the_callers_own_those_of_its_user_or_everybodys) {
  const auto ann = ",\"user_id\":" + std::to_string(user_of("ann"));
  const auto first = key_of("first", ann), second = key_of("second", ann), nobodys = key_of("nobodys");
  const auto admin = key_of("admin", ",\"user_id\":" + std::to_string(user_of("adam", "admin")));
  for (const auto caller : {first, second, nobodys})
    EXPECT_EQ(submit(caller).status, 202);
  using ids = std::multiset<std::int64_t>;
  EXPECT_EQ(owners(first), (ids{first, second}));
  EXPECT_EQ(owners(nobodys), (ids{nobodys}));
  EXPECT_EQ(owners(admin), (ids{first, second, nobodys}));
  const auto own = call("GET", "/jobs", {}, first);
  EXPECT_EQ(own.json()["data"].get_array().value().size(), 1U) << "a job is its key's, not its user's";
}

TEST_F(job_routes_test, administrators_see_and_cancel_anybodys_job) {
  const auto ann = key_of("ann"), bob = key_of("bob");
  const auto admin = key_of("admin", ",\"user_id\":" + std::to_string(user_of("adam", "admin")));
  const auto first = std::to_string(submit(ann).number("job_id"));
  const auto second = std::to_string(submit(bob).number("job_id"));
  const auto shown = call("GET", "/admin/v1/jobs/" + first, {}, admin);
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.body, call("GET", "/jobs/" + first, {}, ann).body);
  for (const auto method : {"GET", "DELETE"}) {
    EXPECT_EQ(call(method, "/admin/v1/jobs/" + first, {}, bob).status, 403) << method;
    EXPECT_EQ(call(method, "/admin/v1/jobs/" + first, {}, ann).status, 403) << "its own key has /jobs/";
    const auto none = call(method, "/admin/v1/jobs/999", {}, admin);
    EXPECT_EQ(none.status, 404) << none.body;
    EXPECT_EQ(none.content_type, "application/problem+json");
    EXPECT_EQ(call(method, "/admin/v1/jobs/x", {}, admin).status, 400);
  }
  const auto cancelled = call("DELETE", "/admin/v1/jobs/" + first, {}, admin);
  ASSERT_EQ(cancelled.status, 200) << cancelled.body;
  EXPECT_EQ(cancelled.text("status"), "cancelled");
  EXPECT_EQ(call("GET", "/jobs/" + first, {}, ann).text("status"), "cancelled");
  EXPECT_EQ(call("DELETE", "/admin/v1/jobs/" + first, {}, admin).status, 409) << "it has ended";
  EXPECT_EQ(call("GET", "/jobs/" + second, {}, bob).text("status"), "pending");
}

TEST_F(job_routes_test, a_list_can_be_of_one_process) {
  const auto ann = ",\"user_id\":" + std::to_string(user_of("ann"));
  const auto first = key_of("first", ann), second = key_of("second", ann), nobodys = key_of("nobodys");
  for (const auto caller : {first, second, nobodys})
    EXPECT_EQ(submit(caller).status, 202);
  using ids = std::multiset<std::int64_t>;
  const auto of = [](std::int64_t process) { return "?process_id=" + std::to_string(process); };
  EXPECT_EQ(owners(root_id(), of(second)), (ids{second}));
  EXPECT_EQ(owners(root_id(), of(999)), (ids{}));
  EXPECT_EQ(owners(first, of(second)), (ids{second})) << "of the same user";
  EXPECT_EQ(owners(first, of(nobodys)), (ids{})) << "of another";
  EXPECT_EQ(owners(nobodys, of(nobodys)), (ids{nobodys}));
  for (const std::string wrong : {"0", "-1", "x", ""})
    EXPECT_EQ(call("GET", "/admin/v1/jobs?process_id=" + wrong).status, 400) << wrong;
  EXPECT_EQ(call("GET", "/jobs?process_id=" + std::to_string(second), {}, first).status, 400) << "these are its own";
}

TEST_F(job_routes_test, a_job_out_of_scope_is_refused_when_it_is_handed_in) {
  const auto narrow = key_of("narrow", R"(,"allowed_endpoints":["/v1/embeddings","/jobs/*"])");
  const auto refused = submit(narrow);
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(refused.says("out_of_scope") && refused.says("/v1/chat/completions")) << refused.body;
  EXPECT_EQ(submit(narrow, "/jobs/v1/embeddings?a=b").status, 202);
  const auto elsewhere = key_of("elsewhere", R"(,"allowed_endpoints":["/v1/*"])");
  EXPECT_EQ(submit(elsewhere).status, 403) << "of /jobs itself nothing is said";
  make("models", R"({"name":"other","provider":"gpu"})");
  const auto models = make("processes", R"({"name":"models","allowed_models":["other"]})");
  make("permissions", R"({"profile_id":)" + std::to_string(models.number("profile_id")) + R"(,"model":"*"})");
  EXPECT_TRUE(submit(models.number("id")).says("its scope allows the models other"));
  EXPECT_EQ(submit(models.number("id"), "/jobs/v1/chat/completions", R"({"model":"other","messages":[]})").status, 202);
}

TEST_F(job_routes_test, a_batch_out_of_scope_is_refused_when_it_is_handed_in) {
  const auto narrow = key_of("narrow", R"(,"allowed_endpoints":["/v1/embeddings","/v1/batches"])");
  const auto refused = call("POST", "/v1/batches",
                            R"({"input_file_id":"file-logos-1","endpoint":"/v1/chat/completions",)"
                            R"("completion_window":"24h"})",
                            narrow, {{"content-type", "application/json"}});
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(refused.says("out_of_scope")) << refused.body;
}

} // namespace
} // namespace logos::tests
