// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "core/uuid.hpp"
#include "net/collected_answer.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace logos::jobs {

/// An answer that came for a run of a job.
struct spooled_answer {
  std::int64_t job_id = 0;
  core::uuid run;
  net::collected_answer answer;
};

/// Answers between their arrival and the database: a file each, sealed. What stands here survives the death of the
/// process, and is never asked for a second time. Immutable: any thread may use it.
class spool {
public:
  /// `folder` is made when it is needed.
  spool(std::filesystem::path folder, const core::secret_key& secret);

  /// Writes an answer down. False: it could not be.
  bool keep(std::int64_t job_id, const core::uuid& run, const net::collected_answer& a) const;
  /// What stands there. What cannot be read is removed.
  std::vector<spooled_answer> load() const;
  void forget(std::int64_t job_id, const core::uuid& run) const;

private:
  std::filesystem::path file_of(std::int64_t job_id, const core::uuid& run) const;

  std::filesystem::path folder_;
  core::secret_key secret_;
};

} // namespace logos::jobs
