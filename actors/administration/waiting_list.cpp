// SPDX-License-Identifier: MIT
#include "actors/administration/waiting_list.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/parameters.hpp"
#include "actors/administration/rights.hpp"

#include <algorithm>
#include <charconv>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

/// `next` of a page: the deployment and the request of its last row.
std::string cursor_of(const actors::queued_ticket& t) {
  return std::to_string(t.expects.deployment_id) + "." + t.request.str();
}

failure read_cursor(std::string_view text, actors::queue_question& out) {
  const auto dot = std::min(text.find('.'), text.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + dot, out.after_deployment);
  const auto request = core::uuid::parse(text.substr(std::min(dot + 1, text.size())));
  if (error != std::errc{} || end != text.data() + dot || !request)
    return {ec::bad_field, "'cursor' must be the `next` of an earlier answer; leave it out for the first page.",
            "cursor"};
  out.after_request = *request;
  return {};
}

std::string ticket_json(const call& c, const actors::queued_ticket& t) {
  const auto& o = t.expects;
  const auto* d = c.snapshot->find_deployment(o.deployment_id);
  const auto* p = c.snapshot->find_provider(o.provider_id);
  members m;
  m.add("request_id", t.request.str())
      .id("deployment_id", std::max<std::int64_t>(o.deployment_id, 0)) // a passage is none
      .text("model", d != nullptr && d->model != nullptr ? d->model->name : std::string{})
      .id("provider_id", o.provider_id)
      .text("provider", p != nullptr ? p->name : std::string{})
      .id("process_id", std::max<std::int64_t>(t.process_id, 0)) // a key of the client's own is none
      .add("state", std::string{t.deferred ? "deferred" : "waiting"});
  // Without its SCHEDULER nobody knows who goes before it.
  const bool placed = !t.deferred && o.state != static_cast<std::uint8_t>(actors::ticket_state::asked);
  m.add_known("position", placed ? std::int64_t{o.ahead} + 1 : -1);
  m.add("priority", core::priority{t.priority})
      .add("counts_as", core::priority{t.counts_as})
      .add("mode", std::string{to_string(static_cast<core::traffic_mode>(t.mode))})
      .add("tokens", std::int64_t{t.tokens})
      .add("weight", std::int64_t{t.weight})
      .add("since", c.now - std::chrono::microseconds{o.waited_us})
      .add("waited_us", o.waited_us)
      .add("deadline_in_us", o.patience_us);
  m.add_known("starts_in_us", o.starts_in_us);
  m.add_known("first_token_in_us", o.first_token_in_us);
  m.add_known("load_left_us", o.load_left_us);
  m.text("blocked_by", o.blocked_by);
  return m.finish();
}

/// The processes whose requests the caller may see and asks for; empty: all.
std::vector<std::int64_t> visible(const call& c, std::int64_t process_id) {
  const auto own = requests_of(c);
  std::vector<std::int64_t> out;
  if (own.user_id == 0 && own.process_id == 0) {
    if (process_id != 0) out.push_back(process_id);
    return out;
  }
  for (const auto& p : c.snapshot->principals)
    if (own.covers(p.process_id, p.user_id) && (process_id == 0 || p.process_id == process_id))
      out.push_back(p.process_id);
  if (out.empty()) out.push_back(0); // nobody's: none
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

boost::system::result<actors::queue_question, failure> read_queue_question(const call& c) {
  std::int64_t provider_id = 0, model_id = 0, process_id = 0;
  for (auto bad :
       {read_id_filter(c.parameters, "provider_id", provider_id), read_id_filter(c.parameters, "model_id", model_id),
        read_id_filter(c.parameters, "process_id", process_id)})
    if (bad.code != ec::none) return bad;
  auto paged = c.parameters;
  paged.erase("cursor"); // a pair
  const auto page = read_paging(paged);
  if (!page) return page.error();
  actors::queue_question asked;
  if (const auto at = c.parameters.find("cursor"); at != c.parameters.end())
    if (auto bad = read_cursor(at->second, asked); bad.code != ec::none) return bad;
  asked.limit = static_cast<std::uint32_t>(page->limit) + 1;
  asked.processes = visible(c, process_id);
  for (const auto& d : c.snapshot->deployments)
    if ((provider_id == 0 || d.provider->id == provider_id) &&
        (model_id == 0 || (d.model != nullptr && d.model->id == model_id)))
      asked.deployments.push_back(d.id);
  std::sort(asked.deployments.begin(), asked.deployments.end());
  return asked;
}

outcome list_queue(const call& c, const actors::queue_question& asked, const actors::queue_page& page) {
  const auto n = std::min<std::size_t>(page.tickets.size(), asked.limit - 1);
  std::string data, silent;
  for (std::size_t i = 0; i < n; ++i)
    data.append(data.empty() ? "" : ",").append(ticket_json(c, page.tickets[i]));
  const auto next =
      page.tickets.size() > n && n > 0 ? core::json_string(cursor_of(page.tickets[n - 1])) : std::string{"null"};
  for (const auto id : page.silent)
    if (const auto* p = c.snapshot->find_provider(id); p != nullptr && administers(c))
      silent.append(silent.empty() ? "" : ",").append(core::json_string(p->name));
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + R"(,"silent":[)" + silent + "]}");
}

} // namespace logos::administration
