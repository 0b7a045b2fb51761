// SPDX-License-Identifier: MIT
#include "actors/catalog/build.hpp"
#include "actors/catalog/key_scope.hpp"
#include "actors/catalog/passages.hpp"
#include "actors/catalog/process_limits.hpp"
#include "actors/catalog/provider_extras.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace logos::catalog {
namespace {

/// Provider 1 serves model 1 as deployment 1; process 1 is root's, process 2 has a profile for model 1.
storage::catalog_data sample() {
  storage::catalog_data rows;
  rows.version = 7;
  storage::user root;
  root.id = 1;
  root.username = "root";
  rows.users.push_back(root);
  storage::provider p;
  p.id = 1;
  p.name = "gpu";
  p.type = core::provider_type::vllm;
  p.base_url = "http://127.0.0.1:9001/v1";
  p.api_key = "provider-key";
  rows.providers.push_back(p);
  storage::model m;
  m.id = 1;
  m.name = "gemma";
  m.aliases = {"gem"};
  rows.models.push_back(m);
  storage::deployment d;
  d.id = 1;
  d.model_id = 1;
  d.provider_id = 1;
  rows.deployments.push_back(d);
  for (std::int64_t id : {1, 2}) {
    storage::process who;
    who.id = id;
    who.name = "process-" + std::to_string(id);
    who.hash[0] = static_cast<std::uint8_t>(id);
    who.user_id = id == 1 ? 1 : 0;
    rows.processes.push_back(who);
  }
  storage::profile first;
  first.id = 20;
  first.process_id = 2;
  rows.profiles.push_back(first);
  storage::permission may;
  may.id = 1;
  may.profile_id = 20;
  may.model_id = 1;
  rows.permissions.push_back(may);
  return rows;
}

TEST(build_snapshot, resolves_addresses_names_and_rights) {
  const auto [made, complaints] = build_snapshot(sample(), "node-a");
  EXPECT_TRUE(complaints.empty());
  EXPECT_EQ(made->version, 7U);
  ASSERT_NE(made->find_model("gem"), nullptr);
  const auto served = made->deployments_of(1);
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0]->upstream_name, "gemma");
  EXPECT_EQ(served[0]->target->host, "127.0.0.1");
  EXPECT_EQ(served[0]->target->port, 9001);
  EXPECT_EQ(served[0]->target, served[0]->provider->target) << "one pool of connections per address";
  core::key_hash hash{};
  hash[0] = 1;
  ASSERT_NE(made->find_key(hash, {}), nullptr);
  EXPECT_TRUE(made->find_key(hash, {})->root);
  hash[0] = 2;
  const auto* who = made->find_key(hash, {});
  ASSERT_NE(who, nullptr);
  EXPECT_FALSE(who->root);
  ASSERT_NE(who->find_profile(0), nullptr);
  EXPECT_TRUE(who->find_profile(0)->permits(1));
  EXPECT_FALSE(who->find_profile(0)->permits(2));
}

TEST(build_snapshot, takes_a_user_for_root_by_the_username_alone) {
  auto rows = sample();
  rows.users[0].username = "bob";
  rows.users[0].name = "root";
  EXPECT_FALSE(build_snapshot(rows, "node-a").snapshot->principals.at(0).root);
  rows.users[0].username = "root";
  rows.users[0].name = "The Boss";
  EXPECT_TRUE(build_snapshot(rows, "node-a").snapshot->principals.at(0).root);
}

TEST(build_snapshot, gives_a_key_its_users_role) {
  auto rows = sample();
  rows.users[0].username = "bob";
  for (const auto role : {core::role::user, core::role::admin, core::role::root}) {
    rows.users[0].role = role;
    const auto made = build_snapshot(rows, "node-a").snapshot;
    EXPECT_EQ(made->principals.at(0).role, role);
    EXPECT_EQ(made->principals.at(0).root, role == core::role::root);
    EXPECT_EQ(made->principals.at(1).role, core::role::user) << "it is nobody's";
  }
}

