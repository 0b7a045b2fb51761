// SPDX-License-Identifier: MIT
#include "tests/actors/rights_fixture.hpp"

#include <set>
#include <tuple>

namespace logos::tests {
namespace {

TEST_F(rights_test, a_user_sees_their_own_and_of_others_not_even_that_they_are_there) {
  permit(ann, "*");
  permit(bob, "*");
  for (const auto& p : {ann, bob})
    for (const auto& [scope, id] : {std::pair{"process", p.key}, {"profile", p.profile}, {"user", p.user}}) {
      const auto about = R"({"scope":")" + std::string{scope} + R"(","scope_id":)" + std::to_string(id);
      make("limits", about + R"(,"kind":"requests_per_minute","value":5})");
      make("budgets", about + R"(,"period":"day","amount":"1","currency":"EUR"})");
    }
  const auto budget_of_ann =
      std::to_string(call("GET", "/admin/v1/budgets", {}, ann.key).json()["data"].at(0)["id"].get_int64().value());
  EXPECT_EQ(call("GET", "/admin/v1/budgets/" + budget_of_ann + "/balance", {}, ann.key).status, 200);
  EXPECT_EQ(call("GET", "/admin/v1/budgets/" + budget_of_ann + "/balance", {}, bob.key).status, 404);
  make("services", R"({"name":"service"})");
  struct row {
    const char* plural;
    std::size_t mine;
  };
  for (const auto& r : {row{"users", 1}, row{"processes", 1}, row{"profiles", 1}, row{"permissions", 1},
                        row{"limits", 3}, row{"budgets", 3}}) {
    const auto at = "/admin/v1/" + std::string{r.plural};
    const auto own = call("GET", at, {}, ann.key);
    ASSERT_EQ(count(own), r.mine) << at;
    const auto others = call("GET", at, {}, bob.key);
    std::int64_t id = 0;
    ASSERT_EQ(others.json()["data"].at(0)["id"].get(id), simdjson::SUCCESS);
    const auto theirs = at + "/" + std::to_string(id);
    const auto foreign = call("GET", theirs, {}, ann.key);
    const auto nothing = call("GET", at + "/4711", {}, ann.key);
    EXPECT_EQ(foreign.status, 404) << theirs;
    EXPECT_EQ(call("GET", theirs, {}, bob.key).status, 200) << theirs;
    EXPECT_EQ(foreign.body.find("4711"), std::string::npos);
    EXPECT_EQ(foreign.body.size() + 4, nothing.body.size() + std::to_string(id).size()) << "told apart by words";
  }
}

TEST_F(rights_test, foreign_keys_and_users_cannot_be_changed) {
  for (const auto& [method, target, body] : {std::tuple{"PATCH", bob.key_at, R"({"name":"x"})"},
                                             {"DELETE", bob.key_at, ""},
                                             {"POST", bob.key_at + "/rotate", ""},
                                             {"PATCH", bob.user_at, R"({"name":"x"})"}})
    EXPECT_EQ(call(method, target, body, ann.key).status, 404) << method << " " << target;
  EXPECT_EQ(snapshot_->principals.size(), 4U);
}

TEST_F(rights_test, pages_of_a_users_things_come_one_after_the_other) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(new_key(ann).status, 201);
    ASSERT_EQ(new_key(bob).status, 201);
  }
  std::set<std::int64_t> seen;
  std::string cursor;
  for (int page = 0; page < 4; ++page) {
    const auto some = call("GET", "/admin/v1/processes?limit=1" + cursor, {}, ann.key);
    ASSERT_EQ(count(some), 1U);
    std::int64_t id = 0, of = 0;
    const auto one = some.json()["data"].at(0).value();
    ASSERT_EQ(one["id"].get(id) | one["user_id"].get(of), simdjson::SUCCESS);
    EXPECT_EQ(of, ann.user);
    seen.insert(id);
    if (page < 3)
      cursor = "&cursor=" + some.text("next");
    else
      EXPECT_TRUE(some.says(R"("next":null)")) << "though others have more";
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST_F(rights_test, users_change_of_themselves_what_is_theirs_to_change) {
  EXPECT_EQ(call("PATCH", ann.user_at, R"({"prename":"Ann","name":"Other"})", ann.key).status, 200);
  for (const auto* body : {R"({"role":"admin"})", R"({"username":"root"})", R"({"username":"other"})"})
    EXPECT_EQ(call("PATCH", ann.user_at, body, ann.key).status, 403) << body;
  const auto read = call("GET", ann.user_at, {}, ann.key);
  EXPECT_EQ(call("PATCH", ann.user_at, read.body, ann.key).status, 200) << "what was read may be sent back";
  EXPECT_EQ(call("PATCH", ann.key_at,
                 R"({"name":"n","log":"FULL","allowed_addresses":["127.0.0.1"],"expires_at":"2999-01-01T00:00:00Z"})",
                 ann.key)
                .status,
            200);
  for (const auto& body :
       {R"({"user_id":)" + std::to_string(bob.user) + "}", std::string{R"({"user_id":null})"},
        std::string{R"({"service_id":1})"}, std::string{R"({"priority":"high"})"}, std::string{R"({"settings":{}})"}})
    EXPECT_EQ(call("PATCH", ann.key_at, body, ann.key).status, 403) << body;
  EXPECT_EQ(call("DELETE", ann.key_at, {}, ann.key).status, 204) << "a leaked key may end itself";
}

TEST_F(rights_test, a_key_that_a_user_makes_may_do_what_the_key_may_that_makes_it) {
  make_gemma();
  make("models", R"({"name":"other","provider":"gpu"})");
  permit(ann, "gemma");
  const auto second = make("profiles", R"({"name":"second","process_id":)" + std::to_string(ann.key) + "}");
  make("permissions", R"({"profile_id":)" + std::to_string(second.number("id")) + R"(,"model":"other"})");
  const auto made = new_key(ann);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.number("user_id"), ann.user);
  EXPECT_EQ(holder(made.text("key")), made.number("id"));
  const auto caller = made.number("id");
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller).says("gemma"));
  EXPECT_FALSE(call("GET", "/v1/models", {}, caller).says("other"));
  const auto& copied = snapshot_->principals.back();
  ASSERT_EQ(copied.profiles.size(), 2U);
  EXPECT_EQ(copied.profiles[1].models,
            snapshot_->find_key(sqlite_secret().hash(made.text("key")), {})->profiles[1].models);
  EXPECT_EQ(made.number("profile_id"), copied.profiles[0].id);
  for (const auto& more : {R"(,"user_id":)" + std::to_string(bob.user), std::string{R"(,"user_id":null)"},
                           std::string{R"(,"priority":10)"}, std::string{R"(,"settings":{"a":1})"}})
    EXPECT_EQ(new_key(ann, more).status, 403) << more;
}

