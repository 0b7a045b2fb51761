// SPDX-License-Identifier: MIT
#include "actors/administration/event_stats.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <vector>

namespace logos::administration {
namespace {

using storage::event_group;

constexpr std::array<std::int64_t, 9> widths{60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400};

struct sums {
  std::int64_t requests = 0, cold = 0, failed = 0, local = 0, queued = 0, run = 0;
  std::int64_t vram_known = 0;
  double queued_s = 0, run_s = 0, vram_mb = 0;

  void add(const event_group& g) {
    requests += g.requests;
    cold += g.cold ? g.requests : 0;
    failed += g.failed ? g.requests : 0;
    local += g.local ? g.requests : 0;
    queued += g.queued;
    run += g.run;
    queued_s += g.queued_s;
    run_s += g.run_s;
    vram_known += g.vram_known;
    vram_mb += g.vram_mb;
  }
};

std::string mean(double sum, std::int64_t n) { return n == 0 ? "null" : decimal(sum / static_cast<double>(n)); }

std::string number(std::string_view name, std::int64_t value) {
  return ",\"" + std::string{name} + "\":" + std::to_string(value);
}

void append(std::string& list, const std::string& one) { list.append(list.empty() ? "" : ",").append(one); }

struct model_key {
  std::int64_t model, provider;
  auto operator<=>(const model_key&) const = default;
};

std::string breakdown(std::span<const event_group> groups) {
  std::map<model_key, std::pair<sums, const event_group*>> by;
  for (const auto& g : groups) {
    auto& [sum, one] = by[{g.model_id, g.provider_id}];
    sum.add(g);
    one = &g;
  }
  std::vector<const std::pair<sums, const event_group*>*> order;
  for (const auto& [key, value] : by)
    order.push_back(&value);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->first.requests > b->first.requests; });
  std::string out;
  for (const auto* each : order) {
    const auto& [s, g] = *each;
    append(out, R"({"modelId":)" + std::to_string(g->model_id == 0 ? -1 : g->model_id) + R"(,"modelName":)" +
                    core::json_string(g->model.empty() ? "unknown" : g->model) + R"(,"providerName":)" +
                    core::json_string(g->provider.empty() ? "unknown" : g->provider) +
                    number("requestCount", s.requests) + R"(,"avgQueueSeconds":)" + mean(s.queued_s, s.queued) +
                    R"(,"avgRunSeconds":)" + mean(s.run_s, s.run) + number("coldStarts", s.cold) +
                    number("warmStarts", s.requests - s.cold) + number("errorCount", s.failed) + "}");
  }
  return out;
}

std::string status_counts(std::span<const event_group> groups) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& g : groups)
    counts[g.result.empty() ? "unknown" : g.result] += g.requests;
  std::string out;
  for (const auto& [name, n] : counts)
    append(out, core::json_string(name) + ":" + std::to_string(n));
  return out;
}

std::string time_series(core::wall_time from, core::wall_time to, std::int64_t width,
                        std::span<const event_group> groups) {
  std::map<std::int64_t, sums> by;
  for (const auto& g : groups)
    by[g.bucket_s].add(g);
  const auto first = std::chrono::floor<std::chrono::seconds>(from).time_since_epoch().count() / width * width;
  const auto last = std::chrono::floor<std::chrono::seconds>(to).time_since_epoch().count();
  for (auto at = first; at <= last; at += width)
    by.try_emplace(at);
  std::string out;
  for (const auto& [at, s] : by)
    append(out, R"({"timestamp":)" + std::to_string(at * 1000) + R"(,"label":"")" +
                    number("cloud", s.requests - s.local) + number("local", s.local) + number("total", s.requests) +
                    R"(,"avgRunSeconds":)" + mean(s.run_s, s.run) + R"(,"avgVram":)" + mean(s.vram_mb, s.vram_known) +
                    "}");
  return out;
}

std::string model_series(std::span<const event_group> groups) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::string>> by;
  for (const auto& g : groups) {
    auto& [n, name] = by[{g.bucket_s, g.model_id}];
    n += g.requests;
    name = g.model.empty() ? "unknown" : g.model;
  }
  std::string out;
  for (const auto& [key, value] : by)
    append(out, R"({"timestamp":)" + std::to_string(key.first * 1000) +
                    number("modelId", key.second == 0 ? -1 : key.second) + R"(,"modelName":)" +
                    core::json_string(value.second) + number("count", value.first) + "}");
  return out;
}

/// Mean and 95th percentile of one of the two depths, as JSON.
std::pair<std::string, std::string> depth_figures(std::span<const storage::depth_count> depths, bool at_schedule) {
  std::int64_t n = 0;
  double sum = 0;
  for (const auto& d : depths)
    if (d.at_schedule == at_schedule) {
      n += d.requests;
      sum += static_cast<double>(d.depth * d.requests);
    }
  const auto rank = static_cast<std::int64_t>(std::ceil(0.95 * static_cast<double>(n)));
  std::int64_t passed = 0;
  std::string percentile = "null";
  for (const auto& d : depths) {
    if (d.at_schedule != at_schedule || passed >= rank) continue;
    passed += d.requests;
    percentile = std::to_string(d.depth);
  }
  return {mean(sum, n), percentile};
}

