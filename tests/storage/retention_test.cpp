// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_session.hpp"
#include "tests/storage/sums_fixture.hpp"

/// What is removed of the log in the background, and by whom.
namespace logos::test {
namespace {

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

TEST_P(retention, leaves_nothing_of_the_prompt_and_what_is_kept_below_full) {
  const std::string statistics = R"({"candidate_count":1,"balance":{}})";
  const std::vector<core::failure> refusals{
      {core::ec::model_not_found, "The model 'it's\nmine' does not exist, nor 'any' other."},
      {core::ec::bad_json, "The body isn't JSON."},
      {core::ec::budget_spent, "The budget of process 'x' (7) is spent, that of 'y' too."},
      {core::ec::bad_field, "'a' is none: 'ü'"},
      {core::ec::internal, {}}};
  std::vector<finished> rows;
  for (const auto& why : refusals) {
    auto& row = rows.emplace_back(sample_row(rows.size() + 1));
    row.log = core::log_level::full;
    row.client_ip = "10.0.0.1";
    row.error = why.code;
    row.error_message = why.message;
    row.classification_statistics = statistics;
    row.features = R"({"code":0.6})";
  }
  auto& plain = rows.emplace_back(sample_row(rows.size() + 1)); // without a decision, and its statistics
  plain.log = core::log_level::full;
  plain.client_ip = "10.0.0.1";
  take(store_->write_batch(rows, {}, {}));
  EXPECT_NE(take(store_->find_request(rows[0].request_id.str())).classification_statistics.find("features"),
            std::string::npos);
  take(store_->remove_past({.payloads = rows.back().timestamp_request + hours{1}}, 100));
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    const auto left = take(store_->find_request(rows[i].request_id.str()));
    EXPECT_EQ(left.error_message, core::without_quotes(refusals[i]));
    EXPECT_EQ(left.classification_statistics.find("features"), std::string::npos) << left.classification_statistics;
    EXPECT_NE(left.classification_statistics.find("candidate_count"), std::string::npos);
  }
  EXPECT_EQ(take(store_->find_request(plain.request_id.str())).classification_statistics, "");
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
