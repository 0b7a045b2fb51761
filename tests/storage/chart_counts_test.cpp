// SPDX-License-Identifier: MIT
#include "tests/storage/sums_fixture.hpp"

#include <cmath>
#include <tuple>

/// What charts are made of: it must say what a look at every request says.
namespace logos::test {
namespace {

using group_key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::string, bool, bool>;
struct counted {
  std::int64_t requests = 0, queued = 0, queued_us = 0, run = 0, run_us = 0, vram_known = 0, vram_mb = 0;
  wall_time last{};

  /// Times are added up as seconds of floating point: each may be off by a part of a microsecond.
  friend bool operator==(const counted& a, const counted& b) {
    const auto near = [&](std::int64_t x, std::int64_t y) { return std::abs(x - y) <= a.requests; };
    return a.requests == b.requests && a.queued == b.queued && a.run == b.run && a.vram_known == b.vram_known &&
           a.vram_mb == b.vram_mb && a.last == b.last && near(a.queued_us, b.queued_us) && near(a.run_us, b.run_us);
  }
};
using chart = std::map<group_key, counted>;
using depths = std::map<std::pair<bool, std::int64_t>, std::int64_t>;

std::ostream& operator<<(std::ostream& to, const counted& c) {
  return to << c.requests << ' ' << c.queued << ' ' << c.queued_us << ' ' << c.run << ' ' << c.run_us << ' '
            << c.vram_known << ' ' << c.vram_mb << ' ' << core::to_sql(c.last);
}

class chart_counts : public sums {
protected:
  /// Requests that were forwarded or not, and ended or not, with depths and memory that are known or not.
  void write_charted(std::size_t count) {
    std::vector<finished> rows;
    for (std::size_t i = 0; i < count; ++i) {
      auto row = some_row();
      if (upto(3) != 0) row.timestamp_forwarding = row.timestamp_request + microseconds{upto(90'000'000)};
      if (upto(4) != 0)
        row.timestamp_response =
            std::max(row.timestamp_request, row.timestamp_forwarding) + microseconds{upto(90'000'000)};
      row.was_cold_start = upto(3) == 0;
      if (upto(3) != 0) row.queue_depth_at_arrival = static_cast<std::int32_t>(upto(5));
      if (upto(3) != 0) row.queue_depth_at_schedule = static_cast<std::int32_t>(upto(5));
      if (upto(2) != 0) row.available_vram_mb = static_cast<std::int32_t>(upto(5000));
      if (upto(4) == 0) row.error_message = "went wrong";
      rows.push_back(row);
    }
    charted_.insert(charted_.end(), rows.begin(), rows.end());
    ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, count);
  }
  static std::string result_of(const finished& row) {
    const std::string word{core::to_string(row.result)};
    return word == "success" || word == "timeout" ? word : "error";
  }
  template <class Each>
  void each_of(wall_time from, wall_time to, const whose& of, const Each& take_in) const {
    for (const auto& row : charted_)
      if (row.timestamp_request >= from && row.timestamp_request < to &&
          of.covers(row.ids.process_id, row.owner.user_id))
        take_in(row);
  }
  chart plain_chart(wall_time from, wall_time to, seconds bucket, const whose& of) const {
    chart made;
    each_of(from, to, of, [&](const finished& row) {
      const bool was_forwarded = row.timestamp_forwarding != wall_time{};
      const auto when = was_forwarded ? row.timestamp_forwarding : row.timestamp_request;
      const auto start = floor<seconds>(when).time_since_epoch() / bucket * bucket.count();
      const bool failed = row.result != core::result_status::success || !row.error_message.empty();
      auto& c = made[{start, row.ids.model_id, row.ids.provider_id, result_of(row), row.was_cold_start, failed}];
      ++c.requests;
      c.last = std::max(c.last, when);
      if (row.available_vram_mb >= 0) ++c.vram_known, c.vram_mb += row.available_vram_mb;
      if (!was_forwarded) return;
      ++c.queued, c.queued_us += (row.timestamp_forwarding - row.timestamp_request).count();
      if (row.timestamp_response == wall_time{}) return;
      ++c.run, c.run_us += (row.timestamp_response - row.timestamp_forwarding).count();
    });
    return made;
  }
  chart told_chart(wall_time from, wall_time to, seconds bucket, const whose& of) {
    chart made;
    for (const auto& g : take(store_->count_events(from, to, bucket, of))) {
      const auto us = [](double s) { return std::llround(s * 1e6); };
      made[{g.bucket_s, g.model_id, g.provider_id, g.result, g.cold, g.failed}] = {
          g.requests, g.queued, us(g.queued_s), g.run, us(g.run_s), g.vram_known, std::llround(g.vram_mb), g.last};
    }
    return made;
  }
  depths plain_depths(wall_time from, wall_time to, const whose& of) const {
    depths made;
    each_of(from, to, of, [&](const finished& row) {
      if (row.queue_depth_at_arrival >= 0) ++made[{false, row.queue_depth_at_arrival}];
      if (row.queue_depth_at_schedule >= 0) ++made[{true, row.queue_depth_at_schedule}];
    });
    return made;
  }
  depths told_depths(wall_time from, wall_time to, const whose& of) {
    depths made;
    for (const auto& d : take(store_->count_depths(from, to, of)))
      made[{d.at_schedule, d.depth}] = d.requests;
    return made;
  }
  whose somebody() {
    switch (upto(2)) {
    case 0: return {};
    case 1: return {0, users_[std::size_t(upto(1))]};
    default: return {process_ids_[std::size_t(upto(4))], 0};
    }
  }

  std::vector<finished> charted_;
};

TEST_P(chart_counts, say_what_a_look_at_every_request_says) {
  constexpr std::array<std::int64_t, 4> widths{60, 1800, 10800, 86400};
  for (int round = 0; round < 6; ++round) {
    write_charted(static_cast<std::size_t>(20 + upto(60)));
    if (round % 2 == 1) give_away();
    if (round % 3 == 2) merge_all();
    for (int i = 0; i < 8; ++i) {
      auto from = some_time(), to = some_time();
      if (to < from) std::swap(from, to);
      const auto of = somebody();
      const seconds bucket{widths[std::size_t(upto(3))]};
      EXPECT_EQ(told_chart(from, to, bucket, of), plain_chart(from, to, bucket, of))
          << core::to_sql(from) << " to " << core::to_sql(to) << " of " << of.process_id << ' ' << of.user_id;
      EXPECT_EQ(told_depths(from, to, of), plain_depths(from, to, of));
    }
  }
}

/// The keys that are theirs tell where a user's requests are: also one whose requests no sum has yet.
TEST_P(chart_counts, of_a_user_have_what_is_not_merged_yet) {
  write_charted(40);
  const whose first{0, users_[0]};
  const auto before = plain_chart(wall_time{}, some_far_day, hours{24}, first);
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(told_chart(wall_time{}, some_far_day, hours{24}, first), before);
  merge_all();
  EXPECT_EQ(told_chart(wall_time{}, some_far_day, hours{24}, first), before);
}

LOGOS_ON_BOTH(chart_counts);

} // namespace
} // namespace logos::test
