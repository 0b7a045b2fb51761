// SPDX-License-Identifier: MIT
// How rows of the log are read: listed, summed, and by upstream's selects.
#include "tests/storage/store_fixture.hpp"

#include <algorithm>
#include <set>

namespace logos::test {
namespace {

using namespace std::chrono_literals;
using namespace storage;
using core::ec;

class logged_rows : public store_suite {
protected:
  batch_report write(std::vector<finished> rows) { return take(store_->write_batch(rows, {}, {})); }
};

TEST_P(logged_rows, are_listed_newest_first_page_by_page) {
  std::vector<finished> rows;
  for (std::uint64_t i = 0; i < 25; ++i)
    rows.push_back(sample_row(i / 2 * 2)); // pairs at the same time
  for (std::uint64_t i = 1; i < 25; i += 2) {
    rows[i].request_id = sample_row(i).request_id;
    rows[i].ids.process_id = 2;
  }
  write(rows);
  std::vector<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = take(store_->list_requests({}, cursor, 10));
    for (const auto& row : page.rows)
      seen.push_back(row.request_id_text);
    cursor = page.next;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(seen.size(), 25u);
  EXPECT_EQ(seen.front(), rows[24].request_id.str());
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25u);
  request_filter filter;
  filter.process_id = 2;
  filter.from = sample_row(10).timestamp_request;
  EXPECT_EQ(take(store_->list_requests(filter, "", 100)).rows.size(), 7u);
  EXPECT_EQ(store_->list_requests({}, "made up", 10).error().code, ec::bad_field);
}

TEST_P(logged_rows, show_the_names_of_what_is_gone_too) {
  process p;
  p.name = "app";
  p.hash = secret().hash("x");
  auto row = sample_row(1);
  row.ids.process_id = take(store_->create(p)).id;
  write({row});
  take(store_->remove<process>(row.ids.process_id));
  EXPECT_EQ(take(store_->list_requests({}, "", 10)).rows.at(0).process_name, "app");
}

TEST_P(logged_rows, are_summed_by_group) {
  std::vector<finished> rows;
  for (std::uint64_t i = 0; i < 6; ++i)
    rows.push_back(sample_row(i));
  rows[5].ids.process_id = 2;
  rows[5].result = core::result_status::error;
  write(rows);
  const auto from = rows[0].timestamp_request, to = rows[5].timestamp_request + std::chrono::seconds{1};
  const std::vector groups{usage_group::process, usage_group::day};
  const auto sums = take(store_->usage(groups, from, to));
  ASSERT_EQ(sums.size(), 2u);
  EXPECT_EQ(sums[0].keys, (std::vector<std::string>{"1", "2026-03-01"}));
  EXPECT_EQ(sums[0].requests, 5);
  EXPECT_EQ(sums[0].errors, 0);
  EXPECT_EQ(sums[0].usage.total_tokens, 75);
  EXPECT_EQ(sums[0].queue_wait_us, 7500);
  EXPECT_EQ(sums[1].errors, 1);
  const auto all = take(store_->usage({}, from, to));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].requests, 6);
  for (auto group :
       {usage_group::profile, usage_group::provider, usage_group::model, usage_group::hour, usage_group::result})
    EXPECT_TRUE(store_->usage(std::vector{group}, from, to));
}

TEST_P(logged_rows, are_summed_in_the_order_of_time_unless_another_is_wanted) {
  using namespace std::chrono_literals;
  const auto begin = sample_row(0).timestamp_request;
  std::vector<finished> rows;
  // Of each day: how many requests of which model, and what each costs.
  struct day_facts {
    int day;
    int requests;
    std::int64_t model;
    std::int64_t cost;
  };
  for (const auto& [day, requests, model, cost] :
       {day_facts{2, 3, 1, 20'000'000'000}, day_facts{0, 1, 2, 90'000'000'000}, day_facts{1, 2, 1, 2'500'000'000},
        day_facts{1, 4, 2, 1}})
    for (int i = 0; i < requests; ++i) {
      auto row = sample_row(rows.size());
      row.timestamp_request = begin + day * 24h + std::chrono::seconds{i};
      row.request_id = core::uuid_source{rows.size() + 77}.next(row.timestamp_request);
      row.ids.model_id = model;
      row.cost_nano = cost;
      rows.push_back(row);
    }
  write(rows);
  const auto told = [&](const std::vector<usage_group>& groups, usage_order order, int most = 0) {
    usage_filter which;
    which.order = order;
    std::string text;
    for (const auto& row : take(store_->usage(groups, begin - 24h, begin + 24h * 9, which, most)))
      text += (text.empty() ? "" : " ") + row.keys.at(0).substr(row.keys.at(0).size() - 1) +
              (row.keys.size() > 1 ? "/" + row.keys.at(1) : "") + ":" + std::to_string(row.requests);
    return text;
  };
  using enum usage_group;
  EXPECT_EQ(told({day}, usage_order::usual), "1:1 2:6 3:3");
  EXPECT_EQ(told({day}, usage_order::requests), "2:6 3:3 1:1");
  EXPECT_EQ(told({day}, usage_order::cost), "1:1 3:3 2:6");
  EXPECT_EQ(told({day, model}, usage_order::usual), "1/2:1 2/2:4 2/1:2 3/1:3") << "within a day by requests";
  EXPECT_EQ(told({day, model}, usage_order::cost), "1/2:1 3/1:3 2/1:2 2/2:4");
  EXPECT_EQ(told({day}, usage_order::usual, 2), "1:1 2:6") << "the first of the order";
  EXPECT_EQ(told({day}, usage_order::requests, 1), "2:6");
  EXPECT_EQ(told({day, model}, usage_order::cost, 2), "1/2:1 3/1:3");
  EXPECT_EQ(told({model}, usage_order::usual), "1:5 2:5") << "the same: by id";
  EXPECT_EQ(told({model}, usage_order::cost), "2:5 1:5");
  EXPECT_EQ(told({model}, usage_order::time), "1:5 2:5") << "no time: as usual";
  for (const auto each : {hour, day, week, month}) {
    const std::vector groups{model, each};
    const auto sums = take(store_->usage(groups, begin - 24h, begin + 24h * 9));
    EXPECT_TRUE(std::is_sorted(sums.begin(), sums.end(), [](const auto& a, const auto& b) {
      return a.keys.at(1) < b.keys.at(1);
    })) << "wherever the time stands among the groups";
  }
}

TEST_P(logged_rows, answer_upstreams_selects) {
  auto row = sample_row(1);
  row.result = core::result_status::client_gone;
  write({row, sample_row(2)});
  EXPECT_EQ(query("select t.name, sum(u.token_count) from usage_tokens u join token_types t on t.id = u.type_id"
                  " join log_entry l on l.id = u.log_entry_id group by t.name order by t.name"),
            "completion_tokens|10\nprompt_tokens|20\ntotal_tokens|30");
  EXPECT_EQ(query("select request_id, initial_priority, result_status, model_id from request_events"
                  " where enqueue_ts is not null and request_complete_ts > scheduled_ts order by enqueue_ts limit 1"),
            row.request_id.str() + "|medium|error|5");
  EXPECT_EQ(query("select count(*) from log_entry where timestamp_response > timestamp_request"), "2");
  if (on_postgres()) {
    EXPECT_EQ(query("select avg(extract(epoch from (scheduled_ts - enqueue_ts)))::numeric(10, 6), count(*) filter"
                    " (where cold_start) from request_events where result_status = 'success'::result_status_enum"),
              "0.001234|0");
  }
}

LOGOS_ON_BOTH(logged_rows);

} // namespace
} // namespace logos::test
