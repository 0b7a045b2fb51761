// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/monitoring/experience.hpp"
#include "actors/scheduling/allowance.hpp"
#include "actors/scheduling/gate.hpp"
#include "actors/scheduling/lease.hpp"
#include "actors/scheduling/memory.hpp"
#include "actors/scheduling/outlook.hpp"
#include "actors/scheduling/permits.hpp"
#include "actors/scheduling/places.hpp"
#include "actors/scheduling/queue.hpp"
#include "actors/scheduling/requesters.hpp"
#include "actors/scheduling/service_times.hpp"
#include "actors/scheduling/slices.hpp"
#include "actors/scheduling/supposition.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace logos::scheduling {

/// An epoch for the SCHEDULER of a node that stands alone: greater than that of any SCHEDULER made before.
std::uint64_t standalone_epoch(core::wall_time now);

/// The SCHEDULER of a provider: owns its capacity, in the whole cluster. Queues tickets, offers places, counts permits
/// until each has ended. Who is next is the queue's decision, whether anybody is the gate's and the lease's, which
/// models lie in its memory the memory's; what that decides, the MONITOR has the provider do. How much may be sent,
/// beside what the operator says, is the allowance's.
///
/// A requester that is to be told apart from its predecessor, or to be `lost`, introduces itself by an `inventory`.
class scheduler {
public:
  using handle =
      actors::scheduler_actor::extend<caf::reacts_to<atom::tick>,
                                      // What the SCHEDULER before this one had learned, perhaps in another run.
                                      caf::reacts_to<actors::provider_experience>>;

  /// `right`: may be empty for a node that stands alone. `clock` outlives the actor. `shown`: where it says what its
  /// deployments are like; may be empty. `grace`: how long tickets wait for a provider that cannot be reached.
  scheduler(actors::self_pointer<scheduler> self, const actors::provider_terms& terms,
            std::shared_ptr<const lease> right, const core::clock& clock, std::shared_ptr<outlooks> shown = {},
            std::chrono::milliseconds grace = std::chrono::seconds{3});
  ~scheduler();
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;
  handle::behavior_type make_behavior();

  /// What came too late, twice or from nowhere since the start.
  const oddities& strays() const { return strays_; }

private:
  // Requests for places.
  void admit(const actors::ticket& t, const actors::requester_actor& from);
  void enqueue(const waiting& w, bool returns, core::steady_time now);
  void put_aside(waiting w, core::steady_time until);
  void take_up(core::steady_time now);
  void accept(const actors::acceptance& a);
  void withdraw(const actors::withdrawal& w);
  void end(const actors::release& r);
  void learn(const actors::release& r, core::steady_time now);
  void unpack(const actors::bundle& b, const actors::requester_actor& from);

  // Places leased ahead.
  void lease_ahead(const actors::slice& wish, const actors::requester_actor& from);
  void take_back(const actors::slice& s, const actors::requester_actor& from);
  void recall_slices(core::steady_time now);
  /// Places of this lane may lie with other nodes: who has one asks nobody whether it may be used.
  bool may_lease(lane l, core::steady_time now) const {
    return may_grant(now) && memory_.admits(l) && !memory_.drained(l);
  }

  // Who asks, and what they hold.
  void settle(const actors::inventory& held, const actors::requester_actor& from);
  void recover(const std::vector<std::string>& reporters, std::int64_t fence_us);
  void lose(const std::string& name, std::int64_t fence_us);
  void mourn(const caf::down_msg& down);
  void forget(std::uint32_t requester);
  std::uint32_t number_of(const actors::requester_actor& from);

