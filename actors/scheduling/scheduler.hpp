// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/scheduling/gate.hpp"
#include "actors/scheduling/lease.hpp"
#include "actors/scheduling/permits.hpp"
#include "actors/scheduling/places.hpp"
#include "actors/scheduling/queue.hpp"
#include "actors/scheduling/requesters.hpp"
#include "actors/scheduling/service_times.hpp"
#include "actors/scheduling/slices.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace logos::scheduling {

/// An epoch for the SCHEDULER of a node that stands alone: greater than that of any SCHEDULER made before.
std::uint64_t standalone_epoch(core::wall_time now);

/// The SCHEDULER of a provider: owns its capacity, in the whole cluster. Queues tickets, offers places, counts permits
/// until each has ended. Who is next is the queue's decision, whether anybody is the gate's and the lease's.
///
/// A requester that is to be told apart from its predecessor, or to be `lost`, introduces itself by an `inventory`.
class scheduler {
public:
  using handle = actors::scheduler_actor::extend<caf::reacts_to<atom::tick>>;

  /// `right`: may be empty for a node that stands alone. `clock` outlives the actor. `grace`: how long tickets wait for
  /// a provider that cannot be reached.
  scheduler(actors::self_pointer<scheduler> self, const actors::provider_terms& terms,
            std::shared_ptr<const lease> right, const core::clock& clock,
            std::chrono::milliseconds grace = std::chrono::seconds{3});
  handle::behavior_type make_behavior();

  /// What came too late, twice or from nowhere since the start.
  const oddities& strays() const { return strays_; }

private:
  // Requests for places.
  void admit(const actors::ticket& t, const actors::requester_actor& from);
  void accept(const actors::acceptance& a);
  void withdraw(const actors::withdrawal& w);
  void end(const actors::release& r);
  void learn(const actors::release& r);
  void unpack(const actors::bundle& b, const actors::requester_actor& from);

  // Places leased ahead.
  void lease_ahead(const actors::slice& wish, const actors::requester_actor& from);
  void take_back(const actors::slice& s, const actors::requester_actor& from);
  void recall_slices();

  // Who asks, and what they hold.
  void settle(const actors::inventory& held, const actors::requester_actor& from);
  void recover(const std::vector<std::string>& reporters, std::int64_t fence_us);
  void lose(const std::string& name, std::int64_t fence_us);
  void mourn(const caf::down_msg& down);
  void forget(std::uint32_t requester);
  std::uint32_t number_of(const actors::requester_actor& from);

  // The provider.
  void adopt(const actors::provider_terms& terms);
  void observe(const actors::provider_observation& seen);

  // What follows.
  void fill();
  void grant(const waiting& t, std::int64_t queued_us);
  bool may_grant(core::steady_time now) const { return gate_.open() && right_->holds(now); }
  void refuse(const waiting& t, core::ec code, std::uint32_t retry_after_s, std::string message);
  void refuse_all_unreachable();
  void expire(core::steady_time now);
  void pass_time();
  void remind();
  std::string why_waiting(lane l) const;
  std::string condition() const;

  actors::self_pointer<scheduler> self_;
  std::shared_ptr<const lease> right_;
  const core::clock& clock_;
  actors::provider_terms terms_;
  std::string unreachable_detail_;
  places places_;
  permits permits_;
  slices slices_{places_};
  queue queue_;
  gate gate_;
  service_times times_;
  requesters requesters_;
  oddities strays_;
  std::optional<core::steady_time> reminder_; // when the next tick comes
};

} // namespace logos::scheduling
