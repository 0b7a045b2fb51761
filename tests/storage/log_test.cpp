// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <algorithm>

namespace logos::test {
namespace {

using namespace std::chrono_literals;
using namespace storage;
using core::ec;

class log_rows : public store_suite {
protected:
  batch_report write(std::vector<finished> rows) { return take(store_->write_batch(rows, {}, {})); }
};

TEST_P(log_rows, come_back_as_they_were_written) {
  auto row = sample_row(1);
  row.log = core::log_level::full;
  row.error = core::ec::upstream_error;
  row.result = core::result_status::timeout;
  row.priority = 7;
  row.mode = core::traffic_mode::batch;
  row.stream = row.was_cold_start = true;
  row.utilization_at_arrival = 0.5f;
  row.queue_depth_at_arrival = 3;
  row.load_duration_us = 2'500'000;
  row.usage.completion_reasoning_tokens = 4;
  row.hold_nano = 99;
  row.error_message = "it said \"no\" \\ and {left}, it's";
  row.dataset = "evaluation";
  row.metadata = R"({"a": "b\\\"c"})";
  row.classification_statistics = R"({"candidates": []})";
  row.client_ip = "10.0.0.7";
  row.input_payload = R"({"model": "gemma3"})";
  row.headers = R"({"accept": "*/*"})";
  row.response_payload = "data: [DONE]\n\n";
  EXPECT_EQ(write({row}).written, 1u);

  const auto found = take(store_->find_request(row.request_id.str()));
  EXPECT_EQ(found.request_id, row.request_id);
  EXPECT_EQ(found.timestamp_request, row.timestamp_request);
  EXPECT_EQ(found.timestamp_forwarding, row.timestamp_forwarding);
  EXPECT_EQ(found.time_at_first_token, row.time_at_first_token);
  EXPECT_EQ(found.timestamp_response, row.timestamp_response);
  EXPECT_EQ(found.ids.deployment_id, 6);
  EXPECT_EQ(found.ids.policy_id, 0);
  EXPECT_EQ(found.log, row.log);
  EXPECT_EQ(found.error, row.error);
  EXPECT_EQ(found.result, row.result);
  EXPECT_EQ(found.priority, 7);
  EXPECT_EQ(found.priority_when_scheduled, core::priority_mid);
  EXPECT_EQ(found.mode, row.mode);
  EXPECT_TRUE(found.stream && found.was_cold_start);
  EXPECT_FLOAT_EQ(found.utilization_at_arrival, 0.5f);
  EXPECT_EQ(found.queue_depth_at_arrival, 3);
  EXPECT_EQ(found.queue_depth_at_schedule, -1);
  EXPECT_EQ(found.queue_wait_us, 1500);
  EXPECT_EQ(found.load_duration_us, 2'500'000);
  EXPECT_EQ(found.usage.completion_reasoning_tokens, 4);
  EXPECT_EQ(found.usage_source, core::usage_source::provider);
  EXPECT_EQ(found.hold_nano, 99);
  EXPECT_EQ(found.http_status, 200);
  EXPECT_EQ(found.error_message, row.error_message);
  EXPECT_EQ(found.dataset, row.dataset);
  EXPECT_EQ(found.metadata, row.metadata);
  EXPECT_EQ(found.classification_statistics, row.classification_statistics);
  EXPECT_EQ(found.client_ip, row.client_ip);
  EXPECT_EQ(found.input_payload, row.input_payload);
  EXPECT_EQ(found.headers, row.headers);
  EXPECT_EQ(found.response_payload, "\"data: [DONE]\\n\\n\"");
  EXPECT_EQ(found.path, row.path);
  EXPECT_EQ(found.node, row.node);
  EXPECT_EQ(store_->find_request("0190aaaa-0000-7000-8000-000000000000").error().code, ec::resource_not_found);
  EXPECT_EQ(store_->find_request("nonsense").error().code, ec::resource_not_found);
}

TEST_P(log_rows, have_what_was_read_of_a_prompt_at_log_level_full_only) {
  auto full = sample_row(1), billing = sample_row(2), unread = sample_row(3), named = sample_row(4);
  for (auto* row : {&full, &billing, &unread})
    row->classification_statistics = R"({"balance": {"policy": 3.4}})";
  full.features = billing.features = named.features = R"({"code": 0.5})";
  full.log = unread.log = named.log = core::log_level::full;
  write({full, billing, unread, named});
  const auto told = [&](const finished& row) {
    auto text = take(store_->find_request(row.request_id.str())).classification_statistics;
    std::erase(text, ' '); // PostgreSQL spells JSON in its own way
    return text;
  };
  EXPECT_EQ(told(full), R"({"balance":{"policy":3.4},"features":{"code":0.5}})");
  EXPECT_EQ(told(billing), R"({"balance":{"policy":3.4}})");
  EXPECT_EQ(told(unread), told(billing));
  EXPECT_EQ(told(named), "") << "no classification ran";
}

TEST_P(log_rows, have_nothing_where_nobody_has_counted) {
  auto refused = sample_row(1);
  refused.utilization_at_arrival = finished{}.utilization_at_arrival;
  refused.queue_depth_at_arrival = finished{}.queue_depth_at_arrival;
  auto idle = sample_row(2);
  idle.utilization_at_arrival = 0;
  write({refused, idle});
  const auto rows_where = [&](const std::string& what) {
    return query("select count(*) from log_entry where " + what);
  };
  EXPECT_EQ(rows_where("utilization_at_arrival is null and queue_depth_at_arrival is null"), "1");
  EXPECT_EQ(rows_where("utilization_at_arrival = 0"), "1") << "nobody there is not nobody knows";
  const auto id = refused.request_id;
  EXPECT_LT(take(store_->find_request(id.str())).utilization_at_arrival, 0);
}

TEST_P(log_rows, have_no_classification_statistics_when_none_ran) {
  write({sample_row(1)});
  EXPECT_EQ(query("select count(*) from log_entry where classification_statistics is null"), "1");
}

TEST_P(log_rows, are_written_once_however_often_they_come) {
  EXPECT_EQ(write({sample_row(1), sample_row(2)}).written, 2u);
  const auto again = write({sample_row(2), sample_row(3), sample_row(1), sample_row(3)});
  EXPECT_EQ(again.written, 1u);
  EXPECT_EQ(again.known, 3u);
  EXPECT_EQ(query("select count(*) from log_entry"), "3");
}

TEST_P(log_rows, that_are_known_among_many_are_neither_written_nor_summed_again) {
  std::vector<finished> rows;
  for (std::uint64_t i = 0; i < 75; ++i)
    rows.push_back(sample_row(i));
  EXPECT_EQ(write({rows[0], rows[40], rows[74]}).written, 3u);
  const auto report = write(rows);
  EXPECT_EQ(report.written, 72u);
  EXPECT_EQ(report.known, 3u);
  while (take(store_->merge_sums(1000)) > 0) {
  }
  EXPECT_EQ(query("select count(*) from log_entry"), "75");
  EXPECT_EQ(query("select sum(requests) from usage_hours"), "75");
}

TEST_P(log_rows, of_one_batch_keep_their_own_values_apart) {
  std::vector<finished> rows;
  for (std::uint64_t i = 0; i < 40; ++i) {
    auto row = sample_row(i);
    row.priority = static_cast<core::priority>(1 + i % 10);
    row.ids.model_id = i % 3 == 0 ? 0 : static_cast<std::int64_t>(i % 5);
    row.utilization_at_arrival = static_cast<double>(i % 4) / 8;
    row.error = i % 7 == 0 ? ec::internal : ec::none;
    row.result = i % 7 == 0 ? core::result_status::error : core::result_status::success;
    row.decision = i % 2 == 0 ? "named" : "";
    rows.push_back(row);
  }
  write(rows);
  for (const auto& row : rows) {
    const auto back = take(store_->find_request(row.request_id.str()));
    EXPECT_EQ(back.priority, row.priority);
    EXPECT_EQ(back.ids.model_id, row.ids.model_id);
    EXPECT_EQ(back.utilization_at_arrival, row.utilization_at_arrival);
    EXPECT_EQ(back.error, row.error);
    EXPECT_EQ(back.result, row.result);
    EXPECT_EQ(back.decision, row.decision);
  }
}

TEST_P(log_rows, that_are_bad_are_set_aside_while_the_rest_goes_in) {
  std::vector<finished> rows;
  for (std::uint64_t i = 0; i < 50; ++i)
    rows.push_back(sample_row(i));
  rows[17].http_status = 60000;
  rows[18].http_status = 1000;
  const auto report = write(rows);
  EXPECT_EQ(report.written, 48u);
  EXPECT_EQ(report.rejected, 2u);
  EXPECT_EQ(query("select count(*) from log_entry"), "48");
  EXPECT_EQ(query("select request_id from log_entry_rejected order by id"),
            rows[17].request_id.str() + "\n" + rows[18].request_id.str());
  EXPECT_EQ(query("select count(*) from log_entry_rejected where length(reason) > 10 and length(record) > 100"), "2");
}

TEST_P(log_rows, with_texts_that_are_not_what_they_should_be_go_in_all_the_same) {
  auto cut = sample_row(1);
  cut.input_payload = R"({"model": "gem)"; // a JSON text that was cut
  auto nul = sample_row(2);
  nul.metadata = R"({"a": "\u0000"})";
  auto bytes = sample_row(3);
  bytes.path = std::string_view{"/v1/\xff\0x", 7};
  bytes.input_payload = "--boundary\r\n\x80\x81";
  const auto report = write({cut, nul, bytes, sample_row(4)});
  EXPECT_EQ(report.written, 4u);
  EXPECT_EQ(report.rejected, 0u);
  EXPECT_EQ(take(store_->find_request(bytes.request_id.str())).path, "/v1/\xEF\xBF\xBD\xEF\xBF\xBDx");
}

TEST_P(log_rows, keep_the_journals_progress_with_them) {
  const std::vector<finished> rows{sample_row(1)};
  const std::vector<segment_progress> progress{{"a.000.1.journal", 4096}, {"b.000.1.journal", 17}};
  take(store_->write_batch(rows, progress, {}));
  const std::vector<segment_progress> further{{"b.000.1.journal", 18}};
  const std::vector<std::string> gone{"a.000.1.journal"};
  take(store_->write_batch({}, further, gone));
  const auto known = take(store_->load_progress());
  ASSERT_EQ(known.size(), 1u);
  EXPECT_EQ(known[0].segment, "b.000.1.journal");
  EXPECT_EQ(known[0].offset, 18u);
}

TEST_P(log_rows, of_what_was_learned_are_the_last_and_of_live_deployments) {
  provider p;
  p.name = "gpu";
  p.base_url = "http://127.0.0.1:1";
  p = take(store_->create(p));
  model m;
  m.name = "gemma";
  m = take(store_->create(m));
  deployment d;
  d.model_id = m.id;
  d.provider_id = p.id;
  d = take(store_->create(d));
  const auto now = sample_row(1).timestamp_request;
  take(store_->write_experience(std::vector{deployment_experience{.deployment_id = d.id, .calls = 1}}, now));
  const deployment_experience last{d.id, 2, 1LL << 40, 4, 5, 6, 7, 8, 9, 10};
  take(store_->write_experience(std::vector{last, deployment_experience{.deployment_id = d.id + 1, .calls = 3}}, now));
  const auto found = take(open()->load_experience(p.id));
  ASSERT_EQ(found.size(), 1U);
  const auto& f = found[0];
  EXPECT_EQ(std::tie(f.deployment_id, f.load_us, f.memory_bytes, f.vram_bytes, f.first_token_us, f.prompt_token_ns,
                     f.answer_token_ns, f.service_us, f.error_permille, f.calls),
            std::tie(last.deployment_id, last.load_us, last.memory_bytes, last.vram_bytes, last.first_token_us,
                     last.prompt_token_ns, last.answer_token_ns, last.service_us, last.error_permille, last.calls));
  EXPECT_TRUE(take(store_->load_experience(p.id + 1)).empty());
  take(store_->remove<deployment>(d.id));
  EXPECT_TRUE(take(store_->load_experience(p.id)).empty());
}

TEST_P(log_rows, of_monitors_are_snapshots) {
  provider_snapshot shot;
  shot.provider_id = 3;
  shot.snapshot_ts = sample_row(1).timestamp_request;
  shot.loaded_models = R"([{"name": "gemma3"}])";
  provider_snapshot failed = shot;
  failed.poll_success = false;
  failed.error_message = "refused";
  take(store_->write_snapshots(std::vector{shot, failed}));
  EXPECT_EQ(query("select count(*), count(error_message) from ollama_provider_snapshots where provider_id = 3"), "2|1");
}

TEST_P(log_rows, of_one_monitor_are_read_in_pages_the_newest_first) {
  const auto begin = sample_row(1).timestamp_request;
  std::vector<provider_snapshot> all;
  // Two of a moment, so that a page may end between them.
  for (const auto second : {0, 1, 2, 2, 3, 4})
    for (const std::int64_t provider : {3, 4}) {
      provider_snapshot shot;
      shot.provider_id = provider;
      shot.snapshot_ts = begin + std::chrono::seconds{second};
      shot.loaded_models = R"([{"name": "gemma3"}])";
      all.push_back(shot);
    }
  take(store_->write_snapshots(all));
  snapshot_filter filter{.provider_id = 3, .from = begin + 1s, .to = begin + 4s};
  std::vector<std::int64_t> seconds, ids;
  for (;;) {
    const auto page = take(store_->list_snapshots(filter, 2));
    for (const auto& s : page) {
      EXPECT_EQ(s.provider_id, 3);
      seconds.push_back((s.snapshot_ts - begin) / 1s);
      ids.push_back(s.id);
    }
    if (page.size() < 2) break;
    filter.behind_ts = page.back().snapshot_ts;
    filter.behind_id = page.back().id;
  }
  EXPECT_EQ(seconds, (std::vector<std::int64_t>{3, 2, 2, 1}));
  EXPECT_TRUE(std::is_sorted(ids.rbegin(), ids.rend())) << "each once";
  EXPECT_NE(ids[1], ids[2]);
}

LOGOS_ON_BOTH(log_rows);

} // namespace
} // namespace logos::test
