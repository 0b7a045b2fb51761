// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <algorithm>

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class entities : public store_suite {
protected:
  model new_model(const std::string& name) {
    model m;
    m.name = name;
    return take(store_->create(m));
  }
  provider new_provider(const std::string& name) {
    provider p;
    p.name = name;
    p.type = core::provider_type::ollama;
    p.base_url = "http://127.0.0.1:11434";
    p.api_key = "the provider's own key";
    p.reachable_from = {"node-a", "node-b"};
    return take(store_->create(p));
  }
  process new_process(const std::string& name) {
    process p;
    p.name = name;
    p.hash = secret().hash(name);
    return take(store_->create(p));
  }
};

TEST_P(entities, come_back_as_they_were_made) {
  process p;
  p.name = "app \"ä\"";
  p.hash = secret().hash("lg-app-1");
  p.key_prefix = "lg-app-";
  p.user_id = take(store_->create(user{{}, "ada", "Ada", "Lovelace"})).id;
  p.log = core::log_level::full;
  p.priority = core::priority_high;
  p.expires_at = core::wall_time{std::chrono::microseconds{1'800'000'000'123'456}};
  p.settings = R"({"rate_limit_rpm": 5})";
  const auto made = take(store_->create(p));
  EXPECT_GT(made.id, 0);
  EXPECT_EQ(made.version, 1);
  EXPECT_EQ(made.origin, core::origin::api);
  EXPECT_NE(made.created_at, core::wall_time{});
  const auto found = take(store_->find<process>(made.id));
  EXPECT_EQ(found.name, p.name);
  EXPECT_EQ(found.hash, p.hash);
  EXPECT_EQ(found.key_prefix, p.key_prefix);
  EXPECT_EQ(found.user_id, p.user_id);
  EXPECT_EQ(found.service_id, 0);
  EXPECT_EQ(found.log, p.log);
  EXPECT_EQ(found.priority, p.priority);
  EXPECT_EQ(found.expires_at, p.expires_at);
  EXPECT_EQ(found.settings, p.settings);
}

TEST_P(entities, a_name_or_alias_belongs_to_one_model) {
  model first;
  first.name = "one";
  first.aliases = {"small", "tiny"};
  first = take(store_->create(first));
  const auto refused = [&](const std::string& name, std::vector<std::string> aliases) {
    model m;
    m.name = name;
    m.aliases = std::move(aliases);
    const auto made = store_->create(m);
    return !made && made.error().code == ec::conflict && made.error().message.find("one") != std::string::npos;
  };
  EXPECT_TRUE(refused("small", {}));
  EXPECT_TRUE(refused("two", {"one"}));
  EXPECT_TRUE(refused("two", {"fine", "tiny"}));
  auto second = new_model("two");
  second.aliases = {"tiny"};
  EXPECT_EQ(store_->update(second, 0).error().code, ec::conflict);
  first.aliases = {"small"};
  first = take(store_->update(first, 0));
  EXPECT_TRUE(store_->update(second, 0)) << "it is free again";
  take(store_->remove<model>(first.id));
  EXPECT_EQ(new_model("small").name, "small");
}

TEST_P(entities, keep_provider_secrets_sealed_in_the_database) {
  const auto p = new_provider("gpu-1");
  EXPECT_EQ(take(store_->find<provider>(p.id)).api_key, "the provider's own key");
  EXPECT_EQ(p.reachable_from, (std::vector<std::string>{"node-a", "node-b"}));
  const auto stored = query("select api_key from providers");
  EXPECT_EQ(stored.find("own key"), stored.npos);
  EXPECT_EQ(stored.substr(0, 3), "v1:");
}

TEST_P(entities, are_listed_page_by_page_in_the_order_of_their_ids) {
  for (int i = 0; i < 5; ++i)
    new_model("model-" + std::to_string(i));
  const auto first = take(store_->list<model>(0, 3));
  ASSERT_EQ(first.size(), 3u);
  const auto second = take(store_->list<model>(first.back().id, 3));
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second.back().name, "model-4");
}

TEST_P(entities, change_only_from_the_version_that_was_seen) {
  auto m = new_model("gemma3");
  m.aliases = {"gemma", "gemma3:27b"};
  m.weight_quality = -3;
  const auto changed = take(store_->update(m, m.version));
  EXPECT_EQ(changed.version, 2);
  EXPECT_EQ(changed.aliases, m.aliases);
  EXPECT_EQ(store_->update(m, 1).error().code, ec::precondition_failed);
  EXPECT_EQ(store_->remove<model>(m.id, 1).error().code, ec::precondition_failed);
  EXPECT_EQ(take(store_->update(m, 0)).version, 2) << "what changes nothing is not written";
  m.weight_quality = 4;
  EXPECT_EQ(take(store_->update(m, 0)).version, 3);
}

TEST_P(entities, whose_settings_say_the_same_in_other_words_do_not_change) {
  auto p = new_process("app");
  p.settings = R"({"rate_limit_rpm":5, "share": 1.50, "of": {"b": [1, "\u00e4"], "a": null}, "large": 1e3})";
  p = take(store_->update(p, p.version));
  const auto version = take(store_->catalog_version());
  const auto events = query("select count(*) from audit_log");
  for (const auto& same : {
           p.settings,
           std::string{R"({"rate_limit_rpm":5,"share":1.50,"of":{"b":[1,"\u00e4"],"a":null},"large":1e3})"},
           std::string{R"({"large":1000,"of":{"a":null,"b":[1,"ä"]},"rate_limit_rpm":5,"share":15e-1})"},
       }) {
    auto again = p;
    again.settings = same;
    EXPECT_EQ(take(store_->update(again, p.version)).version, p.version) << same;
  }
  EXPECT_EQ(take(store_->catalog_version()), version);
  EXPECT_EQ(query("select count(*) from audit_log"), events);
  for (const std::string other : {
           R"({"rate_limit_rpm":5,"share":1.50,"of":{"b":["ä",1],"a":null},"large":1e3})",
           R"({"rate_limit_rpm":5,"share":1.5000000000000000001,"of":{"b":[1,"ä"],"a":null},"large":1e3})",
           R"({"rate_limit_rpm":5,"share":"1.50","of":{"b":[1,"ä"],"a":null},"large":1e3})",
           R"({"rate_limit_rpm":5})",
           "",
       }) {
    auto again = take(store_->find<process>(p.id));
    const auto before = again.version;
    again.settings = other;
    EXPECT_EQ(take(store_->update(again, before)).version, before + 1) << other;
  }
}

TEST_P(entities, have_names_that_are_unique_while_they_live) {
  const auto m = new_model("gemma3");
  model twin;
  twin.name = "gemma3";
  const auto clash = store_->create(twin);
  ASSERT_FALSE(clash);
  EXPECT_EQ(clash.error().code, ec::conflict);
  EXPECT_NE(clash.error().message.find("\"gemma3\""), std::string::npos) << clash.error().message;
  EXPECT_NE(clash.error().message.find("model " + std::to_string(m.id)), std::string::npos) << clash.error().message;
  EXPECT_EQ(clash.error().param, "name");
  take(store_->remove<model>(m.id));
  EXPECT_NE(take(store_->create(twin)).id, m.id);
}

TEST_P(entities, name_the_reference_that_is_not_there) {
  const auto refused = store_->create(profile{{}, "default", 4711});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::bad_field);
  EXPECT_EQ(refused.error().param, "process_id");
  const auto gone = new_process("gone");
  take(store_->remove<process>(gone.id));
  EXPECT_EQ(store_->create(profile{{}, "default", gone.id}).error().code, ec::bad_field);
}

