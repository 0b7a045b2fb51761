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
  take(store_->change_root_key(second, "lg-root-b"));
  catalog = take(store_->load_catalog());
  EXPECT_EQ(catalog.processes[0].hash, second);
  EXPECT_EQ(catalog.processes[0].key_prefix, "lg-root-b");
}

TEST_P(schema, keeps_root_whatever_was_changed_of_it) {
  const auto key = secret().hash("first"), other = secret().hash("second");
  // Each of these once left a database without root, or with one that nobody could use.
  for (const std::string damage : {
           "update users set name = 'The Boss'",
           "update users set username = 'boss'",
           "update users set deleted_at = created_at",
           "update process set name = 'renamed'",
           "update process set expires_at = created_at",
           "update process set user_id = null",
           "update process set deleted_at = created_at",
           "update profiles set deleted_at = created_at",
           "update profile_model_permissions set deleted_at = created_at",
       })
    for (const auto& wanted : {key, other}) {
      for (const std::string table : {"profile_model_permissions", "profiles", "process", "users"})
        query("delete from " + table);
      EXPECT_TRUE(take(store_->first_start(key, "lg-root-a")));
      query(damage);
      take(store_->first_start(wanted, "lg-root-b"));
      take(store_->change_root_key(wanted, "lg-root-b"));
      EXPECT_FALSE(take(store_->first_start(wanted, "lg-root-b"))) << damage;
      EXPECT_EQ(query("select count(*) from process p join users u on u.id = p.user_id"
                      " join profiles f on f.process_id = p.id join profile_model_permissions m on m.profile_id = f.id"
                      " where u.username = 'root' and p.expires_at is null and m.model_id is null and p.logos_key = '" +
                      core::to_hex(wanted) +
                      "' and u.deleted_at is null and p.deleted_at is null and f.deleted_at is null and m.deleted_at"
                      " is null"),
                "1")
          << damage;
    }
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

TEST_P(schema, has_the_token_types_that_upstream_knows) {
  EXPECT_EQ(
      query("select count(*) from token_types where name in ('prompt_tokens', 'completion_tokens', 'total_tokens')"),
      "3");
  query("insert into token_types (name) values ('another')");
}

TEST_P(schema, gives_log_entry_two_indexes) {
  EXPECT_EQ(query(on_postgres() ? "select count(*) from pg_indexes where tablename = 'log_entry'"
                                : "select count(*) from sqlite_master where type = 'index' and tbl_name = 'log_entry'"),
            "2");
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
