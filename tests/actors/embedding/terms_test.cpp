// SPDX-License-Identifier: MIT
#include "actors/classification/logos_v.hpp"
#include "actors/embedding/terms.hpp"
#include "tests/actors/embedding/reading_room.hpp"

#include <gtest/gtest.h>

namespace logos::embedding {
namespace {

using core::privacy_level;

std::string trouble(const catalog::snapshot& in, std::string model = "reader", std::string process = "librarian") {
  return terms_of(in, {std::move(model), std::move(process), {}, 1}).trouble;
}

TEST(terms, name_who_asks_and_where) {
  const auto s = reading_room();
  for (const auto* process : {"librarian", "7"}) {
    const auto t = terms_of(*s, {"reader", process, {}, 1});
    EXPECT_EQ(t.trouble, "");
    EXPECT_EQ(t.process_id, 7);
    ASSERT_EQ(t.places.size(), 1U);
    EXPECT_EQ(t.places[0]->provider->id, 3);
  }
  const auto other = reading_room();
  const auto before = terms_of(*s, {"reader", "7", {}, 1}).space;
  EXPECT_EQ(terms_of(*other, {"reader", "7", {}, 1}).space, before) << "the same on every node";
  other->deployments[2].upstream_name = "reader:2";
  EXPECT_NE(terms_of(*other, {"reader", "7", {}, 1}).space, before) << "another model behind the name";
}

TEST(terms, say_what_is_missing) {
  auto s = reading_room();
  EXPECT_NE(trouble(*s, "nobody").find("no model 'nobody'"), std::string::npos);
  EXPECT_NE(trouble(*s, "reader", "nobody").find("no process 'nobody'"), std::string::npos);
  EXPECT_NE(trouble(*s, "reader", "99").find("no process '99'"), std::string::npos);
  EXPECT_NE(trouble(*s, "coder").find("may not use the model 'coder'"), std::string::npos);
  s->models[2].capabilities = {core::capability::chat};
  EXPECT_NE(trouble(*s).find("no 'embeddings' among its capabilities"), std::string::npos);
  s->models[2].capabilities = {};
  EXPECT_EQ(trouble(*s), "") << "nothing is known of what it can do";
  s->principals.push_back(s->principals.back());
  EXPECT_NE(trouble(*s).find("several processes"), std::string::npos);
  const auto unserved = classification::fleet({{"reader", "", "", 0, 0, 0, 0, 0}});
  EXPECT_NE(trouble(*unserved, "reader", "1").find("no enabled provider"), std::string::npos);
}

TEST(terms, a_process_that_keeps_what_it_sends_may_not_send_others_prompts) {
  const auto s = reading_room();
  s->principals.back().log = core::log_level::full;
  EXPECT_NE(trouble(*s).find("log level FULL"), std::string::npos);
  EXPECT_NE(trouble(*s).find("set it to BILLING"), std::string::npos) << "it says how to mend it";
}

TEST(terms, a_prompt_goes_only_where_its_senders_policy_profile_and_header_let_it) {
  const auto s = reading_room(privacy_level::cloud_not_in_eu_by_us_provider);
  const auto of = terms_of(*s, {"reader", "librarian", {}, 1});
  catalog::profile profile;
  catalog::policy policy;
  const auto allowed = [&](std::int64_t provider = 0) {
    return may_see({*s, s->principals[0], &profile, &policy, "", provider, {}}, of);
  };
  EXPECT_TRUE(may_see({*s, s->principals[0], nullptr, nullptr, "", 0, {}}, of));
  EXPECT_TRUE(allowed()) << "though its profile has no model: only the process must be permitted to name the reader";
  policy.threshold_privacy = privacy_level::local;
  EXPECT_FALSE(allowed());
  policy = {};
  policy.threshold_cost = 1;
  EXPECT_FALSE(allowed()) << "a hard filter, too";
  policy = {};
  profile.providers = {1, 2};
  EXPECT_FALSE(allowed());
  profile.providers = {1, 2, 3};
  EXPECT_TRUE(allowed());
  EXPECT_TRUE(allowed(3));
  EXPECT_FALSE(allowed(1));
}

TEST(terms, one_deployment_that_a_policy_forbids_forbids_all) {
  auto s = classification::fleet({{"reader", "", "", 0, 0, 0, 0, 2}});
  s->providers[1].privacy = privacy_level::cloud_in_eu_by_eu_provider;
  s->principals[0].name = "librarian";
  const auto of = terms_of(*s, {"reader", "librarian", {}, 1});
  ASSERT_EQ(of.places.size(), 2U) << of.trouble;
  catalog::policy local;
  local.threshold_privacy = privacy_level::local;
  EXPECT_FALSE(may_see({*s, s->principals[0], nullptr, &local, "", 0, {}}, of));
}

TEST(terms, the_hard_filters_read_back_as_they_were) {
  catalog::policy p;
  p.threshold_privacy = privacy_level::cloud_in_eu_by_eu_provider;
  p.threshold_cost = -7;
  const auto read = classification::parse_logos_v(hard_filters(&p));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->privacy, p.threshold_privacy);
  EXPECT_EQ(read->cost, -7);
  const auto none = classification::parse_logos_v(hard_filters(nullptr));
  ASSERT_TRUE(none);
  EXPECT_EQ(none->privacy, privacy_level::cloud_not_in_eu_by_us_provider);
  EXPECT_EQ(none->cost, -1024);
}

} // namespace
} // namespace logos::embedding
