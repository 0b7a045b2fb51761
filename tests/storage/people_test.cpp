// SPDX-License-Identifier: MIT
#include "actors/transfer/own.hpp"
#include "actors/transfer/people.hpp"
#include "actors/transfer/reading.hpp"
#include "actors/transfer/unload.hpp"
#include "tests/storage/store_fixture.hpp"

#include <array>

namespace logos::test {
namespace {

using transfer::cargo;

class people : public store_suite {
protected:
  people() { take(store_->migrate()); }

  std::size_t made(const transfer::report& r) {
    std::size_t n = 0;
    for (const auto& t : r.tallies)
      n += t.made;
    return n;
  }
  storage::result<std::vector<cargo>> files(const std::string& users, const std::string& profiles) {
    const std::array<transfer::text_file, 2> both{{{"users.yml", users}, {"profiles.yml", profiles}}};
    return transfer::read_files(both, secret(), take(store_->load_catalog()), {});
  }
  std::string trouble_with_address(const std::string& of, std::span<const transfer::text_file> files) {
    transfer::reading_options how;
    how.people.addresses[of] = "https://example.com";
    const auto read = transfer::read_files(files, secret(), take(store_->load_catalog()), how);
    return read ? "" : read.error().message;
  }
  /// Those of providers at which nothing is deployed.
  std::vector<std::string> idle(std::vector<std::string> warnings) {
    std::erase_if(warnings, [](const auto& w) { return w.find("no model is deployed") == w.npos; });
    return warnings;
  }
  std::vector<std::string> but_idle(std::vector<std::string> warnings) {
    std::erase_if(warnings, [](const auto& w) { return w.find("no model is deployed") != w.npos; });
    return warnings;
  }
  std::string trouble_with(const std::string& users, const std::string& profiles) {
    const auto read = files(users, profiles);
    return read ? "" : read.error().message;
  }
};
LOGOS_ON_BOTH(people);

const std::string users = "users:\n  alice:\n    logos_api_key: lg-alice-1\n    profile: main\n"
                          "  bob:\n    logos_api_key: lg-bob-1\n    profile: main\n";
const std::string profiles = "profiles:\n  main:\n    llm_keys:\n      openai:\n        api_key: sk-a\n"
                             "    logos_rights: admin\n";

TEST_P(people, keep_their_keys_and_get_their_providers) {
  auto read = take(files(users, profiles));
  take(transfer::unload(*store_, read.front(), {}));
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.users.size(), 2U);
  ASSERT_EQ(all.processes.size(), 2U);
  EXPECT_EQ(all.processes[0].hash, secret().hash("lg-alice-1"));
  EXPECT_EQ(all.processes[0].user_id, all.users[0].id);
  EXPECT_EQ(all.users[0].role, core::role::admin) << "logos_rights of its profile";
  ASSERT_EQ(all.providers.size(), 1U);
  EXPECT_EQ(all.providers[0].base_url, "https://api.openai.com");
  EXPECT_EQ(all.providers[0].api_key, "sk-a");
  EXPECT_EQ(all.permissions.size(), 2U);
  auto again = take(files(users, profiles));
  EXPECT_EQ(made(take(transfer::unload(*store_, again.front(), {}))), 0U);
}

TEST_P(people, are_told_what_to_do_while_nothing_is_deployed_at_their_providers) {
  auto read = take(files(users, profiles));
  const auto done = take(transfer::unload(*store_, read.front(), {}));
  const auto warnings = idle(done.warnings);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(warnings[0].starts_with("profiles.yml:4: no model is deployed at the provider 'openai' yet"))
      << warnings[0];
  EXPECT_NE(warnings[0].find(R"(POST /admin/v1/models {"name":"NAME","provider":"openai"})"), std::string::npos);
  EXPECT_NE(to_json(done).find("no model is deployed"), std::string::npos) << "over HTTP, too";
  storage::model m;
  m.name = "gpt";
  storage::deployment d;
  d.model_id = take(store_->create(m)).id;
  d.provider_id = take(store_->load_catalog()).providers.at(0).id;
  take(store_->create(d));
  auto again = take(files(users, profiles));
  EXPECT_TRUE(take(transfer::unload(*store_, again.front(), {})).warnings.empty());
}

TEST_P(people, may_use_the_models_that_their_file_names_at_once) {
  const std::string with_models =
      "profiles:\n  main:\n    llm_keys:\n      openai: {api_key: sk-a, models: [gpt, mini]}\n"
      "  other:\n    llm_keys:\n      openai: {api_key: sk-b, models: [gpt]}\n";
  for (int round = 0; round < 2; ++round) {
    auto read = take(files(users + "  carl:\n    logos_api_key: lg-carl-1\n    profile: other\n", with_models));
    const auto done = take(transfer::unload(*store_, read.front(), {}));
    EXPECT_TRUE(done.warnings.empty()) << done.warnings.front();
    EXPECT_EQ(made(done) == 0, round == 1);
    const auto all = take(store_->load_catalog());
    ASSERT_EQ(all.models.size(), 2U);
    ASSERT_EQ(all.providers.size(), 2U);
    EXPECT_EQ(all.deployments.size(), 3U) << "gpt with either key";
    EXPECT_EQ(all.permissions.size(), 3U);
  }
  const auto at = [&](const std::string& models) {
    return trouble_with(
        users,
        "profiles:\n  main:\n    llm_keys:\n      openai:\n        api_key: k\n        models: " + models + "\n");
  };
  EXPECT_TRUE(at("gpt").starts_with("profiles.yml:6: profile 'main', llm_keys, openai: 'models' must be a list"));
  EXPECT_TRUE(at("[\"*\"]").starts_with("profiles.yml:6: profile 'main', llm_keys, openai, models: "));
}

TEST_P(people, whose_model_is_deployed_with_anothers_key_are_named) {
  storage::model m;
  m.name = "gpt";
  storage::process app;
  app.name = "app";
  storage::profile own;
  own.name = "own";
  own.process_id = take(store_->create(app)).id;
  storage::permission may;
  may.model_id = take(store_->create(m)).id;
  may.profile_id = take(store_->create(own)).id;
  take(store_->create(may));
  const auto warnings_with = [&](const std::string& model) {
    return take(files(users,
                      "profiles:\n  main:\n    llm_keys:\n      openai: {api_key: sk-a, models: [" + model + "]}\n"))
        .front()
        .warnings;
  };
  EXPECT_TRUE(warnings_with("mini").empty());
  const auto warnings = warnings_with("gpt");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(
      warnings[0].starts_with("profiles.yml: the profiles 'own' (id 1) may use models that this file deploys at "
                              "the new providers 'openai', with keys of this file"))
      << warnings[0];
}

TEST_P(people, an_address_of_a_provider_that_no_file_has_is_refused) {
  const std::array<transfer::text_file, 2> both{{{"users.yml", users}, {"profiles.yml", profiles}}};
  EXPECT_EQ(trouble_with_address("openai", both), "");
  EXPECT_EQ(trouble_with_address("foo", both),
            "--base-url foo=https://example.com: no profile has a provider 'foo'; there is openai.");
  const std::array<transfer::text_file, 1> own{
      {{"logos.json", transfer::write_own(take(store_->load_catalog()), false, secret())}}};
  EXPECT_NE(trouble_with_address("openai", own).find("none of these files is one"), std::string::npos);
}

TEST_P(people, may_use_only_what_their_providers_serve_where_there_are_others) {
  storage::provider gpu;
  gpu.name = "gpu";
  gpu.base_url = "http://127.0.0.1:1";
  const auto there = take(store_->create(gpu));
  storage::model m;
  m.name = "local";
  storage::deployment d;
  d.model_id = take(store_->create(m)).id;
  d.provider_id = there.id;
  take(store_->create(d));
  auto read = take(files(users, profiles));
  take(transfer::unload(*store_, read.front(), {}));
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.providers.size(), 2U);
  EXPECT_EQ(all.permissions.size(), 2U);
  for (const auto& p : all.profiles)
    EXPECT_EQ(p.allowed_providers, std::vector{all.providers[1].id});
}

