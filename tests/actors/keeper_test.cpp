// SPDX-License-Identifier: MIT
#include "actors/recording/keeper.hpp"
#include "tests/actors/sqlite_system.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;

/// Virtual time starts at the beginning of 2026.
class keeper_test : public sqlite_system {
protected:
  ~keeper_test() override {
    if (keeper_) kill(keeper_);
  }
  recording::keeper_actor start(recording::retention_times keep = {}) {
    recording::keeper_options options;
    options.keep = keep;
    if (keeper_) kill(keeper_);
    return keeper_ = host<recording::keeper_state>("keeper", opener(), std::cref(clock()), std::ref(figures_), options);
  }
  /// Requests that came in so long ago, one in a second.
  void write(std::size_t count, std::chrono::seconds ago) {
    std::vector<storage::finished> rows(count);
    for (auto& row : rows) {
      row.timestamp_request = clock().wall() - ago + std::chrono::seconds{++made_ % 60};
      row.request_id = core::uuid_source{made_}.next(row.timestamp_request);
      row.ids.process_id = 1;
      row.cost_nano = 10;
      row.headers = R"({"a":"b"})";
    }
    ASSERT_TRUE(store().write_batch(rows, {}, {}));
  }
  std::vector<storage::request_row> rows() { return store().list_requests({}, "", 10'000)->rows; }
  core::nano spent() {
    const std::vector asked{storage::past_query{core::scope::process, 1, {}, true}};
    return store().read_past(asked, {})->answers.at(0).spent;
  }

  recording::upkeep_figures figures_;
  recording::keeper_actor keeper_;
  std::uint64_t made_ = 0;
};

TEST_F(keeper_test, sums_are_merged_soon_after_rows_are_written) {
  start();
  write(30, 0s);
  advance(11s);
  EXPECT_EQ(figures_.sums_merged, 1U) << "one entry for what is alike in a batch";
  EXPECT_EQ(spent(), 300);
}

TEST_F(keeper_test, nothing_is_removed_unless_it_is_asked_for) {
  start();
  write(5, hours{24 * 3650});
  advance(5min);
  EXPECT_EQ(rows().size(), 5U);
  EXPECT_EQ(figures_.rows_removed, 0U);
}

TEST_F(keeper_test, rows_go_when_their_time_is_over_and_what_was_spent_stays) {
  start({.rows = hours{48}, .payloads = {}, .snapshots = {}});
  write(2500, hours{72}); // more than a batch
  write(7, hours{40});
  advance(2min);
  EXPECT_EQ(rows().size(), 7U);
  EXPECT_EQ(figures_.rows_removed, 2500U);
  EXPECT_EQ(spent(), 25'070);
  advance(hours{10});
  EXPECT_EQ(rows().size(), 0U) << "time has passed";
  EXPECT_EQ(spent(), 25'070);
}

TEST_F(keeper_test, payloads_go_before_their_rows) {
  start({.rows = hours{480}, .payloads = hours{24}, .snapshots = {}});
  write(3, hours{30});
  advance(2min);
  EXPECT_EQ(rows().size(), 3U);
  EXPECT_EQ(figures_.payloads_removed, 3U);
  EXPECT_EQ(store().find_request(rows()[0].request_id_text)->headers, "");
}

TEST_F(keeper_test, one_that_is_made_again_goes_on_where_the_last_one_stopped) {
  start({.rows = hours{48}, .payloads = {}, .snapshots = {}});
  write(2500, hours{72});
  advance(10s);
  EXPECT_GE(rows().size(), 500U) << "one batch at a time";
  EXPECT_LT(rows().size(), 2500U);
  start({.rows = hours{48}, .payloads = {}, .snapshots = {}});
  advance(2min);
  EXPECT_EQ(rows().size(), 0U);
  EXPECT_EQ(figures_.rows_removed, 2500U) << "none twice";
}

TEST_F(keeper_test, a_database_that_is_away_is_waited_for) {
  away_ = true;
  const auto keeper = start();
  write(3, 0s);
  advance(1min);
  EXPECT_GE(figures_.failures, 1U);
  EXPECT_NE(ask<actors::actor_status>(keeper, atom::status_v).state.find("away"), std::string::npos);
  away_ = false;
  advance(2min);
  EXPECT_EQ(figures_.sums_merged, 1U);
  EXPECT_EQ(ask<actors::actor_status>(keeper, atom::status_v).state, "keeping");
}

} // namespace
} // namespace logos::tests
