// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace logos::replay {

/// What the gateway has on its books of a request. A count or time of zero is not known.
struct logged_request {
  std::int64_t id = 0;
  std::string provider{};
  std::string model{};
  std::string result{};
  core::wall_time received{};
  core::wall_time forwarded{};
  core::wall_time first_token{};
  core::wall_time finished{};
  std::int64_t queue_us = 0;
  std::int64_t load_us = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t priority_when_scheduled = 0;
  std::optional<std::int64_t> depth_at_arrival{};
  std::optional<double> utilization_at_arrival{};
  bool cold_start = false;
};

/// What became of one row of a workload.
struct outcome {
  std::size_t row = 0; // of the plan
  bool sent = false;
  std::chrono::microseconds began{};                      // from the replay's beginning
  std::chrono::microseconds took{};                       // until the answer's end, or its failure
  std::optional<std::chrono::microseconds> first_token{}; // since it began
  int status = 0;                                         // HTTP; 0: no answer
  std::string request_id{};                               // the gateway's, from `x-request-id`
  std::string text{};                                     // of the answer, bounded
  std::string error{};                                    // empty: none
  std::optional<logged_request> logged{};

  bool succeeded() const { return status > 0 && status < 400 && error.empty(); }
};

} // namespace logos::replay
