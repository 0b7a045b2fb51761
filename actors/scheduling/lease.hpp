// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace logos::scheduling {

/// The right to grant permits for a provider, until a point in monotonic time. The NODE renews it, the SCHEDULER asks
/// it at each grant, so that an owner cut off from the database stops by itself. Any thread.
class lease {
public:
  /// `epoch` grows with every SCHEDULER of the provider.
  lease(std::uint64_t epoch, core::steady_time until)
      : epoch_{epoch},
        until_{std::make_shared<std::atomic<core::steady_time::rep>>(until.time_since_epoch().count())} {}

  /// One that never runs out: a node that stands alone.
  static std::shared_ptr<lease> unlimited(std::uint64_t epoch) {
    return std::make_shared<lease>(epoch, core::steady_time::max());
  }

  /// The same right for a later SCHEDULER: it ends together with this one.
  std::shared_ptr<lease> renamed(std::uint64_t epoch) const {
    auto copy = std::make_shared<lease>(*this);
    copy->epoch_ = epoch;
    return copy;
  }

  std::uint64_t epoch() const { return epoch_; }
  /// Whether a permit may be granted now.
  bool holds(core::steady_time now) const {
    return now.time_since_epoch().count() < until_->load(std::memory_order_acquire);
  }
  /// Moves the end to later, never to earlier; one that was ended for good stays so.
  void extend(core::steady_time until) {
    const auto later = until.time_since_epoch().count();
    auto present = until_->load(std::memory_order_acquire);
    while (present != ended && present < later && !until_->compare_exchange_weak(present, later)) {
    }
  }
  /// Ends it for good.
  void end() { until_->store(ended, std::memory_order_release); }

private:
  static constexpr core::steady_time::rep ended = 0;
  std::uint64_t epoch_;
  std::shared_ptr<std::atomic<core::steady_time::rep>> until_;
};

} // namespace logos::scheduling