  // The provider.
  void adopt(const actors::provider_terms& terms);
  void adopt(const actors::loader_actor& loader);
  void observe(const actors::provider_observation& seen);
  void suppose();
  bool plan_memory(core::steady_time now); // true: more requests may be let go now
  void note_absences();
  std::uint32_t absences_of(lane l) const { return l < absences_.size() ? absences_[l] : 0; }
  /// Its model was loaded, or is being, since it came.
  bool waited_for_load(const waiting& t) const { return t.cold || t.absences != absences_of(t.lane); }
  actors::order_report obey(std::int64_t deployment_id, bool load);
  std::optional<core::steady_time> when_allowed(core::steady_time now) const;
  void note(const actors::release& r);
  void note(const actors::provider_observation& seen);
  void recall(const actors::provider_experience& before);
  void tell_experience(core::steady_time now);
  void tell_experience();
  void refuse_hopeless();
  bool refuse_hopeless(const waiting& w);
  void show(lane l, core::steady_time now);
  void show_all();
  void show_experience(lane l);
  outlook& shown_at(lane l);

  // What follows.
  void fill();
  void fill(core::steady_time now);
  void grant_all(core::steady_time now);
  void grant(const waiting& t, std::int64_t queued_us, core::steady_time now);
  bool may_grant(core::steady_time now) const { return gate_.open() && right_->holds(now); }
  void refuse(const waiting& t, core::ec code, std::uint32_t retry_after_s, std::string message);
  void refuse_unreachable(const waiting& t, core::steady_time now);
  void refuse_all_unreachable();
  void expire(core::steady_time now);
  void pass_time();
  void remind();
  /// Seconds (1 to 3600) until a ticket that a bound stood against is let in, of its lane or its key
  /// (`queue::room_for`).
  std::uint32_t room_in_s(const waiting& refused, admission why, core::steady_time now) const;
  /// Seconds (1 to 3600) until one that joins the queue now would have its place.
  std::uint32_t place_in_s(lane l, core::steady_time now) const;
  /// How long memory, a pause and the provider's quotas keep back the one behind `ahead` others, as far as is known.
  std::chrono::microseconds kept_back(lane l, std::size_t ahead, core::steady_time now) const;
  std::string why_waiting(lane l) const;
  std::string condition() const;

  // What a request may expect, and who waits (scheduler_outlook.cpp).
  actors::queue_page list_waiting(const actors::queue_question& asked) const;
  std::vector<actors::outlook> explain(const core::uuid& request);
  actors::outlook outlook_at(lane l) const;
  actors::outlook outlook_of(const waiting& t, core::steady_time now) const;
  actors::outlook outlook_of_deferred(const waiting& t, core::steady_time now) const;
  void add_expectation(actors::outlook& o, const waiting& t, core::steady_time now) const;
  /// When it is expected to start, and its first token. `load_left`: until its model lies in memory, if a load is under
  /// way or is to be.
  void add_start(actors::outlook& o, const waiting& t, std::optional<std::chrono::microseconds> load_left,
                 core::steady_time now) const;
  std::optional<std::chrono::microseconds> expected_start(const actors::outlook& o, lane l,
                                                          std::optional<std::chrono::microseconds> load_left,
                                                          core::steady_time now) const;

  actors::self_pointer<scheduler> self_;
  std::shared_ptr<const lease> right_;
  const core::clock& clock_;
  actors::provider_terms terms_;
  actors::loader_actor loader_;
  std::string unreachable_detail_;
  std::int32_t vram_left_mb_ = -1; // when it was last seen; -1: not known
  supposition supposed_;           // of what the provider takes, where the operator does not say
  places places_;
  permits permits_;
  slices slices_{places_};
  allowance allowance_;
  queue queue_;
  queue aside_; // whoever is served elsewhere if it can be: `deadline` is when it joins the queue
  memory memory_;
  std::vector<std::uint32_t> absences_; // by lane: how often its model was seen missing
  gate gate_;
  service_times times_;
  monitoring::experience experience_;
  std::optional<core::steady_time> telling_; // when the MONITOR is told what was learned
  requesters requesters_;
  oddities strays_;
  std::shared_ptr<outlooks> shown_;
  std::vector<std::shared_ptr<outlook>> outlook_; // by lane
  std::optional<core::steady_time> reminder_;     // when the next tick comes
};

} // namespace logos::scheduling
