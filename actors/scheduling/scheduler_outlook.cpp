// SPDX-License-Identifier: MIT
// SCHEDULER, as it is asked what a request may expect.
#include "actors/monitoring/experience.hpp"
#include "actors/scheduling/expectation.hpp"
#include "actors/scheduling/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace logos::scheduling {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::uint32_t shown(std::size_t n) { return static_cast<std::uint32_t>(std::min<std::size_t>(n, UINT32_MAX)); }
std::uint32_t limit(std::uint32_t n) { return n == places::unlimited ? 0 : n; }
/// Somebody could start at once.
bool has_room(const actors::outlook& o) {
  return o.waiting == 0 && (o.places == 0 || o.in_use < o.places) &&
         (o.places_in_all == 0 || o.in_use_in_all < o.places_in_all);
}
std::string in_ms(microseconds d) { return std::to_string(d.count() / 1000) + " ms"; }
std::uint32_t whole_seconds(microseconds wait) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((wait.count() + 999'999) / 1'000'000, 1, 3600));
}

} // namespace

std::vector<actors::outlook> scheduler::explain(const core::uuid& request) {
  const auto now = clock_.steady();
  std::vector<actors::outlook> all;
  for (lane l = 0; l < places_.lanes(); ++l)
    if (const auto* ticket = queue_.find(request, l))
      all.push_back(outlook_of(*ticket, now));
    else if (const auto* deferred = aside_.find(request, l))
      all.push_back(outlook_of_deferred(*deferred, now));
  permits_.for_each([&](const permit& p) {
    if (p.request != request) return;
    auto o = outlook_at(p.lane);
    o.state = static_cast<std::uint8_t>(p.offered ? actors::ticket_state::offered : actors::ticket_state::running);
    all.push_back(std::move(o));
  });
  return all;
}

actors::outlook scheduler::outlook_at(lane l) const {
  actors::outlook o;
  o.deployment_id = places_.deployment_of(l);
  o.provider_id = terms_.provider_id;
  o.waiting = shown(queue_.size(l));
  o.waiting_in_all = shown(queue_.size());
  o.in_use = places_.taken(l);
  o.places = limit(places_.limit_of(l));
  if (o.places != 0) o.places = std::min(o.places, allowance_.figures_of(l, clock_.steady()).limit);
  o.in_use_in_all = places_.taken();
  o.places_in_all = limit(places_.limit());
  return o;
}

actors::outlook scheduler::outlook_of(const waiting& t, core::steady_time now) const {
  auto o = outlook_at(t.lane);
  o.state = static_cast<std::uint8_t>(actors::ticket_state::waiting);
  if (const auto where = queue_.position(t.request, t.lane)) {
    o.ahead = shown(where->before);
    o.ahead_own_key = shown(where->own_before);
  }
  add_expectation(o, t, now);
  return o;
}

void scheduler::add_expectation(actors::outlook& o, const waiting& t, core::steady_time now) const {
  o.waited_us = duration_cast<microseconds>(now - t.arrived).count();
  o.patience_us = std::max<std::int64_t>(duration_cast<microseconds>(t.deadline - now).count(), 0);
  const auto load_left = memory_.load_left(t.lane, now);
  if (load_left) o.load_left_us = load_left->count();
  o.blocked_by = why_waiting(t.lane);
  add_start(o, t, load_left, now);
}

void scheduler::add_start(actors::outlook& o, const waiting& t, std::optional<microseconds> load_left,
                          core::steady_time now) const {
  if (const auto wait = expected_start(o, t.lane, load_left, now)) {
    o.starts_in_us = wait->count();
    const auto known = experience_.of(o.deployment_id);
    if (known.first_token_us > 0 || known.prompt_token_ns > 0)
      o.first_token_in_us = o.starts_in_us + monitoring::expected_first_token_us(known, t.prompt_tokens);
  }
}

/// It is expected to be served sooner elsewhere.
actors::outlook scheduler::outlook_of_deferred(const waiting& t, core::steady_time now) const {
  auto o = outlook_at(t.lane);
  o.state = static_cast<std::uint8_t>(actors::ticket_state::deferred);
  o.waited_us = duration_cast<microseconds>(now - t.arrived).count();
  o.patience_us = std::max<std::int64_t>(duration_cast<microseconds>(t.patience - now).count(), 0);
  const auto joins = std::max(duration_cast<microseconds>(t.deadline - now), microseconds{0});
  o.joins_in_us = joins.count();
  o.ahead = o.waiting; // whoever is in the queue goes before it
  // Until then it takes a place that falls idle; but nothing is loaded for it.
  auto load_left = memory_.load_left(t.lane, now);
  if (load_left) o.load_left_us = load_left->count();
  std::string what = "an answer is expected sooner elsewhere; it joins the queue here in " + in_ms(joins) +
                     ", and takes a place that falls idle before";
  if (!memory_.admits(t.lane) && !load_left) {
    const auto load = memory_.load_of(t.lane);
    what = "an answer is expected sooner elsewhere; it joins the queue here in " + in_ms(joins) +
           ", and nothing is loaded for it before" + (load.count() > 0 ? ": a load takes " + in_ms(load) : "");
    if (load.count() > 0) load_left = joins + load;
  } else if (has_room(o)) { // a place that is free already is kept for others until then
    load_left = std::max(load_left.value_or(microseconds{0}), joins);
  }
  o.blocked_by = what;
  add_start(o, t, load_left, now);
  return o;
}

