// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_session.hpp"
#include "tests/storage/older_schema.hpp"
#include "tests/storage/store_fixture.hpp"
#include "tests/support/postgres_fixture.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

int number_of(std::string_view name) {
  for (const auto& step : migrations())
    if (step.name == name) return step.number;
  return 0;
}
/// How many there are behind one.
int missing_after(int number) {
  return static_cast<int>(
      std::count_if(migrations().begin(), migrations().end(), [&](const migration& m) { return m.number > number; }));
}

/// A database of an earlier version instead of the fixture's.
class migration_of : public store_suite {
protected:
  void make(int version) {
    store_.reset();
    if (on_postgres()) {
      postgres_server::instance().drop(options_.storage);
      options_.storage = postgres_server::instance().new_database();
    } else {
      for (const auto* file : {"logos.db", "logos.db-wal", "logos.db-shm"})
        std::filesystem::remove(folder_ / file);
    }
    query(older_database(version, on_postgres() ? dialect::postgres : dialect::sqlite));
    store_ = open();
  }
  std::vector<std::string> tables() {
    auto names =
        query(on_postgres() ? "select tablename from pg_tables where schemaname = 'public'"
                            : "select name from sqlite_master where type = 'table' and name not like 'sqlite%'");
    std::vector<std::string> all;
    for (std::size_t at = 0; at < names.size();) {
      const auto end = std::min(names.find('\n', at), names.size());
      if (end > at) all.push_back(names.substr(at, end - at));
      at = end + 1;
    }
    return all;
  }
  void expect_entities(int from) {
    const auto all = take(store_->load_catalog());
    EXPECT_GE(all.version, 41);
    ASSERT_EQ(all.users.size(), 2u);
    EXPECT_EQ(all.users[0].username, "root");
    ASSERT_EQ(all.processes.size(), 2u) << "what was removed stays so";
    EXPECT_EQ(all.processes[0].hash, secret().hash("ROOT"));
    const auto& app = all.processes[1];
    EXPECT_EQ(app.hash, secret().hash("APP"));
    EXPECT_EQ(app.user_id, 2);
    EXPECT_EQ(app.service_id, 1);
    EXPECT_EQ(app.log, core::log_level::full);
    EXPECT_EQ(app.priority, 7);
    EXPECT_NE(app.settings.find("60"), std::string::npos);
    EXPECT_EQ(all.services.at(0).name, "chat");
    EXPECT_EQ(all.profiles.at(0).process_id, 2);
    EXPECT_EQ(all.permissions.at(0).model_id, 1);
    const auto& gpu = all.providers.at(0);
    EXPECT_EQ(gpu.api_key, "sk-upstream");
    EXPECT_EQ(gpu.version, 3);
    EXPECT_EQ(gpu.reachable_from, std::vector<std::string>{"node-a"});
    EXPECT_EQ(all.models.at(0).parallel, 0) << "it was 1 by itself, and heeded nowhere";
    EXPECT_EQ(all.models.at(0).aliases, std::vector<std::string>{"gemma"});
    EXPECT_EQ(all.deployments.at(0).upstream_name, "gemma3:27b");
    EXPECT_EQ(all.policies.at(0).process_id, 2);
    EXPECT_EQ(query("select count(*) from process where deleted_at is not null"), "1");
    EXPECT_EQ(query("select api_key from model_api_keys"), "");
    const bool priced = from >= number_of("money");
    EXPECT_EQ(all.limits.size(), priced ? 1u : 0u);
    EXPECT_EQ(all.budgets.size(), priced ? 1u : 0u);
    ASSERT_EQ(all.prices.size(), priced ? 1u : 0u);
    if (!priced) return;
    EXPECT_EQ(all.prices[0].per_k_tokens, 500'000'000);
    EXPECT_EQ(all.limits[0].value, 60);
    EXPECT_EQ(all.budgets[0].amount, 5'000'000'000);
    EXPECT_EQ(query("select type_id from token_prices where abs(price_per_k_token - 0.5) < 0.000001"), "1");
  }
  void expect_books(int from) {
    const bool cost_known = from >= number_of("money");
    const core::nano cost = cost_known ? 123'456'789 : 0;
    const auto page = take(store_->list_requests({}, {}, 10));
    ASSERT_EQ(page.rows.size(), 2u);
    EXPECT_EQ(page.rows[0].result, core::result_status::error);
    const auto whole = take(store_->find_request("019b8d62-7a80-7000-8000-000000000001"));
    EXPECT_EQ(whole.usage.total_tokens, 150);
    EXPECT_EQ(whole.cost_nano, cost);
    EXPECT_EQ(whole.model_name, "gemma3");
    EXPECT_EQ(whole.log, core::log_level::full);
    EXPECT_EQ(whole.client_ip, "10.0.0.7");
    EXPECT_NE(whole.input_payload.find("gemma3"), std::string::npos);
    EXPECT_EQ(query("select type_id, token_count from usage_tokens order by type_id"),
              "1|100\n2|50\n3|150\n4|10\n7|20");
    EXPECT_EQ(query("select result_status from request_events order by enqueue_ts"), "success\nerror");
    const std::array by{usage_group::process};
    const auto sums = take(store_->usage(by, core::wall_time{}, core::system_clock().wall()));
    ASSERT_EQ(sums.size(), 1u);
    EXPECT_EQ(sums[0].requests, 2);
    EXPECT_EQ(sums[0].errors, 1);
    EXPECT_EQ(sums[0].usage.prompt_tokens, 100);
    EXPECT_EQ(sums[0].cost_nano, cost);
    const std::array asked{past_query{core::scope::process, 2, core::wall_time{}, true}};
    EXPECT_EQ(take(store_->read_past(asked, {})).answers.at(0).spent, cost);
    const std::array of_user{past_query{core::scope::user, 2, core::wall_time{}, true}};
    EXPECT_EQ(take(store_->read_past(of_user, {})).answers.at(0).spent, cost);
    EXPECT_EQ(whole.owner.user_id, 2);
    EXPECT_EQ(whole.owner.service_id, 1);
    EXPECT_EQ(query("select reason from log_entry_rejected"), "because");
    EXPECT_EQ(take(store_->load_progress()).size(), 1u);
  }
  void expect_audit(int from) {
    chain_check at;
    while (!at.done)
      at = take(store_->check_events(at, 100));
    EXPECT_EQ(at.wrong, 0) << at.why;
    EXPECT_EQ(at.checked, from >= number_of("audit") ? 1 : 0);
  }
  void expect_usable() {
    model made;
    made.name = "new";
    EXPECT_GT(take(store_->create(made)).id, 1);
    const std::array rows{sample_row(1)};
    EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 1u);
    chain_check at;
    while (!at.done)
      at = take(store_->check_events(at, 100));
    EXPECT_EQ(at.wrong, 0) << at.why;
  }
};

