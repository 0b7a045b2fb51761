// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <cstdint>

namespace logos::scheduling {

/// A ticket that waits for a place.
struct waiting {
  core::uuid request;
  scheduling::lane lane = 0;
  std::uint32_t requester = 0; // the SCHEDULER's number for it
  std::int64_t process_id = 0;
  std::uint8_t priority = 5; // 1 last to 10 first
  std::uint8_t mode = 0;     // core::traffic_mode
  bool sole = true;
  std::uint32_t tokens = 0;        // estimate; 0: not known, taken for the usual
  std::uint32_t prompt_tokens = 0; // of them
  std::uint32_t weight = 1;        // of its key's share
  core::steady_time arrived{};     // earlier than now by what it has waited elsewhere
  core::steady_time deadline{};
  std::uint32_t depth_at_arrival = 0;
  std::uint32_t in_flight_at_arrival = 0;
  std::uint32_t round = 0;      // the asker's number for this ticket
  bool cold = false;            // its model was not in memory when it came
  std::uint32_t absences = 0;   // how often that had been seen missing by then
  std::uint8_t risen_to = 0;    // of one that was granted after waiting: the priority that it counted as
  core::steady_time patience{}; // of one that is put aside: its deadline, while `deadline` says when its turn comes
};

} // namespace logos::scheduling
