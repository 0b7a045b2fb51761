// SPDX-License-Identifier: MIT
#include "actors/ingress/claims.hpp"

#include <algorithm>
#include <limits>

namespace logos::ingress {
namespace {

constexpr std::int64_t default_reserve_tokens = 4096;
constexpr std::int64_t tokens_per_message = 16;      // of what surrounds its text
constexpr std::int64_t tokens_per_attachment = 2048; // of an image in high detail
constexpr std::int64_t most_tokens = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_choices = 1024;

/// Where the model writes an answer of a length that is not known before.
bool writes_text(std::string_view path) {
  return path == "chat/completions" || path == "completions" || path == "responses" || path == "messages";
}

std::int64_t bounded(std::uint64_t n) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(n, static_cast<std::uint64_t>(most_tokens)));
}

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

  const auto& look = a.intent.json;
  const auto prompt = bounded(look.content_bytes) + bounded(look.content_numbers) +
                      tokens_per_message * std::int64_t{look.messages} +
                      tokens_per_attachment * std::int64_t{look.attachments};
  std::int64_t answer = 0;
  if (look.completion_limit) {
    answer = std::clamp<std::int64_t>(*look.completion_limit, 0, most_tokens);
  } else if (writes_text(a.intent.route.rest)) {
    answer = model.reserve_tokens != 0 ? std::min(model.reserve_tokens, most_tokens) : default_reserve_tokens;
    if (a.snapshot->hard_budget(c.who)) a.answer_cap = answer;
  }
  const auto choices = std::clamp<std::int64_t>(look.n, 1, most_choices);
  c.tokens = a.intent.tokens;
  for (const auto id : a.candidates)
    if (const auto* d = a.snapshot->find_deployment(id))
      c.hold = std::max(
          c.hold, a.snapshot->prices.bound(d->model->id, d->provider->id, prompt, answer * choices, x.received()));
  return c;
}

std::string rate_headers(const accounting::ruling& r) {
  std::string out;
  append(out, "requests", r.requests);
  append(out, "tokens", r.tokens);
  return out;
}

} // namespace logos::ingress
