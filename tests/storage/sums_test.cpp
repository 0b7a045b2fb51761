// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"
#include "tests/storage/sums_fixture.hpp"

#include <cstdlib>
#include <limits>
#include <thread>

/// Reports and budgets are made from sums: they must say what a plain sum over all requests says, at every moment.
namespace logos::test {
namespace {

TEST_P(sums, say_what_a_plain_sum_over_all_requests_says) {
  for (int round = 0; round < 12; ++round) {
    write(static_cast<std::size_t>(1 + upto(60)));
    if (round % 3 == 1) rerate();
    if (round % 2 == 1) give_away();
    compare_some_reports();
    if (upto(1) == 0) take(store_->merge_sums(static_cast<int>(1 + upto(80))));
    compare_some_reports();
  }
  merge_all();
  EXPECT_TRUE(all_merged());
  compare_some_reports();
}

/// A year's first days may be of the last week of the year before, and a week may be of two months.
TEST_P(sums, of_weeks_are_those_of_the_iso_calendar) {
  std::vector<finished> rows;
  for (const auto year : {2019, 2020, 2021, 2024, 2026, 2027})
    for (int i = -9; i <= 9; ++i) {
      auto& row = rows.emplace_back(sample_row(++made_));
      row.timestamp_request = sys_days{std::chrono::year{year} / 1 / 1} + days{i} + hours{23} + minutes{59};
      row.ids = {process_ids_[0], 1, 1, 1, 1, 0};
    }
  books_ = rows;
  ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, rows.size());
  for (const bool merged : {false, true}) {
    if (merged) merge_all();
    for (const auto& by : std::vector<std::vector<usage_group>>{{usage_group::week},
                                                                {usage_group::week, usage_group::month},
                                                                {usage_group::month, usage_group::week},
                                                                {usage_group::week, usage_group::day},
                                                                {usage_group::model, usage_group::week},
                                                                {usage_group::hour, usage_group::week}})
      EXPECT_EQ(reported(by, {}, wall_time::max()), plain_sum(by, {}, wall_time::max()));
  }
  const auto weeks = reported({usage_group::week}, {}, wall_time::max());
  EXPECT_TRUE(weeks.contains({"2020-W53"})) << "New Year's Day of 2021 was a Friday";
  EXPECT_TRUE(weeks.contains({"2026-W01"})) << "29 December 2025 was a Monday";
  EXPECT_FALSE(weeks.contains({"2025-W53"}));
}

/// Nobody reads the log again to add up what has just been written.
TEST_P(sums, of_a_batch_are_few_and_have_all_its_rows) {
  std::vector<finished> rows;
  for (int i = 0; i < 300; ++i) {
    auto& row = rows.emplace_back(sample_row(++made_));
    row.timestamp_request = first_day + milliseconds{i};
    row.ids = {process_ids_[static_cast<std::size_t>(i % 2)], 1, 1, 1, 1, 0};
    row.usage.prompt_tokens = i;
  }
  ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, rows.size());
  EXPECT_EQ(query("select count(*), sum(requests), sum(prompt_tokens) from usage_deltas"), "2|300|44850");
  if (on_postgres()) return;
  EXPECT_EQ(query("select count(*) from usage_unmerged_rows"), "0");
}

/// What a provider says it has counted may be anything.
TEST_P(sums, too_large_for_64_bits_do_not_stand_in_the_way) {
  if (on_postgres()) GTEST_SKIP() << "refuses such a batch row by row";
  std::vector<finished> rows;
  for (int i = 0; i < 3; ++i) {
    auto& row = rows.emplace_back(sample_row(++made_));
    row.timestamp_request = first_day;
    row.ids = {process_ids_[0], 1, 1, 1, 1, 0};
    row.usage.prompt_tokens = std::numeric_limits<std::int64_t>::max() - 1;
  }
  EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 3U);
  EXPECT_EQ(query("select count(*) from log_entry"), "3");
  EXPECT_EQ(query("select count(*) from usage_deltas"), "3");
}

