// SPDX-License-Identifier: MIT
#include "storage/sqlite/fresh_sums.hpp"

#include "storage/sql/sums.hpp"

#include <cstdlib>
#include <vector>

namespace logos::storage::sqlite {
namespace {

constexpr std::int64_t whole_unit = 1'000'000'000;

/// False, and `to` is as it was, when a sum would be too large.
template <std::size_t n>
bool add_all(std::array<std::int64_t, n>& to, const std::array<std::int64_t, n>& what) {
  auto sum = to;
  for (std::size_t i = 0; i < n; ++i)
    if (__builtin_add_overflow(sum[i], what[i], &sum[i])) return false;
  to = sum;
  return true;
}

} // namespace

std::size_t fresh_sums::hash::operator()(const key& of) const noexcept {
  auto h = static_cast<std::uint64_t>(of.hour.time_since_epoch().count()) + static_cast<std::uint64_t>(of.status) +
           (static_cast<std::uint64_t>(of.source) << 8);
  for (const auto id : of.ids)
    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15U + static_cast<std::uint64_t>(id);
  return static_cast<std::size_t>(h ^ (h >> 32));
}

fresh_sums::key fresh_sums::key_of(const finished& row) {
  return {std::chrono::floor<std::chrono::hours>(row.timestamp_request),
          {row.ids.process_id, row.ids.profile_id, row.owner.user_id, row.owner.service_id, row.ids.provider_id,
           row.ids.model_id},
          row.result,
          row.usage_source};
}

fresh_sums::counts fresh_sums::counts_of(const finished& row) {
  const auto& used = row.usage;
  return {1,
          used.prompt_tokens,
          used.completion_tokens,
          used.total_tokens,
          used.prompt_cached_tokens,
          used.prompt_cache_creation_tokens,
          used.prompt_audio_tokens,
          used.completion_reasoning_tokens,
          used.completion_audio_tokens,
          used.audio_milliseconds,
          row.queue_wait_us,
          row.request_bytes,
          row.response_bytes,
          row.cost_nano / whole_unit,
          row.cost_nano % whole_unit};
}

void fresh_sums::add(const finished& row) {
  const auto of = key_of(row);
  const auto fresh = counts_of(row);
  const auto [first, last] = sums_.equal_range(of);
  for (auto it = first; it != last; ++it)
    if (add_all(it->second, fresh)) return;
  sums_.emplace(of, fresh);
}

result<void> fresh_sums::write(sql::session& to) const {
  static const std::string text = [] {
    std::string places = "$1";
    for (std::size_t i = 2; i <= 3 + std::tuple_size_v<decltype(key::ids)> + std::tuple_size_v<counts>; ++i)
      places += ", $" + std::to_string(i);
    return "insert into usage_deltas (period_start, process_id, profile_id, user_id, service_id, provider_id,"
           " model_id, result_status, usage_source, " +
           sql::sum_names + ") values (" + places + ")";
  }();
  std::vector<sql::value> row;
  for (const auto& [of, sum] : sums_) {
    const auto hour = core::to_sql(of.hour);
    row.assign(1, sql::value{std::string_view{hour}});
    row.insert(row.end(), of.ids.begin(), of.ids.end());
    row.emplace_back(to_string(of.status));
    row.emplace_back(to_string(of.source));
    row.insert(row.end(), sum.begin(), sum.end());
    if (auto written = to.run(text, row); !written) return written.error();
  }
  return {};
}

result<void> add_estimate(sql::session& to, const finished& row) {
  static const std::string text = [] {
    std::string columns, places;
    for (std::size_t i = 0; i < sql::estimate_sum_names.size(); ++i) {
      columns += ", " + std::string{sql::estimate_sum_names[i]};
      places += ", $" + std::to_string(4 + i);
    }
    return "insert into usage_estimates (period_start, provider_id, model_id" + columns + ") values ($1, $2, $3" +
           places + ")" + sql::or_add_estimates();
  }();
  const auto day = core::to_sql(core::wall_time{std::chrono::floor<std::chrono::days>(row.timestamp_request)});
  const auto prompt = row.estimated_prompt_tokens, completion = row.estimated_completion_tokens;
  const auto& counted = row.usage;
  constexpr std::int64_t one_sample = 1;
  // In the order of estimate_sum_names.
  if (auto done = to.run(text, {sql::value{std::string_view{day}}, sql::value{row.ids.provider_id},
                                sql::value{row.ids.model_id}, sql::value{one_sample}, sql::value{prompt},
                                sql::value{counted.prompt_tokens}, sql::value{std::abs(prompt - counted.prompt_tokens)},
                                sql::value{completion}, sql::value{counted.completion_tokens},
                                sql::value{std::abs(completion - counted.completion_tokens)}});
      !done)
    return done.error();
  return {};
}

} // namespace logos::storage::sqlite
