// SPDX-License-Identifier: MIT
#include "actors/administration/why.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/told_statistics.hpp"
#include "core/money.hpp"
#include "core/words.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using actors::outlook;
using actors::progress;
using core::ec;

constexpr core::words<5> stage_words{"none", "deciding", "reserving", "waiting", "running"};
constexpr core::words<5> ticket_words{"asked", "waiting", "offered", "running", "deferred"};

std::string_view word_of(actors::stage s) { return core::word_of(stage_words, s); }
std::string_view word_of(actors::ticket_state s) { return core::word_of(ticket_words, s); }

outcome not_known(const call& c) {
  return to_problem({ec::resource_not_found, "there is no request " + core::json_string(c.path.front()) +
                                                 " that waits, runs or has ended; one that has just ended is there "
                                                 "within a second"});
}

/// Names of what a deployment is, as the catalog has them now; nulls for one that is gone.
void add_names(members& m, const call& c, std::int64_t deployment_id) {
  const auto* d = c.snapshot ? c.snapshot->find_deployment(deployment_id) : nullptr;
  m.id("deployment_id", std::max<std::int64_t>(deployment_id, 0)); // a passage is none
  m.text("provider", d != nullptr ? d->provider->name : std::string{});
  m.text("model", d != nullptr && d->model != nullptr ? d->model->name : std::string{});
}

std::string ticket_json(const call& c, const outlook& o) {
  members m;
  add_names(m, c, o.deployment_id);
  const auto state = static_cast<actors::ticket_state>(o.state);
  m.add("state", std::string{word_of(state)});
  const bool waits = state == actors::ticket_state::waiting;
  if (waits)
    m.add("position", std::int64_t{o.ahead} + 1)
        .add("ahead", std::int64_t{o.ahead})
        .add("ahead_own_key", std::int64_t{o.ahead_own_key});
  m.add("waited_us", o.waited_us).add("deadline_in_us", o.patience_us);
  if (state != actors::ticket_state::asked)
    m.add("waiting", std::int64_t{o.waiting})
        .add("waiting_at_provider", std::int64_t{o.waiting_in_all})
        .add("places_in_use", std::int64_t{o.in_use})
        .id("places", std::int64_t{o.places}) // null: no limit
        .add("places_in_use_at_provider", std::int64_t{o.in_use_in_all})
        .id("places_at_provider", std::int64_t{o.places_in_all});
  m.add_known("joins_in_us", o.joins_in_us);
  m.add_known("starts_in_us", o.starts_in_us);
  m.add_known("first_token_in_us", o.first_token_in_us);
  m.add_known("load_left_us", o.load_left_us);
  m.text("blocked_by", o.blocked_by);
  return m.finish();
}

std::string_view candidate_state(const progress& p, std::int64_t deployment_id) {
  if (p.deployment_id == deployment_id) return "running";
  for (const auto& t : p.tickets)
    if (t.deployment_id == deployment_id) return word_of(static_cast<actors::ticket_state>(t.state));
  return std::find(p.failed.begin(), p.failed.end(), deployment_id) != p.failed.end() ? "refused" : "open";
}

std::string candidate_json(const call& c, const progress& p, std::int64_t deployment_id) {
  members m;
  add_names(m, c, deployment_id);
  m.add("state", std::string{candidate_state(p, deployment_id)});
  return m.finish();
}

std::string list_of(const auto& all, const auto& to_json) {
  std::string out;
  for (const auto& each : all)
    out.append(out.empty() ? "" : ",").append(to_json(each));
  return "[" + out + "]";
}

/// What was weighed when it was asked for at several, in the order in which they were asked. `served`: the one that has
/// served it, or serves it; 0: none yet.
std::string alternatives_json(const call& c, const actors::weighing& w, std::int64_t served) {
  std::int64_t rank = 0;
  return list_of(w.of, [&](const actors::alternative& a) {
    members m;
    add_names(m, c, a.deployment_id);
    m.add("rank", ++rank)
        .add("chosen", served != 0 && a.deployment_id == served)
        .add("known", a.known)
        .add("open", a.open)
        .add("expected_us", a.expected_us)
        .add("wait_us", a.wait_us)
        .add("load_us", a.load_us)
        .add("first_token_us", a.first_token_us)
        .add("failed_permille", std::int64_t{a.failed_permille})
        .add("as_good_as_the_best", w.as_good(a))
        .add("price", core::to_decimal(a.price_nano))
        .add("busy_permille", std::int64_t{a.busy_permille})
        .add("familiar", a.familiar)
        .add("deferred_us", a.defer_us);
    return m.finish();
  });
}

void add_weighing(members& m, const call& c, const actors::weighing& w, std::int64_t served) {
  m.add_known("equal_up_to_us", w.of.empty() ? -1 : w.equal_up_to_us);
  m.raw("alternatives", alternatives_json(c, w, served));
}

