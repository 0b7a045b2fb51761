// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"
#include "storage/postgres/postgres_session.hpp"
#include "tests/storage/store_fixture.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <thread>

/// Reports and budgets are made from sums: they must say what a plain sum over all requests says, at every moment.
namespace logos::test {
namespace {

using namespace storage;
using core::wall_time;
using namespace std::chrono;

constexpr wall_time first_day{sys_days{year{2026} / 1 / 27}};
constexpr std::array all_groups{usage_group::process,  usage_group::profile, usage_group::user, usage_group::service,
                                usage_group::provider, usage_group::model,   usage_group::day,  usage_group::hour,
                                usage_group::month,    usage_group::result};

/// What a report says of a group, as text.
using figures = std::array<std::int64_t, 15>;
using report = std::map<std::vector<std::string>, figures>;

figures figures_of(const token_counts& t, std::int64_t requests, std::int64_t errors, std::int64_t waited,
                   std::int64_t in, std::int64_t out, std::int64_t cost) {
  return {requests,
          errors,
          t.prompt_tokens,
          t.completion_tokens,
          t.total_tokens,
          t.prompt_cached_tokens,
          t.prompt_cache_creation_tokens,
          t.prompt_audio_tokens,
          t.completion_reasoning_tokens,
          t.completion_audio_tokens,
          t.audio_milliseconds,
          waited,
          in,
          out,
          cost};
}

class sums : public store_suite {
protected:
  sums() {
    for (int i = 0; i < 2; ++i)
      users_.push_back(take(store_->create(user{{}, "user-" + std::to_string(i), "", ""})).id);
    for (int i = 0; i < 2; ++i) {
      service made;
      made.name = "service-" + std::to_string(i);
      services_.push_back(take(store_->create(made)).id);
    }
    for (int i = 0; i < 5; ++i) {
      process made;
      made.name = "app-" + std::to_string(i);
      made.hash = secret().hash(made.name);
      made.user_id = i == 0 ? 0 : users_[static_cast<std::size_t>(i % 2)];
      made.service_id = i % 3 == 0 ? 0 : services_[static_cast<std::size_t>(i % 2)];
      made = take(store_->create(made));
      processes_[made.id] = made;
      process_ids_.push_back(made.id);
    }
  }

