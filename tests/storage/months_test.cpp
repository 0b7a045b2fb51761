// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_session.hpp"
#include "tests/storage/older_schema.hpp"
#include "tests/storage/store_fixture.hpp"
#include "tests/support/postgres_fixture.hpp"

#include <array>
#include <thread>

/// PostgreSQL's log, month by month.
namespace logos::test {
namespace {

using namespace storage;
using std::chrono::hours;

finished row_at(std::uint64_t n, core::wall_time when) {
  auto row = sample_row(n);
  row.timestamp_request = when;
  return row;
}

class months : public postgres_suite {
protected:
  static core::wall_time day(unsigned month, unsigned of_month) {
    return std::chrono::sys_days{std::chrono::year{2026} / static_cast<int>(month) / static_cast<int>(of_month)};
  }
  void write(std::vector<finished> rows) { ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, rows.size()); }
  std::string places() {
    return query("select tableoid::regclass::text, count(*) from log_entry group by 1 order by 1");
  }
  std::string make(const std::string& from, const std::string& to) {
    return query("select make_log_months('" + from + "', '" + to + "')");
  }
  std::string months_made() {
    return query("select count(*) from pg_class where relkind = 'r' and relname ~ '^log_entry_[0-9]{4}_[0-9]{2}$'");
  }
  /// As if no node had run for longer than months are made ahead.
  void forget_all() {
    query("do $$ declare name text; begin for name in select oid::regclass::text from pg_class"
          " where relkind = 'r' and relname ~ '^log_entry_[0-9]{4}_[0-9]{2}$' loop"
          " execute 'drop table ' || name; end loop; end $$");
    ASSERT_EQ(months_made(), "0");
  }
  /// An older database with rows, `more` done to it, in place of the fixture's.
  void begin_with_older(const std::string& more) {
    store_.reset();
    postgres_server::instance().drop(options_.storage);
    options_.storage = postgres_server::instance().new_database();
    query(older_database(22, dialect::postgres) + more);
    store_ = open();
  }
};

TEST_F(months, of_now_and_of_those_to_come_are_there_from_the_start) {
  EXPECT_EQ(take(store_->open_months()), 0u);
  write({row_at(1, core::system_clock().wall()), row_at(2, core::system_clock().wall() + hours{24 * 31})});
  EXPECT_EQ(query("select count(distinct tableoid) from log_entry"), "2");
  EXPECT_EQ(query("select count(*) from log_entry_other"), "0");
}

TEST_F(months, keep_rows_apart_and_known_rows_known) {
  EXPECT_EQ(make("2026-01-15", "2026-03-01"), "3");
  write({row_at(1, day(1, 31)), row_at(2, day(2, 1)), row_at(3, day(2, 28)), row_at(4, day(3, 1))});
  EXPECT_EQ(places(), "log_entry_2026_01|1\nlog_entry_2026_02|2\nlog_entry_2026_03|1");
  const std::vector again{row_at(2, day(2, 1)), row_at(5, day(2, 2))};
  const auto report = take(store_->write_batch(again, {}, {}));
  EXPECT_EQ(report.written, 1u);
  EXPECT_EQ(report.known, 1u);
  EXPECT_EQ(take(store_->list_requests({}, {}, 10)).rows.size(), 5u);
  EXPECT_EQ(query("select count(distinct id) from log_entry"), "5");
}

TEST_F(months, that_nobody_made_lose_no_rows) {
  write({row_at(1, day(1, 10))});
  EXPECT_EQ(places(), "log_entry_other|1");
  EXPECT_EQ(make("2026-01-15", "2026-02-01"), "1") << "January's rows stand among the others, and stay there";
  write({row_at(2, day(1, 11)), row_at(3, day(2, 1))});
  EXPECT_EQ(places(), "log_entry_2026_02|1\nlog_entry_other|2");
}

TEST_F(months, past_their_time_go_as_a_whole_and_their_sums_stay) {
  make("2026-01-15", "2026-03-01");
  std::vector<finished> rows;
  for (std::uint64_t n = 0; n < 60; ++n)
    rows.push_back(row_at(n + 1, day(1, 1) + hours{24 * n}));
  write(rows);
  const auto sums = [&] { return take(store_->usage({}, core::wall_time{}, core::wall_time::max())).at(0).requests; };
  const retention_cut cut{.rows = day(2, 10)};
  auto gone = take(store_->remove_past(cut, 3));
  EXPECT_EQ(gone.rows, 31u);
  EXPECT_TRUE(gone.more);
  EXPECT_EQ(query("select to_regclass('log_entry_2026_01') is null"), "t");
  EXPECT_EQ(sums(), 60);
  gone = take(store_->remove_past(cut, 3));
  EXPECT_EQ(gone.rows, 3u) << "of a month that is past in part, row by row";
  while (take(store_->remove_past(cut, 3)).more) {
  }
  EXPECT_EQ(query("select count(*) from log_entry"), "20");
  EXPECT_EQ(sums(), 60);
}

TEST_F(months, that_are_being_read_are_not_waited_for) {
  make("2026-01-15", "2026-03-01");
  write({row_at(1, day(1, 10)), row_at(2, day(1, 11))});
  postgres::postgres_session other{{options_.storage, std::chrono::seconds{5}, std::chrono::seconds{30}}};
  take(other.begin(sql::intent::read));
  ASSERT_TRUE(other.run("select count(*) from log_entry"));
  EXPECT_EQ(make("2026-04-01", "2026-04-01"), "0");
  EXPECT_EQ(take(store_->remove_past({.rows = day(2, 10)}, 1)).rows, 1u) << "row by row, then";
  other.rollback();
  EXPECT_EQ(make("2026-04-01", "2026-04-01"), "1");
  EXPECT_EQ(take(store_->remove_past({.rows = day(2, 10)}, 1)).rows, 1u);
  EXPECT_EQ(query("select to_regclass('log_entry_2026_01') is null"), "t");
}

TEST_F(months, begin_after_what_was_there_and_what_reads_it_is_kept) {
  begin_with_older("create view of_mine with (security_barrier = true) as select count(*) as rows from log_entry;\n"
                   "create index of_mine_too on log_entry (node);\n"
                   "do $$ begin create role logos_months_reader; exception when duplicate_object then null; end $$;\n"
                   "grant select on log_entry to logos_months_reader;\n"
                   "select setval(pg_get_serial_sequence('log_entry', 'id'), 900);\n");
  const auto before = query("select count(*) from log_entry");
  take(store_->migrate());
  EXPECT_EQ(places(), "log_entry_before|" + before);
  write({row_at(1, core::system_clock().wall()), row_at(2, core::system_clock().wall() + hours{24 * 32})});
  EXPECT_EQ(query("select rows from of_mine"), std::to_string(std::stoi(before) + 2));
  EXPECT_EQ(query("select reloptions from pg_class where relname = 'of_mine'"), "{security_barrier=true}");
  EXPECT_EQ(query("select min(id) from log_entry where id > 900"), "901");
  EXPECT_EQ(query("select has_table_privilege('logos_months_reader', 'log_entry', 'select')"), "t");
  EXPECT_EQ(query("select count(*) from pg_indexes where tablename ~ '^log_entry' and indexdef like '%(node)'"),
            query("select count(*) + 1 from pg_inherits where inhparent = 'log_entry'::regclass"))
      << "every partition's and the whole's";
  EXPECT_EQ(query("select count(*) from log_entry_other"), "0");
}

TEST_F(months, that_nobody_made_during_a_long_rest_are_there_after_the_start) {
  forget_all();
  ASSERT_EQ(places(), "");
  EXPECT_TRUE(take(store_->migrate()).empty());
  write({row_at(1, core::system_clock().wall()), row_at(2, core::system_clock().wall() + hours{24 * 31})});
  EXPECT_EQ(query("select count(distinct tableoid) from log_entry"), "2");
  EXPECT_EQ(query("select count(*) from log_entry_other"), "0");
  EXPECT_EQ(take(store_->open_months()), 0u);
}

TEST_F(months, of_several_that_start_after_a_long_rest_are_made_once) {
  forget_all();
  std::vector<std::jthread> nodes;
  for (std::uint64_t n = 1; n <= 4; ++n)
    nodes.emplace_back([&, n] {
      const auto own = open();
      EXPECT_TRUE(own->migrate());
      EXPECT_TRUE(own->write_batch(std::vector{row_at(n, core::system_clock().wall())}, {}, {}));
    });
  nodes.clear();
  EXPECT_EQ(query("select count(*) from log_entry"), "4");
  EXPECT_EQ(query("select count(*) from log_entry_other"), "0");
  EXPECT_EQ(take(store_->open_months()), 0u);
}

TEST_F(months, that_cannot_be_made_do_not_keep_a_gateway_from_starting) {
  forget_all();
  postgres::postgres_session other{{options_.storage, std::chrono::seconds{5}, std::chrono::seconds{30}}};
  take(other.begin(sql::intent::read));
  ASSERT_TRUE(other.run("select count(*) from log_entry"));
  EXPECT_TRUE(take(store_->migrate()).empty()) << "somebody reads";
  EXPECT_EQ(months_made(), "0");
  other.rollback();

  query("alter function make_log_months rename to make_log_months_of_others");
  EXPECT_TRUE(take(store_->migrate()).empty()) << "the database refuses";
  EXPECT_EQ(months_made(), "0");
  write({row_at(1, core::system_clock().wall())});
  EXPECT_EQ(places(), "log_entry_other|1");
}

TEST_F(months, are_not_made_behind_the_back_of_a_materialized_view) {
  begin_with_older("create materialized view of_mine as select count(*) as rows from log_entry;\n");
  const auto failed = store_->migrate();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("materialized view of_mine"), std::string::npos) << failed.error().message;
  query("drop materialized view of_mine");
  EXPECT_FALSE(take(store_->migrate()).empty());
}

} // namespace
} // namespace logos::test
