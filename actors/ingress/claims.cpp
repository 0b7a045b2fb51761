// SPDX-License-Identifier: MIT
#include "actors/ingress/claims.hpp"

#include "actors/accounting/applied_prices.hpp"
#include "actors/ingress/extent.hpp"
#include "actors/ingress/own_path.hpp"
#include "actors/ingress/sound.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

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
    if (const auto* d = a.snapshot->find_deployment(step.front())) most = std::max(most, d->model->reserve_tokens);
  return most;
}

// No provider takes a shorter limit of an answer than this (OpenAI's `max_output_tokens`).
constexpr std::int64_t shortest_answer = 16;

/// However long the answer may be.
constexpr std::int64_t most_tokens = std::numeric_limits<std::int64_t>::max();

/// What a request may cost at most.
class cost_bound {
public:
  /// `hard`: under a hard budget, which counts what the provider adds, too.
  cost_bound(const net::exchange& x, const execution::admission& a, std::int64_t reserve, bool hard)
      : a_{a},
        body_bytes_{x.request().body.size()},
        received_{x.received()},
        reserve_{reserve},
        hard_{hard} {
    if (a.snapshot->prices.counts_beside() && a.intent.at == endpoint::transcription)
      sound_ms_ = most_sound(x.request());
  }

  /// Whether one of these may count what has a price and no bound.
  bool exceeded_by(const std::vector<std::int64_t>& among) const {
    if (!a_.snapshot->prices.counts_beside() || a_.intent.reads || a_.intent.at == endpoint::counting) return false;
    return std::any_of(among.begin(), among.end(), [&](std::int64_t id) {
      const auto* chosen = a_.snapshot->find_deployment(id);
      if (chosen == nullptr) return false;
      const auto& all = a_.snapshot->deployments;
      const bool unknown = is_unknown_path(chosen->route.fixed_path);
      return may_exceed(*chosen, unknown) || std::any_of(a_.others.begin(), a_.others.end(), [&](const auto& other) {
               return std::any_of(all.begin(), all.end(), [&](const catalog::deployment& d) {
                 return d.provider == chosen->provider && d.upstream_name == other.name && may_exceed(d, unknown);
               });
             });
    });
  }

  /// At the dearest of these, with answers that have at most so many tokens each. `from` gets the prices of that one.
  core::nano of(const std::vector<std::int64_t>& among, std::int64_t answer = most_tokens,
                accounting::applied_prices* from = nullptr) const {
    core::nano most = 0;
    accounting::applied_prices dearest;
    const auto look_at = [&](const catalog::deployment& d, bool unknown) {
      accounting::applied_prices by;
      const auto cost = at(d, unknown, answer, from != nullptr ? &by : nullptr);
      if (cost <= most) return;
      most = cost;
      dearest = by;
    };
    for (const auto id : among) {
      const auto* chosen = a_.snapshot->find_deployment(id);
      if (chosen == nullptr) continue;
      const bool unknown = is_unknown_path(chosen->route.fixed_path);
      look_at(*chosen, unknown);
      // The provider may turn to these; which one has served, its answer need not tell.
      for (const auto& other : a_.others)
        for (const auto& d : a_.snapshot->deployments)
          if (d.provider == chosen->provider && d.upstream_name == other.name) look_at(d, unknown);
    }
    if (from != nullptr) from->add(dearest);
    return most;
  }

private:
  /// `unknown`: it is asked at a path where nobody knows what is heeded.
  bool may_exceed(const catalog::deployment& d, bool unknown) const {
    return a_.snapshot->prices.exceeds_bound(d.model->id, d.provider->id, received_,
                                             {!unknown && !may_call_more(a_.intent), sound_ms_.has_value()});
  }
  core::nano at(const catalog::deployment& d, bool unknown, std::int64_t answer,
                accounting::applied_prices* from) const {
    const auto context = hard_ ? d.model->context_tokens : 0;
    auto most =
        (unknown ? upper_bound_elsewhere : upper_bound)(a_.intent, body_bytes_, reserve_, d.upstream_name, context);
    if (!unknown) most.answer = std::min(most.answer, answer); // as it is told
    return a_.snapshot->prices.bound(d.model->id, d.provider->id, most.prompt, most.answer * most.answers, received_,
                                     most.calls, sound_ms_.value_or(0), from);
  }

