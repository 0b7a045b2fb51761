// SPDX-License-Identifier: MIT
#include "actors/transfer/distinct_names.hpp"

#include "actors/transfer/rows.hpp"
#include "core/name_text.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace logos::transfer {
namespace {

std::map<std::int64_t, std::string> called(const auto& all, auto member) {
  std::map<std::int64_t, std::string> out;
  for (const auto& each : all)
    out.emplace(each.id, each.*member);
  return out;
}

} // namespace

std::string dashed(std::int64_t id) { return "-" + std::to_string(id); }
std::string in_parentheses(std::int64_t id) { return " (" + std::to_string(id) + ")"; }

std::vector<std::string> distinct_names(std::span<const named_row> rows, suffix behind) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return rows[a].id < rows[b].id; });
  std::vector<std::string> out(rows.size());
  std::set<std::pair<std::int64_t, std::string>> taken;
  const auto give = [&](std::size_t n, const std::string& name) {
    const bool free = taken.emplace(rows[n].within, core::folded_name(name)).second;
    if (free) out[n] = name;
    return free;
  };
  for (const auto n : order)
    if (!rows[n].here.empty()) give(n, rows[n].here);
  for (const auto n : order)
    if (out[n].empty() && !rows[n].name.empty()) give(n, rows[n].name);
  for (const auto n : order) // behind all others: a name with an id may be another row's own
    for (auto name = rows[n].name; !name.empty() && out[n].empty();) {
      name += behind(rows[n].id);
      give(n, name);
    }
  return out;
}

std::string renamed(const std::string& where, std::string_view noun, const named_row& was, const std::string& now) {
  if (now == was.name) return {};
  const std::string kind{noun};
  if (now == was.here)
    return where + ": the " + kind + " " + core::json_string(was.name) + " is called " + core::json_string(now) +
           " here already: that is whose its keys are.";
  return where + ": another " + kind + " has the name " + core::json_string(was.name) +
         ", too (names that differ only in the case of letters are the same here), so this one became " +
         core::json_string(now) + ".";
}

std::vector<named_row> named_rows(simdjson::dom::element tables, std::string_view table, std::string_view column,
                                  std::string_view within) {
  std::vector<named_row> out;
  simdjson::dom::array rows;
  if (tables[table].get(rows) != simdjson::SUCCESS) return out;
  for (const auto each : rows) {
    row_reader row{each, {}};
    auto& made = out.emplace_back();
    made.id = row.number("id");
    made.name = row.text(column);
    if (!within.empty()) made.within = row.number(within);
  }
  return out;
}

key_owners::key_owners(simdjson::dom::element tables, const storage::catalog_data& there,
                       const core::secret_key& secret) {
  simdjson::dom::array rows;
  if (there.processes.empty() || tables["process"].get(rows) != simdjson::SUCCESS) return;
  const auto users = called(there.users, &storage::user::username);
  const auto services = called(there.services, &storage::service::name);
  std::map<core::key_hash, const storage::process*> known;
  for (const auto& p : there.processes)
    known.emplace(p.hash, &p);
  for (const auto& p : there.processes)
    if (p.previous_hash) known.emplace(*p.previous_hash, &p);
  for (const auto each : rows) {
    row_reader row{each, {}};
    const auto at = known.find(secret.hash(row.text("logos_key")));
    if (at == known.end()) continue;
    if (const auto user = users.find(at->second->user_id); user != users.end())
      users_.emplace(row.number("user_id"), user->second);
    if (const auto service = services.find(at->second->service_id); service != services.end())
      services_.emplace(row.number("service_id"), service->second);
  }
}

/// Keys that were given to somebody else since say nothing: only what may have become of the name is believed.
void key_owners::recognise(std::span<named_row> rows, const names& by) {
  for (auto& row : rows) {
    if (row.name.empty()) continue;
    const auto plain = core::folded_name(row.name), with_id = core::folded_name(row.name + dashed(row.id));
    for (auto [at, end] = by.equal_range(row.id); at != end; ++at) {
      const auto folded = core::folded_name(at->second);
      // The one with its id is this row's alone.
      if (folded == with_id || (folded == plain && row.here.empty())) row.here = at->second;
    }
  }
}

} // namespace logos::transfer