TEST_P(entities, that_are_not_there_are_not_found) {
  EXPECT_EQ(store_->find<model>(99).error().code, ec::resource_not_found);
  EXPECT_EQ(store_->remove<model>(99).error().code, ec::resource_not_found);
  model m;
  m.id = 99;
  EXPECT_EQ(store_->update(m, 0).error().code, ec::resource_not_found);
}

TEST_P(entities, go_softly_and_take_along_what_hangs_on_them) {
  const auto p = new_process("app");
  const auto kept = new_process("other");
  const auto own = take(store_->create(profile{{}, "default", p.id}));
  const auto others = take(store_->create(profile{{}, "default", kept.id}));
  const auto m = new_model("gemma3");
  const auto permitted = take(store_->create(permission{{}, own.id, m.id}));
  const auto everything = take(store_->create(permission{{}, others.id, 0}));
  take(store_->remove<process>(p.id));
  EXPECT_EQ(store_->find<profile>(own.id).error().code, ec::resource_not_found);
  EXPECT_EQ(store_->find<permission>(permitted.id).error().code, ec::resource_not_found);
  EXPECT_TRUE(store_->find<permission>(everything.id));
  EXPECT_EQ(query("select count(*) from process"), "2");
  const auto catalog = take(store_->load_catalog());
  ASSERT_EQ(catalog.processes.size(), 1u);
  EXPECT_EQ(catalog.processes[0].hash, secret().hash("other"));
  ASSERT_EQ(catalog.permissions.size(), 1u);
  EXPECT_EQ(catalog.permissions[0].model_id, 0);
}

TEST_P(entities, that_were_keys_of_an_unusual_form_are_remembered_when_they_are_gone) {
  const auto make = [&](std::string_view key, std::string_view before) {
    process p;
    p.name = "app";
    p.hash = secret().hash(key);
    p.key_prefix = core::shown_prefix(key);
    if (!before.empty()) p.previous_hash = secret().hash(before);
    return take(store_->create(p)).id;
  };
  make("chosen by the operator, kept", "");
  take(store_->remove<process>(make("lg-app-usual", "")));
  EXPECT_TRUE(take(store_->load_catalog()).former_keys.empty()) << "what begins with lg- is known by that";
  take(store_->remove<process>(make("chosen by the operator", "")));
  take(store_->remove<process>(make("lg-app-rotated", "chosen before")));
  const auto former = take(store_->load_catalog()).former_keys;
  for (const auto* key : {"chosen by the operator", "chosen before"})
    EXPECT_EQ(std::count(former.begin(), former.end(), secret().hash(key)), 1) << key;
  EXPECT_EQ(std::count(former.begin(), former.end(), secret().hash("chosen by the operator, kept")), 0);
}

