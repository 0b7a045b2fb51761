// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/monitoring/pace.hpp"
#include "actors/monitoring/probe.hpp"
#include "actors/monitoring/survey.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace logos::monitoring {

/// Who is told what.
struct audience {
  std::vector<actors::observer_actor> changes; // SCHEDULER, NODE: the first look and every change
  /// Asked at every look at an Ollama who takes the record (STORAGE, which may have been made again). Any thread.
  std::function<actors::observer_actor()> recorder;
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
/// A MONITOR's reminder to itself; one that is not the latest is void. Local.
struct reminder {
  std::uint64_t number = 0;
};

} // namespace logos::monitoring

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::monitoring::sighting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::monitoring::reminder)

namespace logos::monitoring {

/// The MONITOR of a provider: looks at it from time to time and tells the SCHEDULER when something has changed.
class monitor {
public:
  using handle = actors::monitor_actor::extend<caf::reacts_to<sighting>, caf::reacts_to<reminder>>;

  monitor(actors::self_pointer<monitor> self, catalog::snapshot_ptr snapshot, std::int64_t provider_id,
          probe_maker make_probe, audience told, monitor_times times = {});
  handle::behavior_type make_behavior();

private:
  void adopt(const catalog::snapshot_ptr& snapshot);
  void look();
  void take(const sighting& s);
  void heed(const reminder& r);
  void conclude();
  void remind_after(std::chrono::milliseconds delay);
  std::string condition() const;

  actors::self_pointer<monitor> self_;
  std::int64_t provider_id_;
  probe_maker make_probe_;
  audience told_;
  monitor_times times_;
  pace pace_;
  survey survey_;
  catalog::snapshot_ptr snapshot_; // the settings that the probe was made for
  std::shared_ptr<probe> probe_;
  std::uint64_t round_ = 0;
  std::uint32_t open_ = 0; // answers that this round still waits for
  std::uint64_t reminders_ = 0;
  bool looked_ = false; // a round has been concluded since the settings changed
  actors::provider_observation announced_;
};

} // namespace logos::monitoring