TEST_F(rights_test, a_providers_account_is_an_administrators_to_hand_out) {
  const auto eve = person_of("eve", "user");
  for (const auto* entry : {"/v1/files*", "/v1/v1/*", "/openai/vector_stores", "/v1/something"}) {
    const auto scope = R"("allowed_endpoints":["/v1/*","/admin/*",")" + std::string{entry} + R"("])";
    EXPECT_EQ(new_key(eve, "," + scope).status, 403) << entry;
    const auto refused = call("PATCH", eve.key_at, "{" + scope + "}", eve.key);
    EXPECT_EQ(refused.status, 403) << entry;
    EXPECT_TRUE(refused.says("only an administrator")) << refused.body;
  }
  EXPECT_EQ(new_key(eve, R"(,"allowed_endpoints":["/v1/chat/completions","/v1/embeddings*"])").status, 201);

  const auto given = make("processes", R"({"name":"given","allowed_endpoints":["/v1/files*"],"user_id":)" +
                                           std::to_string(eve.user) + "}");
  const auto at = "/admin/v1/processes/" + std::to_string(given.number("id"));
  EXPECT_EQ(call("PATCH", at, R"({"allowed_endpoints":["/v1/files/file-1"]})", eve.key).status, 200) << "narrower";
  EXPECT_EQ(call("POST", at + "/rotate", {}, eve.key).status, 403) << "its key is not theirs to see";
}

TEST_F(rights_test, no_key_gives_out_more_than_it_has_itself) {
  const auto cara = person_of("cara", "user",
                              R"(,"expires_at":"2030-01-01T00:00:00Z","allowed_endpoints":["/v1/*","/admin/*"],)"
                              R"("allowed_addresses":["127.0.0.0/8"])");
  const auto like_it = new_key(cara);
  ASSERT_EQ(like_it.status, 201) << like_it.body;
  EXPECT_TRUE(like_it.says(R"("expires_at":"2030-01-01)")) << "inherited";
  EXPECT_TRUE(like_it.says(R"("allowed_addresses":["127.0.0.0/8"])"));
  EXPECT_EQ(new_key(cara, R"(,"allowed_endpoints":["/v1/models"],"expires_at":"2029-01-01T00:00:00Z")").status, 201);
  for (const auto* more :
       {R"("expires_at":null)", R"("expires_at":"2031-01-01T00:00:00Z")", R"("allowed_endpoints":[])",
        R"("allowed_endpoints":["/*"])", R"("allowed_addresses":["0.0.0.0/0"])"}) {
    EXPECT_EQ(new_key(cara, "," + std::string{more}).status, 403) << more;
    EXPECT_EQ(call("PATCH", cara.key_at, "{" + std::string{more} + "}", cara.key).status, 403) << more;
  }
  const auto wide = make("processes", R"({"name":"wide","user_id":)" + std::to_string(cara.user) + "}");
  EXPECT_EQ(call("POST", "/admin/v1/processes/" + std::to_string(wide.number("id")) + "/rotate", {}, cara.key).status,
            403)
      << "its new key would be a way out";
  EXPECT_EQ(call("POST", cara.key_at + "/rotate", {}, cara.key).status, 200);
}

TEST_F(rights_test, an_administrators_key_that_is_narrowed_or_ends_gives_out_no_more_either) {
  const auto nora = person_of("nora", "admin", R"(,"allowed_addresses":["127.0.0.0/8"])");
  const auto edna = person_of("edna", "admin", R"(,"expires_at":"2030-01-01T00:00:00Z")");
  for (const auto& [who, wider] : {std::pair{nora, R"({"allowed_addresses":[]})"}, {edna, R"({"expires_at":null})"}}) {
    EXPECT_EQ(call("PATCH", who.key_at, wider, who.key).status, 403);
    EXPECT_EQ(new_key(who).status, 403) << "a new one would be neither";
    EXPECT_EQ(call("POST", adam.key_at + "/rotate", {}, who.key).status, 403);
    EXPECT_EQ(call("PATCH", adam.key_at, R"({"user_id":)" + std::to_string(who.user) + "}", who.key).status, 403);
    EXPECT_EQ(call("PATCH", bob.user_at, R"({"role":"admin"})", who.key).status, 403);
    EXPECT_EQ(call("PATCH", bob.key_at, R"({"priority":1})", who.key).status, 200) << "other things are theirs to do";
    EXPECT_EQ(call("POST", who.key_at + "/rotate", {}, who.key).status, 200);
  }
  EXPECT_EQ(new_key(nora, R"(,"allowed_addresses":["127.0.0.1"])").status, 201);
}

TEST_F(rights_test, limits_of_a_service_that_a_root_key_belongs_to_are_roots) {
  const auto service = make("services", R"({"name":"service"})").number("id");
  const auto about = R"({"scope":"service","scope_id":)" + std::to_string(service);
  const auto limit = about + R"(,"kind":"requests_per_minute","value":0})";
  const auto made = call("POST", "/admin/v1/limits", limit, adam.key);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto root_key = "/admin/v1/processes/" + std::to_string(root_id());
  ASSERT_EQ(call("PATCH", root_key, R"({"service_id":)" + std::to_string(service) + "}").status, 200);
  EXPECT_EQ(call("DELETE", "/admin/v1/limits/" + std::to_string(made.number("id")), {}, adam.key).status, 403);
  EXPECT_EQ(
      call("POST", "/admin/v1/budgets", about + R"(,"period":"day","amount":"0","currency":"EUR"})", adam.key).status,
      403);
}

TEST_F(rights_test, models_cannot_be_found_by_putting_them_into_a_scope) {
  make_gemma();
  make("models", R"({"name":"other","provider":"gpu"})");
  permit(ann, "gemma");
  EXPECT_EQ(call("PATCH", ann.key_at, R"({"allowed_models":["gemma"]})", ann.key).status, 200);
  const auto hidden = call("PATCH", ann.key_at, R"({"allowed_models":["gemma","other"]})", ann.key);
  const auto absent = call("PATCH", ann.key_at, R"({"allowed_models":["gemma","nothing"]})", ann.key);
  EXPECT_EQ(hidden.status, absent.status);
  EXPECT_EQ(hidden.body, absent.body);
}

TEST_F(rights_test, a_key_with_limits_of_its_own_makes_no_keys_without) {
  make("limits", R"({"scope":"profile","scope_id":)" + std::to_string(ann.profile) +
                     R"(,"kind":"requests_per_minute","value":5})");
  EXPECT_EQ(new_key(ann).status, 403);
  const auto dora = person_of("dora", "user", R"(,"settings":{"rate_limit_rpm":5})");
  EXPECT_EQ(new_key(dora).status, 403);
  make("limits",
       R"({"scope":"user","scope_id":)" + std::to_string(bob.user) + R"(,"kind":"requests_per_minute","value":5})");
  EXPECT_EQ(new_key(bob).status, 201) << "a user's limit is about all of their keys";
}

TEST_F(rights_test, a_key_that_a_policy_binds_gives_out_no_key_that_it_does_not_bind) {
  const auto sibling = new_key(ann).number("id");
  const auto rotate = "/admin/v1/processes/" + std::to_string(sibling) + "/rotate";
  const auto key = R"("process_id":)" + std::to_string(ann.key);
  const auto profile = R"("profile_id":)" + std::to_string(ann.profile);
  const auto make_policy = [&](const std::string& whose, const std::string& applies) {
    const auto made = make("policies", R"({"name":"p",)" + whose + R"(,"applies":")" + applies + "\"}");
    return "/admin/v1/policies/" + std::to_string(made.number("id"));
  };
  for (const auto& [whose, applies] : std::vector<std::pair<std::string, std::string>>{
           {key, "always"}, {key, "default"}, {profile, "always"}, {profile, "default"}}) {
    const auto at = make_policy(whose, applies);
    const auto refused = new_key(ann);
    EXPECT_EQ(refused.status, 403) << whose << " " << applies;
    EXPECT_TRUE(refused.says("policies of its own")) << refused.body;
    EXPECT_EQ(call("POST", rotate, {}, ann.key).status, 403) << whose << " " << applies;
    EXPECT_EQ(call("POST", ann.key_at + "/rotate", {}, ann.key).status, 200) << "the new one is bound as well";
    EXPECT_EQ(new_key(adam).status, 201) << "another's policy";
    EXPECT_EQ(call("PATCH", at, R"({"enabled":false})").status, 200);
    EXPECT_EQ(new_key(ann).status, 201) << "it is out of force";
    EXPECT_EQ(call("DELETE", at).status, 204);
  }
  make_policy(key, "named");
  make_policy(R"("process_id":null)", "always");
  EXPECT_EQ(new_key(ann).status, 201) << "one binds whoever names it, the other all keys";
  EXPECT_EQ(call("POST", rotate, {}, ann.key).status, 200);
}

TEST_F(rights_test, a_key_of_nobody_is_its_own_and_nothing_else) {
  const auto made = make("processes", R"({"name":"app"})");
  const auto caller = made.number("id");
  make("processes", R"({"name":"other"})");
  EXPECT_EQ(count(call("GET", "/admin/v1/processes", {}, caller)), 1U);
  EXPECT_EQ(call("PATCH", "/admin/v1/processes/" + std::to_string(caller), R"({"name":"n"})", caller).status, 200);
  EXPECT_EQ(call("POST", "/admin/v1/processes/" + std::to_string(caller) + "/rotate", {}, caller).status, 200);
  EXPECT_EQ(call("POST", "/admin/v1/processes", R"({"name":"x"})", caller).status, 403);
  EXPECT_EQ(call("GET", "/admin/v1/users", {}, caller).status, 403);
}

TEST_F(rights_test, an_administrator_does_everything_but_what_makes_or_changes_root) {
  EXPECT_EQ(call("POST", "/admin/v1/users", R"({"username":"eve","role":"admin"})", adam.key).status, 201);
  EXPECT_EQ(call("PATCH", ann.user_at, R"({"role":"admin"})", adam.key).status, 200);
  EXPECT_EQ(call("PATCH", bob.key_at, R"({"priority":1,"settings":{}})", adam.key).status, 200);
  EXPECT_EQ(call("GET", root_user_at(), {}, adam.key).status, 200);
  const auto root_user = root_user_at().substr(std::string_view{"/admin/v1/users/"}.size());
  const auto root_key = "/admin/v1/processes/" + std::to_string(root_id());
  const auto root_profile = std::to_string(store().list<storage::profile>(0, 1)->at(0).id);
  const auto limit =
      make("limits", R"({"scope":"user","scope_id":)" + root_user + R"(,"kind":"requests_per_minute","value":9})");
  const auto of = [](const char* scope, const std::string& id) {
    return R"({"scope":")" + std::string{scope} + R"(","scope_id":)" + id;
  };
  for (const auto& [method, target, body] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"POST", "/admin/v1/users", R"({"username":"eva","role":"root"})"},
           {"PATCH", bob.user_at, R"({"role":"root"})"},
           {"PATCH", adam.user_at, R"({"role":"root"})"},
           {"PATCH", root_user_at(), R"({"name":"x"})"},
           {"DELETE", root_user_at(), ""},
           {"POST", "/admin/v1/processes", R"({"name":"x","user_id":)" + root_user + "}"},
           {"PATCH", bob.key_at, R"({"user_id":)" + root_user + "}"},
           {"PATCH", root_key, R"({"user_id":)" + std::to_string(adam.user) + "}"},
           {"PATCH", root_key, R"({"name":"x"})"},
           {"DELETE", root_key, ""},
           {"POST", root_key + "/rotate", ""},
           {"POST", "/admin/v1/profiles", R"({"name":"x","process_id":)" + std::to_string(root_id()) + "}"},
           {"DELETE", "/admin/v1/profiles/" + root_profile, ""},
           {"POST", "/admin/v1/permissions", R"({"model":"*","profile_id":)" + root_profile + "}"},
           {"POST", "/admin/v1/policies", R"({"name":"x","process_id":)" + std::to_string(root_id()) + "}"},
           {"POST", "/admin/v1/limits", of("user", root_user) + R"(,"kind":"tokens_per_minute","value":0})"},
           {"POST", "/admin/v1/budgets",
            of("process", std::to_string(root_id())) + R"(,"period":"day","amount":"0","currency":"EUR"})"},
           {"DELETE", "/admin/v1/limits/" + std::to_string(limit.number("id")), ""}}) {
    const auto refused = call(method, target, body, adam.key);
    EXPECT_EQ(refused.status, 403) << method << " " << target << " " << body << ": " << refused.body;
  }
  EXPECT_TRUE(snapshot_->principals.at(0).root);
}

TEST_F(rights_test, a_service_that_a_root_key_belongs_to_is_roots_to_remove) {
  const auto service = make("services", R"({"name":"service"})").number("id");
  const auto at = "/admin/v1/services/" + std::to_string(service);
  const auto root_key = "/admin/v1/processes/" + std::to_string(root_id());
  ASSERT_EQ(call("PATCH", root_key, R"({"service_id":)" + std::to_string(service) + "}").status, 200);
  EXPECT_EQ(call("DELETE", at, {}, adam.key).status, 403);
  EXPECT_EQ(call("DELETE", at).status, 409) << "the last root key would go with it";
}

TEST_F(rights_test, the_role_root_is_the_same_as_the_user_root) {
  make_gemma();
  const auto ruth = person_of("ruth", "root");
  EXPECT_EQ(call("PATCH", root_user_at(), R"({"name":"x"})", ruth.key).status, 200);
  EXPECT_EQ(call("PATCH", root_user_at(), R"({"role":"user"})", ruth.key).status, 409);
  EXPECT_EQ(call("DELETE", "/admin/v1/processes/" + std::to_string(root_id()), {}, ruth.key).status, 204);
  EXPECT_EQ(call("PATCH", ruth.user_at, R"({"role":"admin"})", ruth.key).status, 409) << "hers is the last root key";
  EXPECT_EQ(call("PATCH", ruth.key_at, R"({"allowed_addresses":["192.0.2.1"]})", ruth.key).status, 409)
      << "from there, nobody may ever call";
  EXPECT_EQ(call("PATCH", ruth.key_at, R"({"allowed_models":["gemma"]})", ruth.key).status, 409)
      << "it is the last one";
}

TEST_F(rights_test, a_role_that_is_taken_away_is_gone_with_the_answer) {
  EXPECT_EQ(call("GET", "/admin/v1/providers", {}, adam.key).status, 200);
  EXPECT_EQ(call("PATCH", adam.user_at, R"({"role":"user"})").status, 200);
  EXPECT_EQ(call("GET", "/admin/v1/providers", {}, adam.key).status, 403);
  EXPECT_EQ(call("PATCH", adam.user_at, R"({"role":"admin"})", adam.key).status, 403);
}

TEST_F(rights_test, token_types_are_there_to_be_read) {
  const auto all = call("GET", "/admin/v1/token-types", {}, ann.key);
  EXPECT_EQ(count(all), 9U);
  EXPECT_TRUE(all.says(R"("name":"prompt_tokens","description":"tokens of the prompt","counted_from":null,)"
                       R"("part_of":null,"priced":true)"));
  EXPECT_TRUE(all.says(R"("name":"total_tokens","description":"prompt and answer together","counted_from":null,)"
                       R"("part_of":null,"priced":false)"));
  const auto some = call("GET", "/admin/v1/token-types?limit=2&cursor=7", {}, ann.key);
  EXPECT_EQ(count(some), 2U);
  EXPECT_TRUE(some.says(R"("next":null)"));
  EXPECT_EQ(call("GET", "/admin/v1/token-types?limit=2", {}, ann.key).text("next"), "2");
  EXPECT_EQ(call("GET", "/admin/v1/token-types/2").text("name"), "completion_tokens");
  EXPECT_EQ(call("GET", "/admin/v1/token-types/99").status, 404);
  EXPECT_EQ(call("POST", "/admin/v1/token-types", "{}", ann.key).status, 403);
}

} // namespace
} // namespace logos::tests
