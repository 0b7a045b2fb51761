// SPDX-License-Identifier: MIT
#pragma once
#include "cluster/membership.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace logos::cluster {

/// How long an owner counts the permits of a node that it has lost. The node has ended them by then (`fences`).
inline std::chrono::milliseconds fence_of(const rhythm& times) { return times.lease + 2 * times.heartbeat; }
/// How long a new owner waits for the report of a node that may still be there.
inline std::chrono::milliseconds report_fence_of(const rhythm& times) { return 2 * times.lease; }

/// When the calls of this node at a provider must have ended because its owner is out of reach: before whoever grants
/// there counts their places as free. All times run from the owner's last answer, which is not later than its last
/// word with anybody. Pure.
class fences {
public:
  explicit fences(rhythm times) : times_{times} {}

  /// What the database says of a node's run.
  enum class fate : std::uint8_t {
    unknown, // the database cannot be asked
    alive,   // it lives, so it is we who are cut off from it
    dead,    // its successor will ask us
  };

  /// The provider's owner cannot be reached any more.
  void raise(std::int64_t provider_id, std::string owner, core::steady_time answered) {
    raised_[provider_id] = {std::move(owner), answered, false};
  }
  /// The provider's owner says that its lease ends: as if it had died a lease ago.
  void lapse(std::int64_t provider_id, std::string owner, core::steady_time now) {
    raised_[provider_id] = {std::move(owner), now - times_.lease, true};
  }
  /// An owner is known again, and was told what runs.
  void lift(std::int64_t provider_id) { raised_.erase(provider_id); }
  /// The providers whose calls must end now; each is named once. `listed`: when the database last took note of this
  /// node: while it counts as alive, nobody grants without its report.
  std::vector<std::int64_t> due(core::steady_time now, core::steady_time listed,
                                const std::function<fate(const std::string& owner)>& fate_of) {
    std::vector<std::int64_t> ended;
    for (const auto& [id, f] : raised_) {
      const auto owner = fate_of(f.owner);
      const auto since = owner == fate::unknown ? std::min(f.answered, listed) : f.answered;
      if (now >= since + patience(owner, f.lapsed)) ended.push_back(id);
    }
    for (const auto id : ended)
      raised_.erase(id);
    return ended;
  }

private:
  struct fence {
    std::string owner;
    core::steady_time answered;
    bool lapsed;
  };
  /// unknown: another node may own it as soon as the old owner's lease and our presence have run out. alive: it counts
  /// our places for `fence_of`. dead: its successor comes after its lease and waits for us `report_fence_of`.
  std::chrono::milliseconds patience(fate f, bool lapsed) const {
    if (f == fate::unknown) return times_.lease - times_.heartbeat / 4;
    if (f == fate::alive && !lapsed) return times_.lease + times_.heartbeat;
    return times_.lease + report_fence_of(times_) - times_.heartbeat;
  }

  rhythm times_;
  std::map<std::int64_t, fence> raised_;
};

} // namespace logos::cluster