  const execution::admission& a_;
  std::size_t body_bytes_;
  core::wall_time received_;
  std::int64_t reserve_;
  bool hard_;
  std::optional<std::int64_t> sound_ms_; // nothing: not known
};

/// The client has set no bound to the length of the answer.
bool is_boundless(const intent& i) {
  return i.body == body_kind::json && !i.reads && !i.json.completion_most &&
         (takes_a_limit(i.at) || i.at == endpoint::other);
}

accounting::parties parties_with(const execution::admission& a, const catalog::model& model) {
  accounting::parties who{};
  const auto set = [&](core::scope scope, std::int64_t id) { who[static_cast<std::size_t>(scope)] = id; };
  set(core::scope::process, a.who->process_id);
  set(core::scope::profile, a.profile != nullptr ? a.profile->id : 0);
  set(core::scope::user, a.who->user_id);
  set(core::scope::service, a.who->service_id);
  set(core::scope::model, model.id);
  return who;
}

} // namespace

accounting::parties parties_of(const execution::admission& a) {
  const auto* first = a.candidates.empty() ? nullptr : a.snapshot->find_deployment(a.candidates.front());
  return first == nullptr ? accounting::parties{} : parties_with(a, *first->model);
}

std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a) {
  return claim_of(x, a, *a.snapshot);
}

std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a,
                                          const catalog::snapshot& rules) {
  const auto* first = a.candidates.empty() ? nullptr : a.snapshot->find_deployment(a.candidates.front());
  if (first == nullptr) return std::nullopt;
  const auto& model = *first->model;
  accounting::claim c{x.id(), parties_with(a, model), 0, 0, x.received()};
  if (!rules.governs(c.who)) return std::nullopt;

  c.catalog = rules.version;
  c.can_be_shorter = takes_a_limit(a.intent.at) || a.intent.at == endpoint::other;
  const auto body = x.request().body.size();
  const auto reserve = reserve_of(a, model);
  a.budgeted = rules.budgeted(c.who);
  const bool hard = rules.hard_budget(c.who);
  // The client's own limit may stand in a field that the provider does not heed.
  if (takes_a_limit(a.intent.at) && !a.intent.reads && hard)
    a.answer_cap = upper_bound(a.intent, body, reserve, first->upstream_name).answer;
  if (hard && !a.intent.reads && needs_call_limit(a.intent)) a.calls_cap = default_tool_calls;
  const cost_bound may_cost{x, a, reserve, hard};
  const auto likely = estimate(a.intent, body, reserve);
  const bool boundless = is_boundless(a.intent);
  accounting::applied_prices from;
  const auto add = [&](const std::vector<std::int64_t>& among) {
    const auto hold = may_cost.of(among, most_tokens, &from);
    c.hold = c.hold > accounting::most_money - hold ? accounting::most_money : c.hold + hold;
    c.tokens += likely.sum();
    if (hard && !c.open_ended) c.open_ended = may_cost.exceeded_by(among);
    if (boundless) c.spare_tokens += std::max<std::int64_t>(likely.answer - 1, 0) * likely.answers;
  };
  if (!a.cascade)
    add(a.candidates);
  else // every answer but the last may be dropped, and is paid for
    for (const auto& step : a.cascade->steps)
      add(step);
  a.hold_prices = from.text();
  // A cascade's steps may be of models with prices of their own: one length for all would be somebody's guess.
  if (boundless && a.answer_cap > shortest_answer && !a.cascade)
    c.spare_hold = c.hold - may_cost.of(a.candidates, shortest_answer);
  return c;
}

void fit_answer(const net::exchange& x, execution::admission& a, core::nano hold) {
  const auto* first = a.candidates.empty() ? nullptr : a.snapshot->find_deployment(a.candidates.front());
  if (first == nullptr || a.answer_cap <= shortest_answer) return;
  const cost_bound may_cost{x, a, reserve_of(a, *first->model), true};
  auto fits = shortest_answer, most = a.answer_cap;
  while (fits < most) {
    const auto middle = fits + (most - fits + 1) / 2;
    if (may_cost.of(a.candidates, middle) <= hold)
      fits = middle;
    else
      most = middle - 1;
  }
  a.answer_cap = fits;
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
