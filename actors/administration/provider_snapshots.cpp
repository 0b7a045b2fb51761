// SPDX-License-Identifier: MIT
#include "actors/administration/provider_snapshots.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/parameters.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <charconv>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

std::string snapshot_json(const storage::provider_snapshot& s) {
  members m;
  m.id("id", s.id)
      .id("provider_id", s.provider_id)
      .add("snapshot_ts", s.snapshot_ts)
      .add("poll_success", s.poll_success)
      .add("total_models_loaded", std::int64_t{s.total_models_loaded})
      .add("total_vram_used_bytes", s.total_vram_used_bytes)
      .raw("loaded_models", s.loaded_models)
      .text("error_message", s.error_message);
  return m.finish();
}

/// `next` of a page: time and id of its last row.
std::string cursor_of(const storage::provider_snapshot& s) {
  return std::to_string(s.snapshot_ts.time_since_epoch().count()) + "." + std::to_string(s.id);
}

failure read_cursor(const query& parameters, storage::snapshot_filter& out) {
  const auto at = parameters.find("cursor");
  if (at == parameters.end()) return {};
  const std::string_view text{at->second};
  const auto* const end = text.data() + text.size();
  core::wall_time::rep ticks = 0;
  const auto time = std::from_chars(text.data(), end, ticks);
  if (time.ec == std::errc{} && time.ptr != end && *time.ptr == '.') {
    const auto id = std::from_chars(time.ptr + 1, end, out.behind_id);
    out.behind_ts = core::wall_time{core::wall_time::duration{ticks}};
    if (id.ec == std::errc{} && id.ptr == end && ticks >= 0 && out.behind_ts < far_away) return {};
  }
  return {ec::bad_field, "'cursor' must be the `next` of an earlier answer; leave it out for the first page.",
          "cursor"};
}

} // namespace

outcome list_provider_snapshots(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  storage::snapshot_filter filter;
  filter.provider_id = *id;
  if (auto bad = read_range(c.parameters, filter.from, filter.to); bad.code != ec::none) return to_problem(bad);
  if (auto bad = read_cursor(c.parameters, filter); bad.code != ec::none) return to_problem(bad);
  auto paged = c.parameters;
  paged.erase("cursor"); // a pair
  const auto page = read_paging(paged);
  if (!page) return to_problem(page.error());
  // Of one that was removed nothing is shown, though its snapshots are kept.
  if (!c.snapshot || c.snapshot->find_provider(*id) == nullptr)
    return to_problem({ec::resource_not_found, "There is no provider " + std::to_string(*id) + "."});
  const auto found = in.list_snapshots(filter, page->limit + 1);
  if (!found) return to_problem(found.error());
  const auto shown = std::min(found->size(), static_cast<std::size_t>(page->limit));
  std::string data;
  for (std::size_t i = 0; i < shown; ++i)
    data.append(data.empty() ? "" : ",").append(snapshot_json((*found)[i]));
  const auto next = shown < found->size() ? "\"" + cursor_of((*found)[shown - 1]) + "\"" : std::string{"null"};
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + "}");
}

} // namespace logos::administration
