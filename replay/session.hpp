// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "replay/progress.hpp"
#include "replay/runner.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace logos::replay {

/// What a replay brought.
struct harvest {
  std::vector<outcome> outcomes{}; // of what was sent, in the order of the plan
  bool interrupted = false;
  std::size_t wanted_rows = 0; // of the gateway's books
  std::size_t found_rows = 0;
  std::string shortfall{}; // why rows are missing; empty when none is
};

/// Sends a plan to a gateway, waits for all answers and reads what the gateway has on its books of them. Runs an event
/// loop in the calling thread, in which SIGINT and SIGTERM end the replay, a second one also the reading. Errors,
/// before anything is sent: upstream_unreachable, wrong_key.
boost::system::result<harvest, core::failure> run_session(const gateway& to, const std::vector<planned_request>& plan,
                                                          pace at, progress& told);

} // namespace logos::replay
