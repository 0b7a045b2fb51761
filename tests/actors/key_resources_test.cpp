// SPDX-License-Identifier: MIT
// Keys, what they may use, and that root stays.
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

class key_resources : public administration_fixture {};

TEST_F(key_resources, a_new_key_works_at_once_and_a_removed_one_does_not) {
  const auto made = make("processes", R"({"name":"app","log":"BILLING"})");
  const auto key = made.text("key");
  EXPECT_TRUE(key.starts_with("lg-app-"));
  EXPECT_TRUE(made.text("key_prefix").size() < 20 && key.starts_with(made.text("key_prefix")));
  EXPECT_GT(made.number("profile_id"), 0);
  EXPECT_NE(made.headers.find("Location: /admin/v1/processes/"), std::string::npos);
  const auto id = made.number("id");
  EXPECT_EQ(holder(key), id);
  EXPECT_FALSE(call("GET", "/admin/v1/processes/" + std::to_string(id)).says(key)) << "shown once";
  EXPECT_EQ(call("DELETE", "/admin/v1/processes/" + std::to_string(id)).status, 204);
  EXPECT_EQ(holder(key), 0);
  EXPECT_EQ(call("GET", "/admin/v1/processes/" + std::to_string(id)).status, 404);
}

TEST_F(key_resources, a_rotated_key_replaces_the_old_one) {
  const auto made = make("processes", R"({"name":"app"})");
  const auto turned = call("POST", "/admin/v1/processes/" + std::to_string(made.number("id")) + "/rotate");
  EXPECT_EQ(turned.status, 200);
  EXPECT_EQ(holder(made.text("key")), 0);
  EXPECT_EQ(holder(turned.text("key")), made.number("id"));
}

TEST_F(key_resources, nobody_removes_the_key_in_use) {
  EXPECT_EQ(call("DELETE", "/admin/v1/processes/" + std::to_string(root_id())).status, 409);
}

TEST_F(key_resources, a_removal_that_is_not_in_force_everywhere_is_not_acknowledged) {
  const auto made = make("processes", R"({"name":"app"})");
  kill(catalog_);
  const auto gone = call("DELETE", "/admin/v1/processes/" + std::to_string(made.number("id")));
  EXPECT_EQ(gone.status, 503) << gone.body;
}

TEST_F(key_resources, permissions_name_a_model_or_all) {
  make_gemma();
  const auto process = make("processes", R"({"name":"app"})");
  const auto profile = std::to_string(process.number("profile_id"));
  const auto caller = process.number("id");
  EXPECT_EQ(call("GET", "/v1/models", {}, caller).body, R"({"object":"list","data":[]})");
  const auto one = make("permissions", R"({"profile_id":)" + profile + R"(,"model":"gemma"})");
  EXPECT_EQ(one.text("model"), "gemma");
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller).says(R"("id":"gemma","object":"model")"));
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 200);
  EXPECT_EQ(call("DELETE", "/admin/v1/permissions/" + std::to_string(one.number("id"))).status, 204);
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 404);
  make("permissions", R"({"profile_id":)" + profile + R"(,"model":"*"})");
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 200);
}

TEST_F(key_resources, a_permission_for_everything_must_be_meant) {
  const auto profile = std::to_string(make("processes", R"({"name":"app"})").number("profile_id"));
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":)" + profile + "}").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":)" + profile + R"(,"model_id":null})").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":)" + profile + R"(,"model":"nobody"})").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":99999,"model":"*"})").status, 400);
}

TEST_F(key_resources, another_profile_is_chosen_by_header_if_it_is_the_keys_own) {
  make_gemma();
  const auto process = make("processes", R"({"name":"app"})");
  const auto caller = process.number("id");
  const auto second = make("profiles", R"({"name":"second","process_id":)" + std::to_string(caller) + "}");
  const auto id = std::to_string(second.number("id"));
  make("permissions", R"({"profile_id":)" + id + R"(,"model":"*"})");
  EXPECT_FALSE(call("GET", "/v1/models", {}, caller).says("gemma"));
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller, {{"use_profile", id}}).says("gemma"));
  EXPECT_EQ(call("GET", "/v1/models", {}, caller, {{"use_profile", "x"}}).status, 400);
  EXPECT_EQ(call("GET", "/v1/models", {}, caller, {{"use_profile", "99999"}}).status, 403);
}

