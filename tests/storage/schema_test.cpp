// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"
#include "tests/storage/store_fixture.hpp"
#include "tests/support/postgres_fixture.hpp"

#include <thread>

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class schema : public store_suite {
protected:
  /// Beside the fixture's, which has the schema already.
  store_options empty_database() {
    auto options = options_;
    if (on_postgres())
      options.storage = postgres_server::instance().new_database();
    else
      options.data_dir = other_.path();
    return options;
  }
  temporary_folder other_;
};

TEST_P(schema, is_made_once) {
  auto fresh = take(open_store(empty_database(), secret()));
  EXPECT_EQ(fresh->check().error().code, ec::conflict);
  EXPECT_EQ(take(fresh->migrate()).size(), migrations().size());
  EXPECT_TRUE(take(fresh->migrate()).empty());
  EXPECT_TRUE(fresh->check());
}

TEST_P(schema, is_made_by_one_of_many_who_try_at_once) {
  const auto options = empty_database();
  std::atomic<std::size_t> applied{0}, roots{0}, failed{0};
  std::vector<std::thread> nodes;
  for (int i = 0; i < 4; ++i)
    nodes.emplace_back([&, i] {
      auto own = open_store(options, secret());
      const auto done = (*own)->migrate();
      const auto made = (*own)->first_start(secret().hash("root" + std::to_string(i)), "lg-root");
      if (!done || !made) {
        ADD_FAILURE() << (done ? made.error().message : done.error().message);
        ++failed;
        return;
      }
      applied += done->size();
      roots += *made ? 1 : 0;
    });
  for (auto& each : nodes)
    each.join();
  EXPECT_EQ(failed, 0u);
  EXPECT_EQ(applied, migrations().size());
  EXPECT_EQ(roots, 1u);
}

TEST_P(schema, that_is_newer_than_the_program_is_refused) {
  query("insert into schema_migrations (number, name, applied_at) values (9999, 'future', '')");
  const auto refused = store_->migrate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("9999"), std::string::npos);
  EXPECT_EQ(store_->check().error().code, ec::conflict);
}

TEST_P(schema, belongs_to_one_secret_key) {
  take(store_->verify_secret());
  take(store_->verify_secret());
  auto other = open(core::secret_key{"quite another secret key"});
  const auto refused = other->verify_secret();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("LOGOS_SECRET_KEY"), std::string::npos);
}

TEST_P(schema, gets_its_root_key_once_and_takes_another_later) {
  const auto first = secret().hash("first"), second = secret().hash("second");
  EXPECT_TRUE(take(store_->first_start(first, "lg-root-a")));
  EXPECT_FALSE(take(store_->first_start(second, "lg-root-b")));
  auto catalog = take(store_->load_catalog());
  ASSERT_EQ(catalog.processes.size(), 1u);
  EXPECT_EQ(catalog.processes[0].hash, first);
  EXPECT_EQ(catalog.users.at(0).name, "root");
  EXPECT_EQ(catalog.processes[0].user_id, catalog.users[0].id);
  EXPECT_EQ(catalog.permissions.at(0).model_id, 0);
  EXPECT_EQ(catalog.permissions[0].profile_id, catalog.profiles.at(0).id);
  EXPECT_TRUE(take(store_->change_root_key(second, "lg-root-b")));
  catalog = take(store_->load_catalog());
  EXPECT_EQ(catalog.processes[0].hash, second);
  EXPECT_EQ(catalog.processes[0].key_prefix, "lg-root-b");
}

TEST_P(schema, that_cannot_be_read_is_not_taken_for_one_that_is_missing) {
  query("drop table schema_migrations");
  EXPECT_EQ(store_->check().error().code, ec::conflict);
  query("create table schema_migrations (version integer)");
  const auto broken = open()->check();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ec::internal);
  EXPECT_NE(broken.error().message.find("number"), std::string::npos) << broken.error().message;
  EXPECT_EQ(broken.error().message.find('/'), std::string::npos) << broken.error().message;
}

