// SPDX-License-Identifier: MIT
#include "actors/ingress/claims.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace logos::ingress {
namespace {

constexpr std::int64_t default_reserve_tokens = 4096;
constexpr std::int64_t tokens_per_message = 16;      // of what surrounds its text
constexpr std::int64_t tokens_per_attachment = 2048; // of an image in high detail
constexpr std::int64_t most_tokens = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_answers = 1'000'000;
// A million units: more than any request costs, and few enough that the sum of all that are held fits.
constexpr core::nano most_held = 1'000'000 * core::nano_per_unit;

/// Where the length of the answer can be limited.
bool takes_a_limit(std::string_view path) {
  return path == "chat/completions" || path == "completions" || path == "responses" || path == "messages";
}

/// Where nothing is generated: the answer has no tokens of its own.
bool generates(std::string_view path) {
  static constexpr std::array<std::string_view, 6> without{"embeddings", "moderations", "rerank",
                                                           "score",      "classify",    "pooling"};
  return std::find(without.begin(), without.end(), path) == without.end();
}

/// How many answers are written: each prompt of a list gets `n`. A list of numbers is one prompt, of token ids.
std::int64_t answers_of(const net::json_look& look, std::string_view path) {
  const auto n = std::max<std::int64_t>(look.n, 1);
  if (path != "completions" || look.messages <= 1 || look.content_numbers == look.messages) return n;
  return std::min<std::int64_t>(n * look.messages, most_answers);
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
  const auto path = a.intent.route.rest;
  const auto reserve = model.reserve_tokens != 0 ? std::min(model.reserve_tokens, most_tokens) : default_reserve_tokens;
  std::int64_t prompt = x.request().body.empty() ? 0 : reserve; // of what is no JSON, nothing is known
  if (a.intent.body == body_kind::json) {
    // What is attached as base64 is no text; all else is at most a token per byte.
    const auto text = look.attachments == 0 ? x.request().body.size() : look.content_bytes + look.content_numbers;
    prompt =
        bounded(text) + tokens_per_message * std::int64_t{look.messages} + tokens_per_attachment * look.attachments;
  }
  std::int64_t answer = 0;
  if (look.completion_most)
    answer = std::clamp<std::int64_t>(*look.completion_most, 0, most_tokens);
  else if (generates(path))
    answer = reserve;
  // The client's own limit may stand in a field that the provider does not heed.
  if (takes_a_limit(path) && a.snapshot->hard_budget(c.who)) a.answer_cap = std::max<std::int64_t>(answer, 1);
  const auto choices = answers_of(look, path);
  c.tokens = a.intent.tokens;
  for (const auto id : a.candidates)
    if (const auto* d = a.snapshot->find_deployment(id))
      c.hold = std::max(
          c.hold, a.snapshot->prices.bound(d->model->id, d->provider->id, prompt, answer * choices, x.received()));
  c.hold = std::min(c.hold, most_held);
  return c;
}

std::string rate_headers(const accounting::ruling& r) {
  std::string out;
  append(out, "requests", r.requests);
  append(out, "tokens", r.tokens);
  return out;
}

} // namespace logos::ingress
