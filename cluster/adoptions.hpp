// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace logos::cluster {

/// Catalogs that have been taken in and are confirmed as soon as every provider of theirs can be asked: whoever has
/// made a provider and has his answer may use it at once.
class adoptions {
public:
  using promise = caf::typed_response_promise<std::uint64_t>;

  /// Confirms `version` when each of `awaited` has opened.
  void add(promise to, std::uint64_t version, std::set<std::int64_t> awaited, core::steady_time now) {
    if (awaited.empty()) {
      to.deliver(version);
      return;
    }
    open_.push_back({std::move(to), version, std::move(awaited), now + longest});
  }
  void opened(std::int64_t provider_id) {
    for (auto& a : open_)
      a.awaited.erase(provider_id);
    settle({});
  }
  /// What takes too long is confirmed without.
  void settle(core::steady_time now) {
    std::erase_if(open_, [&](item& a) {
      if (!a.awaited.empty() && now < a.deadline) return false;
      a.to.deliver(a.version);
      return true;
    });
  }

private:
  static constexpr std::chrono::seconds longest{1};
  struct item {
    promise to;
    std::uint64_t version;
    std::set<std::int64_t> awaited;
    core::steady_time deadline;
  };
  std::vector<item> open_;
};

} // namespace logos::cluster