TEST_P(people, are_refused_with_file_and_line) {
  EXPECT_EQ(trouble_with("users:\n  a:\n    logos_api_key: k\n    profil: main\n", profiles),
            "users.yml:4: user 'a': unknown key 'profil'; did you mean 'profile'?");
  EXPECT_EQ(trouble_with("users:\n  a:\n    logos_api_key: k\n    profile: none\n", profiles),
            "users.yml:4: user 'a': there is no profile 'none' in profiles.yml.");
  EXPECT_TRUE(
      trouble_with(users, "profiles:\n  main:\n    llm_keys:\n      azure:\n        api_key: k\n")
          .starts_with("profiles.yml:4: profile 'main', llm_keys, azure: the address of 'azure' is not known."));
  EXPECT_EQ(trouble_with(users, "profiles:\n  main:\n    logos_rights: king\n"),
            "profiles.yml:3: profile 'main': logos_rights must be user or admin, not 'king'.");
}

TEST_P(people, are_refused_a_key_that_is_anothers_already) {
  take(store_->first_start(secret().hash("lg-alice-1"), "lg-alice"));
  const auto before = transfer::write_own(take(store_->load_catalog()), true, secret());
  const auto why = trouble_with(users, profiles);
  EXPECT_TRUE(why.starts_with("users.yml:3: user 'alice': this is the key of the process 'root' (id 1), which belongs "
                              "to the user 'root', and no two can have one key. Write another one here"))
      << why;
  EXPECT_EQ(transfer::write_own(take(store_->load_catalog()), true, secret()), before);
}

