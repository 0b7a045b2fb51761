// SPDX-License-Identifier: MIT
#include "actors/learning/repetitions.hpp"

namespace logos::learning {

using classification::signal;

std::uint64_t repetitions::mixed(std::int64_t key, std::uint64_t prompt) {
  return prompt ^ (static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15ULL);
}

void repetitions::blame_last(asked& of, signal what) {
  if (!of.counts) return;
  if (!of.untold.empty() && of.untold.back().request == of.last)
    of.untold.back().sign = what;
  else
    of.untold.push_back({of.last, what, true});
}

void repetitions::saw(std::int64_t key, std::uint64_t prompt, const core::uuid& request, std::int64_t model,
                      bool counts, core::steady_time now) {
  const auto hash = mixed(key, prompt);
  const auto found = by_hash_.find(hash);
  if (found != by_hash_.end() && now - found->second->at <= by_.window) {
    auto& a = *found->second;
    if (a.last == request) return;
    if (++a.times <= by_.most) {
      blame_last(a, a.model == model ? signal::regenerate : signal::retry);
      if (counts) a.untold.push_back({request, std::nullopt, false});
    } else {
      a.untold.clear();
    }
    a.last = request;
    a.model = model;
    a.counts = counts;
    a.at = now;
    prompts_.splice(prompts_.end(), prompts_, found->second);
    return;
  }
  if (found != by_hash_.end()) {
    prompts_.erase(found->second);
    by_hash_.erase(found);
  }
  if (!counts) return;
  if (prompts_.size() >= by_.table) {
    by_hash_.erase(mixed(prompts_.front().key, prompts_.front().prompt));
    prompts_.pop_front();
  }
  prompts_.push_back({key, prompt, request, model, true, 1, now, {{request, std::nullopt, false}}});
  by_hash_[hash] = std::prev(prompts_.end());
}

std::vector<repetitions::told> repetitions::settled(core::steady_time now) {
  std::vector<told> out;
  for (auto at = prompts_.begin(); at != prompts_.end();) {
    if (now - at->at < by_.settle) break; // and all behind it
    out.insert(out.end(), at->untold.begin(), at->untold.end());
    at->untold.clear();
    if (now - at->at <= by_.window) {
      ++at;
      continue;
    }
    by_hash_.erase(mixed(at->key, at->prompt));
    at = prompts_.erase(at);
  }
  return out;
}

} // namespace logos::learning
