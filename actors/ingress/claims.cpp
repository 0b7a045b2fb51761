// SPDX-License-Identifier: MIT
#include "actors/ingress/claims.hpp"

#include "actors/ingress/extent.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

// A million units: more than any request costs, and few enough that the sum of all that are held fits.
constexpr core::nano most_held = 1'000'000 * core::nano_per_unit;

std::string duration_text(std::chrono::milliseconds d) {
  const auto ms = d.count();
  if (ms < 1000) return std::to_string(ms) + "ms";
  std::string text = ms >= 60'000 ? std::to_string(ms / 60'000) + "m" : std::string{};
  text += std::to_string(ms % 60'000 / 1000);
  if (const auto rest = ms % 1000; rest != 0) text += "." + std::to_string(1000 + rest).substr(1);
  return text + "s";
}

void append(std::string& out, const char* of, const std::optional<accounting::headroom>& h) {
  if (!h) return;
  const auto line = [&](const char* what, const std::string& value) {
    out.append("x-ratelimit-").append(what).append("-").append(of).append(": ").append(value).append("\r\n");
  };
  line("limit", std::to_string(h->limit));
  line("remaining", std::to_string(h->remaining));
  line("reset", duration_text(h->reset));
}

} // namespace

std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a) {
  const auto* first = a.candidates.empty() ? nullptr : a.snapshot->find_deployment(a.candidates.front());
  if (first == nullptr) return std::nullopt;
  const auto& model = *first->model;
  accounting::claim c{x.id(), {}, 0, 0};
  const auto set = [&](core::scope scope, std::int64_t id) { c.who[static_cast<std::size_t>(scope)] = id; };
  set(core::scope::process, a.who->process_id);
  set(core::scope::profile, a.profile != nullptr ? a.profile->id : 0);
  set(core::scope::user, a.who->user_id);
  set(core::scope::service, a.who->service_id);
  set(core::scope::model, model.id);
  if (!a.snapshot->governs(c.who)) return std::nullopt;

  const auto body = x.request().body.size();
  const auto most = upper_bound(a.intent, body, model.reserve_tokens);
  // The client's own limit may stand in a field that the provider does not heed.
  if (takes_a_limit(a.intent.at) && !a.intent.reads && a.snapshot->hard_budget(c.who)) a.answer_cap = most.answer;
  c.tokens = estimate(a.intent, body, model.reserve_tokens).sum();
  const auto may_cost = [&](const catalog::deployment& d) {
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
  c.hold = std::min(c.hold, most_held);
  return c;
}

core::failure closed_by_limit(core::scope whose) {
  return {core::ec::forbidden, "A limit of this " + std::string{core::to_string(whose)} +
                                   " is 0: it may not be used at all. An administrator can raise it at "
                                   "/admin/v1/limits, or in the settings of the process."};
}

std::string rate_headers(const accounting::ruling& r) {
  std::string out;
  append(out, "requests", r.requests);
  append(out, "tokens", r.tokens);
  return out;
}

} // namespace logos::ingress
