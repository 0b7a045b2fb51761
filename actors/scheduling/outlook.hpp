// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

namespace logos::scheduling {

/// What a request may expect of a deployment, as its SCHEDULER sees it now. The SCHEDULER writes, any thread reads;
/// figures that belong together may be of two moments.
struct outlook {
  std::atomic<bool> here{false};                 // its SCHEDULER is on this node
  std::atomic<bool> open{false};                 // places are granted there at all
  std::atomic<bool> warm{true};                  // its model need not be loaded first
  std::atomic<std::uint32_t> places{0};          // in all; UINT32_MAX: no limit
  std::atomic<std::uint32_t> taken{0};           // of them
  std::atomic<std::uint32_t> waiting{0};         // for a place
  std::atomic<std::int64_t> load_us{0};          // what loading takes; here and below 0: not known
  std::atomic<std::int64_t> service_us{0};       // from sending to the end
  std::atomic<std::int64_t> first_token_us{0};   // from sending to the first token, of the shortest prompt
  std::atomic<std::int64_t> prompt_token_ns{0};  // by which each token of the prompt delays it
  std::atomic<std::int64_t> answer_token_ns{0};  // in which a token of an answer is written; on its own node only
  std::atomic<std::uint32_t> failed_permille{0}; // of late
  // Of the provider's quotas, below 0: not known; and what it refused because it had enough. On its own node only.
  std::atomic<std::int64_t> requests_left{-1};
  std::atomic<std::int64_t> tokens_left{-1};
  std::atomic<std::uint64_t> refusals{0};
};

/// The outlooks of all deployments: written by SCHEDULERs of this node, for those of others by its NODE. Any thread;
/// outlives the actors.
class outlooks {
public:
  /// Makes it if it is not there.
  std::shared_ptr<outlook> of(std::int64_t deployment_id);
  /// Null: nothing is known of it here.
  std::shared_ptr<const outlook> find(std::int64_t deployment_id) const;
  void for_each(const std::function<void(std::int64_t deployment_id, const outlook&)>& visit) const;

private:
  mutable std::shared_mutex guard_;
  std::unordered_map<std::int64_t, std::shared_ptr<outlook>> by_deployment_;
};

} // namespace logos::scheduling