TEST_P(migration_of, an_older_database_has_rows_in_every_table) {
  // Of the versions that older_schema.cpp knows all tables of.
  make(number_of("audit"));
  for (const auto& name : tables())
    EXPECT_NE(query("select count(*) from " + name), "0") << name << ": give it a row in older_schema.cpp";
}

TEST_P(migration_of, every_version_keeps_its_rows_views_money_and_audit_log) {
  for (const auto& step : migrations()) {
    const auto from = step.number;
    if (from < number_of("requests")) continue; // without books: below
    SCOPED_TRACE("from " + std::to_string(from));
    make(from);
    EXPECT_EQ(static_cast<int>(take(store_->migrate()).size()), missing_after(from));
    ASSERT_TRUE(store_->check());
    take(store_->verify_secret());
    expect_entities(from);
    expect_books(from);
    expect_audit(from);
    expect_usable();
  }
}

TEST_P(migration_of, the_very_first_version_keeps_its_entities) {
  make(1);
  take(store_->migrate());
  ASSERT_TRUE(store_->check());
  expect_entities(1);
  EXPECT_TRUE(take(store_->list_requests({}, {}, 10)).rows.empty());
  expect_usable();
}

TEST_P(migration_of, a_database_is_done_once_when_processes_try_at_once) {
  make(number_of("requests"));
  store_.reset(); // no connection may live on in a child
  int results[2];
  ASSERT_EQ(pipe(results), 0);
  constexpr int many = 4;
  std::array<pid_t, many> children{};
  for (auto& child : children) {
    child = fork();
    if (child != 0) continue;
    auto own = open_store(options_, secret());
    const auto done = (*own)->migrate();
    const int applied = done ? static_cast<int>(done->size()) : -1;
    _exit(write(results[1], &applied, sizeof applied) == sizeof applied ? 0 : 1);
  }
  close(results[1]);
  int sum = 0, one = 0, heard = 0;
  while (read(results[0], &one, sizeof one) == sizeof one) {
    EXPECT_GE(one, 0);
    sum += one;
    ++heard;
  }
  close(results[0]);
  for (const auto child : children)
    waitpid(child, nullptr, 0);
  EXPECT_EQ(heard, many);
  EXPECT_EQ(sum, missing_after(number_of("requests")));
  store_ = open();
  expect_entities(number_of("requests"));
  expect_books(number_of("requests"));
}

