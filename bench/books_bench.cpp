// SPDX-License-Identifier: MIT
// What the database's part of the books costs, past the gateway: logos_books_bench URL append|past|merge|remove|migrate
// COUNT [URL…]. Lines of JSON on stdout. bench/reports.py made the rows.
#include "storage/open.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string_view>

namespace {

using namespace logos;
using steady = std::chrono::steady_clock;

constexpr std::size_t rows_per_batch = 1000;
constexpr std::int64_t first_id = 1000;

double ms_since(steady::time_point start) {
  return std::chrono::duration<double, std::milli>(steady::now() - start).count();
}

void print(const char* what, std::vector<double> times_ms, double rate) {
  std::sort(times_ms.begin(), times_ms.end());
  const auto at = [&](std::size_t percent) {
    return times_ms[std::min(times_ms.size() * percent / 100, times_ms.size() - 1)];
  };
  std::printf("{\"what\":\"%s\",\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"max_ms\":%.3f,\"rate\":%.0f}\n", what, at(50), at(95),
              times_ms.back(), rate);
}

/// The rows of as many requests that came just now, of any key, as bench/books_rows.sql makes them.
std::vector<storage::finished> make_batch(std::mt19937_64& random, core::uuid_source& ids, core::wall_time now) {
  std::vector<storage::finished> rows(rows_per_batch);
  for (auto& row : rows) {
    const auto u = static_cast<double>(random() % 1'000'000) / 1e6;
    const auto key = 1 + static_cast<std::int64_t>(2000 * u * u);
    const auto model = (key * 7 + static_cast<std::int64_t>(random() % 4)) % 50;
    row.timestamp_request = now += std::chrono::microseconds{100};
    row.request_id = ids.next(now);
    row.timestamp_forwarding = now + std::chrono::milliseconds{2};
    row.time_at_first_token = now + std::chrono::milliseconds{90};
    row.timestamp_response = now + std::chrono::milliseconds{900};
    row.ids = {first_id + key, first_id + key, 0, first_id + 1 + model % 8, first_id + 1 + model, model + 1};
    row.owner = {first_id + 1 + key % 300, key % 3 == 0 ? first_id + 1 + key % 40 : 0};
    row.usage.prompt_tokens = static_cast<std::int64_t>(50 + random() % 4000);
    row.usage.completion_tokens = static_cast<std::int64_t>(20 + random() % 900);
    row.usage.total_tokens = row.usage.prompt_tokens + row.usage.completion_tokens;
    row.usage_source = core::usage_source::provider;
    row.cost_nano = row.usage.prompt_tokens * 150;
    row.price_id = 1;
    row.queue_wait_us = static_cast<std::int64_t>(random() % 20'000);
    row.request_bytes = 4000;
    row.response_bytes = 2000;
    row.http_status = 200;
    row.attempts = 1;
    row.priority_when_scheduled = row.priority;
    row.path = "/v1/chat/completions";
    row.node = "node-a";
    row.decision = "named";
  }
  return rows;
}

/// A batch into every database in turn, so that whatever else the machine does disturbs all alike. A line for each.
int append(std::span<const std::unique_ptr<storage::store>> to, int count) {
  struct books {
    std::mt19937_64 random{7};
    core::uuid_source ids{static_cast<std::uint64_t>(core::system_clock().wall().time_since_epoch().count())};
    std::vector<double> times;
  };
  std::vector<books> all(to.size());
  for (int i = 0; i < count; ++i)
    for (std::size_t n = 0; n < to.size(); ++n) {
      const auto rows = make_batch(all[n].random, all[n].ids, core::system_clock().wall());
      const std::vector<storage::segment_progress> progress{{"bench", static_cast<std::uint64_t>(i)}};
      const auto start = steady::now();
      const auto done = to[n]->write_batch(rows, progress, {});
      if (!done || done->written != rows.size()) return std::fprintf(stderr, "a batch was not written\n"), 1;
      all[n].times.push_back(ms_since(start));
    }
  for (const auto& each : all)
    print("append", each.times,
          static_cast<double>(rows_per_batch) * count * 1000 /
              std::accumulate(each.times.begin(), each.times.end(), 0.0));
  return 0;
}

/// What a LEDGER reads for a budget of every period, of somebody of every kind.
int past(storage::store& in, int count) {
  const auto now = core::system_clock().wall();
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const std::pair<const char*, core::wall_time> periods[]{
      {"hour", std::chrono::floor<std::chrono::hours>(now)},
      {"day", day},
      {"week", day - std::chrono::days{6}},
      {"month", std::chrono::sys_days{date.year() / date.month() / 1}},
      {"total", core::wall_time{}}};
  constexpr std::pair<core::scope, std::int64_t> scopes[]{{core::scope::process, 2000},
                                                          {core::scope::profile, 2000},
                                                          {core::scope::user, 300},
                                                          {core::scope::service, 40},
                                                          {core::scope::model, 50}};
  std::mt19937_64 random{11};
  for (const auto& [scope, many] : scopes)
    for (const auto& [name, from] : periods) {
      std::vector<double> times;
      for (int i = 0; i < count; ++i) {
        const auto id = first_id + 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(many));
        const std::vector asked{storage::past_query{scope, id, from, true}};
        const auto start = steady::now();
        if (!in.read_past(asked, {})) return std::fprintf(stderr, "the past cannot be read\n"), 1;
        times.push_back(ms_since(start));
      }
      print((std::string{"past of a "} + std::string{core::to_string(scope)} + ", " + name).c_str(), times, 0);
    }
  return 0;
}

/// Adds up what was noted of the rows, as KEEPER does.
int merge(storage::store& in, int count) {
  std::vector<double> times;
  std::size_t merged = 0;
  double spent = 0;
  for (;;) {
    const auto start = steady::now();
    const auto done = in.merge_sums(count);
    if (!done) return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
    if (*done == 0) break;
    merged += *done;
    times.push_back(ms_since(start));
    spent += times.back();
  }
  if (times.empty()) times.push_back(0);
  print("merge", times, static_cast<double>(merged) * 1000 / std::max(spent, 1.0));
  return 0;
}

/// Removes as many rows, the oldest first, as KEEPER does.
int remove(storage::store& in, int count) {
  std::vector<double> times;
  double spent = 0;
  for (int i = 0; i < count; ++i) {
    const auto start = steady::now();
    if (!in.remove_past({.rows = core::system_clock().wall(), .payloads = {}, .snapshots = {}}, 1000))
      return std::fprintf(stderr, "rows cannot be removed\n"), 1;
    times.push_back(ms_since(start));
    spent += times.back();
  }
  print("remove", times, 1000.0 * count * 1000 / spent);
  return 0;
}

int migrate(storage::store& in) {
  const auto start = steady::now();
  const auto done = in.migrate();
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
  print("migrate", {ms_since(start)}, 0);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  static constexpr char usage[] = "usage: logos_books_bench URL append|past|merge|remove|migrate COUNT [URL…]\n";
  if (argc < 4) return std::fprintf(stderr, "%s", usage), 2;
  storage::store_options options;
  options.statement_timeout = std::chrono::minutes{10};
  std::vector<std::unique_ptr<storage::store>> stores;
  std::vector<std::string> urls{argv[1]};
  urls.insert(urls.end(), argv + 4, argv + argc);
  for (const auto& url : urls) {
    options.storage = url;
    auto opened = storage::open_store(options, core::secret_key{"of the benchmark only, 0123456789"});
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 1;
    stores.push_back(std::move(*opened));
  }
  auto& store = *stores.front();
  const auto count = std::atoi(argv[3]);
  const std::string_view what{argv[2]};
  if (what == "append") return append(stores, count);
  if (what == "past") return past(store, count);
  if (what == "merge") return merge(store, count);
  if (what == "remove") return remove(store, count);
  if (what == "migrate") return migrate(store);
  return std::fprintf(stderr, "%s", usage), 2;
}