/// The tables of sums over longer periods say the same as those over shorter ones: whichever a report reads.
TEST_P(sums, of_pentads_and_months_are_those_of_their_days) {
  write(200);
  rerate();
  merge_all();
  const auto total = [&](const std::string& from, const std::string& errors) {
    return query("select sum(requests), sum(" + errors + "), sum(total_tokens), sum(cost_units), sum(cost_rest) from " +
                 from);
  };
  const auto of_days = total("usage_days", "case when result_status = 'success' then 0 else requests end");
  for (const char* table : {"usage_pentads", "usage_plain_months", "usage_plain_owner_days", "usage_plain_key_months"})
    EXPECT_EQ(total(table, "errors"), of_days) << table;
  query("update usage_pentads set requests = requests + 1000000");
  std::int64_t requests = 0;
  for (const auto& [keys, added] :
       reported({usage_group::process, usage_group::model}, first_day + days{1}, first_day + days{20}))
    requests += added[0];
  EXPECT_GT(std::abs(requests), 1'000'000) << "days in the middle of the range are read one by one";
}

/// As if `sums` and those after it had not run yet.
class sums_of_older_rows : public sums {
protected:
  void migrate_to(std::string_view name) {
    const auto step =
        std::find_if(migrations().begin(), migrations().end(), [&](const auto& m) { return m.name == name; });
    query(script_of(*step, on_postgres() ? dialect::postgres : dialect::sqlite));
  }
  /// As if `usage_sources` and `key_sums` had not run yet.
  void forget_sources() {
    for (const char* name : {"usage_source_hours", "usage_source_days", "usage_source_model_days",
                             "usage_source_months", "usage_source_plain_months", "usage_source_model_months",
                             "usage_estimates", "usage_plain_key_months", "usage_source_key_months"})
      query("drop table " + std::string{name});
    if (on_postgres())
      query("drop table usage_estimate_deltas; drop index log_entry_usage_source;"
            " alter table usage_deltas rename column ordinal to number");
    else
      query("drop trigger log_entry_cost; drop view usage_unmerged;"
            " drop view usage_unmerged_rows; alter table usage_merging drop column usage_source;"
            " create view usage_unmerged_rows as select 1; create view usage_unmerged as select 1;"
            " create trigger log_entry_cost after update of cost_nano on log_entry begin select 1; end");
    query("alter table usage_deltas drop column usage_source");
    query("alter table log_entry drop column estimated_prompt_tokens");
    query("alter table log_entry drop column estimated_completion_tokens");
  }
  void go_back() {
    forget_sources();
    counts_view_ = on_postgres()
                       ? "create view usage_count_rows as " + query("select pg_get_viewdef('usage_count_rows')")
                       : query("select sql from sqlite_master where name = 'usage_count_rows'");
    query("drop view usage_count_rows");
    for (const char* name :
         {"usage_deltas", "usage_hours", "usage_days", "usage_months", "usage_key_days", "usage_key_months",
          "usage_owner_days", "usage_owner_months", "usage_model_days", "usage_model_months", "usage_total_hours",
          "usage_pentads", "usage_plain_months", "usage_plain_owner_days"})
      query("drop table " + std::string{name} + (on_postgres() ? " cascade" : ""));
    if (on_postgres())
      query("drop function note_usage cascade; drop function note_cost cascade; drop aggregate add_up(bigint)");
    else
      query("drop trigger log_entry_cost; drop trigger log_entry_last; drop view usage_unmerged;"
            " drop view usage_unmerged_rows; drop table usage_merged; drop table usage_merging");
    for (const char* name :
         {"log_entry_model", "log_entry_provider", "log_entry_profile", "log_entry_failed", "log_entry_dataset",
          "log_entry_payload", "ollama_provider_snapshots_age", "log_entry_user"})
      query("drop index if exists " + std::string{name});
    query("alter table log_entry drop column user_id");
    query("alter table log_entry drop column service_id");
  }
  void write_older(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = books_.emplace_back(some_row());
      query("insert into log_entry (timestamp_request, request_id, process_id, profile_id, provider_id, model_id,"
            " result_status, usage_source, prompt_tokens, completion_tokens, total_tokens, prompt_cached_tokens,"
            " prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens, completion_audio_tokens,"
            " audio_milliseconds, queue_wait_ms, hold_nano, request_bytes, response_bytes, cost_nano) values ('" +
            core::to_sql(row.timestamp_request) + "', '" + row.request_id.str() + "', " +
            text_of({row.ids.process_id, row.ids.profile_id, row.ids.provider_id, row.ids.model_id}) + ", '" +
            std::string{to_string(row.result)} + "', '" + std::string{to_string(row.usage_source)} + "', " +
            text_of({row.usage.prompt_tokens, row.usage.completion_tokens, row.usage.total_tokens,
                     row.usage.prompt_cached_tokens, row.usage.prompt_cache_creation_tokens,
                     row.usage.prompt_audio_tokens, row.usage.completion_reasoning_tokens,
                     row.usage.completion_audio_tokens, row.usage.audio_milliseconds}) +
            ", " + std::to_string(static_cast<double>(row.queue_wait_us) / 1000) + ", 0, " +
            text_of({row.request_bytes, row.response_bytes, row.cost_nano}) + ")");
    }
  }

  /// Of a later migration, which these columns' return does not bring back.
  void bring_back_the_view_of_counts() { query(counts_view_); }

