// SPDX-License-Identifier: MIT
#include "commands/job_carrier.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace logos::commands {

job_carrier::job_carrier(std::vector<net::io_thread_ptr> threads, std::shared_ptr<const jobs::spool> answers,
                         std::size_t most_bytes)
    : calls_{std::move(threads)},
      answers_{std::move(answers)},
      most_bytes_{most_bytes} {}

void job_carrier::begin(jobs::job_run r, std::function<void(net::collected_answer)> done) {
  net::collector to;
  to.most_bytes = most_bytes_;
  to.keep = [answers = answers_, id = r.job_id, run = r.run](const net::collected_answer& a) {
    if (!answers->keep(id, run, a)) spdlog::warn("jobs: the answer of job {} could not be kept on disk", id);
  };
  to.done = std::move(done);
  calls_.begin({r.run, r.process_id, std::move(r.request.client_address), std::move(r.request.text)}, std::move(to));
}

} // namespace logos::commands
