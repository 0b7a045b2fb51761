// SPDX-License-Identifier: MIT
#include "actors/administration/rerate.hpp"

#include "actors/accounting/applied_prices.hpp"
#include "actors/administration/fields.hpp"
#include "actors/administration/members.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/wide_money.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
constexpr int priced_at_once = 500; // some ten milliseconds

/// A run, handed from job to job.
struct run {
  storage::rerate_range range;
  std::string asked; // the members of the request, for the audit log
  bool dry = false;
  std::vector<std::string> missing; // what may not be in the database yet
  std::string cursor;
  std::int64_t seen = 0;
  std::int64_t changed = 0;
  wide before = 0;
  wide after = 0;
};

storage::new_cost price(const accounting::price_book& by, const storage::priced_request& r) {
  accounting::applied_prices from;
  const auto found = by.cost_of(r.model_id, r.provider_id, accounting::counts_of(r.usage, r.own), r.at, &from);
  return found ? storage::new_cost{found->amount, found->price_id, found->rate_id, from.text()} : storage::new_cost{};
}

/// Nodes that ended without taking their leave: what their journals have comes into the database when they are back.
/// One that was seen last before the range begins has nothing of it.
storage::result<void> name_lost_nodes(storage::store& in, const call& c, run& r) {
  constexpr std::chrono::seconds gone_after{3}; // as its peers count: one that runs is seen once a second
  const auto found = in.live_nodes(std::max(c.now, r.range.from) - r.range.from);
  if (!found && found.error().code == ec::not_implemented) return {}; // there is no other node
  if (!found) return found.error();
  for (const auto& node : *found) {
    const auto name = "node " + node.node;
    const bool named = std::any_of(r.missing.begin(), r.missing.end(),
                                   [&](const std::string& each) { return each.starts_with(name + " "); });
    if (node.age >= gone_after && !named)
      r.missing.push_back(name + " is not there; it was last seen at " + core::to_iso8601(c.now - node.age));
  }
  return {};
}

std::string result_json(const run& r, const call& c) {
  std::string missing;
  for (const auto& each : r.missing)
    missing.append(missing.empty() ? "" : ",").append(core::json_string(each));
  return members{}
      .add("dry_run", r.dry)
      .add("requests", r.seen)
      .add("changed", r.changed)
      .add("cost_before", decimal(r.before))
      .add("cost_after", decimal(r.after))
      .add("difference", decimal(r.after - r.before))
      .add("currency", c.currency)
      .raw("missing", "[" + missing + "]")
      .finish();
}

storage::result<void> note(storage::store& in, const run& r, std::string before, std::string after) {
  if (r.dry) return {};
  return in.record({"rerate", "request", 0, {}, std::move(before), std::move(after)});
}

outcome go_on(storage::store& in, const call& c, const std::shared_ptr<run>& r) {
  const auto batch = in.rerate(
      r->range, r->cursor, priced_at_once,
      [&](const storage::priced_request& row) {
        const auto cost = price(c.snapshot->prices, row);
        r->before += row.cost;
        r->after += cost.amount;
        return cost;
      },
      r->dry);
  if (!batch) return to_problem(batch.error());
  r->seen += static_cast<std::int64_t>(batch->seen);
  r->changed += static_cast<std::int64_t>(batch->changed);
  r->cursor = batch->next;
  if (!r->cursor.empty()) {
    outcome more;
    more.next = [r](storage::store& store, const call& again) { return go_on(store, again, r); };
    return more;
  }
  const auto done = in.together([&]() -> storage::result<void> {
    // Also when nothing was changed now: an earlier run may have been interrupted before this.
    if (auto counting = r->dry ? storage::result<void>{} : in.recount_budgets(); !counting) return counting;
    return note(in, *r, r->asked, result_json(*r, c));
  });
  if (!done) return to_problem(done.error());
  auto out = to_outcome(200, result_json(*r, c));
  out.changed = !r->dry;
  return out;
}

failure read_time_of(simdjson::dom::object body, std::string_view name, core::wall_time& out) {
  json_value found;
  if (body[name].get(found) != simdjson::SUCCESS)
    return {ec::bad_field, "'" + std::string{name} + "' is required.", std::string{name}};
  if (const auto wanted = read_value(found, out); !wanted.empty()) return mismatch(name, wanted, found);
  return {};
}

/// Reads a name and finds its id; leaves `id` alone where there is none.
template <class Find>
failure read_name_of(simdjson::dom::object body, std::string_view name, std::int64_t& id, const Find& find) {
  json_value found;
  if (body[name].get(found) != simdjson::SUCCESS) return {};
  std::string text;
  if (const auto wanted = read_value(found, text); !wanted.empty()) return mismatch(name, wanted, found);
  const auto known = find(text);
  if (!known) return {known.error().code, known.error().message, std::string{name}};
  id = *known;
  return {};
}

failure read_run(simdjson::dom::object body, names& by, run& out) {
  static constexpr std::array<std::string_view, 5> known{"from", "to", "model", "provider", "dry_run"};
  for (const auto [name, value] : body)
    if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_field(name, known);
  for (auto bad :
       {read_time_of(body, "from", out.range.from), read_time_of(body, "to", out.range.to),
        read_name_of(body, "model", out.range.model_id, [&](auto name) { return by.model_id(name); }),
        read_name_of(body, "provider", out.range.provider_id, [&](auto name) { return by.provider_id(name); })})
    if (bad.code != ec::none) return bad;
  if (out.range.from >= out.range.to) return {ec::bad_field, "'from' must be before 'to'.", "from"};
  if (json_value dry; body["dry_run"].get(dry) == simdjson::SUCCESS)
    if (const auto wanted = read_value(dry, out.dry); !wanted.empty()) return mismatch("dry_run", wanted, dry);
  out.asked = simdjson::minify(body);
  return {};
}

} // namespace

outcome rerate(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in};
  const auto r = std::make_shared<run>();
  if (auto bad = read_run(body.object(), by, *r); bad.code != ec::none) return to_problem(bad);
  r->missing = c.missing;
  if (auto looked = name_lost_nodes(in, c, *r); !looked) return to_problem(looked.error());
  // Noted before anything changes: a run that is interrupted has left its trace.
  if (auto noted = note(in, *r, {}, r->asked); !noted) return to_problem(noted.error());
  return go_on(in, c, r);
}

} // namespace logos::administration
