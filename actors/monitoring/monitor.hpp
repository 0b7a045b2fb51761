// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/monitoring/orders.hpp"
#include "actors/monitoring/pace.hpp"
#include "actors/monitoring/probe.hpp"
#include "actors/monitoring/survey.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace logos::monitoring {

/// Who is told what.
struct audience {
  std::vector<actors::observer_actor> changes; // SCHEDULER, NODE: the first look and every change
  /// Asked at every look at an Ollama, and whenever something was learned, who takes the record (STORAGE, which may
  /// have been made again). Any thread.
  std::function<actors::recorder_actor()> recorder;
};

/// Makes a probe for a provider's settings; may answer null for settings that cannot be asked.
using probe_maker = std::function<std::unique_ptr<probe>(const catalog::provider&)>;

struct monitor_times {
  pace::intervals intervals{};
  std::chrono::milliseconds patience{6'000}; // with one round; longer than a probe's own time limit
};

/// An answer of a probe on its way to its MONITOR. Local.
struct sighting {
  std::uint64_t round = 0;
  std::string path;
  probe_answer answer;
};
/// What came of a posting, on its way to its MONITOR. Local.
struct order_answer {
  std::uint64_t number = 0;
  probe_answer answer;
};
/// A MONITOR's reminder to itself; one that is not the latest is void. Local.
struct reminder {
  std::uint64_t number = 0;
};

} // namespace logos::monitoring

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::monitoring::sighting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::monitoring::order_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::monitoring::reminder)

namespace logos::monitoring {

/// The MONITOR of a provider: looks at it from time to time and tells the SCHEDULER when something has changed. Has an
/// Ollama load models and throw them out; the observation after the end of an order says what came of it, changed or
/// not.
class monitor {
public:
  using handle =
      actors::monitor_actor::extend<caf::reacts_to<sighting>, caf::reacts_to<order_answer>, caf::reacts_to<reminder>>;

  monitor(actors::self_pointer<monitor> self, catalog::snapshot_ptr snapshot, std::int64_t provider_id,
          probe_maker make_probe, audience told, const core::clock& clock, monitor_times times = {});
  handle::behavior_type make_behavior();

private:
  void adopt(const catalog::snapshot_ptr& snapshot);
  void look();
  void look_anew();
  void note(const actors::provider_experience& learned);
  void obey(const actors::model_order& order);
  void post_due();
  void take(const order_answer& a);
  void take(const sighting& s);
  void heed(const reminder& r);
  void conclude();
  void tell(actors::provider_observation seen);
  void remind_after(std::chrono::milliseconds delay);
  std::optional<std::chrono::milliseconds> turnover() const;
  std::string condition() const;

  actors::self_pointer<monitor> self_;
  std::int64_t provider_id_;
  probe_maker make_probe_;
  audience told_;
  const core::clock& clock_;
  monitor_times times_;
  pace pace_;
  survey survey_;
  orders orders_;
  catalog::snapshot_ptr snapshot_; // the settings that the probe was made for
  std::shared_ptr<probe> probe_;
  std::uint64_t round_ = 0;
  std::uint32_t open_ = 0; // answers that this round still waits for
  std::uint64_t reminders_ = 0;
  std::vector<actors::learned> experience_; // of the SCHEDULER
  std::string advised_;                     // what the log has said of the server
  bool owes_ = false;                       // an order has ended: the next observation is told, changed or not
  bool looked_ = false;                     // a round has been concluded since the settings changed
  actors::provider_observation announced_;
};

} // namespace logos::monitoring