TEST_P(entities, let_one_pair_of_model_and_provider_have_one_deployment) {
  deployment d;
  d.model_id = new_model("gemma3").id;
  d.provider_id = new_provider("gpu-1").id;
  d.upstream_name = "gemma3:27b";
  d.api_key = "another key";
  d.residence = core::residence::pinned;
  const auto made = take(store_->create(d));
  EXPECT_EQ(made.api_key, "another key");
  EXPECT_EQ(take(store_->load_catalog()).deployments.at(0).residence, core::residence::pinned);
  const auto again = store_->create(d);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ec::conflict);
  EXPECT_EQ(again.error().message, "there is already a deployment with model_id " + std::to_string(d.model_id) +
                                       " (\"gemma3\") and provider_id " + std::to_string(d.provider_id) +
                                       " (\"gpu-1\"): deployment " + std::to_string(made.id) +
                                       ". Change or remove that one instead.");
  EXPECT_EQ(query("select model_id, provider_id, endpoint from model_api_keys"),
            std::to_string(d.model_id) + "|" + std::to_string(d.provider_id) + "|");
  take(store_->remove<provider>(d.provider_id));
  EXPECT_TRUE(take(store_->load_catalog()).deployments.empty());
}

TEST_P(entities, move_the_catalog_version_with_every_change_and_with_nothing_else) {
  const auto before = take(store_->catalog_version());
  const auto m = new_model("gemma3");
  const auto after = take(store_->catalog_version());
  EXPECT_GT(after, before);
  EXPECT_FALSE(store_->create(model{m}));
  EXPECT_EQ(take(store_->catalog_version()), after);
  EXPECT_EQ(take(store_->load_catalog()).version, after);
  auto other = open();
  take(other->remove<model>(m.id));
  EXPECT_GT(take(store_->catalog_version()), after);
}

TEST_P(entities, take_texts_that_are_not_utf8_or_have_a_nul) {
  model m;
  m.name = "'; drop table models; --";
  m.description = std::string{"a\0b\xff", 4};
  const auto made = take(store_->create(m));
  EXPECT_EQ(take(store_->find<model>(made.id)).description, "a\xEF\xBF\xBD"
                                                            "b\xEF\xBF\xBD");
  EXPECT_EQ(take(store_->find<model>(made.id)).name, m.name);
}

TEST_P(entities, of_a_policy_may_belong_to_a_process_or_to_everyone) {
  policy p;
  p.name = "cheap";
  p.threshold_privacy = core::privacy_level::cloud_in_eu_by_us_provider;
  p.threshold_cost = -5;
  const auto everyones = take(store_->create(p));
  p.process_id = new_process("app").id;
  const auto own = take(store_->create(p));
  const auto again = store_->create(p);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ec::conflict);
  EXPECT_EQ(again.error().message, "there is already a policy with process_id " + std::to_string(p.process_id) +
                                       " and name \"cheap\": policy " + std::to_string(own.id));
  EXPECT_EQ(own.threshold_privacy, p.threshold_privacy);
  EXPECT_EQ(own.threshold_cost, -5);
  EXPECT_EQ(everyones.process_id, 0);
}

TEST_P(entities, examples_are_of_a_model_or_of_a_topic_and_go_with_their_model) {
  example e;
  e.text = "Prove it";
  EXPECT_EQ(store_->create(e).error().code, ec::bad_field) << "of nothing";
  e.topic = "mathematics";
  e.worth_permille = -250;
  const auto of_topic = take(store_->create(e));
  EXPECT_EQ(of_topic.worth_permille, -250);
  e.model_id = new_model("m").id;
  EXPECT_EQ(store_->create(e).error().code, ec::bad_field) << "of both";
  e.topic.clear();
  const auto of_model = take(store_->create(e));
  EXPECT_EQ(take(store_->load_catalog()).examples.size(), 2U);
  take(store_->remove<model>(of_model.model_id));
  const auto left = take(store_->load_catalog()).examples;
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].id, of_topic.id);
}

TEST_P(entities, of_examples_there_are_no_more_than_are_compared_with_a_prompt) {
  example e;
  e.text = "x";
  e.topic = "t";
  auto first = take(store_->create(e));
  query("insert into examples (topic, text, worth_permille, created_at, updated_at) select e.topic, e.text, 1000,"
        " e.created_at, e.updated_at from examples e, (with recursive n(i) as (select 1 union all select i + 1 from n"
        " where i < 999) select i from n) many");
  const auto refused = store_->create(e);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("1000"), std::string::npos) << refused.error().message;
  first.text = "another";
  take(store_->update(first, 0));
  take(store_->remove<example>(first.id));
  take(store_->create(e));
}

LOGOS_ON_BOTH(entities);

} // namespace
} // namespace logos::test
