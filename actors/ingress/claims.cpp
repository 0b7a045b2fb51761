// SPDX-License-Identifier: MIT
#include "actors/ingress/claims.hpp"

#include "actors/ingress/extent.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace logos::ingress {
namespace {

/// Lines as they are written one behind the other. Each is shorter than `longest_line`.
class line_buffer {
public:
  void add(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }
  void add(char c) { *end_++ = c; }
  void add(std::int64_t number) { end_ = std::to_chars(end_, end_ + most_digits, number).ptr; }
  void add(std::chrono::milliseconds d) {
    const auto ms = d.count();
    if (ms < 1000) {
      add(ms);
      return add("ms");
    }
    if (ms >= 60'000) {
      add(ms / 60'000);
      add('m');
    }
    add(ms % 60'000 / 1000);
    if (const auto rest = ms % 1000; rest != 0) {
      add('.');
      for (const auto digit : {rest / 100, rest / 10 % 10, rest % 10})
        add(static_cast<char>('0' + digit));
    }
    add('s');
  }
  std::string str() const { return {bytes_.data(), static_cast<std::size_t>(end_ - bytes_.data())}; }

private:
  static constexpr std::size_t most_lines = 6;
  static constexpr std::size_t longest_line = 80;
  static constexpr std::ptrdiff_t most_digits = 20;
  std::array<char, most_lines * longest_line> bytes_{};
  char* end_ = bytes_.data();
};

/// Names of the lines that tell of one kind of limit.
struct headroom_names {
  std::string_view limit, remaining, reset;
};
constexpr headroom_names of_requests{
    "x-ratelimit-limit-requests: ", "\r\nx-ratelimit-remaining-requests: ", "\r\nx-ratelimit-reset-requests: "};
constexpr headroom_names of_tokens{
    "x-ratelimit-limit-tokens: ", "\r\nx-ratelimit-remaining-tokens: ", "\r\nx-ratelimit-reset-tokens: "};

void append(line_buffer& out, const headroom_names& names, const std::optional<accounting::headroom>& h) {
  if (!h) return;
  out.add(names.limit);
  out.add(h->limit);
  out.add(names.remaining);
  out.add(h->remaining);
  out.add(names.reset);
  out.add(h->reset);
  out.add("\r\n");
}

/// What an answer without a limit of its own is held for: in a cascade as much as any of its models may write.
std::int64_t reserve_of(const execution::admission& a, const catalog::model& first) {
  if (!a.cascade) return first.reserve_tokens;
  std::int64_t most = 0;
  for (const auto& step : a.cascade->steps)
    if (const auto* d = a.snapshot->find_deployment(step.front())) {
      const auto own = d->model->reserve_tokens;
      most = std::max(most, own != 0 ? own : default_answer_tokens);
    }
  return most;
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
  const auto reserve = reserve_of(a, model);
  const bool hard = a.snapshot->hard_budget(c.who);
  // The client's own limit may stand in a field that the provider does not heed.
  if (takes_a_limit(a.intent.at) && !a.intent.reads && hard)
    a.answer_cap = upper_bound(a.intent, body, reserve, first->upstream_name).answer;
  if (hard && !a.intent.reads && needs_call_limit(a.intent)) a.calls_cap = default_tool_calls;
  const auto may_cost = [&](const catalog::deployment& d) {
    const auto most = upper_bound(a.intent, body, reserve, d.upstream_name, hard ? d.model->context_tokens : 0);
    return a.snapshot->prices.bound(d.model->id, d.provider->id, most.prompt, most.answer * most.answers, x.received(),
                                    most.calls);
  };
  const auto dearest = [&](const std::vector<std::int64_t>& among) {
    core::nano hold = 0;
    for (const auto id : among) {
      const auto* chosen = a.snapshot->find_deployment(id);
      if (chosen == nullptr) continue;
      hold = std::max(hold, may_cost(*chosen));
      // The provider may turn to these; which one has served, its answer need not tell.
      for (const auto& other : a.others)
        for (const auto& d : a.snapshot->deployments)
          if (d.provider == chosen->provider && d.upstream_name == other.name) hold = std::max(hold, may_cost(d));
    }
    return hold;
  };
  const auto tokens = estimate(a.intent, body, reserve).sum();
  const auto add = [&](const std::vector<std::int64_t>& among) {
    const auto hold = dearest(among);
    c.hold = c.hold > accounting::most_money - hold ? accounting::most_money : c.hold + hold;
    c.tokens += tokens;
  };
  if (!a.cascade)
    add(a.candidates);
  else // every answer but the last may be dropped, and is paid for
    for (const auto& step : a.cascade->steps)
      add(step);
  return c;
}

core::failure closed_by_limit(core::scope whose) {
  return {core::ec::forbidden, "A limit of this " + std::string{core::to_string(whose)} +
                                   " is 0: it may not be used at all. An administrator can raise it at "
                                   "/admin/v1/limits, or in the settings of the process."};
}

std::string rate_headers(const accounting::ruling& r) {
  if (!r.requests && !r.tokens) return {};
  line_buffer out;
  append(out, of_requests, r.requests);
  append(out, of_tokens, r.tokens);
  return out.str();
}

} // namespace logos::ingress