TEST_P(people, whose_key_is_theirs_here_come_again_and_nobody_else_with_it) {
  auto read = take(files(users, profiles));
  take(transfer::unload(*store_, read.front(), {}));
  EXPECT_EQ(trouble_with(users, profiles), "");
  const auto bob = take(store_->load_catalog()).processes.at(1);
  const auto with_bobs = [](std::string_view name) {
    return "users:\n  " + std::string{name} + ":\n    logos_api_key: lg-bob-1\n    profile: main\n";
  };
  EXPECT_EQ(trouble_with(with_bobs("bob"), profiles), "");
  EXPECT_NE(trouble_with(with_bobs("carl"), profiles).find("belongs to the user 'bob'"), std::string::npos);
  auto changed = bob;
  changed.previous_hash = changed.hash;
  changed.previous_until = core::system_clock().wall() + std::chrono::hours{1};
  changed.hash = secret().hash("lg-bob-2");
  take(store_->update(changed, 0));
  EXPECT_NE(trouble_with(with_bobs("carl"), profiles).find("this was the key of the process 'bob'"), std::string::npos);
  changed = take(store_->find<storage::process>(bob.id));
  changed.hash = bob.hash;
  changed.previous_hash.reset();
  changed.user_id = 0;
  take(store_->update(changed, 0));
  EXPECT_NE(trouble_with(users, profiles).find("belongs to nobody"), std::string::npos)
      << "nor bob, since it is not his";
}

TEST_P(people, stand_in_their_files_below_a_word_or_without_it) {
  const std::string bare_users = "alice:\n  logos_api_key: lg-alice-1\n  profile: main\n"
                                 "users:\n  logos_api_key: lg-users-1\n  profile: main\n";
  const std::string bare_profiles = "main:\n  llm_keys:\n    openai:\n      api_key: sk-a\n  logos_rights: user\n";
  auto read = take(files(bare_users, bare_profiles));
  take(transfer::unload(*store_, read.front(), {}));
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.users.size(), 2U);
  EXPECT_EQ(all.users[1].username, "users") << "a name like any other, when it has a key";
  ASSERT_EQ(all.providers.size(), 1U);
  EXPECT_EQ(all.providers[0].api_key, "sk-a");
  take(files(bare_users, "profiles:\n  main:\n    logos_rights: user\n"));
  EXPECT_EQ(trouble_with("alice:\n  logos_api_key: k\n  profil: main\n", bare_profiles),
            "users.yml:3: user 'alice': unknown key 'profil'; did you mean 'profile'?");
  EXPECT_TRUE(trouble_with("alice: 5\n", bare_profiles).starts_with("users.yml: this is no JSON, no users.yml"));
}

