// SPDX-License-Identifier: MIT
#pragma once
#include "actors/alerting/courier.hpp"
#include "actors/alerting/figures.hpp"
#include "actors/hosted.hpp"
#include "actors/metronome.hpp"
#include "core/time.hpp"
#include "storage/alerts.hpp"
#include "storage/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace logos::alerting {

struct alerts_parts {
  /// Where the database is; asked anew each time, for it may have been made again.
  std::function<actors::registry_actor()> find_registry;
  std::shared_ptr<courier> messenger;
  std::shared_ptr<figures> shown = std::make_shared<figures>();
  /// For budgets without an address of their own; empty: nobody is told of those.
  std::string url{};
  std::string secret{};
  std::uint64_t seed = 1; // of what spreads the attempts
};

/// How an attempt ended, on its way to ALERTS. Local.
struct receipt {
  std::int64_t id = 0;
  std::int64_t attempt = 0;
  std::string why_not; // empty: delivered
};

} // namespace logos::alerting

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::alerting::receipt)

namespace logos::alerting {

/// ALERTS: tells whoever wants to know that budgets are spent, at least once. What is to be told stands in the database
/// before, and every node may tell it: a claim there is a lease, and what its holder did not settle is due again.
class alerts_state {
public:
  using handle = actors::alerts_actor::extend<caf::reacts_to<receipt>>;
  /// `clock` outlives the actor.
  alerts_state(actors::self_pointer<alerts_state> self, alerts_parts parts, const core::clock& clock);
  handle::behavior_type make_behavior();

private:
  using claimed = storage::result<storage::claimed_alerts>;
  /// An attempt that runs.
  struct errand {
    std::int64_t attempt = 0;
    bool test = false;
    std::string alert_id;
    core::steady_time until{}; // the lease's end: somebody else's then
  };

  void tick();
  void claim();
  void send(const storage::due_alert& alert);
  void take(const receipt& r);
  void settle(const storage::alert_outcome& outcome);
  std::string condition() const;

  actors::self_pointer<alerts_state> self_;
  alerts_parts parts_;
  const core::clock& clock_;
  actors::metronome<actors::self_pointer<alerts_state>> beat_;
  std::minstd_rand random_;
  bool claiming_ = false;
  bool again_ = false; // asked meanwhile
  std::map<std::int64_t, errand> under_way_;
  std::vector<storage::alert_outcome> unsettled_; // what the database does not have yet
  std::string trouble_;
};

} // namespace logos::alerting
