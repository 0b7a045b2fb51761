// SPDX-License-Identifier: MIT
#include "actors/scheduling/supposition.hpp"

#include "actors/monitoring/versions.hpp"

#include <algorithm>
#include <string_view>

namespace logos::scheduling {
namespace {

/// The look was too soon, or something went wrong. Who lists models and names itself nowhere is none of those that
/// tell; an Ollama lists them by another path than its version.
bool says_nothing(const actors::provider_observation& seen) {
  return seen.server.empty() && seen.slots < 0 && (seen.lists_memory || seen.listed_models.empty());
}

} // namespace

bool supposition::learn(const actors::provider_observation& seen) {
  if (!seen.reachable || says_nothing(seen)) return false;
  constexpr std::string_view ollama = "Ollama ";
  supposition now;
  if (seen.slots > 0) {
    now.each_ = now.together_ = static_cast<std::uint32_t>(std::min<std::int64_t>(seen.slots, UINT32_MAX - 1));
    now.words_ = ": its server has " + std::to_string(now.each_) + (now.each_ == 1 ? " slot" : " slots");
  } else if (seen.server.starts_with(ollama)) {
    now.each_ = monitoring::usual_slots_of_ollama(std::string_view{seen.server}.substr(ollama.size()));
    if (now.each_ != 0)
      now.words_ = ": an " + seen.server + " serves " + std::to_string(now.each_) +
                   " at a time unless OLLAMA_NUM_PARALLEL and 'parallel' say more";
  } else if (each_ != 0 && together_ != 0 && seen.server.starts_with("llama.cpp")) {
    return false; // it has not said how many slots this time
  }
  if (now.each_ == each_ && now.words_ == words_) return false;
  *this = std::move(now);
  return true;
}

} // namespace logos::scheduling
