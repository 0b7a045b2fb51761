// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

using administration::access;

/// Every route with every kind of credential. What is refused is refused before anything else is looked at, so the
/// requests are otherwise for what is not there or lacks what is required.
class route_access_test : public administration_fixture {
protected:
  struct credential {
    std::string name;
    std::int64_t process = 0; // whose key it is
    bool known = true;
    access up_to = access::open; // the most that it may use
  };

  std::int64_t key_of_user(const std::string& username, const std::string& role) {
    const auto user = make("users", R"({"username":")" + username + R"(","role":")" + role + "\"}").number("id");
    return make("processes", R"({"name":"app","user_id":)" + std::to_string(user) + "}").number("id");
  }

  std::vector<credential> make_credentials() {
    const auto service = make("services", R"({"name":"service"})").number("id");
    return {{"no credential", 0, false},
            {"a key that is not known", 99'999, false},
            {"a key of nobody", make("processes", R"({"name":"app"})").number("id"), true, access::key},
            {"a key of a service",
             make("processes", R"({"name":"app","service_id":)" + std::to_string(service) + "}").number("id"), true,
             access::key},
            {"a key of a user", key_of_user("ann", "user"), true, access::user},
            {"a key of an administrator", key_of_user("adam", "admin"), true, access::admin},
            {"a key of whoever has the role root", key_of_user("ruth", "root"), true, access::root},
            {"the root key", root_id(), true, access::root}};
  }

  /// The pattern with something that is not there in place of each parameter.
  static std::string target_of(std::string_view pattern) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '{') {
        out += pattern[i];
        continue;
      }
      out += "4711";
      i = pattern.find('}', i);
    }
    return out;
  }
};

TEST_F(route_access_test, every_route_lets_in_whom_it_declares_and_nobody_else) {
  std::size_t refused = 0;
  for (const auto& who : make_credentials())
    for (const auto& r : administration::all_routes()) {
      if (r.by == administration::service::relayed) continue; // INGRESS does not send it here
      const auto status = call(r.method, target_of(r.pattern), "{}", who.process).status;
      const auto what = who.name + ": " + std::string{r.method} + " " + std::string{r.pattern};
      if (r.who == access::open || (who.known && r.who <= who.up_to)) {
        EXPECT_TRUE(status != 401 && status != 403) << what << ": " << status;
      } else {
        EXPECT_EQ(status, who.known ? 403 : 401) << what;
        ++refused;
      }
    }
  EXPECT_GT(refused, 100U);
}

TEST_F(route_access_test, what_is_refused_to_a_role_is_a_problem_of_rfc_9457) {
  const auto user = key_of_user("ann", "user");
  const auto refused = call("GET", "/admin/v1/providers", {}, user);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.content_type, "application/problem+json");
  EXPECT_TRUE(refused.says("administrator"));
}

TEST_F(route_access_test, a_scope_counts_at_every_route_that_needs_a_key) {
  auto root = *store().find<storage::process>(root_id());
  root.id = 0;
  root.hash = sqlite_secret().hash("narrow");
  root.allowed_addresses = {"192.0.2.0/24"};
  const auto narrow = store().create(root)->id;
  call("POST", "/admin/v1/services", R"({"name":"so that the catalog is read"})");
  for (const auto& r : administration::all_routes()) {
    if (r.by == administration::service::relayed || r.who == access::open) continue;
    const auto refused = call(r.method, target_of(r.pattern), "{}", narrow);
    EXPECT_EQ(refused.status, 403) << r.pattern;
    EXPECT_TRUE(refused.says("out_of_scope")) << r.pattern << ": " << refused.body;
  }
}

} // namespace
} // namespace logos::tests