TEST_P(schema, takes_a_root_key_of_the_settings_only_when_it_has_changed) {
  const auto given = secret().hash("given"), turned = secret().hash("turned");
  EXPECT_TRUE(take(store_->first_start(given, "lg-given")));
  EXPECT_TRUE(take(store_->change_root_key(given, "lg-given")));
  auto root = take(store_->list<storage::process>(0, 1)).at(0);
  EXPECT_EQ(root.version, 1) << "the same key changes nothing";
  root.hash = turned;
  take(store_->update(root, 0));
  EXPECT_FALSE(take(store_->change_root_key(given, "lg-given"))) << "it was rotated since";
  EXPECT_EQ(take(store_->list<storage::process>(0, 1)).at(0).hash, turned);
  EXPECT_TRUE(take(store_->change_root_key(secret().hash("another"), "lg-another")));
}

TEST_P(schema, a_revoked_root_key_does_not_come_back) {
  const auto first = secret().hash("first");
  take(store_->first_start(first, "lg-first"));
  query("update process set deleted_at = updated_at"); // as databases have it from before the last one was kept
  EXPECT_FALSE(take(store_->first_start(first, "lg-first")));
  EXPECT_FALSE(take(store_->change_root_key(first, "lg-first")));
  EXPECT_TRUE(take(store_->load_catalog()).processes.empty());
  EXPECT_TRUE(take(store_->change_root_key(secret().hash("second"), "lg-second"))) << "root is made anew";
  EXPECT_EQ(take(store_->load_catalog()).processes.at(0).hash, secret().hash("second"));
}

TEST_P(schema, the_last_root_key_stays) {
  take(store_->first_start(secret().hash("first"), "lg-first"));
  auto user = take(store_->list<storage::user>(0, 1)).at(0);
  auto root = take(store_->list<storage::process>(0, 1)).at(0);
  const auto refused = [](const auto& outcome) { return !outcome && outcome.error().code == ec::conflict; };
  EXPECT_TRUE(refused(store_->remove<storage::user>(user.id)));
  EXPECT_TRUE(refused(store_->remove<storage::process>(root.id)));
  auto renamed = user;
  renamed.username = "nobody";
  renamed.role = core::role::user;
  EXPECT_TRUE(refused(store_->update(renamed, 0)));
  auto ended = root;
  ended.expires_at = core::system_clock().wall() - std::chrono::seconds{1};
  EXPECT_TRUE(refused(store_->update(ended, 0)));
  storage::process second;
  second.name = "second";
  second.hash = secret().hash("second");
  second.user_id = user.id;
  second = take(store_->create(second));
  take(store_->remove<storage::process>(root.id));
  EXPECT_TRUE(refused(store_->remove<storage::process>(second.id)));
  EXPECT_TRUE(take(store_->change_root_key(secret().hash("third"), "lg-third")));
  EXPECT_EQ(take(store_->find<storage::process>(second.id)).hash, secret().hash("second")) << "a root of its own";
  EXPECT_EQ(take(store_->load_catalog()).processes.size(), 2u);
}

TEST_P(schema, has_the_token_types_that_upstream_knows) {
  EXPECT_EQ(
      query("select count(*) from token_types where name in ('prompt_tokens', 'completion_tokens', 'total_tokens')"),
      "3");
  query("insert into token_types (name) values ('another')");
}

/// Each costs every row that is written: bench/run --only reports says what.
TEST_P(schema, gives_log_entry_no_more_indexes_than_lists_need) {
  EXPECT_EQ(query(on_postgres() ? "select count(*) from pg_indexes where tablename = 'log_entry'"
                                : "select count(*) from sqlite_master where type = 'index' and tbl_name = 'log_entry'"),
            on_postgres() ? "8" : "5"); // those of statuses and of usage sources have few rows
}

LOGOS_ON_BOTH(schema);

TEST(opening, refuses_what_is_no_database) {
  store_options options;
  options.storage = "mysql://x";
  const auto refused = open_store(options, secret());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::bad_field);
}

} // namespace
} // namespace logos::test
