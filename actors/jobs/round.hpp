// SPDX-License-Identifier: MIT
#pragma once
#include "actors/jobs/judgement.hpp"
#include "actors/jobs/spool.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace logos::jobs {

/// A run that has ended: what is written of it.
struct ended_run {
  std::int64_t job_id = 0;
  core::uuid run;
  judgement verdict;
  std::shared_ptr<const net::collected_answer> answer; // null when it is to run again
};

/// One visit to the database.
struct round_plan {
  std::string node;
  std::string incarnation;
  bool alone = false;            // nobody else works on this database
  std::vector<core::uuid> slots; // runs that may be begun
  std::vector<ended_run> ended;
  std::chrono::microseconds lease{};
  std::chrono::microseconds keep{};
  bool sweep = false; // look for what is to be deleted
};

/// What came of it.
struct round_report {
  core::failure trouble;   // code none: the round is complete
  std::size_t written = 0; // of the plan's `ended`, from the front
  bool open = false;       // something waits or runs
  bool more = false;       // another visit is wanted at once
  bool held_known = false; // `held` was read
  std::vector<storage::held_job> held;
  std::vector<storage::claimed_job> claimed;
};

/// Writes what has ended, renews leases, takes over what nobody runs any more, and claims. Blocks.
round_report hold_round(storage::store& in, const round_plan& plan);
/// Writes what a spool has, and empties it. Blocks.
core::failure recover(storage::store& in, const spool& from);

} // namespace logos::jobs