std::string queue_depth(std::span<const storage::depth_count> depths) {
  if (depths.empty()) return "null";
  const auto [enqueue, p95_enqueue] = depth_figures(depths, false);
  const auto [schedule, p95_schedule] = depth_figures(depths, true);
  return R"({"avgEnqueueDepth":)" + enqueue + R"(,"avgScheduleDepth":)" + schedule + R"(,"p95EnqueueDepth":)" +
         p95_enqueue + R"(,"p95ScheduleDepth":)" + p95_schedule + "}";
}

/// `2026-01-31` or `2026-01-31 07`, as sums by day or hour have it.
core::wall_time start_of_period(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t digits) {
    int n = 0;
    if (text.size() >= at + digits) std::from_chars(text.data() + at, text.data() + at + digits, n);
    return n;
  };
  using namespace std::chrono;
  return sys_days{year{number(0, 4)} / number(5, 2) / number(8, 2)} + hours{number(11, 2)};
}

std::string run_by_cold_start(std::span<const event_group> groups) {
  std::string out;
  for (const bool cold : {true, false}) {
    sums s;
    for (const auto& g : groups)
      if (g.cold == cold) s.add(g);
    if (s.requests == 0) continue;
    append(out, R"({"type":")" + std::string{cold ? "cold" : "warm"} + R"(","avgRunSeconds":)" + mean(s.run_s, s.run) +
                    number("count", s.requests) + "}");
  }
  return out;
}

} // namespace

std::string decimal(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), value, std::chars_format::fixed);
  return {digits.begin(), end.ptr};
}

std::chrono::seconds bucket_for(core::wall_time from, core::wall_time to, std::int64_t wanted) {
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
  const auto raw = std::max<std::int64_t>(span / std::max<std::int64_t>(wanted, 1), widths.front());
  const auto nearest = std::min_element(widths.begin(), widths.end(), [&](std::int64_t a, std::int64_t b) {
    return std::abs(a - raw) < std::abs(b - raw);
  });
  return std::chrono::seconds{*nearest};
}

storage::result<core::wall_time> first_countable(storage::store& in, core::wall_time from, core::wall_time to,
                                                 const storage::whose& of, std::int64_t most) {
  using storage::usage_group;
  const auto all = in.usage({}, from, to, {.of = of});
  if (!all) return all.error();
  if (all->empty() || all->front().requests <= most) return from;
  for (const auto unit : {usage_group::day, usage_group::hour}) {
    const std::array by{unit};
    const auto parts = in.usage(by, from, to, {.of = of, .order = storage::usage_order::time});
    if (!parts) return parts.error();
    std::int64_t counted = 0;
    auto fits = to;
    for (auto part = parts->rbegin(); part != parts->rend(); ++part) {
      const auto start = start_of_period(part->keys.front());
      counted += part->requests;
      if (counted > most) {
        from = std::max(from, start);
        break;
      }
      fits = start;
    }
    if (fits != to) return fits;
  }
  return to;
}

std::string event_stats_json(core::wall_time from, core::wall_time to, std::chrono::seconds bucket,
                             std::span<const event_group> groups, std::span<const storage::depth_count> depths) {
  sums all;
  core::wall_time last{};
  for (const auto& g : groups) {
    all.add(g);
    last = std::max(last, g.last);
  }
  return R"({"range":{"start":")" + core::to_iso8601(from) + R"(","end":")" + core::to_iso8601(to) +
         R"("},"bucketSeconds":)" + std::to_string(bucket.count()) + R"(,"stats":{"lastEventTs":)" +
         (groups.empty() ? "null" : "\"" + core::to_iso8601(last) + "\"") + R"(,"totals":{"requests":)" +
         std::to_string(all.requests) + number("cloudRequests", all.requests - all.local) +
         number("localRequests", all.local) + number("coldStarts", all.cold) +
         number("warmStarts", all.requests - all.cold) + R"(,"avgQueueSeconds":)" + mean(all.queued_s, all.queued) +
         R"(,"avgRunSeconds":)" + mean(all.run_s, all.run) + R"(},"statusCounts":{)" + status_counts(groups) +
         R"(},"modelBreakdown":[)" + breakdown(groups) + R"(],"timeSeries":[)" +
         time_series(from, to, bucket.count(), groups) + R"(],"modelTimeSeries":[)" + model_series(groups) +
         R"(],"queueDepth":)" + queue_depth(depths) + R"(,"runtimeByColdStart":[)" + run_by_cold_start(groups) + "]}}";
}

} // namespace logos::administration
