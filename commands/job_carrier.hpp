// SPDX-License-Identifier: MIT
#pragma once
#include "actors/jobs/jobs.hpp"
#include "net/inner_exchange.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace logos::commands {

/// Has jobs carried out by the INGRESSes of the I/O threads, in turn. Any thread.
class job_carrier final : public jobs::carrier {
public:
  /// Answers are kept in `answers` as they come; one that has more than `most_bytes` fails.
  job_carrier(std::vector<net::io_thread_ptr> threads, std::shared_ptr<const jobs::spool> answers,
              std::size_t most_bytes);
  ~job_carrier() override;

  void begin(jobs::job_run r, std::function<void(net::collected_answer)> done) override;
  void end(const core::uuid& run, const core::failure& why) override;
  void look_after() override;

private:
  /// What runs on one thread; touched there only, and outlives this.
  using table = std::unordered_map<core::uuid, net::inner_exchange_ptr, core::uuid_hash>;
  struct lane {
    net::io_thread_ptr thread;
    std::shared_ptr<table> running;
  };

  std::vector<lane> lanes_;
  std::shared_ptr<const jobs::spool> answers_;
  std::size_t most_bytes_;
  std::size_t next_ = 0; // JOBS only
};

} // namespace logos::commands