TEST_P(people, whose_provider_has_no_key_do_without_it) {
  const std::string keyless = "profiles:\n  main:\n    llm_keys:\n      openai: {api_key: sk-a}\n"
                              "      azure: {api_key: }\n      anthropic:\n";
  auto read = take(files(users, keyless));
  const auto done = take(transfer::unload(*store_, read.front(), {}));
  ASSERT_EQ(done.notes.size(), 2U);
  EXPECT_EQ(done.notes[0],
            "profiles.yml:5: profile 'main', llm_keys, azure: passed over, there is no api_key and no base_url.");
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.providers.size(), 1U);
  EXPECT_EQ(all.providers[0].name, "openai");
  EXPECT_EQ(all.users.size(), 2U);
}

TEST_P(people, whose_provider_has_no_key_do_not_get_anothers) {
  const std::string mixed = "profiles:\n  poor:\n    llm_keys:\n      openai: {api_key: }\n"
                            "  main:\n    llm_keys:\n      openai: {api_key: sk-a}\n";
  const std::string both = users + "  carl:\n    logos_api_key: lg-carl-1\n    profile: poor\n";
  for (int again = 0; again < 2; ++again) {
    auto read = take(files(both, mixed));
    take(transfer::unload(*store_, read.front(), {}));
    const auto all = take(store_->load_catalog());
    EXPECT_EQ(all.providers.size(), 1U);
    ASSERT_EQ(all.profiles.size(), 3U);
    for (const auto& p : all.permissions)
      EXPECT_NE(p.profile_id, all.profiles[2].id) << "carl's";
  }
}

/// Alice with the profile a and Bob with b, each with a key of OpenAI's.
const std::string two_users = "users:\n  alice:\n    logos_api_key: lg-alice-1\n    profile: a\n"
                              "  bob:\n    logos_api_key: lg-bob-1\n    profile: b\n";
const std::string profile_a = "  a:\n    llm_keys:\n      openai:\n        api_key: sk-A\n";
const std::string profile_b = "  b:\n    llm_keys:\n      openai:\n        api_key: sk-B\n";

TEST_P(people, with_different_keys_are_each_served_with_their_own_alone) {
  auto read = take(files(two_users, "profiles:\n" + profile_a + profile_b));
  const auto done = take(transfer::unload(*store_, read.front(), {}));
  EXPECT_TRUE(but_idle(done.warnings).empty()) << done.warnings.front();
  EXPECT_EQ(idle(done.warnings).size(), 2U) << "of either provider";
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.providers.size(), 2U);
  EXPECT_EQ(all.providers[0].api_key, "sk-A");
  EXPECT_EQ(all.providers[1].name, "openai-b");
  EXPECT_EQ(all.providers[1].api_key, "sk-B");
  ASSERT_EQ(all.profiles.size(), 2U);
  EXPECT_EQ(all.profiles[0].allowed_providers, std::vector{all.providers[0].id});
  EXPECT_EQ(all.profiles[1].allowed_providers, std::vector{all.providers[1].id});
  ASSERT_EQ(all.permissions.size(), 2U);
  EXPECT_EQ(all.permissions[0].model_id, 0) << "whatever its provider comes to serve";
  for (const auto& order : {profile_a + profile_b, profile_b + profile_a}) { // whoever comes first in the file
    auto again = take(files(two_users, "profiles:\n" + order));
    const auto more = take(transfer::unload(*store_, again.front(), {}));
    EXPECT_EQ(made(more), 0U);
    EXPECT_TRUE(but_idle(more.warnings).empty());
  }
}

