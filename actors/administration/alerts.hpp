// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

/// Alerts of budgets. All run on REGISTRY's thread and block on the database.
namespace logos::administration {

/// The newest first; `budget_id` and `state` narrow it.
outcome list_alerts(storage::store& in, const call& c);
outcome show_alert(storage::store& in, const call& c);
/// Makes an alert that ALERTS sends like any other, but once.
outcome test_alert(storage::store& in, const call& c);

} // namespace logos::administration