actors::queue_page scheduler::list_waiting(const actors::queue_question& asked) const {
  struct row {
    lane at;
    std::uint32_t ahead;
    bool deferred;
    queue::placed who;
  };
  const auto has = [](const std::vector<std::int64_t>& in, std::int64_t x) {
    return std::binary_search(in.begin(), in.end(), x);
  };
  const auto key_of = [this](const row& r) { return std::pair{places_.deployment_of(r.at), r.who.ticket->request}; };
  const std::pair after{asked.after_deployment, asked.after_request};
  std::vector<row> rows;
  for (lane l = 0; l < places_.lanes(); ++l) {
    const auto id = places_.deployment_of(l);
    if (!has(asked.deployments, id) || id < asked.after_deployment) continue;
    for (const auto* in : {&queue_, &aside_}) {
      std::uint32_t ahead = 0;
      for (const auto& who : in->in_order(l)) {
        const row r{l, ahead++, in == &aside_, who};
        if (asked.processes.empty() || has(asked.processes, who.ticket->process_id))
          if (after < key_of(r)) rows.push_back(r);
      }
    }
  }
  const auto n = std::min<std::size_t>(rows.size(), asked.limit);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(n), rows.end(),
                    [&](const row& a, const row& b) { return key_of(a) < key_of(b); });
  rows.resize(n);
  actors::queue_page page;
  const auto now = clock_.steady();
  for (const auto& r : rows) {
    const auto& t = *r.who.ticket;
    actors::outlook o;
    if (r.deferred) {
      o = outlook_of_deferred(t, now);
    } else {
      o = outlook_at(r.at);
      o.state = static_cast<std::uint8_t>(actors::ticket_state::waiting);
      o.ahead = r.ahead;
      add_expectation(o, t, now);
    }
    page.tickets.push_back({t.request, t.process_id, t.priority, ranking::priority_at(r.who.level, t.priority, t.mode),
                            t.mode, r.deferred, t.tokens, t.weight, std::move(o)});
  }
  return page;
}

/// Nothing while the provider cannot be asked, or its memory is somebody else's for a time that nobody knows.
std::optional<microseconds> scheduler::expected_start(const actors::outlook& o, lane l,
                                                      std::optional<microseconds> load_left,
                                                      core::steady_time now) const {
  const auto paused = gate_.paused_until();
  if ((!gate_.open() && !paused) || !right_->holds(now)) return std::nullopt;
  if (!memory_.admits(l) && !load_left) return std::nullopt;
  const microseconds each{times_.mean_us(l)};
  const auto here = expected_wait({o.ahead, o.in_use, o.places, each});
  const auto in_all = expected_wait({o.ahead, o.in_use_in_all, o.places_in_all, each});
  if (!here || !in_all) return std::nullopt;
  auto opens = load_left.value_or(microseconds{0});
  if (paused) opens = std::max(opens, duration_cast<microseconds>(*paused - now));
  const auto allowed = allowance_.when(l, o.ahead, now);
  if (!allowed) return std::nullopt;
  opens = std::max(opens, duration_cast<microseconds>(*allowed - now));
  return opens + std::max(*here, *in_all);
}

std::uint32_t scheduler::room_in_s(const waiting& refused, admission why, core::steady_time now) const {
  const auto l = refused.lane;
  const auto needed = queue_.room_for(refused, why);
  const bool of_key = why == admission::key_full; // its tickets may wait for any model
  const auto mean = microseconds{of_key ? 0 : times_.mean_us(l)};
  const auto taken = of_key ? places_.taken() : places_.taken(l);
  const auto room = places_.room(l); // whoever gets these waits for no call to end
  const auto ends = needed.grants - std::min<std::size_t>(room, needed.grants);
  const auto abreast = room == places::unlimited ? room : taken + room;
  const auto opens = kept_back(l, needed.grants - std::min<std::size_t>(1, needed.grants), now);
  return whole_seconds(opens + surely_ended(ends, abreast, mean.count() > 0 ? mean : times_.typical()));
}

std::uint32_t scheduler::place_in_s(lane l, core::steady_time now) const {
  const auto ahead = queue_.size(l);
  const auto ends = ahead + 1 - std::min<std::size_t>(places_.room(l), ahead + 1);
  // As many as may run, not as do: before a load, or in a pause, nobody does.
  const auto abreast = std::min({places_.limit_of(l), places_.limit(), allowance_.figures_of(l, now).limit});
  const microseconds mean{times_.mean_us(l)};
  return whole_seconds(kept_back(l, ahead, now) +
                       surely_ended(ends, abreast, mean.count() > 0 ? mean : times_.typical()));
}

microseconds scheduler::kept_back(lane l, std::size_t ahead, core::steady_time now) const {
  const auto load = memory_.admits(l) ? microseconds{0} : memory_.load_of(l); // it has not begun, or is under way
  auto opens = memory_.load_left(l, now).value_or(load);
  if (const auto paused = gate_.paused_until()) opens = std::max(opens, duration_cast<microseconds>(*paused - now));
  if (const auto allowed = allowance_.when(l, shown(ahead), now))
    opens = std::max(opens, duration_cast<microseconds>(*allowed - now));
  return opens;
}

} // namespace logos::scheduling
