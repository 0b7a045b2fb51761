// SPDX-License-Identifier: MIT
// What a key may do, and until when.
#include "tests/actors/rights_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

TEST_F(rights_test, a_rotated_key_works_until_its_grace_ends_or_the_next_rotation) {
  const auto made = make("processes", R"({"name":"app"})");
  const auto at = "/admin/v1/processes/" + std::to_string(made.number("id"));
  const auto second = call("POST", at + "/rotate", R"({"grace_s":3600})");
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_TRUE(second.says(R"("previous_key_until":"20)"));
  EXPECT_EQ(holder(made.text("key")), made.number("id"));
  EXPECT_EQ(holder(second.text("key")), made.number("id"));
  const auto third = call("POST", at + "/rotate", R"({"grace_s":60})");
  EXPECT_EQ(holder(made.text("key")), 0) << "one grace at a time";
  EXPECT_EQ(holder(second.text("key")), made.number("id"));
  EXPECT_EQ(call("PATCH", at, R"({"name":"n"})").status, 200);
  EXPECT_EQ(holder(second.text("key")), made.number("id")) << "other changes leave it alone";
  advance(61s);
  EXPECT_EQ(holder(second.text("key")), 0);
  EXPECT_EQ(holder(third.text("key")), made.number("id"));
  const auto fourth = call("POST", at + "/rotate");
  EXPECT_EQ(holder(third.text("key")), 0) << "by default at once";
  call("POST", at + "/rotate", R"({"grace_s":60})");
  EXPECT_EQ(call("DELETE", at).status, 204);
  EXPECT_EQ(holder(fourth.text("key")), 0) << "removal ends both";
}

TEST_F(rights_test, a_key_that_has_expired_is_not_rotated_into_another_that_has) {
  const auto made = make("processes", R"({"name":"app"})");
  const auto at = "/admin/v1/processes/" + std::to_string(made.number("id"));
  const auto soon = core::to_iso8601(clock().wall() + 10s);
  ASSERT_EQ(call("PATCH", at, R"({"expires_at":")" + soon + "\"}").status, 200);
  const auto alive = call("POST", at + "/rotate");
  ASSERT_EQ(alive.status, 200) << alive.body;
  EXPECT_EQ(holder(alive.text("key")), made.number("id"));
  const auto before = call("GET", at).body;
  advance(11s);
  const auto refused = call("POST", at + "/rotate");
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_TRUE(refused.says(soon)) << refused.body;
  EXPECT_TRUE(refused.says("PATCH " + at)) << refused.body;
  EXPECT_EQ(call("GET", at).body, before) << "nothing was changed";
  EXPECT_EQ(call("PATCH", at, R"({"expires_at":null})").status, 200);
  const auto again = call("POST", at + "/rotate");
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(holder(again.text("key")), made.number("id"));
}

TEST_F(rights_test, what_is_odd_about_a_rotation_is_said) {
  for (const auto* body :
       {R"({"grace_s":-1})", R"({"grace_s":2592001})", R"({"grace_s":"1h"})", R"({"grace":60})", "[]"})
    EXPECT_EQ(call("POST", bob.key_at + "/rotate", body).status, 400) << body;
  EXPECT_TRUE(call("POST", bob.key_at + "/rotate", R"({"grace":60})").says("no field 'grace'"));
}

TEST_F(rights_test, an_expiry_can_be_changed_but_not_into_the_past) {
  EXPECT_EQ(call("PATCH", bob.key_at, R"({"expires_at":"2020-01-01T00:00:00Z"})").status, 400);
  const auto soon = core::to_iso8601(clock().wall() + 10s);
  EXPECT_EQ(call("PATCH", bob.key_at, R"({"expires_at":")" + soon + "\"}").status, 200);
  advance(11s);
  const auto read = call("GET", bob.key_at);
  EXPECT_EQ(call("PATCH", bob.key_at, read.body).status, 200) << "what was read may be sent back";
  EXPECT_EQ(call("PATCH", bob.key_at, R"({"expires_at":null})").status, 200);
}

TEST_F(rights_test, a_scope_is_checked_and_shown_as_it_will_be_used) {
  make_gemma();
  const auto set =
      call("PATCH", bob.key_at, R"({"allowed_models":["gemma","gemma"],"allowed_addresses":["::1","10.0.0.0/8"]})");
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_TRUE(set.says(R"("allowed_models":["gemma"])"));
  EXPECT_TRUE(set.says(R"("allowed_addresses":["::1/128","10.0.0.0/8"])"));
  for (const auto* body :
       {R"({"allowed_models":["none"]})", R"({"allowed_models":[99]})", R"({"allowed_models":"gemma"})",
        R"({"allowed_endpoints":["v1"]})", R"({"allowed_addresses":["10.0.0.1/8"]})", R"({"allowed_adresses":[]})"}) {
    const auto refused = call("PATCH", bob.key_at, body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_TRUE(refused.says(R"("param":"allowed_)")) << refused.body;
  }
  const auto model = std::to_string(snapshot_->models.at(0).id);
  EXPECT_EQ(call("DELETE", "/admin/v1/models/" + model).status, 204);
  const auto read = call("GET", bob.key_at);
  EXPECT_TRUE(read.says(R"("allowed_models":[)" + model + "]")) << "it allows nothing, which is not everything";
  EXPECT_EQ(call("PATCH", bob.key_at, read.body).status, 200);
}

TEST_F(rights_test, models_out_of_scope_are_not_listed) {
  make_gemma();
  make("models", R"({"name":"other","provider":"gpu"})");
  permit(bob, "*");
  EXPECT_TRUE(call("GET", "/v1/models", {}, bob.key).says("other"));
  call("PATCH", bob.key_at, R"({"allowed_models":["gemma"]})");
  EXPECT_FALSE(call("GET", "/v1/models", {}, bob.key).says("other"));
  EXPECT_EQ(call("GET", "/v1/models/other", {}, bob.key).status, 404);
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, bob.key).status, 200);
}

} // namespace
} // namespace logos::tests
