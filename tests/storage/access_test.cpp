// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

constexpr core::wall_time long_ago{};
constexpr core::wall_time far_away = core::wall_time::max();

/// Roles, scopes, keys in their grace, and whose requests are shown.
class access_rows : public store_suite {
protected:
  process key_of(std::int64_t user, const std::string& name) {
    process p;
    p.name = name;
    p.hash = secret().hash(name);
    p.user_id = user;
    return take(store_->create(p));
  }
  void write(std::int64_t process_id, std::uint64_t n) {
    auto row = sample_row(n);
    row.ids.process_id = process_id;
    row.owner = {take(store_->find<process>(process_id)).user_id, 0};
    take(store_->write_batch(std::vector{row}, {}, {}));
  }
  std::size_t listed(const whose& of) {
    request_filter filter;
    filter.of = of;
    return take(store_->list_requests(filter, {}, 100)).rows.size();
  }
  std::int64_t summed(const whose& of) {
    std::int64_t requests = 0;
    const std::vector<usage_group> by{usage_group::process};
    for (const auto& row : take(store_->usage(by, long_ago, far_away, {.of = of})))
      requests += row.requests;
    return requests;
  }
};

TEST_P(access_rows, come_back_as_they_were_made) {
  user ada;
  ada.username = "ada";
  ada.role = core::role::admin;
  EXPECT_EQ(take(store_->find<user>(take(store_->create(ada)).id)).role, core::role::admin);
  process p;
  p.name = "app";
  p.hash = secret().hash("new");
  p.previous_hash = secret().hash("old");
  p.previous_until = core::wall_time{std::chrono::microseconds{1'800'000'000'123'456}};
  p.allowed_models = {3, 12};
  p.allowed_endpoints = {"/v1/chat/completions", "/v1/embeddings*"};
  p.allowed_addresses = {"10.0.0.0/8", "2001:db8::/32"};
  auto found = take(store_->find<process>(take(store_->create(p)).id));
  EXPECT_EQ(found.previous_hash, p.previous_hash);
  EXPECT_EQ(found.previous_until, p.previous_until);
  EXPECT_EQ(found.allowed_models, p.allowed_models);
  EXPECT_EQ(found.allowed_endpoints, p.allowed_endpoints);
  EXPECT_EQ(found.allowed_addresses, p.allowed_addresses);
  found.previous_hash.reset();
  found.previous_until.reset();
  found.allowed_models.clear();
  const auto cleared = take(store_->update(found, 0));
  EXPECT_FALSE(cleared.previous_hash || cleared.previous_until);
  EXPECT_TRUE(cleared.allowed_models.empty());
}

TEST_P(access_rows, of_profiles_keep_their_providers_also_those_that_are_gone) {
  process owner;
  owner.name = "app";
  owner.hash = secret().hash("app");
  provider gpu;
  gpu.name = "gpu";
  gpu.base_url = "http://127.0.0.1:1";
  const auto there = take(store_->create(gpu)).id;
  profile p;
  p.name = "default";
  p.process_id = take(store_->create(owner)).id;
  EXPECT_TRUE(take(store_->find<profile>(take(store_->create(p)).id)).allowed_providers.empty());
  p.name = "narrow";
  p.allowed_providers = {there};
  auto found = take(store_->find<profile>(take(store_->create(p)).id));
  EXPECT_EQ(found.allowed_providers, p.allowed_providers);
  take(store_->remove<provider>(there));
  EXPECT_EQ(take(store_->load_catalog()).profiles.at(1).allowed_providers, std::vector{there})
      << "an empty list would be every provider";
  found.allowed_providers.clear();
  EXPECT_TRUE(take(store_->update(found, 0)).allowed_providers.empty());
}

TEST_P(access_rows, of_requests_are_one_users_or_one_keys) {
  const auto ada = take(store_->create(user{{}, "ada", "", ""})).id;
  const auto first = key_of(ada, "first").id, second = key_of(ada, "second").id, other = key_of(0, "other").id;
  write(first, 1);
  write(second, 2);
  write(second, 3);
  write(other, 4);
  take(store_->remove<process>(second));
  EXPECT_EQ(listed({}), 4U);
  EXPECT_EQ(listed({0, ada}), 3U) << "those of a key that is gone, too";
  EXPECT_EQ(listed({other, 0}), 1U);
  EXPECT_EQ(listed({0, ada + 1}), 0U);
  EXPECT_EQ(summed({}), 4);
  EXPECT_EQ(summed({0, ada}), 3);
  EXPECT_EQ(listed({second, 0}), 0U) << "they are ada's, not a key's that is nobody's";
  EXPECT_EQ(summed({second, 0}), 0);
  EXPECT_EQ(summed({0, ada + 1}), 0);
  EXPECT_EQ(take(store_->find_request(sample_row(3).request_id.str())).owner.user_id, ada);
  EXPECT_EQ(take(store_->find_request(sample_row(4).request_id.str())).owner.user_id, 0);
}

TEST_P(access_rows, of_requests_are_one_profiles) {
  const auto key = key_of(0, "key").id;
  profile made;
  made.name = "of the key";
  made.process_id = key;
  const auto own = take(store_->create(made)).id;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    auto row = sample_row(n);
    row.ids.process_id = key;
    row.ids.profile_id = n == 1 ? own : own + 1;
    take(store_->write_batch(std::vector{row}, {}, {}));
  }
  request_filter filter;
  filter.profile_id = own;
  const auto found = take(store_->list_requests(filter, {}, 100)).rows;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].request_id, sample_row(1).request_id);
  made = take(store_->find<profile>(own));
  made.process_id = key_of(0, "another").id;
  take(store_->update(made, 0));
  EXPECT_EQ(take(store_->list_requests(filter, {}, 100)).rows.size(), 1u) << "its past stays, whoever has it now";
}

