// SPDX-License-Identifier: MIT
#include "actors/ingress/claims.hpp"

#include "actors/ingress/extent.hpp"

#include <algorithm>
#include <charconv>

namespace logos::ingress {
namespace {

void append(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append(std::string& out, std::chrono::milliseconds d) {
  const auto ms = d.count();
  if (ms < 1000) {
    append(out, ms);
    out += "ms";
    return;
  }
  if (ms >= 60'000) {
    append(out, ms / 60'000);
    out += 'm';
  }
  append(out, ms % 60'000 / 1000);
  if (const auto rest = ms % 1000; rest != 0) {
    out += '.';
    for (const auto digit : {rest / 100, rest / 10 % 10, rest % 10})
      out += static_cast<char>('0' + digit);
  }
  out += 's';
}

void append(std::string& out, std::string_view of, const std::optional<accounting::headroom>& h) {
  if (!h) return;
  const auto line = [&](std::string_view what, auto value) {
    out.append("x-ratelimit-").append(what).append("-").append(of).append(": ");
    append(out, value);
    out += "\r\n";
  };
  line("limit", h->limit);
  line("remaining", h->remaining);
  line("reset", h->reset);
}

} // namespace

std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a) {
  const auto* first = a.candidates.empty() ? nullptr : a.snapshot->find_deployment(a.candidates.front());
  if (first == nullptr) return std::nullopt;
  const auto& model = *first->model;
  accounting::claim c{x.id(), {}, 0, 0, x.received()};
  const auto set = [&](core::scope scope, std::int64_t id) { c.who[static_cast<std::size_t>(scope)] = id; };
  set(core::scope::process, a.who->process_id);
  set(core::scope::profile, a.profile != nullptr ? a.profile->id : 0);
  set(core::scope::user, a.who->user_id);
  set(core::scope::service, a.who->service_id);
  set(core::scope::model, model.id);
  if (!a.snapshot->governs(c.who)) return std::nullopt;

  const auto body = x.request().body.size();
  // The client's own limit may stand in a field that the provider does not heed.
  if (takes_a_limit(a.intent.at) && !a.intent.reads && a.snapshot->hard_budget(c.who))
    a.answer_cap = upper_bound(a.intent, body, model.reserve_tokens, first->upstream_name).answer;
  c.tokens = estimate(a.intent, body, model.reserve_tokens).sum();
  const auto may_cost = [&](const catalog::deployment& d) {
    const auto most = upper_bound(a.intent, body, model.reserve_tokens, d.upstream_name);
    c.hold = std::max(c.hold, a.snapshot->prices.bound(d.model->id, d.provider->id, most.prompt,
                                                       most.answer * most.answers, x.received()));
  };
  for (const auto id : a.candidates) {
    const auto* chosen = a.snapshot->find_deployment(id);
    if (chosen == nullptr) continue;
    may_cost(*chosen);
    // The provider may turn to these; which one has served, its answer need not tell.
    for (const auto& other : a.others)
      for (const auto& d : a.snapshot->deployments)
        if (d.provider == chosen->provider && d.upstream_name == other.name) may_cost(d);
  }
  return c;
}

core::failure closed_by_limit(core::scope whose) {
  return {core::ec::forbidden, "A limit of this " + std::string{core::to_string(whose)} +
                                   " is 0: it may not be used at all. An administrator can raise it at "
                                   "/admin/v1/limits, or in the settings of the process."};
}

std::string rate_headers(const accounting::ruling& r) {
  std::string out;
  if (r.requests || r.tokens) out.reserve(256); // six lines
  append(out, "requests", r.requests);
  append(out, "tokens", r.tokens);
  return out;
}

} // namespace logos::ingress
