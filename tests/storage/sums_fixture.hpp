// SPDX-License-Identifier: MIT
#pragma once
#include "tests/storage/store_fixture.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>

namespace logos::test {

using namespace storage;
using core::wall_time;
using namespace std::chrono;

constexpr wall_time first_day{sys_days{year{2026} / 1 / 27}};
constexpr std::array all_groups{usage_group::process, usage_group::profile,  usage_group::user,
                                usage_group::service, usage_group::provider, usage_group::model,
                                usage_group::day,     usage_group::hour,     usage_group::month,
                                usage_group::week,    usage_group::result,   usage_group::usage_source};

/// What a report says of a group, as text.
using figures = std::array<std::int64_t, 15>;
using report = std::map<std::vector<std::string>, figures>;

inline figures figures_of(const token_counts& t, std::int64_t requests, std::int64_t errors, std::int64_t waited,
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

/// Books at random, and what a plain sum over all of them says.
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
    if (upto(2) == 0) row.usage_source = static_cast<core::usage_source>(upto(3));
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
          row.usage_source != core::usage_source::none && (range.model_id == 0 || row.ids.model_id == range.model_id))
        row.cost_nano = row.usage.prompt_tokens * factor;
  }

  /// By the calendar alone: the week that has the year's first Thursday is its first.
  static std::string week_of(wall_time at) {
    const auto day = floor<days>(at);
    const auto thursday = day - days{weekday{day}.iso_encoding()} + days{4};
    const auto of = year_month_day{thursday}.year();
    const auto number = (thursday - sys_days{of / 1 / 1}) / days{7} + 1;
    return std::to_string(static_cast<int>(of)) + "-W" + (number < 10 ? "0" : "") + std::to_string(number);
  }
  /// Ids from 0 (not asked for) to one that nothing has.
  usage_filter some_filter() {
    usage_filter f;
    if (upto(4) == 0) f.process_id = upto(5) == 0 ? 999 : process_ids_[std::size_t(upto(4))];
    if (upto(3) == 0) f.profile_id = upto(3);
    if (upto(3) == 0) f.service_id = services_[std::size_t(upto(1))];
    if (upto(3) == 0) f.provider_id = upto(3);
    if (upto(3) == 0) f.model_id = upto(4);
    if (upto(3) == 0) f.of.user_id = users_[std::size_t(upto(1))];
    if (upto(3) == 0) f.usage_source = static_cast<core::usage_source>(upto(3));
    if (upto(9) == 0) f.of = {process_ids_[std::size_t(upto(4))], 0};
    return f;
  }
  static bool covers(const usage_filter& f, const finished& row) {
    const auto fits = [](std::int64_t wanted, std::int64_t present) { return wanted == 0 || wanted == present; };
    return fits(f.process_id, row.ids.process_id) && fits(f.profile_id, row.ids.profile_id) &&
           fits(f.service_id, row.owner.service_id) && fits(f.provider_id, row.ids.provider_id) &&
           fits(f.model_id, row.ids.model_id) && (!f.usage_source || *f.usage_source == row.usage_source) &&
           f.of.covers(row.ids.process_id, row.owner.user_id);
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
    case usage_group::week: return week_of(row.timestamp_request);
    case usage_group::usage_source: return std::string{core::to_string(row.usage_source)};
    case usage_group::result: return std::string{core::to_string(row.result)};
    }
    return {};
  }
  report plain_sum(const std::vector<usage_group>& groups, wall_time from, wall_time to,
                   const usage_filter& which = {}) const {
    report made;
    if (groups.empty()) made[{}] = {};
    for (const auto& row : books_) {
      if (row.timestamp_request < from || row.timestamp_request >= to || !covers(which, row)) continue;
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
  report reported(const std::vector<usage_group>& groups, wall_time from, wall_time to,
                  const usage_filter& which = {}) {
    report made;
    for (const auto& row : take(store_->usage(groups, from, to, which)))
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
      const auto which = i % 2 == 0 ? usage_filter{} : some_filter();
      EXPECT_EQ(reported(groups, from, to, which), plain_sum(groups, from, to, which))
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

} // namespace logos::test
