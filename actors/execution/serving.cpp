// SPDX-License-Identifier: MIT
#include "actors/execution/serving.hpp"

#include "actors/catalog/passages.hpp"

#include <algorithm>

namespace logos::execution {
namespace {

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

/// How well what an answer says fits a model's name; 0: not at all.
std::size_t fitness(std::string_view said, std::string_view name) {
  constexpr std::size_t best = 1'000'000;
  if (name.empty()) return 0;
  if (said == name) return best;
  if (last_part(said) == last_part(name)) return best / 2;
  const auto bare = last_part(said);
  const auto known = last_part(name);
  const bool versioned = bare.size() > known.size() && bare.starts_with(known) &&
                         std::string_view{"-:@"}.find(bare[known.size()]) != std::string_view::npos;
  return versioned ? known.size() : 0; // `gpt-4o-mini-…` is rather `gpt-4o-mini` than `gpt-4o`
}

} // namespace

const catalog::deployment& served_by(const admission& a, const catalog::deployment& asked, std::string_view model) {
  if (a.others.empty() || model.empty()) return asked;
  const auto* best = &asked;
  auto fits = fitness(model, asked.upstream_name);
  for (const auto& d : a.snapshot->deployments) {
    if (d.provider != asked.provider || catalog::is_passage(d)) continue;
    const bool named =
        std::any_of(a.others.begin(), a.others.end(), [&](const auto& o) { return o.name == d.upstream_name; });
    const auto how = named ? fitness(model, d.upstream_name) : 0;
    if (how > fits) {
      best = &d;
      fits = how;
    }
  }
  return *best;
}

storage::token_counts counts_of(const net::usage& u) {
  storage::token_counts out;
  out.prompt_tokens = u.prompt_tokens;
  out.completion_tokens = u.completion_tokens;
  out.total_tokens = u.total_tokens;
  out.prompt_cached_tokens = u.prompt_cached_tokens;
  out.prompt_cache_creation_tokens = u.prompt_cache_creation_tokens;
  out.prompt_audio_tokens = u.prompt_audio_tokens;
  out.completion_reasoning_tokens = u.completion_reasoning_tokens;
  out.completion_audio_tokens = u.completion_audio_tokens;
  out.audio_milliseconds = u.audio_milliseconds;
  return out;
}

} // namespace logos::execution