/// What a person wants to know first.
std::string summary_of(const progress& p) {
  switch (static_cast<actors::stage>(p.stage)) {
  case actors::stage::deciding: return "It is being decided where it may go.";
  case actors::stage::reserving: return "It waits for the answer of whoever keeps limits and budgets.";
  case actors::stage::running:
    return p.answering ? "It runs, and its answer has begun." : "It runs; no byte of its answer has come.";
  default: break;
  }
  const outlook* best = nullptr;
  for (const auto& t : p.tickets)
    if (t.state == static_cast<std::uint8_t>(actors::ticket_state::waiting) && (!best || t.ahead < best->ahead))
      best = &t;
  if (best == nullptr) {
    for (const auto& t : p.tickets)
      if (t.state == static_cast<std::uint8_t>(actors::ticket_state::deferred) && !t.blocked_by.empty())
        return "It waits for a place: " + t.blocked_by + ".";
    return "It waits for a place.";
  }
  auto text =
      "It waits for a place, " + (best->ahead == 0 ? "next in line" : std::to_string(best->ahead) + " go first");
  if (!best->blocked_by.empty()) text += ": " + best->blocked_by;
  return text + ".";
}

} // namespace

outcome explain_progress(const call& c, const progress& p) {
  if (!requests_of(c).covers(p.process_id, p.user_id)) return not_known(c);
  members m;
  m.add("request_id", p.request.str())
      .add("state", std::string{word_of(static_cast<actors::stage>(p.stage))})
      .add("summary", summary_of(p))
      .add("node", p.node)
      .id("process_id", p.process_id)
      .id("user_id", p.user_id)
      .text("model", p.model)
      .add("priority", core::priority{p.priority})
      .add("mode", std::string{to_string(static_cast<core::traffic_mode>(p.mode))})
      .add("age_us", p.age_us)
      .add("attempts", std::int64_t{p.attempts})
      .raw("tickets", list_of(p.tickets, [&](const outlook& o) { return ticket_json(c, o); }))
      .raw("candidates", list_of(p.candidates, [&](std::int64_t id) { return candidate_json(c, p, id); }))
      .raw("classification_statistics", tell_statistics(p.statistics));
  add_weighing(m, c, p.weighed, p.deployment_id);
  const auto refused = static_cast<ec>(p.refusal_code);
  m.text("last_refusal", refused == ec::none ? std::string{} : std::string{core::to_string(refused)})
      .text("last_refusal_message", refused == ec::none ? std::string{} : p.refusal);
  if (p.stage == static_cast<std::uint8_t>(actors::stage::running)) {
    members run;
    add_names(run, c, p.deployment_id);
    run.add("since_us", p.running_us)
        .add("answering", p.answering)
        .add("queue_us", p.queued_us)
        .add("cold_start", p.cold)
        .add("load_us", p.load_us);
    m.raw("running", run.finish());
  } else {
    m.raw("running", "null");
  }
  return to_outcome(200, m.finish());
}

outcome explain_past(storage::store& in, const call& c, const std::vector<std::string>& silent) {
  const auto found = in.find_request(c.path.front());
  if (!found) {
    if (found.error().code != ec::resource_not_found) return to_problem(found.error());
    if (silent.empty()) return not_known(c);
    std::string who;
    for (const auto& node : silent)
      who.append(who.empty() ? "" : ", ").append(node);
    return to_problem({ec::storage_away,
                       "It is on no books, and of the nodes " + who + " did not say whether it is there. Try again."});
  }
  if (!requests_of(c).covers(found->ids.process_id, found->owner.user_id)) return not_known(c);
  const auto& r = *found;
  const std::string decision{actors::without_weighing(r.decision)};
  members m;
  m.add("request_id", r.request_id_text)
      .add("state", std::string{"ended"})
      .add("summary", decision.empty() ? "It ended without a place at a provider." : "It ended: " + decision + ".")
      .text("node", r.node)
      .id("process_id", r.ids.process_id)
      .id("user_id", r.owner.user_id)
      .text("model", r.model_name)
      .text("provider", r.provider_name)
      .id("deployment_id", r.ids.deployment_id)
      .text("decision", decision)
      .add("priority", r.priority)
      .add("mode", std::string{to_string(r.mode)})
      .add("received_at", r.timestamp_request)
      .add("forwarded_at", r.timestamp_forwarding)
      .add("first_token_at", r.time_at_first_token)
      .add("finished_at", r.timestamp_response)
      .add("queue_us", r.queue_wait_us)
      .add("cold_start", r.was_cold_start)
      .add("load_us", r.load_duration_us)
      .add("attempts", std::int64_t{r.attempts});
  const bool went = r.timestamp_forwarding != core::wall_time{}; // otherwise its deployment is where it was refused
  add_weighing(m, c, actors::read_weighing(r.decision), went ? r.ids.deployment_id : 0);
  m.add_known("queue_depth_at_arrival", r.queue_depth_at_arrival);
  m.add_known("queue_depth_at_schedule", r.queue_depth_at_schedule);
  m.raw("in_flight_at_arrival", r.utilization_at_arrival < 0
                                    ? std::string{}
                                    : std::to_string(static_cast<std::int64_t>(r.utilization_at_arrival)))
      .add("status", std::int64_t{r.http_status})
      .add("result", std::string{to_string(r.result)})
      .text("error", r.error == ec::none ? std::string{} : std::string{core::to_string(r.error)})
      .text("error_message", r.error_message)
      .raw("classification_statistics", tell_statistics(r.classification_statistics));
  return to_outcome(200, m.finish());
}

} // namespace logos::administration
