// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::cluster {

/// What placement must know of a provider.
struct placed_provider {
  std::int64_t id = 0;
  std::vector<std::string> reachable_from; // node names; empty: every node
};

/// Who should own a provider, by rendezvous hashing: every node that knows the same live nodes names the same owner,
/// and a node that comes or goes moves only the providers that it wins or had. Nothing if no live node reaches it.
std::optional<std::string> choose_owner(const placed_provider& provider, std::span<const std::string> live);

/// The cluster's LEDGER is placed, leased and handed over like a provider of this id, which no provider has.
constexpr std::int64_t ledger_id = 0;

/// The lease that fences a provider's owner. By id, so that renaming a provider does not free it.
std::string lease_name(std::int64_t provider_id);
/// The provider of a lease name, if it is one of a provider.
std::optional<std::int64_t> leased_provider(std::string_view lease);

} // namespace logos::cluster
