// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace logos::scheduling {

/// Whether a provider is granted at all, free places or not: it is reachable, has not asked for a pause, and all who
/// may use it have said what they hold. One thread.
class gate {
public:
  /// `grace`: how long an unreachable provider is waited for.
  explicit gate(core::steady_time::duration grace) : grace_{grace} {}

  bool open() const { return !unreachable_since_ && !paused_until_ && !recovering_until_; }
  /// Unreachable for longer than the grace: nobody should wait for it.
  bool given_up(core::steady_time now) const { return unreachable_since_ && now - *unreachable_since_ >= grace_; }
  bool reachable() const { return !unreachable_since_; }
  /// Within how many seconds an unreachable provider is looked at again at the latest: its MONITOR waits twice as long
  /// each time (monitoring/pace.hpp), so no longer than it has been away.
  std::uint32_t looked_at_within_s(core::steady_time now) const;
  bool recovering() const { return recovering_until_.has_value(); }
  /// For people: why it is closed; empty if it is open.
  std::string_view why() const;
  /// When it opens, if a pause is all that closes it.
  std::optional<core::steady_time> paused_until() const {
    return unreachable_since_ || recovering_until_ ? std::nullopt : paused_until_;
  }
  /// When time alone changes the answer.
  std::optional<core::steady_time> next_change(core::steady_time now) const;

  void observe(bool reachable, core::steady_time now);
  /// The provider wants to be left alone; a longer pause replaces a shorter one.
  void pause(core::steady_time until);
  /// Closed until each of `reporters` has reported, or until the fence.
  void recover(const std::vector<std::string>& reporters, core::steady_time fence);
  /// Whoever reported before `recover` is not waited for.
  void report(const std::string& reporter);
  /// What time has ended, ends.
  void pass_time(core::steady_time now);

private:
  core::steady_time::duration grace_;
  std::optional<core::steady_time> unreachable_since_;
  std::optional<core::steady_time> paused_until_;
  std::optional<core::steady_time> recovering_until_;
  std::set<std::string> awaited_;
  std::set<std::string> reported_;
};

} // namespace logos::scheduling
