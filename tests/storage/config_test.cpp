// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class declared_entities : public store_suite {
protected:
  config_declarations file(const std::string& node, std::int64_t revision = 0) {
    config_declarations declared;
    declared.node = node;
    declared.file = "/etc/" + node + ".yaml";
    declared.revision = revision;
    declared.live_nodes = {"node-a", "node-b"};
    provider p;
    p.name = "gpu-1";
    p.type = core::provider_type::ollama;
    p.base_url = "http://gpu-1:11434";
    p.api_key = "key";
    declared.providers.push_back(p);
    model m;
    m.name = "gemma3";
    m.aliases = {"gemma"};
    declared.models.push_back(m);
    deployment d;
    d.upstream_name = "gemma3:27b";
    declared.deployments.push_back({"gemma3", "gpu-1", d});
    policy cheap;
    cheap.name = "cheap";
    declared.policies.push_back(cheap);
    return declared;
  }
};

TEST_P(declared_entities, are_made_once_and_left_alone_when_nothing_changed) {
  const auto first = take(store_->sync_config(file("node-a")));
  EXPECT_EQ(first.created, 4);
  EXPECT_TRUE(first.warnings.empty());
  const auto version = take(store_->catalog_version());
  const auto second = take(store_->sync_config(file("node-a")));
  EXPECT_EQ(second.created + second.changed + second.disabled, 0);
  EXPECT_EQ(take(store_->catalog_version()), version);
  const auto catalog = take(store_->load_catalog());
  ASSERT_EQ(catalog.deployments.size(), 1u);
  EXPECT_EQ(catalog.deployments[0].upstream_name, "gemma3:27b");
  EXPECT_EQ(catalog.deployments[0].model_id, catalog.models[0].id);
  EXPECT_EQ(catalog.providers[0].origin, core::origin::config);
  EXPECT_EQ(catalog.providers[0].api_key, "key");
}

TEST_P(declared_entities, follow_the_file) {
  take(store_->sync_config(file("node-a")));
  auto changed = file("node-a");
  changed.providers[0].base_url = "http://elsewhere";
  EXPECT_EQ(take(store_->sync_config(changed)).changed, 1);
  EXPECT_EQ(take(store_->load_catalog()).providers[0].base_url, "http://elsewhere");
}

TEST_P(declared_entities, are_refused_to_the_api_with_the_file_named) {
  take(store_->sync_config(file("node-a")));
  auto p = take(store_->list<provider>(0, 10)).at(0);
  const auto refused = store_->update(p, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("/etc/node-a.yaml"), std::string::npos);
  EXPECT_EQ(store_->remove<provider>(p.id).error().code, ec::conflict);
}

TEST_P(declared_entities, are_disabled_when_no_live_node_declares_them_and_come_back) {
  take(store_->sync_config(file("node-a")));
  take(store_->sync_config(file("node-b")));
  auto without = file("node-a");
  without.providers.clear();
  without.deployments.clear();
  EXPECT_EQ(take(store_->sync_config(without)).disabled, 0) << "node-b still declares it";
  without.live_nodes = {"node-a"};
  EXPECT_EQ(take(store_->sync_config(without)).disabled, 2);
  EXPECT_FALSE(take(store_->load_catalog()).providers[0].enabled);
  EXPECT_EQ(take(store_->sync_config(file("node-b"))).changed, 2);
  EXPECT_TRUE(take(store_->load_catalog()).providers[0].enabled);
}

TEST_P(declared_entities, of_the_higher_revision_win_and_the_difference_is_told) {
  take(store_->sync_config(file("node-a", 7)));
  auto older = file("node-b", 3);
  older.providers[0].base_url = "http://old";
  const auto lost = take(store_->sync_config(older));
  EXPECT_EQ(lost.changed, 0);
  ASSERT_EQ(lost.warnings.size(), 1u);
  EXPECT_NE(lost.warnings[0].find("gpu-1"), std::string::npos);
  auto later = file("node-b", 7);
  later.providers[0].base_url = "http://later";
  EXPECT_EQ(take(store_->sync_config(later)).changed, 1);
  EXPECT_EQ(take(store_->load_catalog()).providers[0].base_url, "http://later");
}

TEST_P(declared_entities, never_touch_what_the_api_made) {
  model own;
  own.name = "gemma3";
  own.description = "made by hand";
  const auto made = take(store_->create(own));
  const auto outcome = take(store_->sync_config(file("node-a")));
  EXPECT_EQ(outcome.created, 3);
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_EQ(take(store_->find<model>(made.id)).description, "made by hand");
  EXPECT_EQ(take(store_->load_catalog()).deployments.at(0).model_id, made.id);
}

LOGOS_ON_BOTH(declared_entities);

} // namespace
} // namespace logos::test
