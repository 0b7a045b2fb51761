// SPDX-License-Identifier: MIT
// The part of usage.hpp that reads usage as Google's own API tells it.
#include "net/usage_counts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace logos::net::counts {
namespace {

namespace dom = simdjson::dom;

/// The members of a `usageMetadata` that are read. Of two with one name the first counts.
class google_members {
public:
  enum name : std::size_t {
    prompt,
    candidates,
    thoughts,
    tool_use,
    total,
    cached,
    counts_, // the lists stand behind them
    prompt_details = counts_,
    candidates_details,
    tool_use_details,
    cache_details,
    all_
  };

  explicit google_members(const dom::object& object) {
    for (const auto member : object) {
      const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), member.key) - names.begin());
      if (at == all_ || has_[at]) continue;
      has_[at] = true;
      values_[at] = member.value;
    }
  }

  bool sound() const {
    for (std::size_t n = 0; n < counts_; ++n)
      if (has_[n] && !is_sound(values_[n])) return false;
    for (std::size_t n = counts_; n < all_; ++n)
      if (!sound_list(static_cast<name>(n))) return false;
    return true;
  }
  std::optional<std::int64_t> count(name n) const { return has_[n] ? count_of(values_[n]) : std::nullopt; }
  bool counts_anything() const {
    return count(prompt) || count(candidates) || count(thoughts) || count(tool_use) || count(total);
  }
  /// Of sound, in one of the lists by modality.
  std::int64_t audio(name list) const {
    std::int64_t sum = 0;
    each_of(list, [&](const dom::object& part) {
      std::string_view modality;
      dom::element count;
      if (part["modality"].get(modality) == simdjson::SUCCESS && modality == "AUDIO" &&
          part["tokenCount"].get(count) == simdjson::SUCCESS)
        sum += count_of(count).value_or(0);
      return true;
    });
    return sum;
  }

private:
  /// Until `visit` says no.
  template <class Visit>
  bool each_of(name list, Visit visit) const {
    dom::array parts;
    if (!has_[list] || values_[list].get(parts) != simdjson::SUCCESS) return true;
    for (const auto each : parts)
      if (dom::object part; each.get(part) == simdjson::SUCCESS && !visit(part)) return false;
    return true;
  }
  bool sound_list(name list) const {
    return each_of(list, [](const dom::object& part) {
      dom::element count;
      return part["tokenCount"].get(count) != simdjson::SUCCESS || is_sound(count);
    });
  }

  static constexpr std::array<std::string_view, all_> names{
      "promptTokenCount",        "candidatesTokenCount",    "thoughtsTokenCount",
      "toolUsePromptTokenCount", "totalTokenCount",         "cachedContentTokenCount",
      "promptTokensDetails",     "candidatesTokensDetails", "toolUsePromptTokensDetails",
      "cacheTokensDetails"};
  std::array<dom::element, all_> values_{};
  std::array<bool, all_> has_{};
};

} // namespace

bool read_metadata(const dom::object& object, usage& into, bool* counts_answer) {
  using m = google_members;
  const m members{object};
  // What tools have brought is read beside the prompt; what the model has thought is written beside the answer.
  const auto prompt = [&] { return members.count(m::prompt).value_or(0) + members.count(m::tool_use).value_or(0); };
  const auto answer = [&] { return members.count(m::candidates).value_or(0); };
  const auto thoughts = [&] { return members.count(m::thoughts).value_or(0); };
  if (!members.sound() || prompt() > most_tokens || answer() + thoughts() > most_tokens) {
    refuse(into);
    return false;
  }
  if (!members.counts_anything()) return false;
  const auto total = members.count(m::total).value_or(0);
  if (prompt() > 0 || into.prompt_tokens == 0) { // what was counted is not taken back
    into.prompt_tokens = prompt();
    into.prompt_cached_tokens = std::min(members.count(m::cached).value_or(0), prompt());
    into.prompt_cache_creation_tokens = 0;
    // Sound that came from the cache is counted there.
    into.prompt_audio_tokens = std::max<std::int64_t>(
        members.audio(m::prompt_details) + members.audio(m::tool_use_details) - members.audio(m::cache_details), 0);
  }
  // Where the sum is complete without them, the answer's count has the thoughts in it.
  const bool inside = answer() >= thoughts() && prompt() + answer() == total;
  const auto written = answer() + (inside ? 0 : thoughts());
  if (written > 0) {
    into.completion_tokens = written;
    into.completion_reasoning_tokens = thoughts();
    into.completion_audio_tokens = members.audio(m::candidates_details);
    into.completion_accepted_prediction_tokens = into.completion_rejected_prediction_tokens = 0;
    if (counts_answer != nullptr) *counts_answer = true;
  }
  into.total_tokens = total > 0 ? total : into.prompt_tokens + into.completion_tokens;
  into.seen = true;
  return true;
}

} // namespace logos::net::counts
