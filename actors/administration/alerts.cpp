// SPDX-License-Identifier: MIT
#include "actors/administration/alerts.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/parameters.hpp"
#include "actors/administration/rights.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
using storage::budget_alert;

/// `whole`: with what went wrong on the way, which tells of the operator's network.
std::string alert_json(const budget_alert& a, bool whole) {
  members m;
  m.add("id", a.id)
      .add("alert_id", a.alert_id)
      .add("budget_id", a.budget_id)
      .add("scope", a.scope)
      .add("scope_id", a.scope_id)
      .add("period", a.period)
      .add("period_start", core::start_of(a.period, a.period_start))
      .id("threshold_percent", a.threshold_percent)
      .add("amount", core::to_decimal(a.amount))
      .add("spent", core::to_decimal(a.spent))
      .add("currency", a.currency)
      .add("occurred_at", a.at)
      .add("state", std::string{to_string(a.state)})
      .add("attempts", a.attempts);
  if (a.state == storage::alert_state::pending)
    m.add("next_try_at", a.next_try_at);
  else
    m.raw("next_try_at", "null");
  m.add("delivered_at", a.delivered_at).text("last_error", whole ? a.last_error : std::string{});
  return m.finish();
}

failure read_state(const query& parameters, std::optional<storage::alert_state>& out) {
  const auto at = parameters.find("state");
  if (at == parameters.end()) return {};
  out = storage::parse_alert_state(at->second);
  if (out) return {};
  return {ec::bad_field, "'state' must be one of pending, delivered, failed, unaddressed.", "state"};
}

} // namespace

outcome list_alerts(storage::store& in, const call& c) {
  storage::alert_filter filter;
  for (const auto& bad :
       {read_id_filter(c.parameters, "budget_id", filter.budget_id), read_state(c.parameters, filter.state)})
    if (bad.code != ec::none) return to_problem(bad);
  const auto page = read_paging(c.parameters);
  if (!page) return to_problem(page.error());
  const sight seen{c};
  const int step = seen.everything() ? page->limit + 1 : 1000;
  std::vector<budget_alert> shown;
  bool more = false;
  auto before = page->after;
  for (bool rest = true; rest && !more;) {
    const auto found = in.list_alerts(filter, before, step);
    if (!found) return to_problem(found.error());
    rest = found->size() == static_cast<std::size_t>(step);
    for (const auto& alert : *found) {
      before = alert.id;
      if (!seen.sees(alert.scope, alert.scope_id)) continue;
      more = shown.size() == static_cast<std::size_t>(page->limit);
      if (more) break;
      shown.push_back(alert);
    }
  }
  std::string data;
  for (const auto& alert : shown)
    data.append(data.empty() ? "" : ",").append(alert_json(alert, seen.everything()));
  const auto next = more ? "\"" + std::to_string(shown.back().id) + "\"" : "null";
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + "}");
}

outcome show_alert(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto found = in.find_alert(*id);
  if (!found) return to_problem(found.error());
  const sight seen{c};
  if (!seen.sees(found->scope, found->scope_id)) return to_problem(not_there("alert", *id));
  return to_outcome(200, alert_json(*found, seen.everything()));
}

outcome test_alert(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto made = in.make_test_alert(*id, c.now);
  if (!made) return to_problem(made.error());
  auto out = to_outcome(202, alert_json(*made, true));
  out.answer.headers += "Location: /admin/v1/alerts/" + std::to_string(made->id) + "\r\n";
  return out;
}

} // namespace logos::administration