private:
  std::string counts_view_;

  static std::string text_of(std::initializer_list<std::int64_t> numbers) {
    std::string text;
    for (const auto n : numbers)
      text += (text.empty() ? "" : ", ") + std::to_string(n);
    return text;
  }
};

TEST_P(sums_of_older_rows, are_the_same) {
  write(100);
  rerate();
  merge_all();
  go_back();
  migrate_to("sums");
  EXPECT_EQ(query("select count(*) from usage_deltas"), "0");
  write_older(60); // stay in the deltas
  migrate_to("owners");
  migrate_to("pentads");
  migrate_to("usage_sources");
  migrate_to("key_sums");
  bring_back_the_view_of_counts();
  compare_some_reports();
  write(50);
  rerate();
  compare_some_reports();
  merge_all();
  EXPECT_TRUE(all_merged());
  compare_some_reports();
}

/// Whose rows retention has removed before anybody asked, nobody can tell any more; nor of an hour that lacks some.
TEST_P(sums_of_older_rows, are_of_no_known_source_where_their_rows_are_gone) {
  write(150);
  merge_all();
  write(30);
  const auto cut = first_day + days{12} + hours{3} + minutes{20};
  auto row = some_row();
  row.timestamp_request = cut - minutes{5};
  const auto gone_of_the_hour = row;
  row = some_row();
  row.timestamp_request = cut + minutes{5};
  row.usage_source = core::usage_source::estimated;
  for (const auto& each : {gone_of_the_hour, row}) {
    books_.push_back(each);
    ASSERT_EQ(take(store_->write_batch(std::vector{each}, {}, {})).written, 1U);
  }
  if (!on_postgres()) merge_all(); // there a row stays until the sums have it
  forget_sources();
  query("delete from log_entry where timestamp_request < '" + core::to_sql(cut) + "'");
  migrate_to("usage_sources");
  migrate_to("key_sums");
  const std::vector by{usage_group::usage_source};
  const auto known = floor<hours>(cut) + hours{1};
  for (const bool merged : {false, true}) {
    if (merged) merge_all();
    for (const auto& whole : {std::vector<usage_group>{}, std::vector{usage_group::model}})
      EXPECT_EQ(reported(whole, {}, wall_time::max()), plain_sum(whole, {}, wall_time::max()));
    EXPECT_EQ(reported(by, known, wall_time::max()), plain_sum(by, known, wall_time::max()));
    const auto before = reported(by, {}, known);
    ASSERT_EQ(before.size(), 1U);
    EXPECT_EQ(before.begin()->first, std::vector{std::string{}}) << "not known";
    EXPECT_EQ(before.begin()->second, plain_sum({}, {}, known).begin()->second);
  }
}

LOGOS_ON_BOTH(sums_of_older_rows);

TEST_P(sums, of_others_who_write_and_merge_at_the_same_time_are_whole) {
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < 3; ++w)
    writers.emplace_back([&, w] {
      auto own = open();
      for (std::uint64_t n = 0; n < 20; ++n) {
        auto row = sample_row(1'000'000 * (w + 1) + n);
        row.cost_nano = 1;
        const std::vector rows{row};
        while (!own->write_batch(rows, {}, {})) {
        }
        if (n % 4 == 0) static_cast<void>(own->merge_sums(5));
      }
    });
  for (auto& each : writers)
    each.join();
  EXPECT_EQ(spent(core::scope::process, 1, wall_time{}), 60);
  merge_all();
  EXPECT_EQ(spent(core::scope::process, 1, wall_time{}), 60);
}

LOGOS_ON_BOTH(sums);

} // namespace
} // namespace logos::test