TEST_P(people, who_were_there_before_without_a_list_get_nothing_that_anothers_key_serves) {
  const auto import = [&](const std::string& profiles_text) {
    auto read = take(files(two_users, "profiles:\n" + profiles_text));
    return take(transfer::unload(*store_, read.front(), {}));
  };
  import(profile_a + profile_b);
  auto all = take(store_->load_catalog());
  for (const auto& p : all.permissions)
    take(store_->remove<storage::permission>(p.id));
  for (auto p : all.profiles) { // as an earlier version has made them
    p.allowed_providers.clear();
    take(store_->update(p, 0));
  }
  const auto deploy = [&](const char* name, std::initializer_list<std::size_t> at) {
    storage::model m;
    m.name = name;
    storage::deployment d;
    d.model_id = take(store_->create(m)).id;
    for (const auto n : at) {
      d.provider_id = all.providers[n].id;
      take(store_->create(d));
    }
    return d.model_id;
  };
  const auto shared = deploy("shared", {0, 1});
  const auto of_a = deploy("of-a", {0});
  const auto of_b = deploy("of-b", {1});
  for (const auto& order : {profile_a + profile_b, profile_b + profile_a}) {
    const auto more = import(order);
    ASSERT_EQ(more.warnings.size(), 2U);
    EXPECT_TRUE(more.warnings[0].starts_with("profiles.yml: the profile 'a' (id 1) gets no permission for the model "
                                             "'shared': it is also deployed at 'openai-b'"))
        << more.warnings[0];
    EXPECT_TRUE(more.warnings[1].starts_with("profiles.yml: the profile 'b' (id 2) gets no permission for the model"));
    EXPECT_NE(to_json(more).find(R"("warnings":["profiles.yml: the profile 'a')"), std::string::npos);
    all = take(store_->load_catalog());
    ASSERT_EQ(all.permissions.size(), 2U);
    EXPECT_EQ(all.permissions[0].profile_id, all.profiles[0].id);
    EXPECT_EQ(all.permissions[0].model_id, of_a);
    EXPECT_EQ(all.permissions[1].model_id, of_b);
  }
  auto narrowed = all.profiles[0];
  narrowed.allowed_providers = {all.providers[1].id};
  take(store_->update(narrowed, 0));
  const auto with_list = import(profile_a + profile_b);
  EXPECT_EQ(with_list.warnings.size(), 1U) << "b's";
  ASSERT_FALSE(with_list.notes.empty());
  EXPECT_EQ(with_list.notes.back(), "users.yml:2: the profile 'a' (id 1) is there already and keeps its "
                                    "allowed_providers, which do not have 'openai'.");
  all = take(store_->load_catalog());
  EXPECT_EQ(all.permissions.back().profile_id, narrowed.id);
  EXPECT_EQ(all.permissions.back().model_id, shared) << "its list says with which key";
  EXPECT_EQ(all.profiles[0].allowed_providers, narrowed.allowed_providers) << "what is there stays as it is";
}

TEST_P(people, get_no_permission_by_a_key_that_is_not_theirs) {
  storage::provider there;
  there.name = "openai";
  there.base_url = "http://127.0.0.1:1";
  there.api_key = "sk-of-the-house";
  take(store_->create(there));
  auto read = take(files(users, profiles));
  const auto done = take(transfer::unload(*store_, read.front(), {}));
  ASSERT_EQ(done.warnings.size(), 1U);
  EXPECT_TRUE(done.warnings[0].starts_with("profiles.yml:4: there is a provider 'openai' with another key than "))
      << done.warnings[0];
  EXPECT_EQ(done.warnings[0].find("sk-"), std::string::npos);
  EXPECT_TRUE(take(store_->load_catalog()).permissions.empty());
  auto keyless = take(files(users, "profiles:\n  main:\n    llm_keys:\n      openai:\n"));
  EXPECT_TRUE(but_idle(take(transfer::unload(*store_, keyless.front(), {})).warnings).empty());
  EXPECT_EQ(take(store_->load_catalog()).permissions.size(), 2U) << "it is theirs by leave of the file";
}

TEST_P(people, who_may_use_every_model_at_any_provider_are_named_when_anothers_key_comes) {
  const auto with_carl = [&] {
    return but_idle(take(files(users + "  carl:\n    logos_api_key: lg-carl-1\n    profile: c\n",
                               profiles + "  c:\n    llm_keys:\n      anthropic: sk-c\n"))
                        .front()
                        .warnings);
  };
  auto first = take(files(users, profiles));
  EXPECT_TRUE(but_idle(take(transfer::unload(*store_, first.front(), {})).warnings).empty());
  EXPECT_TRUE(but_idle(take(files(users, profiles)).front().warnings).empty());
  EXPECT_TRUE(with_carl().empty()) << "their own provider is all that they have";
  for (auto p : take(store_->load_catalog()).profiles) {
    p.allowed_providers.clear();
    take(store_->update(p, 0));
  }
  const auto warnings = with_carl();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(warnings[0].starts_with("profiles.yml: the profiles 'main' (id 1), 'main' (id 2) may use every model, so "
                                      "also what is deployed at the new providers 'anthropic'"))
      << warnings[0];
}

} // namespace
} // namespace logos::test