TEST_F(key_resources, a_new_process_has_the_profile_that_is_asked_for_by_its_name) {
  make_gemma();
  const auto app = make("processes", R"({"name":"app"})");
  const auto body = R"({"name":"default","process_id":)" + std::to_string(app.number("id")) + "}";
  const auto first = make("profiles", body);
  EXPECT_EQ(first.number("id"), app.number("profile_id"));
  make("permissions", R"({"profile_id":)" + std::to_string(first.number("id")) + R"(,"model":"gemma"})");
  EXPECT_EQ(call("POST", "/admin/v1/profiles", body).status, 409) << "it is in use: another one cannot have its name";
  const auto other = make("processes", R"({"name":"other"})");
  const auto renamed = "/admin/v1/profiles/" + std::to_string(other.number("profile_id"));
  ASSERT_EQ(call("PATCH", renamed, R"({"name":"mine"})").status, 200);
  EXPECT_EQ(
      call("POST", "/admin/v1/profiles", R"({"name":"mine","process_id":)" + std::to_string(other.number("id")) + "}")
          .status,
      409);
}

TEST_F(key_resources, a_key_does_not_travel_in_a_header_that_frames_the_request) {
  for (const std::string name : {"Content-Length", "transfer-encoding", "HOST", "Connection", "Upgrade", "TE",
                                 "Trailer", "Keep-Alive", "Proxy-Authorization", "proxy-connection"}) {
    const auto r =
        call("POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","auth":{"header":")" + name + "\"}}");
    EXPECT_EQ(r.status, 400) << name;
    EXPECT_TRUE(r.says("auth.header")) << r.body;
  }
  const auto made = make("providers", R"({"name":"x","base_url":"http://h","auth":{"header":"X-Key"}})");
  const auto at = "/admin/v1/providers/" + std::to_string(made.number("id"));
  EXPECT_EQ(call("PATCH", at, R"({"auth":{"header":"Host"}})").status, 400);
  EXPECT_EQ(call("PATCH", at, R"({"auth":{"header":""}})").status, 200) << "as usual for the type";
}

TEST_F(key_resources, no_single_change_takes_root_away) {
  const auto id = std::to_string(store().list<storage::user>(0, 1)->at(0).id);
  const auto user = "/admin/v1/users/" + id;
  const auto own = "/admin/v1/processes/" + std::to_string(root_id());
  EXPECT_EQ(call("PATCH", user, R"({"name":"The Boss"})").status, 200);
  EXPECT_EQ(call("PATCH", user, R"({"username":"root"})").status, 200);
  EXPECT_EQ(call("PATCH", user, R"({"username":"boss"})").status, 409);
  EXPECT_EQ(call("DELETE", user).status, 409);
  EXPECT_EQ(call("PATCH", own, R"({"user_id":null})").status, 409);
  EXPECT_EQ(call("PATCH", own, R"({"expires_at":"2020-01-01T00:00:00Z"})").status, 409);
  EXPECT_EQ(call("PATCH", own, R"({"name":"mine","user_id":)" + id + "}").status, 200);
  EXPECT_TRUE(snapshot_->principals.at(0).root);
}

TEST_F(key_resources, a_user_whose_display_name_is_root_is_not_root) {
  const auto bob = make("users", R"({"username":"bob","name":"root"})");
  const auto process = make("processes", R"({"name":"app","user_id":)" + std::to_string(bob.number("id")) + "}");
  EXPECT_EQ(call("GET", "/admin/v1/services", {}, process.number("id")).status, 403);
  EXPECT_EQ(call("POST", "/admin/v1/users", R"({"username":"root"})").status, 409);
}

TEST_F(key_resources, the_user_of_the_last_root_key_stays) {
  const auto user = std::to_string(store().list<storage::user>(0, 1)->at(0).id);
  const auto refused = call("DELETE", "/admin/v1/users/" + user);
  EXPECT_EQ(refused.status, 409) << refused.body;
  const auto second = make("processes", R"({"name":"second","user_id":)" + user + "}");
  EXPECT_EQ(call("DELETE", "/admin/v1/processes/" + std::to_string(root_id()), {}, second.number("id")).status, 204);
  EXPECT_EQ(call("DELETE", "/admin/v1/users/" + user, {}, second.number("id")).status, 409);
}

} // namespace
} // namespace logos::tests