TEST_P(access_rows, of_root_are_those_of_the_role_and_of_the_name) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  auto root = take(store_->list<process>(0, 1)).at(0);
  EXPECT_EQ(take(store_->find<user>(root.user_id)).role, core::role::root);
  EXPECT_EQ(store_->remove<process>(root.id).error().code, ec::conflict);
  user ruth;
  ruth.username = "ruth";
  ruth.role = core::role::root;
  ruth = take(store_->create(ruth));
  auto hers = key_of(ruth.id, "hers");
  take(store_->remove<process>(root.id));
  EXPECT_EQ(store_->remove<process>(hers.id).error().code, ec::conflict) << "now hers is the last";
  ruth.role = core::role::user;
  EXPECT_EQ(store_->update(ruth, 0).error().code, ec::conflict);
  hers.allowed_addresses = {"192.0.2.1"};
  EXPECT_EQ(store_->update(hers, 0).error().code, ec::conflict) << "perhaps nobody can call from there";
}

TEST_P(access_rows, of_a_service_do_not_take_the_last_root_key_along) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  auto root = take(store_->list<process>(0, 1)).at(0);
  const auto app = take(store_->create(service{{}, "app"})).id;
  root.service_id = app;
  take(store_->update(root, 0));
  EXPECT_EQ(store_->remove<service>(app).error().code, ec::conflict);
}

TEST_P(access_rows, of_a_root_key_that_the_settings_change_lose_grace_and_scope) {
  take(store_->first_start(secret().hash("first"), "lg-first"));
  auto root = take(store_->list<process>(0, 1)).at(0);
  key_of(root.user_id, "another, so that this one may be narrowed");
  root.previous_hash = secret().hash("old");
  root.previous_until = core::wall_time{std::chrono::sys_days{std::chrono::year{2999} / 1 / 1}};
  root.allowed_models = {1};
  root.allowed_addresses = {"192.0.2.1"};
  take(store_->update(root, 0));
  EXPECT_TRUE(take(store_->change_root_key(secret().hash("second"), "lg-second")));
  root = take(store_->find<process>(root.id));
  EXPECT_EQ(root.hash, secret().hash("second"));
  EXPECT_FALSE(root.previous_hash || root.previous_until);
  EXPECT_TRUE(root.allowed_models.empty() && root.allowed_addresses.empty());
}

TEST_P(access_rows, name_what_tokens_are_counted_as) {
  const auto all = take(store_->list<token_type>(0, 100));
  ASSERT_EQ(all.size(), 9U);
  EXPECT_EQ(all[1].id, 2);
  EXPECT_EQ(all[1].name, "completion_tokens");
}

LOGOS_ON_BOTH(access_rows);

} // namespace
} // namespace logos::test
