// SPDX-License-Identifier: MIT
// INGRESS, as it is asked how far a request has come, and as it shows those who wait that they are not forgotten.
#include "actors/execution/errand.hpp"
#include "actors/ingress/ingress.hpp"
#include "storage/records.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

using actors::stage;
using execution::admission_of;
using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::chrono::milliseconds outlook_time{500}; // for a SCHEDULER to answer, before a comment goes out without

/// Whether the client can read comments: it waits for server-sent events.
bool reads_events(const net::exchange& x, const intent& wanted) {
  if (!wanted.stream || wanted.body != body_kind::json || x.made_for() != 0) return false;
  if (wanted.at != endpoint::chat && wanted.at != endpoint::completions && wanted.at != endpoint::responses)
    return false;
  const auto accepted = x.request().find("accept");
  const auto takes = [&](std::string_view type) { return accepted.find(type) != accepted.npos; };
  // OpenAI's clients send application/json, also where they ask for a stream.
  return accepted.empty() || takes("text/event-stream") || takes("text/*") || takes("*/*") || takes("application/json");
}

std::string seconds(std::int64_t us) { return std::to_string((us + 999'999) / 1'000'000) + " s"; }

std::string waiting_comment(const std::vector<actors::outlook>& all) {
  const actors::outlook* best = nullptr;
  for (const auto& o : all)
    if (o.state == static_cast<std::uint8_t>(actors::ticket_state::waiting) && (!best || o.ahead < best->ahead))
      best = &o;
  if (best == nullptr) return "waiting";
  auto text = "waiting, position " + std::to_string(best->ahead + 1);
  if (best->starts_in_us >= 0) text += ", expected in " + seconds(best->starts_in_us);
  return best->blocked_by.empty() ? text : text + ": " + best->blocked_by;
}

} // namespace

actors::progress ingress::describe(net::exchange& x, stage at) const {
  const auto& a = admission_of(x);
  actors::progress p;
  p.request = x.id();
  p.stage = static_cast<std::uint8_t>(at);
  p.node = at_.rules.node;
  p.process_id = a.who->process_id;
  p.user_id = a.who->user_id;
  p.model = a.intent.model;
  p.priority = a.priority();
  p.mode = static_cast<std::uint8_t>(a.intent.mode);
  p.age_us = duration_cast<microseconds>(clock_.steady() - x.received_steady()).count();
  p.attempts = a.attempts;
  p.candidates = a.candidates;
  p.failed = a.failed;
  p.refusal_code = a.last_refusal.code;
  p.refusal = a.last_refusal.message;
  p.statistics = storage::with_features(a.statistics, a.features);
  p.weighed = a.weighed;
  return p;
}

actors::progress ingress::describe_waiting(net::exchange& x) const {
  const auto& a = admission_of(x);
  const auto how_far = a.waiting() ? stage::waiting : a.held && !a.ruled ? stage::reserving : stage::deciding;
  auto p = describe(x, how_far);
  const auto now = clock_.steady();
  for (const auto& t : a.asked) {
    const auto* d = a.snapshot->find_deployment(t.deployment_id);
    const auto ticket = ticket_for(x, a, *d, t.round, now);
    actors::outlook o;
    o.deployment_id = d->id;
    o.provider_id = d->provider->id;
    o.waited_us = ticket.waited_us;
    o.patience_us = ticket.patience_us;
    p.tickets.push_back(std::move(o));
  }
  return p;
}

actors::progress ingress::describe_running(const execution::errand& call) const {
  auto& x = *call.exchange();
  const auto& granted = call.granted();
  auto p = describe(x, stage::running);
  p.deployment_id = granted.deployment_id;
  p.running_us = (clock_.wall() - admission_of(x).sent_at).count();
  p.queued_us = granted.queued_us;
  p.load_us = granted.load_us;
  p.cold = granted.cold;
  p.answering = call.answering();
  return p;
}

actors::progress ingress::explain(const core::uuid& request) const {
  if (const auto at = pending_.find(request); at != pending_.end()) return describe_waiting(*at->second);
  if (const auto at = at_.running.find(request); at != at_.running.end()) return describe_running(*at->second);
  for (const auto* between : {&at_.handed, &at_.returned}) // INGRESS and EXECUTOR
    if (const auto at = between->find(request); at != between->end()) return describe(*at->second, stage::deciding);
  return {};
}

bool ingress::due(net::exchange& x, core::steady_time now) const {
  const auto& a = admission_of(x);
  return now - std::max(a.reassured_at, x.received_steady()) >= at_.rules.heartbeat;
}

void ingress::reassure(core::steady_time now) {
  if (at_.rules.heartbeat == std::chrono::milliseconds{0}) return;
  for (const auto& [request, x] : pending_) {
    auto& a = admission_of(*x);
    if (!due(*x, now) || !reads_events(*x, a.intent)) continue;
    a.reassured_at = now;
    ask_outlook(x);
  }
  for (const auto& [request, call] : at_.running) {
    auto& x = *call->exchange();
    auto& a = admission_of(x);
    const bool held = call->holds_events() && reads_events(x, a.intent);
    if ((!x.reassured() && !held) || !due(x, now)) continue;
    a.reassured_at = now;
    x.reassure(held ? "the answer is being checked" : "waiting for the provider's answer", a.rate_headers);
  }
}

/// Tells the client where it stands as soon as a SCHEDULER has said so, or has not in time.
void ingress::ask_outlook(const net::exchange_ptr& x) {
  const auto& a = admission_of(*x);
  const auto tell = [this](const net::exchange_ptr& to, const std::vector<actors::outlook>& all) {
    if (pending_.contains(to->id())) to->reassure(waiting_comment(all), admission_of(*to).rate_headers);
  };
  if (!a.waiting()) return tell(x, {});
  // Where its ticket is put aside, nobody knows more than that.
  const auto now = clock_.steady();
  const auto waits = std::find_if(a.asked.begin(), a.asked.end(), [&](const execution::asked_ticket& t) {
    return !a.is_deferred(t.deployment_id, now);
  });
  const auto& asked = waits == a.asked.end() ? a.asked.front() : *waits;
  const auto* d = a.snapshot->find_deployment(asked.deployment_id);
  const auto to = at_.schedulers.find(d->provider->id);
  if (to == at_.schedulers.end()) return tell(x, {});
  self_->request(to->second, outlook_time, atom::explain_v, x->id())
      .then([x, tell](const std::vector<actors::outlook>& all) { tell(x, all); },
            [x, tell](const caf::error&) { tell(x, {}); });
}

} // namespace logos::ingress
