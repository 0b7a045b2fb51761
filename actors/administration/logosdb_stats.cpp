// SPDX-License-Identifier: MIT
#include "actors/administration/event_stats.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/rights.hpp"
#include "actors/transfer/rows.hpp"

#include <algorithm>

namespace logos::administration::logosdb {
namespace {

using core::ec;
using core::failure;
using namespace std::chrono_literals;

/// Null where the time is not known.
std::string time_or_null(core::wall_time t) {
  std::string out;
  write_value(out, t);
  return out;
}

std::string seconds_between(core::wall_time from, core::wall_time to) {
  if (from == core::wall_time{} || to == core::wall_time{}) return "null";
  return decimal(std::chrono::duration<double>(to - from).count());
}

std::string text_or_null(const std::string& text) { return text.empty() ? "null" : core::json_string(text); }

std::string latest_json(const storage::request_row& r) {
  const auto depth = r.queue_depth_at_arrival < 0 ? std::string{"null"} : std::to_string(r.queue_depth_at_arrival);
  return R"({"request_id":)" + core::json_string(r.request_id_text) + R"(,"model_name":)" + text_or_null(r.model_name) +
         R"(,"provider_name":)" + text_or_null(r.provider_name) + R"(,"status":)" +
         core::json_string(to_string(r.result)) + R"(,"timestamp":)" + time_or_null(r.timestamp_request) +
         R"(,"duration":)" + seconds_between(r.timestamp_forwarding, r.timestamp_response) + R"(,"cold_start":)" +
         (r.was_cold_start ? "true" : "false") + R"(,"enqueue_ts":)" + time_or_null(r.timestamp_request) +
         R"(,"scheduled_ts":)" + time_or_null(r.timestamp_forwarding) + R"(,"request_complete_ts":)" +
         time_or_null(r.timestamp_response) + R"(,"queue_seconds":)" +
         seconds_between(r.timestamp_request, r.timestamp_forwarding) + R"(,"total_seconds":)" +
         seconds_between(r.timestamp_request, r.timestamp_response) + R"(,"initial_priority":)" +
         std::to_string(r.priority) + R"(,"priority_when_scheduled":)" +
         (r.priority_when_scheduled == 0 ? "null" : std::to_string(r.priority_when_scheduled)) +
         R"(,"queue_depth_at_enqueue":)" + depth + R"(,"error_message":)" + text_or_null(r.error_message) + "}";
}

failure read_moment(const arguments& a, std::string_view name, core::wall_time& out) {
  const auto text = a.text(name);
  if (text.empty()) return {};
  const auto when = transfer::read_time(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!when)
    return {ec::bad_field, "'" + std::string{name} + "' must be a time such as 2026-01-31T00:00:00Z.",
            std::string{name}};
  out = *when;
  return {};
}

/// Times of waiting and running, cold starts and depths are in no sums: requests are counted one by one.
failure too_many_to_chart(std::int64_t most, core::wall_time first, core::wall_time to) {
  return {ec::bad_field,
          "The range has more than " + std::to_string(most) + " requests, and no more are counted one by one. " +
              (first == to ? std::string{"Give a range of less than an hour"}
                           : "Give a 'start_date' from " + core::to_iso8601(first) + " on") +
              ", or ask /admin/v1/usage, which has no such bound.",
          "start_date"};
}

/// One provider's day: what it holds is what the operator said, else the most that was seen in use.
std::string vram_json(std::int64_t provider_id, const std::string& name, std::int64_t total_mb,
                      std::span<const storage::provider_snapshot> shots) {
  constexpr std::int64_t mb = 1024 * 1024;
  auto capacity = total_mb;
  if (capacity == 0)
    for (const auto& s : shots)
      capacity = std::max(capacity, s.total_vram_used_bytes / mb);
  std::string data;
  for (const auto& s : shots) {
    const auto used = s.total_vram_used_bytes / mb;
    const auto number = std::to_string(used);
    data.append(data.empty() ? "" : ",").append(R"({"timestamp":)").append(time_or_null(s.snapshot_ts));
    data.append(R"(,"vram_mb":)").append(number).append(R"(,"vram_bytes":)");
    data.append(std::to_string(s.total_vram_used_bytes)).append(R"(,"used_vram_mb":)").append(number);
    data.append(R"(,"remaining_vram_mb":)");
    data.append(capacity == 0 ? "null" : std::to_string(std::max<std::int64_t>(capacity - used, 0)));
    data.append(R"(,"total_vram_mb":)").append(capacity == 0 ? "null" : std::to_string(capacity));
    data.append(R"(,"models_loaded":)").append(std::to_string(s.total_models_loaded));
    data.append(R"(,"loaded_models":)").append(s.loaded_models.empty() ? "[]" : s.loaded_models) += "}";
  }
  return R"({"provider_id":)" + std::to_string(provider_id) + R"(,"name":)" + core::json_string(name) + R"(,"data":[)" +
         data + "]}";
}

} // namespace

outcome get_process_id(const arguments& a) { return said(R"({"result":)" + std::to_string(a.who().process_id) + "}"); }

outcome get_role(const arguments& a) { return said(a.who().root ? R"({"role":"root"})" : R"({"role":"entity"})"); }

outcome generalstats(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  const auto sums =
      a.store.usage({}, core::wall_time{}, core::wall_time{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}},
                    {.of = requests_of(a.from)});
  if (!sums) return refused_with(sums.error());
  const sight seen{a.from};
  const auto models =
      std::count_if(there->models.begin(), there->models.end(), [&](const auto& m) { return reaches(a.from, m.id); });
  const auto processes =
      std::count_if(there->processes.begin(), there->processes.end(), [&](const auto& p) { return seen.sees(p); });
  return said(R"({"models":)" + std::to_string(models) + R"(,"users":)" + std::to_string(processes) +
              R"(,"requests":)" + std::to_string(sums->empty() ? 0 : sums->front().requests) + "}");
}