TEST(build_snapshot, keeps_keys_in_their_grace_apart_and_ends_them_with_the_holder) {
  auto rows = sample();
  const core::wall_time now{std::chrono::hours{1000}}, later = now + std::chrono::hours{1};
  core::key_hash old{}, first{};
  old[0] = 9;
  first[0] = 1;
  rows.processes[1].previous_hash = old;
  rows.processes[1].previous_until = later;
  auto made = build_snapshot(rows, "node-a").snapshot;
  ASSERT_NE(made->find_key(old, now), nullptr);
  EXPECT_EQ(made->find_key(old, now)->process_id, 2);
  EXPECT_EQ(made->find_key(old, later), nullptr);
  rows.processes[1].expires_at = now;
  EXPECT_EQ(build_snapshot(rows, "node-a").snapshot->find_key(old, now), nullptr) << "expiry ends both";
  rows.processes[1].expires_at.reset();
  rows.processes[1].previous_hash = first;
  EXPECT_EQ(build_snapshot(rows, "node-a").snapshot->find_key(first, now)->process_id, 1) << "the key in use counts";
}

TEST(build_snapshot, gives_every_model_what_an_answer_without_a_limit_is_held_for) {
  auto rows = sample();
  const auto held = [&](std::int64_t said, std::int64_t context) {
    rows.models[0].reserve_tokens = said;
    rows.models[0].context_tokens = context;
    return build_snapshot(rows, "node-a").snapshot->models.at(0).reserve_tokens;
  };
  EXPECT_EQ(held(0, 0), 4096) << "neither is known";
  EXPECT_EQ(held(0, 2048), 2048) << "no answer is longer than what the model writes";
  EXPECT_EQ(held(0, 131'072), 4096);
  EXPECT_EQ(held(9000, 0), 9000);
  EXPECT_EQ(held(9000, 2048), 9000) << "whoever says it, means it";
}

TEST(build_snapshot, names_whom_limits_and_budgets_are_about) {
  auto rows = sample();
  rows.processes[1].name = "app";
  rows.processes[1].settings = R"({"rate_limit_rpm":5})";
  rows.limits.resize(2);
  rows.limits[0].scope = core::scope::process;
  rows.limits[0].scope_id = rows.processes[1].id;
  rows.limits[1].scope = core::scope::model;
  rows.limits[1].scope_id = rows.models[0].id;
  rows.budgets.resize(1);
  rows.budgets[0].scope = core::scope::service;
  rows.budgets[0].scope_id = 4711;
  const auto made = build_snapshot(rows, "node-a").snapshot;
  ASSERT_EQ(made->rules.limits.size(), 3U);
  EXPECT_EQ(made->rules.limits[0].of, "app");
  EXPECT_EQ(made->rules.limits[1].of, rows.models[0].name);
  EXPECT_EQ(made->rules.limits[2].of, "app") << "one in the settings of a process, too";
  EXPECT_EQ(made->rules.budgets[0].of, "") << "nobody is called that";
}

TEST(build_snapshot, makes_a_scope_only_where_there_is_one) {
  auto rows = sample();
  EXPECT_EQ(build_snapshot(rows, "node-a").snapshot->principals.at(1).scope, nullptr);
  rows.processes[1].allowed_addresses = {"10.0.0.0/8", "rubbish"};
  const auto [made, complaints] = build_snapshot(rows, "node-a");
  const auto& who = made->principals.at(1);
  ASSERT_NE(who.scope, nullptr);
  EXPECT_EQ(who.scope->check("/v1/models", "10.0.0.1").code, core::ec::none);
  EXPECT_EQ(who.scope->check("/v1/models", "11.0.0.1").code, core::ec::out_of_scope);
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_NE(complaints[0].find("process 2"), std::string::npos);
  rows.processes[1].allowed_models = {7};
  const auto narrow = build_snapshot(rows, "node-a").snapshot;
  EXPECT_FALSE(snapshot::permits(narrow->principals.at(1), narrow->principals.at(1).find_profile(0), 1));
}

TEST(build_snapshot, keeps_a_profiles_providers_in_order_and_also_those_that_are_gone) {
  auto rows = sample();
  EXPECT_TRUE(build_snapshot(rows, "node-a").snapshot->principals.at(1).profiles.at(0).allows(7));
  for (auto& p : rows.profiles)
    p.allowed_providers = {9, 3};
  const auto made = build_snapshot(rows, "node-a").snapshot;
  const auto& p = made->principals.at(1).profiles.at(0);
  EXPECT_EQ(p.providers, (std::vector<std::int64_t>{3, 9}));
  EXPECT_TRUE(p.allows(3) && p.allows(9));
  EXPECT_FALSE(p.allows(1));
}

TEST(build_snapshot, takes_what_a_deployment_may_have_in_flight_from_it_else_from_its_model_else_from_its_provider) {
  auto rows = sample();
  const auto found = [&](std::int64_t of_deployment, std::int64_t of_model) {
    rows.deployments[0].parallel = of_deployment;
    for (auto& m : rows.models)
      if (m.id == rows.deployments[0].model_id) m.parallel = of_model;
    const auto made = build_snapshot(rows, "node-a").snapshot;
    for (const auto& p : made->providers)
      for (const auto& [id, parallel] : p.parallel_of)
        if (id == rows.deployments[0].id) return parallel;
    return 0U;
  };
  EXPECT_EQ(storage::model{}.parallel, 0) << "who says nothing changes nothing";
  EXPECT_EQ(found(0, 0), 0U);
  EXPECT_EQ(found(0, 1), 1U);
  EXPECT_EQ(found(3, 1), 3U);
}

TEST(build_snapshot, brings_a_models_privacy_and_how_long_a_provider_keeps_models) {
  auto rows = sample();
  rows.models[0].weight_privacy = core::privacy_level::cloud_in_eu_by_us_provider;
  const auto kept = [&](std::int64_t seconds) {
    rows.providers[0].keep_alive_seconds = seconds;
    return build_snapshot(rows, "node-a").snapshot->providers.at(0).keep_alive.count();
  };
  EXPECT_EQ(kept(900), 900);
  EXPECT_EQ(kept(0), 300);
  EXPECT_EQ(kept(1), 60) << "it would be gone before it is renewed";
  EXPECT_EQ(kept(std::numeric_limits<std::int64_t>::max()), 24 * 365 * 3600);
  EXPECT_EQ(build_snapshot(rows, "node-a").snapshot->models.at(0).privacy,
            core::privacy_level::cloud_in_eu_by_us_provider);
}

TEST(build_snapshot, makes_no_small_limit_of_one_that_is_too_large) {
  auto rows = sample();
  rows.providers[0].parallel_capacity = (std::int64_t{1} << 32) + 1;
  rows.providers[0].max_in_flight = std::int64_t{1} << 40;
  rows.deployments[0].parallel = std::int64_t{1} << 32;
  const auto made = build_snapshot(rows, "node-a").snapshot;
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(made->providers.at(0).parallel, most);
  EXPECT_EQ(made->providers[0].max_in_flight, most);
  EXPECT_EQ(made->providers[0].parallel_of.at(0).second, most);
}

TEST(build_snapshot, leaves_out_what_cannot_serve_here) {
  auto disabled_provider = sample();
  disabled_provider.providers[0].enabled = false;
  EXPECT_TRUE(build_snapshot(disabled_provider, "node-a").snapshot->deployments.empty());
  auto disabled_model = sample();
  disabled_model.models[0].enabled = false;
  const auto without = build_snapshot(disabled_model, "node-a").snapshot;
  EXPECT_TRUE(without->deployments.empty());
  EXPECT_EQ(without->find_model("gemma"), nullptr);
  auto disabled_deployment = sample();
  disabled_deployment.deployments[0].enabled = false;
  EXPECT_TRUE(build_snapshot(disabled_deployment, "node-a").snapshot->deployments.empty());
  auto elsewhere = sample();
  elsewhere.providers[0].reachable_from = {"node-b"};
  EXPECT_TRUE(build_snapshot(elsewhere, "node-a").snapshot->deployments.empty());
  EXPECT_EQ(build_snapshot(elsewhere, "node-b").snapshot->deployments.size(), 1U);
}

TEST(build_snapshot, complains_about_an_address_and_goes_on) {
  auto rows = sample();
  auto bad = rows.providers[0];
  bad.id = 2;
  bad.name = "broken";
  bad.base_url = "gopher://x";
  rows.providers.push_back(bad);
  const auto [made, complaints] = build_snapshot(rows, "node-a");
  EXPECT_EQ(made->deployments.size(), 1U);
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_NE(complaints[0].find("broken"), std::string::npos);
}

TEST(build_snapshot, takes_a_permission_without_a_model_for_every_model) {
  auto rows = sample();
  rows.permissions[0].model_id = 0;
  const auto made = build_snapshot(rows, "node-a").snapshot;
  EXPECT_TRUE(made->principals[1].find_profile(20)->permits(99));
}

TEST(provider_extras, come_back_as_they_were_written) {
  const auto text = write_extras({.api_version = "2024-10-21", .ca_file = "/a \"b\".pem", .verify = false});
  const auto back = read_extras(text);
  EXPECT_EQ(back.api_version, "2024-10-21");
  EXPECT_EQ(back.ca_file, "/a \"b\".pem");
  EXPECT_FALSE(back.verify);
  EXPECT_EQ(write_extras({}), "");
  EXPECT_TRUE(read_extras("not json").verify);
}

std::string saying(std::optional<bool> passthrough) {
  provider_extras extras;
  extras.passthrough = passthrough;
  return write_extras(extras);
}

TEST(provider_extras, say_whether_clients_keys_may_go_there_or_nothing) {
  for (const auto said : {std::optional<bool>{}, std::optional{true}, std::optional{false}})
    EXPECT_EQ(read_extras(saying(said)).passthrough, said);
}

TEST(build_snapshot, makes_a_passage_to_each_provider_that_takes_clients_keys) {
  auto rows = sample();
  const auto has_passage = [&] { return find_passage(*build_snapshot(rows, "node-a").snapshot, 1) != nullptr; };
  auto& p = rows.providers[0];
  p.type = core::provider_type::openai;
  EXPECT_TRUE(has_passage());
  p.settings = saying(false);
  EXPECT_FALSE(has_passage());
  p.settings.clear();
  p.enabled = false;
  EXPECT_FALSE(has_passage());
  p.enabled = true;
  p.reachable_from = {"node-b"};
  EXPECT_FALSE(has_passage());
  p.reachable_from.clear();
  p.type = core::provider_type::ollama;
  EXPECT_FALSE(has_passage());
}

TEST(build_snapshot, remembers_keys_that_are_gone_and_lets_them_open_nothing) {
  auto rows = sample();
  rows.former_keys.push_back(core::key_hash{7});
  const auto made = build_snapshot(rows, "node-a").snapshot;
  EXPECT_TRUE(made->ending_keys.contains(core::key_hash{7}));
  EXPECT_EQ(made->find_key(core::key_hash{7}, core::wall_time{}), nullptr);
}

TEST(build_snapshot, takes_a_key_that_was_gone_and_is_there_again_for_a_key) {
  auto rows = sample();
  const auto again = rows.processes.front().hash;
  rows.former_keys.push_back(again);
  const auto made = build_snapshot(rows, "node-a").snapshot;
  EXPECT_FALSE(made->ending_keys.contains(again));
  EXPECT_NE(made->find_key(again, core::wall_time{}), nullptr);
}

TEST(process_limits, are_honoured_however_the_number_is_spelled) {
  const auto value = [](std::string_view number) -> std::optional<std::int64_t> {
    const auto found = limits_of_settings(7, R"({"rate_limit_rpm":)" + std::string{number} + "}");
    return found.empty() ? std::nullopt : std::optional{found.at(0).value};
  };
  EXPECT_EQ(value("0"), 0) << "none allowed, not no limit";
  EXPECT_EQ(value("60"), 60);
  EXPECT_EQ(value("60.0"), 60);
  EXPECT_EQ(value("\"60\""), 60);
  for (const auto* none : {"null", "-1", "1.5", "\"x\"", "[]"})
    EXPECT_EQ(value(none), std::nullopt) << none;
  EXPECT_EQ(limits_of_settings(7, R"({"rate_limit_rpm":1,"rate_limit_tpm":2})").at(1).kind,
            core::limit_kind::tokens_per_minute);
}

} // namespace
} // namespace logos::catalog
