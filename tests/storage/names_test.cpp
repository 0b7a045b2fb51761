// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class names : public store_suite {
protected:
  template <class Entity>
  Entity called(std::string Entity::*name, const std::string& text, std::int64_t Entity::*owner = nullptr,
                std::int64_t whose = 0) {
    Entity made;
    made.*name = text;
    if (owner != nullptr) made.*owner = whose;
    return made;
  }
  /// The code of the refusal to make it; none: it was made.
  template <class Entity>
  ec refusal(const Entity& e) {
    const auto made = store_->create(e);
    return made ? ec::none : made.error().code;
  }
  template <class Entity>
  void expect_one(std::string Entity::*name, std::int64_t Entity::*owner = nullptr, std::int64_t whose = 0) {
    const auto is = [&](const std::string& text) { return refusal(called<Entity>(name, text, owner, whose)); };
    EXPECT_EQ(is("Bob"), ec::none);
    EXPECT_EQ(is("Bob"), ec::conflict);
    EXPECT_EQ(is("bOB"), ec::conflict);
    EXPECT_EQ(is("MÜLLER"), ec::none);
    EXPECT_EQ(is("Müller"), ec::conflict);
    EXPECT_EQ(is("bobby"), ec::none);
    EXPECT_EQ(is(" Bob"), ec::bad_field);
    EXPECT_EQ(is("Bob\n"), ec::bad_field);
    EXPECT_EQ(is(""), ec::bad_field);
  }
  process new_process(const std::string& name) {
    process p;
    p.name = name;
    p.hash = secret().hash(core::random_text(16));
    return take(store_->create(p));
  }
};

TEST_P(names, that_differ_in_case_only_are_one_of_whatever_kind) {
  expect_one(&user::username);
  expect_one(&service::name);
  expect_one(&provider::name);
  expect_one(&model::name);
  expect_one(&policy::name);
  const auto a = new_process("a").id;
  expect_one(&profile::name, &profile::process_id, a);
  expect_one(&policy::name, &policy::process_id, a);
}

TEST_P(names, are_told_apart_within_their_process_only) {
  profile p;
  p.name = "default";
  p.process_id = new_process("a").id;
  take(store_->create(p));
  p.name = "DEFAULT";
  p.process_id = new_process("b").id;
  EXPECT_EQ(refusal(p), ec::none);
}

TEST_P(names, of_processes_may_be_the_same_but_are_names) {
  EXPECT_EQ(new_process("app").name, "app");
  EXPECT_EQ(new_process("App").name, "App");
  process bad;
  bad.name = "app ";
  bad.hash = secret().hash("key");
  const auto refused = store_->create(bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "name");
  EXPECT_NE(refused.error().message.find("blanks at its ends"), std::string::npos) << refused.error().message;
}

TEST_P(names, of_models_and_their_aliases_are_one_space) {
  model m;
  m.name = "Qwen";
  m.aliases = {"qwen", "Small"}; // its own in another case
  m = take(store_->create(m));
  const auto other = [&](const std::string& name, std::vector<std::string> aliases) {
    model x;
    x.name = name;
    x.aliases = std::move(aliases);
    return refusal(x);
  };
  EXPECT_EQ(other("QWEN", {}), ec::conflict);
  EXPECT_EQ(other("small", {}), ec::conflict);
  EXPECT_EQ(other("other", {"SMALL"}), ec::conflict);
  EXPECT_EQ(other("other", {"tiny "}), ec::bad_field);
  EXPECT_EQ(other("other", {"tiny"}), ec::none);
}

TEST_P(names, are_looked_at_when_they_change_and_say_what_they_clash_with) {
  take(store_->create(called<user>(&user::username, "Bob")));
  auto ann = take(store_->create(called<user>(&user::username, "ann")));
  ann.username = "BOB";
  const auto refused = store_->update(ann, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_EQ(refused.error().param, "username");
  EXPECT_NE(refused.error().message.find("\"Bob\""), std::string::npos) << refused.error().message;
  ann.username = "Ann";
  EXPECT_TRUE(store_->update(ann, 0)) << "its own in another case";
}

TEST_P(names, of_before_this_rule_can_still_be_changed_otherwise) {
  auto one = take(store_->create(called<user>(&user::username, "ann")));
  take(store_->create(called<user>(&user::username, "other")));
  query("update users set username = 'ANN ' where username = 'other'");
  one.prename = "A.";
  EXPECT_TRUE(store_->update(one, 0));
  auto two = take(store_->list<user>(one.id, 10)).at(0);
  EXPECT_EQ(two.username, "ANN ");
  two.prename = "B.";
  EXPECT_TRUE(store_->update(two, 0));
  take(store_->remove<user>(one.id));
  two.username = "ann";
  EXPECT_TRUE(store_->update(two, 0)) << "free again";
}

class declared_names : public names {
protected:
  static config_declarations file(const std::string& node, const std::string& model_name) {
    config_declarations declared;
    declared.node = node;
    declared.file = "/etc/" + node + ".yaml";
    declared.live_nodes = {"node-a", "node-b"};
    model m;
    m.name = model_name;
    declared.models.push_back(m);
    return declared;
  }
};

TEST_P(declared_names, of_a_file_do_not_stand_beside_one_of_the_api) {
  take(store_->create(called<model>(&model::name, "Qwen")));
  const auto refused = store_->sync_config(file("node-a", "qwen"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  for (const auto* words : {"/etc/node-a.yaml", "\"qwen\"", "\"Qwen\"", "case of letters"})
    EXPECT_NE(refused.error().message.find(words), std::string::npos) << refused.error().message;
  EXPECT_EQ(take(store_->load_catalog()).models.size(), 1u);
}

TEST_P(declared_names, of_two_files_must_be_written_alike) {
  take(store_->sync_config(file("node-a", "Qwen")));
  EXPECT_FALSE(store_->sync_config(file("node-b", "qwen")));
  EXPECT_TRUE(store_->sync_config(file("node-b", "Qwen")));
}

TEST_P(declared_names, that_a_file_writes_otherwise_are_still_the_same_thing) {
  take(store_->sync_config(file("node-a", "Qwen")));
  const auto id = take(store_->load_catalog()).models.at(0).id;
  take(store_->sync_config(file("node-a", "qwen")));
  const auto now = take(store_->load_catalog()).models;
  ASSERT_EQ(now.size(), 1u);
  EXPECT_EQ(now[0].id, id);
  EXPECT_EQ(now[0].name, "qwen");
  EXPECT_TRUE(now[0].enabled);
}

LOGOS_ON_BOTH(names);
LOGOS_ON_BOTH(declared_names);

} // namespace
} // namespace logos::test
