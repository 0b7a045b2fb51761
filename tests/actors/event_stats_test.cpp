// SPDX-License-Identifier: MIT
#include "actors/administration/event_stats.hpp"
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

/// Statistics whose requests are counted one by one, which takes as long as there are requests.
class event_stats_test : public administration_fixture {
protected:
  /// So many requests of root's at `ago` before now.
  void book(int count, std::chrono::hours ago) {
    std::vector<storage::finished> rows(static_cast<std::size_t>(count));
    for (auto& row : rows) {
      row.request_id = core::uuid::from_halves(0x7000, ++made_);
      row.timestamp_request = clock().wall() - ago - 1min;
      row.ids.process_id = root_id();
      row.owner.user_id = snapshot_->principals.at(0).user_id;
    }
    ASSERT_TRUE(store().write_batch(rows, {}, {}));
  }
  void count_at_most(std::int64_t requests) {
    admin_options_.most_charted = requests;
    kill(admin_);
    admin_ = host<administration::administration_state>("administration", admin_options_);
  }
  reply stats(std::string_view body = "{}") { return call("POST", "/logosdb/request_event_stats", body); }
  core::wall_time first(std::int64_t most, core::wall_time from) {
    return *administration::first_countable(store(), from, clock().wall(), {}, most);
  }

  std::uint64_t made_ = 0;
};

TEST_F(event_stats_test, a_range_with_more_requests_than_are_counted_is_refused_and_the_answer_names_one_that_is_not) {
  book(3, 24h * 20);
  book(4, 24h * 3);
  count_at_most(4);
  const auto refused = stats(R"({"start_date":"2025-12-01"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says("more than 4 requests")) << refused.body;
  const std::string_view led = "'start_date' from ";
  const auto at = refused.body.find(led);
  ASSERT_NE(at, std::string::npos) << refused.body;
  const auto start = refused.body.substr(at + led.size(), std::string_view{"2026-01-31T00:00:00.000000Z"}.size());
  const auto counted = stats(R"({"start_date":")" + start + R"("})");
  EXPECT_EQ(counted.status, 200) << counted.body;
  EXPECT_TRUE(counted.says(R"("totals":{"requests":4,)")) << counted.body;
}

TEST_F(event_stats_test, without_a_start_the_range_is_as_long_as_can_be_counted) {
  book(3, 24h * 20);
  book(4, 24h * 3);
  EXPECT_TRUE(stats().says(R"("totals":{"requests":7,)")) << "30 days";
  count_at_most(4);
  const auto shorter = stats();
  EXPECT_EQ(shorter.status, 200) << shorter.body;
  EXPECT_TRUE(shorter.says(R"("totals":{"requests":4,)")) << shorter.body;
  count_at_most(3);
  book(4, 0h);
  EXPECT_EQ(stats().status, 400) << "not even an hour";
}

TEST_F(event_stats_test, the_first_moment_to_count_from_is_the_start_of_a_day_or_else_of_an_hour) {
  const auto now = clock().wall(); // midnight
  const auto from = now - 24h * 30;
  book(2, 24h * 10);
  book(2, 24h * 5);
  book(3, 5h);
  book(1, 2h);
  EXPECT_EQ(first(100, from), from);
  EXPECT_EQ(first(8, from), from);
  EXPECT_EQ(first(6, from), now - 24h * 6) << "that day is the first";
  EXPECT_EQ(first(3, from), now - 3h) << "a part of the last day";
  EXPECT_EQ(first(0, from), now) << "nothing is";
  EXPECT_EQ(first(6, now - 24h * 6 + 1h), now - 24h * 6 + 1h) << "it is never before the range";
}

} // namespace
} // namespace logos::tests
