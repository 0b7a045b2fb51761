// SPDX-License-Identifier: MIT
#pragma once
#include "net/collected_answer.hpp"
#include "storage/jobs.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace logos::jobs {

/// What becomes of a job after a run.
struct judgement {
  bool again = false;                 // it waits once more
  std::chrono::microseconds delay{0}; // at least so long
  storage::job_status status = storage::job_status::success;
  std::string message; // why it failed; kept in clear, so that it quotes nothing of the request
};

/// Judges the answer of a job's `attempt`th run. Whatever a provider has answered is final, its errors too. What the
/// gateway refused before a provider began to answer is tried again when it may pass later: a limit, a full queue, no
/// provider there.
judgement judge(const net::collected_answer& a, std::int64_t attempt);

} // namespace logos::jobs
