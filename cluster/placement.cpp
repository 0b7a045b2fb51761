// SPDX-License-Identifier: MIT
#include "cluster/placement.hpp"

#include <algorithm>
#include <charconv>

namespace logos::cluster {
namespace {

constexpr std::string_view prefix = "scheduler/";

// The same on every node and in every build, which std::hash does not promise.
std::uint64_t weight(std::int64_t provider_id, std::string_view node) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : node) {
    h ^= static_cast<unsigned char>(c);
    h *= 0x100000001b3ULL;
  }
  h ^= static_cast<std::uint64_t>(provider_id) * 0x9e3779b97f4a7c15ULL;
  // splitmix64's finaliser: FNV alone leaves the high bits of short names alike.
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
  return h ^ (h >> 31);
}

bool reaches(const placed_provider& provider, const std::string& node) {
  const auto& from = provider.reachable_from;
  return from.empty() || std::find(from.begin(), from.end(), node) != from.end();
}

} // namespace

std::optional<std::string> choose_owner(const placed_provider& provider, std::span<const std::string> live) {
  const std::string* best = nullptr;
  std::uint64_t best_weight = 0;
  for (const auto& node : live) {
    if (!reaches(provider, node)) continue;
    const auto w = weight(provider.id, node);
    // The name decides between equal weights, so that the order of `live` never does.
    if (best == nullptr || w > best_weight || (w == best_weight && node < *best)) {
      best = &node;
      best_weight = w;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

std::string lease_name(std::int64_t provider_id) {
  return provider_id == ledger_id ? "ledger" : std::string{prefix} + std::to_string(provider_id);
}

std::optional<std::int64_t> leased_provider(std::string_view lease) {
  if (!lease.starts_with(prefix)) return std::nullopt;
  lease.remove_prefix(prefix.size());
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(lease.data(), lease.data() + lease.size(), id);
  if (error != std::errc{} || end != lease.data() + lease.size()) return std::nullopt;
  return id;
}

} // namespace logos::cluster