TEST_P(migration_of, a_failing_one_leaves_the_former_version_whole) {
  const auto before = number_of("money") - 1;
  make(before);
  query("create table budgets (in_the_way integer)"); // the last table that `money` makes
  const auto names = tables();
  const auto refused = store_->migrate();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("migration " + std::to_string(before + 1)), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(query("select max(number) from schema_migrations"), std::to_string(before));
  auto now = tables();
  EXPECT_TRUE(std::is_permutation(now.begin(), now.end(), names.begin(), names.end()));
  EXPECT_EQ(query("select count(*) from token_prices"), "1") << "it was dropped, and is there again";
  EXPECT_THROW(query("select cost_nano from log_entry"), std::runtime_error);
  EXPECT_EQ(query("select count(*) from log_entry"), "2");
  EXPECT_EQ(store_->check().error().code, ec::conflict);
  query("drop table budgets");
  EXPECT_EQ(static_cast<int>(take(store_->migrate()).size()), missing_after(before));
  expect_entities(before);
  expect_books(before);
}

LOGOS_ON_BOTH(migration_of);

using migration_to_usage_sources = postgres_suite;

/// Another node reads a past: the log first, then what is summed of it.
TEST_F(migration_to_usage_sources, waits_for_who_reads_the_books_and_is_not_waited_for_in_turn) {
  store_.reset();
  postgres_server::instance().drop(options_.storage);
  options_.storage = postgres_server::instance().new_database();
  query(older_database(number_of("usage_sources") - 1, dialect::postgres));
  store_ = open();
  std::optional<result<std::vector<int>>> applied;
  std::jthread migrating; // joined when the reader is gone
  postgres::postgres_session reader{{options_.storage, std::chrono::seconds{5}, std::chrono::seconds{30}}};
  take(reader.begin(sql::intent::read));
  ASSERT_TRUE(reader.run("select count(*) from log_entry"));
  migrating = std::jthread{[&] { applied.emplace(store_->migrate()); }};
  const auto waits = [&] {
    return query("select count(*) from pg_locks where not granted and relation = 'log_entry'::regclass and database ="
                 " (select oid from pg_database where datname = current_database())") != "0";
  };
  for (const auto last = core::system_clock().steady() + std::chrono::seconds{60}; !waits();)
    ASSERT_LT(core::system_clock().steady(), last);
  const auto summed = reader.run("select count(*) from usage_deltas");
  EXPECT_TRUE(summed) << summed.error().message;
  reader.rollback();
  migrating.join();
  ASSERT_TRUE(applied);
  EXPECT_EQ(static_cast<int>(take(std::move(*applied)).size()), missing_after(number_of("usage_sources") - 1));
  ASSERT_TRUE(store_->check());
}

using migrations_for_a_role = postgres_suite;

TEST_F(migrations_for_a_role, need_no_right_but_those_on_the_schema) {
  store_.reset();
  const auto database = std::exchange(options_.storage, postgres_server::instance().new_database());
  postgres_server::instance().drop(database);
  query("do $$ begin create role logos_plain login; exception when duplicate_object then null; end $$;\n"
        "grant all on schema public to logos_plain;\n"
        "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$");
  const auto whole = options_.storage;
  const std::string owner = "//logos@";
  options_.storage.replace(whole.find(owner), owner.size(), "//logos_plain@");
  EXPECT_EQ(static_cast<int>(take(open()->migrate()).size()), missing_after(0));
  ASSERT_TRUE(open()->check());
  options_.storage = whole;
  EXPECT_EQ(query("select tableowner from pg_tables where tablename = 'log_entry'"), "logos_plain");
}

} // namespace
} // namespace logos::test
