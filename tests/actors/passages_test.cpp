// SPDX-License-Identifier: MIT
#include "actors/catalog/passages.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace logos::catalog {
namespace {

using core::provider_type;

/// Providers by name and type, with a passage to each that is not local.
std::shared_ptr<snapshot> with(const std::vector<std::pair<std::string, provider_type>>& named) {
  auto s = std::make_shared<snapshot>();
  for (const auto& [name, type] : named) {
    provider p;
    p.id = static_cast<std::int64_t>(s->providers.size()) + 1;
    p.name = name;
    p.type = type;
    s->providers.push_back(p);
  }
  for (const auto& p : s->providers)
    if (takes_client_keys(p.type, false, {})) s->deployments.push_back(passage_to(p));
  s->index();
  return s;
}

std::string chosen(const snapshot& in, std::string_view wanted) {
  const auto found = choose_passage(in, wanted);
  return found ? (*found)->provider->name : std::string{core::to_string(found.error().code)};
}

TEST(passages, lead_to_servers_that_ask_for_keys) {
  for (const auto type :
       {provider_type::openai, provider_type::azure, provider_type::anthropic, provider_type::openwebui}) {
    EXPECT_TRUE(takes_client_keys(type, false, {}));
    EXPECT_FALSE(takes_client_keys(type, true, false));
  }
  for (const auto type : {provider_type::ollama, provider_type::vllm}) {
    EXPECT_FALSE(takes_client_keys(type, true, {})) << "a made-up key would use our GPUs";
    EXPECT_FALSE(takes_client_keys(type, false, true)) << "it asks for none";
    EXPECT_TRUE(takes_client_keys(type, true, true));
  }
  EXPECT_FALSE(takes_client_keys(provider_type::custom, false, {}));
  EXPECT_TRUE(takes_client_keys(provider_type::custom, true, {}));
  EXPECT_TRUE(takes_client_keys(provider_type::custom, false, true));
}

TEST(passages, are_chosen_by_name_then_by_type) {
  const auto s = with({{"Main", provider_type::openai},
                       {"east", provider_type::azure},
                       {"west", provider_type::azure},
                       {"anthropic", provider_type::openai},
                       {"gpu", provider_type::ollama}});
  EXPECT_EQ(chosen(*s, "Main"), "Main");
  EXPECT_EQ(chosen(*s, "mAIN"), "Main");
  EXPECT_EQ(chosen(*s, "west"), "west");
  EXPECT_EQ(chosen(*s, "anthropic"), "anthropic") << "a name comes before a type";
  EXPECT_EQ(chosen(*s, "azure"), "bad_field") << "two have that type";
  EXPECT_EQ(chosen(*s, "openai"), "bad_field");
  EXPECT_EQ(chosen(*s, ""), "bad_field") << "no single one for OpenAI's keys";
  EXPECT_EQ(chosen(*s, "nobody"), "resource_not_found");
  EXPECT_EQ(chosen(*s, "gpu"), "resource_not_found") << "as one that does not exist";
  EXPECT_EQ(chosen(*s, "ollama"), "resource_not_found");
}

TEST(passages, lead_to_openai_when_nothing_is_said) {
  EXPECT_EQ(chosen(*with({{"other", provider_type::openai}, {"OpenAI", provider_type::azure}}), ""), "OpenAI");
  EXPECT_EQ(chosen(*with({{"only", provider_type::openai}, {"east", provider_type::azure}}), ""), "only");
  EXPECT_EQ(chosen(*with({{"east", provider_type::azure}}), ""), "resource_not_found");
}

TEST(passages, exactness_settles_what_differs_in_case_only) {
  const auto s = with({{"one", provider_type::openai}, {"One", provider_type::openai}});
  EXPECT_EQ(chosen(*s, "One"), "One");
  EXPECT_EQ(chosen(*s, "ONE"), "bad_field");
}

TEST(passages, tell_nothing_about_other_providers) {
  const auto s = with({{"secret-name", provider_type::azure}, {"gpu", provider_type::ollama}});
  for (const auto* wanted : {"", "azur", "gpu"})
    EXPECT_EQ(choose_passage(*s, wanted).error().message.find("secret"), std::string::npos);
}

TEST(passages, carry_no_route_of_ours) {
  const auto s = with({{"openai", provider_type::openai}});
  const auto* d = find_passage(*s, 1);
  ASSERT_NE(d, nullptr);
  EXPECT_TRUE(is_passage(*d));
  EXPECT_EQ(d->route.auth_line, "");
  EXPECT_EQ(find_passage(*s, 2), nullptr);
}

TEST(providers, are_found_for_a_root_key_whether_or_not_they_take_clients_keys) {
  auto s = with({{"gpu", provider_type::ollama}, {"a", provider_type::vllm}, {"b", provider_type::vllm}});
  principal root;
  root.root = true;
  const auto choose = [&](std::string_view wanted) { return choose_provider(*s, root, nullptr, wanted); };
  EXPECT_EQ((*choose("GPU"))->id, 1);
  EXPECT_EQ((*choose("ollama"))->id, 1);
  EXPECT_EQ(choose("vllm").error().code, core::ec::bad_field);
  EXPECT_EQ(choose("c").error().code, core::ec::resource_not_found);
  s->providers[1].enabled = false;
  EXPECT_EQ((*choose("vllm"))->id, 3);
}

TEST(providers, that_a_profile_leaves_out_are_not_found_for_it_whoever_asks) {
  auto s = with({{"gpu", provider_type::ollama}, {"a", provider_type::vllm}, {"b", provider_type::vllm}});
  model m;
  m.id = 1;
  for (std::size_t i = 1; i < 3; ++i) {
    deployment d;
    d.model = &m;
    d.provider = &s->providers[i];
    s->deployments.push_back(d);
  }
  principal root, user;
  root.root = true;
  const profile may{10, "default", false, {1}, {3}};
  for (const auto* who : {&root, &user}) {
    EXPECT_EQ((*choose_provider(*s, *who, &may, "vllm"))->id, 3) << "the only one of this type that is left";
    EXPECT_EQ((*choose_provider(*s, *who, &may, "b"))->id, 3);
    for (const auto* name : {"a", "gpu", "ollama"})
      EXPECT_EQ(choose_provider(*s, *who, &may, name).error().code, core::ec::resource_not_found) << name;
  }
}

TEST(providers, of_no_use_to_a_key_are_answered_as_those_that_do_not_exist) {
  auto s = with({{"gpu", provider_type::ollama}, {"own", provider_type::vllm}, {"other", provider_type::vllm}});
  model permitted, forbidden;
  permitted.id = 1;
  forbidden.id = 2;
  deployment d;
  d.model = &permitted;
  d.provider = &s->providers[1];
  s->deployments.push_back(d);
  d.model = &forbidden;
  d.provider = &s->providers[2];
  s->deployments.push_back(d);
  principal who;
  const profile may{10, "default", false, {1}};
  const auto choose = [&](std::string_view wanted) { return choose_provider(*s, who, &may, wanted); };
  EXPECT_EQ((*choose("OWN"))->id, 2);
  EXPECT_EQ((*choose("vllm"))->id, 2) << "the only one of this type that is of use";
  const auto unknown = choose("nobody").error();
  for (const std::string_view name : {"other", "gpu", "ollama"}) {
    const auto refused = choose(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, unknown.code);
    EXPECT_EQ(refused.error().param, unknown.param);
    auto as_unknown = refused.error().message;
    as_unknown.replace(as_unknown.find(name), name.size(), "nobody");
    EXPECT_EQ(as_unknown, unknown.message);
  }
}

} // namespace
} // namespace logos::catalog
