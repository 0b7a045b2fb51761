// SPDX-License-Identifier: MIT
#pragma once
#include "storage/entities.hpp"
#include "storage/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Alerts of budgets: that what was spent has passed a share of a budget.
namespace logos::storage {

/// The percentages of its amount at which a budget alerts, growing: `alert_at_percent`, else 100 for a soft budget and
/// for one with an `alert_url`, else none.
std::vector<std::int64_t> alert_percentages(const budget& of);
/// Reads a JSON list of integers; anything else in it is passed over.
std::vector<std::int64_t> parse_percentages(std::string_view json);
std::string percentages_json(const std::vector<std::int64_t>& all);

/// A budget has been spent up to a threshold in a period. There is one of it for each of these three.
struct crossing {
  std::int64_t budget_id = 0;
  core::wall_time period_start{};
  std::int64_t threshold_percent = 0; // 0: a test, which nothing was spent for
  core::nano amount = 0;              // the budget's, then
  core::nano spent = 0;               // in the period, then
  core::wall_time at{};               // when it was seen
};

/// `unaddressed`: nothing says where it should be sent.
enum class alert_state : std::uint8_t { pending, delivered, failed, unaddressed };
std::string_view to_string(alert_state);
std::optional<alert_state> parse_alert_state(std::string_view);

/// A crossing as it is kept, with what became of telling somebody. Table budget_alerts.
struct budget_alert : crossing {
  std::int64_t id = 0;
  std::string alert_id; // what receivers know it by
  core::scope scope = core::scope::process;
  std::int64_t scope_id = 0;
  core::budget_period period = core::budget_period::total;
  std::string currency;
  alert_state state = alert_state::pending;
  std::int64_t attempts = 0;
  core::wall_time next_try_at{}; // while it is pending; until then whoever has claimed it is at it
  std::optional<core::wall_time> delivered_at;
  std::string last_error;
};

/// An alert that somebody has claimed, with what its budget says now.
struct due_alert : budget_alert {
  bool budget_gone = false;
  bool hard = false;
  std::string name;   // of whom the budget is about
  std::string url;    // empty: the installation's
  std::string secret; // that goes with `url`, in clear
};

struct claimed_alerts {
  std::vector<due_alert> alerts;
  std::int64_t pending = 0; // in all, these included
};

/// What an attempt came to. `attempt` is the claim's number: one that took too long changes nothing for a later one.
struct alert_outcome {
  std::int64_t id = 0;
  std::int64_t attempt = 0;
  alert_state state = alert_state::pending;
  core::wall_time at{}; // delivered then, or to be tried again then
  std::string error{};  // empty: it was delivered
};

/// Every member that is set narrows the list.
struct alert_filter {
  std::int64_t budget_id = 0;
  std::optional<alert_state> state;
};

/// Alerts in the database.
class alert_store {
public:
  virtual ~alert_store() = default;

  /// Writes down what is new of these, each once for ever, and returns how many that were. What concerns a budget that
  /// is gone is left out.
  virtual result<std::size_t> note_crossings(std::span<const crossing> crossings) = 0;
  /// Takes up to `limit` alerts that are due at `now`: nobody else gets them before `lease` has passed.
  virtual result<claimed_alerts> claim_alerts(core::wall_time now, std::chrono::seconds lease, int limit) = 0;
  virtual result<void> settle_alert(const alert_outcome& outcome) = 0;
  /// The newest first, with ids below `before` (0: from the newest on).
  virtual result<std::vector<budget_alert>> list_alerts(const alert_filter& filter, std::int64_t before, int limit) = 0;
  virtual result<budget_alert> find_alert(std::int64_t id) = 0;
  /// An alert that tells nothing, to try the way to its receiver.
  virtual result<budget_alert> make_test_alert(std::int64_t budget_id, core::wall_time now) = 0;
};

} // namespace logos::storage