outcome request_event_stats(const arguments& a) {
  auto to = a.from.now;
  auto from = core::wall_time{};
  if (auto bad = read_moment(a, "end_date", to); bad.code != ec::none) return refused_with(bad);
  if (auto bad = read_moment(a, "start_date", from); bad.code != ec::none) return refused_with(bad);
  const bool open_start = from == core::wall_time{};
  if (open_start) from = to - 24h * 30;
  if (from > to) return refused_with({ec::bad_field, "'start_date' is after 'end_date'.", "start_date"});
  if (to - from > 24h * 3700) return refused_with({ec::bad_field, "The range is longer than ten years.", "start_date"});
  const auto wanted = a.has("target_buckets") ? a.number("target_buckets") : 120;
  if (wanted < 1 || wanted > 10'000)
    return refused_with({ec::bad_field, "'target_buckets' must be a number from 1 to 10000.", "target_buckets"});
  const auto first = first_countable(a.store, from, to, requests_of(a.from), a.from.most_charted);
  if (!first) return refused_with(first.error());
  if (*first != from) {
    if (!open_start || *first == to) return refused_with(too_many_to_chart(a.from.most_charted, *first, to));
    from = *first;
  }
  const auto bucket = bucket_for(from, to, wanted);
  const auto groups = a.store.count_events(from, to, bucket, requests_of(a.from));
  if (!groups) return refused_with(groups.error());
  const auto depths = a.store.count_depths(from, to, requests_of(a.from));
  if (!depths) return refused_with(depths.error());
  return said(event_stats_json(from, to, bucket, *groups, *depths));
}

outcome latest_requests(const arguments& a) {
  storage::request_filter filter;
  filter.of = requests_of(a.from);
  const auto page = a.store.list_requests(filter, {}, 10);
  if (!page) return refused_with(page.error());
  std::string rows;
  for (const auto& r : page->rows)
    rows.append(rows.empty() ? "" : ",").append(latest_json(r));
  return said(R"({"requests":[)" + rows + "]}");
}

outcome get_ollama_vram_stats(const arguments& a) {
  core::wall_time from{};
  if (auto bad = read_moment(a, "day", from); bad.code != ec::none) return refused_with(bad);
  from = std::chrono::floor<std::chrono::days>(from);
  if (from > a.from.now) return refused_with({ec::bad_field, "'day' lies in the future.", "day"});
  auto shots = a.store.list_snapshots(from, std::min<core::wall_time>(from + 24h, a.from.now));
  if (!shots) return refused_with(shots.error());
  std::erase_if(*shots, [](const auto& s) { return !s.poll_success; });
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  std::string providers;
  const auto reached = [&](std::int64_t provider_id) {
    return std::any_of(there->deployments.begin(), there->deployments.end(), [&](const auto& d) {
      return d.provider_id == provider_id && reaches(a.from, d.model_id, provider_id);
    });
  };
  // Of providers in reach, how full they are; whose models stand in them is the operator's to know.
  if (!administers(a.from)) {
    std::erase_if(*shots, [&](const auto& s) { return !reached(s.provider_id); });
    for (auto& s : *shots)
      s.loaded_models.clear();
  }
  for (auto at = shots->begin(); at != shots->end();) {
    const auto end = std::find_if(at, shots->end(), [&](const auto& s) { return s.provider_id != at->provider_id; });
    const auto known = std::find_if(there->providers.begin(), there->providers.end(),
                                    [&](const auto& p) { return p.id == at->provider_id; });
    const bool live = known != there->providers.end();
    providers.append(providers.empty() ? "" : ",");
    providers +=
        vram_json(at->provider_id, live ? known->name : std::string{}, live ? known->total_vram_mb : 0, {at, end});
    at = end;
  }
  if (providers.empty()) return refused_with({ec::resource_not_found, "Nothing was seen of any Ollama on that day."});
  return said(R"({"providers":[)" + providers + "]}");
}

} // namespace logos::administration::logosdb
