// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/vocabulary.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::replay {

/// One row of a workload.
struct planned_request {
  std::string id{};                    // the row's own name
  std::chrono::microseconds arrival{}; // from the workload's beginning
  core::traffic_mode mode = core::traffic_mode::interactive;
  std::uint8_t priority = 5; // 1, 5 or 10; 10 first
  std::string body{};        // JSON, as the row has it
  std::string key{};         // whose it is, in the benchmark; empty as a rule
  std::size_t line = 0;      // where the row stands in the file
};

/// low, mid or high.
std::string_view priority_word(std::uint8_t priority);

/// Reads the columns `request_id,arrival_offset,mode,priority,body_json` (README), in any order and case; others are
/// ignored. Only `arrival_offset` (milliseconds) and `body_json` must be there. The rows come in the order of their
/// arrival, equal ones in that of their names. Errors: bad_field with the line, the column and how to mend it.
boost::system::result<std::vector<planned_request>, core::failure> read_workload(std::string_view text);

/// The body with `mode` and `priority`, which replace its own.
boost::system::result<std::string, core::failure> body_to_send(const planned_request& r);

} // namespace logos::replay