  std::int64_t upto(std::int64_t most) { return std::uniform_int_distribution<std::int64_t>{0, most}(random_); }
  /// Often at or beside the edge of an hour, a day or a month.
  wall_time some_time() {
    const auto step = std::array<microseconds, 3>{hours{1}, hours{24}, hours{24 * 5}}[std::size_t(upto(2))];
    const auto edge = first_day + step * upto(hours{24 * 40} / step);
    return edge + std::array<microseconds, 5>{microseconds{0}, microseconds{-1}, microseconds{1}, minutes{upto(59)},
                                              microseconds{upto(3'600'000'000)}}[std::size_t(upto(4))];
  }
  finished some_row() {
    auto row = sample_row(++made_);
    row.timestamp_request = some_time();
    row.ids = {upto(5) == 0 ? 0 : process_ids_[std::size_t(upto(4))], upto(2), 0, upto(2), upto(3), 0};
    if (const auto key = processes_.find(row.ids.process_id); key != processes_.end())
      row.owner = {key->second.user_id, key->second.service_id};
    row.result = static_cast<core::result_status>(upto(4));
    row.usage = {upto(5000), upto(900), upto(6000), upto(50), upto(50), upto(50), upto(50), upto(50), upto(9000)};
    row.queue_wait_us = upto(100'000);
    row.request_bytes = upto(100'000);
    row.response_bytes = upto(100'000);
    row.cost_nano = upto(9) == 0 ? upto(1'000'000'000'000'000) : upto(1000);
    return row;
  }
  void write(std::size_t count) {
    std::vector<finished> rows;
    for (std::size_t i = 0; i < count; ++i)
      rows.push_back(some_row());
    books_.insert(books_.end(), rows.begin(), rows.end());
    if (count > 2) rows.push_back(rows[1]); // again: it is there already
    EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, count);
  }
  /// Prices some of the books anew.
  void rerate() {
    rerate_range range{some_time(), some_time(), upto(3), 0};
    const auto factor = upto(3);
    const auto price = [&](const priced_request& r) { return new_cost{r.usage.prompt_tokens * factor, 7}; };
    std::string cursor;
    do
      cursor = take(store_->rerate(range, cursor, 50, price, false)).next;
    while (!cursor.empty());
    for (auto& row : books_)
      if (row.timestamp_request >= range.from && row.timestamp_request < range.to &&
          (range.model_id == 0 || row.ids.model_id == range.model_id))
        row.cost_nano = row.usage.prompt_tokens * factor;
  }

  std::string key_of(const finished& row, usage_group group) const {
    const auto id = [](std::int64_t x) { return x == 0 ? std::string{} : std::to_string(x); };
    const auto time = core::to_sql(row.timestamp_request);
    switch (group) {
    case usage_group::process: return id(row.ids.process_id);
    case usage_group::profile: return id(row.ids.profile_id);
    case usage_group::user: return id(row.owner.user_id);
    case usage_group::service: return id(row.owner.service_id);
    case usage_group::provider: return id(row.ids.provider_id);
    case usage_group::model: return id(row.ids.model_id);
    case usage_group::day: return time.substr(0, 10);
    case usage_group::hour: return time.substr(0, 13);
    case usage_group::month: return time.substr(0, 7);
    case usage_group::result: return std::string{core::to_string(row.result)};
    }
    return {};
  }
  report plain_sum(const std::vector<usage_group>& groups, wall_time from, wall_time to) const {
    report made;
    if (groups.empty()) made[{}] = {};
    for (const auto& row : books_) {
      if (row.timestamp_request < from || row.timestamp_request >= to) continue;
      std::vector<std::string> key;
      for (const auto group : groups)
        key.push_back(key_of(row, group));
      auto& sum = made[key];
      const auto added = figures_of(row.usage, 1, row.result == core::result_status::success ? 0 : 1, row.queue_wait_us,
                                    row.request_bytes, row.response_bytes, row.cost_nano);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += added[i];
    }
    return made;
  }
  report reported(const std::vector<usage_group>& groups, wall_time from, wall_time to) {
    report made;
    for (const auto& row : take(store_->usage(groups, from, to)))
      made[row.keys] = figures_of(row.usage, row.requests, row.errors, row.queue_wait_us, row.request_bytes,
                                  row.response_bytes, row.cost_nano);
    return made;
  }
  core::nano plain_spent(core::scope scope, std::int64_t id, wall_time from) const {
    core::nano sum = 0;
    for (const auto& row : books_) {
      const bool about = (scope == core::scope::process && row.ids.process_id == id) ||
                         (scope == core::scope::profile && row.ids.profile_id == id) ||
                         (scope == core::scope::model && row.ids.model_id == id) ||
                         (scope == core::scope::user && row.owner.user_id == id) ||
                         (scope == core::scope::service && row.owner.service_id == id);
      if (about && row.timestamp_request >= from) sum += row.cost_nano;
    }
    return sum;
  }
  core::nano spent(core::scope scope, std::int64_t id, wall_time from) {
    const std::vector asked{past_query{scope, id, from, true}};
    return take(store_->read_past(asked, {})).answers.at(0).spent;
  }

  void compare_some_reports() {
    for (int i = 0; i < 12; ++i) {
      std::vector<usage_group> groups{all_groups.begin(), all_groups.end()};
      std::shuffle(groups.begin(), groups.end(), random_);
      groups.resize(static_cast<std::size_t>(upto(3)));
      auto from = some_time(), to = some_time();
      if (to < from) std::swap(from, to);
      if (upto(4) == 0) from = wall_time{};
      if (upto(4) == 0) to = wall_time::max();
      EXPECT_EQ(reported(groups, from, to), plain_sum(groups, from, to))
          << groups.size() << " groups, " << core::to_sql(from) << " to " << core::to_sql(std::min(to, some_far_day));
    }
    for (const auto& [scope, id] :
         std::vector<std::pair<core::scope, std::int64_t>>{{core::scope::process, process_ids_[1]},
                                                           {core::scope::profile, 1},
                                                           {core::scope::model, 2},
                                                           {core::scope::user, users_[1]},
                                                           {core::scope::service, services_[0]}})
      for (const auto from : {wall_time{}, some_time()})
        EXPECT_EQ(spent(scope, id, from), plain_spent(scope, id, from)) << core::to_sql(from);
  }
  /// Gives a key to another user or service, or to nobody.
  void give_away() {
    auto& key = processes_[process_ids_[std::size_t(upto(4))]];
    key.user_id = upto(2) == 0 ? 0 : users_[std::size_t(upto(1))];
    key.service_id = upto(2) == 0 ? 0 : services_[std::size_t(upto(1))];
    key = take(store_->update(key, 0));
  }
  /// Whether everything is in the tables of sums.
  bool all_merged() {
    return query(on_postgres() ? "select count(*) from usage_deltas" : "select count(*) from usage_unmerged") == "0";
  }
  void merge_all() {
    while (take(store_->merge_sums(100)) != 0) {
    }
  }

  static constexpr wall_time some_far_day{sys_days{year{2100} / 1 / 1}};
  std::mt19937_64 random_{20261121};
  std::uint64_t made_ = 0;
  std::vector<std::int64_t> users_, services_, process_ids_;
  std::map<std::int64_t, process> processes_;
  std::vector<finished> books_; // what was written
};

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

/// As if `sums` and `owners` had not run yet.
class sums_of_older_rows : public sums {
protected:
  void migrate_to(std::string_view name) {
    const auto step =
        std::find_if(migrations().begin(), migrations().end(), [&](const auto& m) { return m.name == name; });
    query(script_of(*step, on_postgres() ? dialect::postgres : dialect::sqlite));
  }
  void go_back() {
    for (const char* name :
         {"usage_deltas", "usage_hours", "usage_days", "usage_months", "usage_key_days", "usage_key_months",
          "usage_owner_days", "usage_owner_months", "usage_model_days", "usage_model_months", "usage_total_hours"})
      query("drop table " + std::string{name} + (on_postgres() ? " cascade" : ""));
    if (on_postgres())
      query("drop function note_usage cascade; drop function note_cost cascade");
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
            " result_status, prompt_tokens, completion_tokens, total_tokens, prompt_cached_tokens,"
            " prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens, completion_audio_tokens,"
            " audio_milliseconds, queue_wait_ms, hold_nano, request_bytes, response_bytes, cost_nano) values ('" +
            core::to_sql(row.timestamp_request) + "', '" + row.request_id.str() + "', " +
            text_of({row.ids.process_id, row.ids.profile_id, row.ids.provider_id, row.ids.model_id}) + ", '" +
            std::string{to_string(row.result)} + "', " +
            text_of({row.usage.prompt_tokens, row.usage.completion_tokens, row.usage.total_tokens,
                     row.usage.prompt_cached_tokens, row.usage.prompt_cache_creation_tokens,
                     row.usage.prompt_audio_tokens, row.usage.completion_reasoning_tokens,
                     row.usage.completion_audio_tokens, row.usage.audio_milliseconds}) +
            ", " + std::to_string(static_cast<double>(row.queue_wait_us) / 1000) + ", 0, " +
            text_of({row.request_bytes, row.response_bytes, row.cost_nano}) + ")");
    }
  }

private:
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
  compare_some_reports();
  write(50);
  rerate();
  compare_some_reports();
  merge_all();
  EXPECT_TRUE(all_merged());
  compare_some_reports();
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

class retention : public sums {};

TEST_P(retention, removes_rows_and_leaves_what_was_spent_and_reports_by_the_hour) {
  write(150);
  take(store_->merge_sums(40));
  const auto cut = first_day + hours{24 * 20};
  const auto before = query("select count(*) from log_entry");
  std::size_t removed = 0;
  for (bool more = true; more;) {
    const auto batch = take(store_->remove_past({.rows = cut}, 20));
    EXPECT_LE(batch.rows, 20u);
    removed += batch.rows;
    more = batch.more || (!on_postgres() && take(store_->merge_sums(10)) != 0); // SQLite keeps what is not added up
  }
  const auto past =
      std::count_if(books_.begin(), books_.end(), [&](const auto& r) { return r.timestamp_request < cut; });
  EXPECT_EQ(removed, static_cast<std::size_t>(past));
  EXPECT_EQ(query("select count(*) from log_entry"), std::to_string(books_.size() - removed)) << "of " << before;
  for (int i = 0; i < 20; ++i) {
    const auto from = floor<hours>(some_time()), to = floor<hours>(some_time());
    const std::vector groups{all_groups[static_cast<std::size_t>(upto(9))]};
    EXPECT_EQ(reported(groups, from, std::max(from, to)), plain_sum(groups, from, std::max(from, to)));
    EXPECT_EQ(spent(core::scope::model, 2, from), plain_spent(core::scope::model, 2, from));
  }
  merge_all();
  EXPECT_EQ(reported({}, wall_time{}, wall_time::max()), plain_sum({}, wall_time{}, wall_time::max()));
}

TEST_P(retention, takes_what_only_full_keeps_and_leaves_the_row) {
  auto old = sample_row(1), young = sample_row(2);
  young.timestamp_request += hours{24};
  for (auto* row : {&old, &young}) {
    row->log = core::log_level::full;
    row->client_ip = "10.0.0.1";
    row->input_payload = R"({"secret":1})";
    row->headers = R"({"a":"b"})";
    row->response_payload = R"({"answer":2})";
  }
  take(store_->write_batch(std::vector{old, young, sample_row(3)}, {}, {}));
  query("insert into log_entry_rejected (rejected_at, reason, request_id, record) values"
        " ('2026-01-01 00:00:00.000000+00', 'odd', 'x', '00')");
  const retention_cut cut{.payloads = old.timestamp_request + hours{1}};
  const auto batch = take(store_->remove_past(cut, 10));
  EXPECT_EQ(batch.payloads, 1u);
  EXPECT_EQ(batch.rows, 0u);
  EXPECT_EQ(batch.rejected, 1u);
  EXPECT_FALSE(batch.more);
  EXPECT_EQ(take(store_->remove_past(cut, 10)).payloads, 0u) << "it is gone";
  const auto stripped = take(store_->find_request(old.request_id.str()));
  EXPECT_EQ(stripped.client_ip + stripped.input_payload + stripped.headers + stripped.response_payload, "");
  EXPECT_EQ(stripped.usage.prompt_tokens, old.usage.prompt_tokens);
  EXPECT_EQ(query("select count(*) from log_entry where input_payload is not null"), "1");
}

TEST_P(retention, keeps_everything_unless_it_is_told) {
  write(20);
  const auto batch = take(store_->remove_past({}, 1000));
  EXPECT_EQ(batch.rows + batch.payloads + batch.snapshots + batch.rejected, 0u);
  EXPECT_EQ(query("select count(*) from log_entry"), "20");
}

TEST_P(retention, counts_what_it_removes_and_what_gets_its_ids) {
  const retention_cut everything{.rows = first_day + hours{24 * 100}};
  for (int round = 0; round < 4; ++round) {
    write(10);
    if (round == 0) rerate();
    if (round % 2 == 0) merge_all();
    for (int i = 0; i < 4; ++i) {
      take(store_->remove_past(everything, 3));
      take(store_->merge_sums(2));
    }
    while (query("select count(*) from log_entry") != "0") { // in SQLite the next row has the first id again
      merge_all();
      take(store_->remove_past(everything, 100));
    }
    EXPECT_EQ(reported({}, wall_time{}, wall_time::max()), plain_sum({}, wall_time{}, wall_time::max())) << round;
    merge_all();
    EXPECT_EQ(reported({}, wall_time{}, wall_time::max()), plain_sum({}, wall_time{}, wall_time::max())) << round;
  }
}

LOGOS_ON_BOTH(retention);

using upkeep_in_a_cluster = postgres_suite;

TEST_F(upkeep_in_a_cluster, is_done_by_one_node_at_a_time) {
  take(store_->write_batch(std::vector{sample_row(1)}, {}, {}));
  const retention_cut cut{.rows = sample_row(1).timestamp_request + hours{1}};
  postgres::postgres_session other{{options_.storage, seconds{5}, seconds{30}}};
  take(other.begin(sql::intent::write));
  ASSERT_TRUE(other.run("select pg_advisory_xact_lock(5498427306210000002)")) << "as a node that is at it";
  EXPECT_EQ(take(store_->merge_sums(10)), 0u);
  EXPECT_EQ(take(store_->remove_past(cut, 10)).rows, 0u);
  other.rollback();
  EXPECT_EQ(take(store_->merge_sums(10)), 1u);
  EXPECT_EQ(take(store_->remove_past(cut, 10)).rows, 1u);
}

} // namespace
} // namespace logos::test
