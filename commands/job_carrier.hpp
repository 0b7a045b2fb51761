// SPDX-License-Identifier: MIT
#pragma once
#include "actors/jobs/jobs.hpp"
#include "commands/inner_calls.hpp"

#include <memory>
#include <vector>

namespace logos::commands {

/// Has jobs carried out by the INGRESSes of the I/O threads, in turn. Any thread.
class job_carrier final : public jobs::carrier {
public:
  /// Answers are kept in `answers` as they come; one that has more than `most_bytes` fails.
  job_carrier(std::vector<net::io_thread_ptr> threads, std::shared_ptr<const jobs::spool> answers,
              std::size_t most_bytes);

  void begin(jobs::job_run r, std::function<void(net::collected_answer)> done) override; // JOBS only
  void end(const core::uuid& run, const core::failure& why) override { calls_.end(run, why); }
  void look_after() override { calls_.look_after(); }

private:
  inner_calls calls_;
  std::shared_ptr<const jobs::spool> answers_;
  std::size_t most_bytes_;
};

} // namespace logos::commands
