// SPDX-License-Identifier: MIT
#include "actors/monitoring/experience.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>

namespace logos::monitoring {
namespace {

using core::ec;

constexpr double settled = 8;         // so many calls are known before one of them can be out of place
constexpr double out_of_place = 4;    // times what was expected: a load, or another's burst, not the prompt
constexpr double shortest_us = 1'000; // a stream's tokens do not all come within
constexpr double stream_share = 50;   // nor within a fiftieth of the whole time
constexpr std::uint32_t few_tokens = 3;
constexpr double longest_us = 3.6e9;

std::int64_t whole(double x) { return static_cast<std::int64_t>(std::llround(std::clamp(x, 0.0, 9e15))); }

/// What the provider is to blame for. Its 429 is its right; where its account is closed it is as good as broken.
bool failed(const actors::release& r) {
  if (r.status >= 500 || r.account_closed) return true;
  switch (static_cast<ec>(r.code)) {
  case ec::upstream_unreachable:
  case ec::upstream_protocol:
  case ec::upstream_cut:
  case ec::first_token_timeout:
  case ec::idle_timeout:
  case ec::total_timeout: return true;
  default: return false;
  }
}

} // namespace

std::int64_t expected_first_token_us(const actors::learned& of, std::uint32_t prompt_tokens) {
  return of.first_token_us + static_cast<std::int64_t>(prompt_tokens) * of.prompt_token_ns / 1'000;
}

std::int64_t expected_duration_us(const actors::learned& of, std::uint32_t prompt_tokens, std::uint32_t answer_tokens) {
  return expected_first_token_us(of, prompt_tokens) +
         static_cast<std::int64_t>(answer_tokens) * of.answer_token_ns / 1'000;
}

void experience::line::add(double at_x, double at_y) {
  n = n * memory + 1;
  x = x * memory + at_x;
  y = y * memory + at_y;
  xx = xx * memory + at_x * at_x;
  xy = xy * memory + at_x * at_y;
}

double experience::line::slope() const {
  if (n <= 0) return 0;
  const auto spread = xx - x * x / n;
  // Prompts of one length say nothing of others.
  if (spread <= 1e-3 * xx || spread < 1) return 0;
  const auto steep = (xy - x * y / n) / spread;
  // A line that would start below nothing goes through it.
  return std::clamp(steep, 0.0, x > 0 ? y / x : 0.0);
}

double experience::line::start() const { return n > 0 ? std::max(0.0, (y - slope() * x) / n) : 0; }

void experience::observe(std::int64_t deployment_id, const actors::release& r) {
  if (static_cast<ec>(r.code) == ec::client_gone || (r.status == 0 && !failed(r))) return;
  auto& learned = at(deployment_id);
  ++learned.calls;
  learned.ends = learned.ends * failure_memory + 1;
  learned.failures = learned.failures * failure_memory + (failed(r) ? 1 : 0);
  if (static_cast<ec>(r.code) == ec::none && r.status >= 200 && r.status < 300) learn_times(learned, r);
}

void experience::learn_times(row& of, const actors::release& r) {
  if (r.first_byte_us < 0) return;
  const auto duration = std::clamp(static_cast<double>(r.duration_us), 0.0, longest_us);
  auto first = std::min(static_cast<double>(r.first_byte_us), duration);
  const auto rest = duration - first;
  if (rest >= shortest_us && rest * stream_share >= duration) {
    if (r.completion_tokens >= few_tokens) {
      of.answer_tokens = of.answer_tokens * memory + (r.completion_tokens - 1);
      of.answer_us = of.answer_us * memory + rest;
    }
  } else if (r.completion_tokens > 0) {
    // It came in one piece, its first token together with the last.
    if (of.answer_tokens <= 0) return;
    first = std::max(0.0, first - of.answer_us / of.answer_tokens * r.completion_tokens);
  }
  // A prompt of which the provider tells no length counts as a usual one: so it says nothing of other lengths.
  const double prompt = r.prompt_tokens > 0 ? r.prompt_tokens : of.first.n > 0 ? of.first.x / of.first.n : 0;
  if (of.first.n >= settled) first = std::min(first, out_of_place * of.first.at(prompt) + shortest_us);
  of.first.add(prompt, first);
}

void experience::observe(std::int64_t deployment_id, const actors::loaded_model& model) {
  auto& fixed = at(deployment_id).fixed;
  if (model.load_us > 0) fixed.load_us = model.load_us;
  if (model.bytes > 0) fixed.bytes = model.bytes;
  if (model.vram_bytes > 0) fixed.vram_bytes = model.vram_bytes;
}

void experience::recall(const actors::learned& before) {
  auto& fresh = at(before.deployment_id);
  auto& fixed = fresh.fixed; // its MONITOR may have been sooner
  if (fixed.load_us == 0) fixed.load_us = before.load_us;
  if (fixed.bytes == 0) fixed.bytes = before.bytes;
  if (fixed.vram_bytes == 0) fixed.vram_bytes = before.vram_bytes;
  if (fresh.calls > 0) return;
  fresh.calls = before.calls;
  // Two calls' worth of it, a short prompt and a long one, so that what is new soon counts for more.
  if (before.first_token_us > 0 || before.prompt_token_ns > 0)
    for (const std::uint32_t tokens : {100U, 1'000U})
      fresh.first.add(tokens, static_cast<double>(expected_first_token_us(before, tokens)));
  if (before.answer_token_ns > 0) {
    fresh.answer_tokens = 100;
    fresh.answer_us = static_cast<double>(before.answer_token_ns) / 10;
  }
  fresh.ends = std::min(static_cast<double>(before.calls), settled);
  fresh.failures = fresh.ends * before.error_permille / 1'000;
}

actors::learned experience::of(std::int64_t deployment_id) const {
  const auto found = rows_.find(deployment_id);
  actors::learned out;
  out.deployment_id = deployment_id;
  if (found == rows_.end()) return out;
  const auto& known = found->second;
  out.load_us = known.fixed.load_us;
  out.bytes = known.fixed.bytes;
  out.vram_bytes = known.fixed.vram_bytes;
  out.first_token_us = whole(known.first.start());
  out.prompt_token_ns = whole(known.first.slope() * 1'000);
  if (known.answer_tokens > 0) out.answer_token_ns = whole(known.answer_us / known.answer_tokens * 1'000);
  if (known.ends > 0) out.error_permille = static_cast<std::uint32_t>(whole(known.failures / known.ends * 1'000));
  out.calls = known.calls;
  return out;
}

std::vector<actors::learned> experience::all() const {
  std::vector<actors::learned> out;
  out.reserve(rows_.size());
  for (const auto& [id, known] : rows_)
    out.push_back(of(id));
  return out;
}

experience::row& experience::at(std::int64_t deployment_id) {
  auto& found = rows_[deployment_id];
  found.fixed.deployment_id = deployment_id;
  return found;
}

} // namespace logos::monitoring
