// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"
#include "actors/scheduling/places.hpp"
#include "actors/scheduling/queue.hpp"
#include "actors/scheduling/residency.hpp"
#include "actors/scheduling/service_times.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace logos::scheduling {

/// The memory of a provider that loads models on demand, as its SCHEDULER knows it: joins deployments with the models
/// that the server names, tells the planner (`residency`) what is wanted and seen, and turns its steps into orders.
/// Of a provider that keeps its models, and of one that does not say what lies in its memory, everything is admitted.
/// One thread.
class memory {
public:
  /// `lanes` gets a lane for each deployment.
  void adopt(const actors::provider_terms& terms, places& lanes);
  void observe(const actors::provider_observation& seen, core::steady_time now);
  /// An operator wants its model in memory, or out of it. A failure where that cannot be said.
  core::failure want(lane l, bool loaded);
  /// cold, loading, warm, draining or leaving.
  std::string_view state_of(lane l) const;
  /// What was learned of a lane's model before a restart. What is known stands.
  void recall(lane l, const actors::learned& before);

  /// Whether requests of this lane may go, as far as memory is concerned. Constant time.
  bool admits(lane l) const { return !on_demand_ || (known_ ? !listed_ || admits_known(l) : slot_of(l) == none); }
  /// The operator wants its model out of memory: nobody should wait for it.
  bool drained(lane l) const;
  /// For people: who is pinned and leaves its model no room, so that nobody should wait for it; empty: it has a chance.
  std::string shut_out(lane l) const;
  /// Its model lies there, whether it is served or about to leave. Where that is not known it does.
  bool in_memory(lane l) const;
  /// What the queue's pace is here: what a call takes, or a load where that takes longer.
  std::chrono::microseconds pace(const service_times& times) const;
  /// What the last load of its model took; 0: nothing known.
  std::chrono::microseconds load_of(lane l) const;
  /// How much longer the load of its model that is under way is expected to take; nothing: none is.
  std::optional<std::chrono::microseconds> load_left(lane l, core::steady_time now) const;

  /// What is to be done now, given who waits and what runs. Linear in lanes and models.
  std::vector<actors::model_order> decide(const queue& waits, const places& taken, const service_times& times,
                                          core::steady_time now);
  /// The last decision let models stay that were to make room: who waits for them may go.
  bool reprieved() const { return reprieved_; }
  /// What has been ordered and is not done, for a loader that may not have heard of it.
  std::vector<actors::model_order> outstanding() const;
  /// When time alone may change the decision; as of the last one.
  std::optional<core::steady_time> next_change(core::steady_time now) const;
  /// For people: what stands between this lane and its place; empty if memory does not.
  std::string why(lane l) const;
  /// For people: what lies in memory, what comes and goes; empty where that is not known.
  std::string condition() const;

private:
  using slot = std::uint32_t; // a model of the server: the planner's lane
  static constexpr slot none = UINT32_MAX;
  struct model {
    std::string name;
    bool drained = false;
    std::int64_t pinned_by = 0;    // the deployment; 0: it is not
    bool exempt = false;           // its load has failed: who waits now goes, and hears from the server what is wrong
    core::steady_time undone_at{}; // when others last undid its load
    std::chrono::microseconds loaded_in{0};
  };

  slot slot_of(lane l) const { return l < slots_.size() ? slots_[l] : none; }
  slot slot_named(std::string_view name);
  bool admits_known(lane l) const;
  void take_failure(const actors::failed_order& f, core::steady_time now);
  void lose_orders(core::steady_time now);
  std::string names_in(residency::stage where) const;
  std::string occupants() const;

  residency plan_;
  std::vector<model> models_; // by slot
  std::vector<slot> slots_;   // by lane
  std::unordered_map<std::string, slot> index_;
  std::vector<residency::demand> demands_;
  bool on_demand_ = false;
  bool known_ = false;  // it has been seen
  bool listed_ = false; // and says what lies in its memory
  bool reprieved_ = false;
};

} // namespace logos::scheduling
