// SPDX-License-Identifier: MIT
#include "commands/job_carrier.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace logos::commands {

job_carrier::job_carrier(std::vector<net::io_thread_ptr> threads, std::shared_ptr<const jobs::spool> answers,
                         std::size_t most_bytes)
    : answers_{std::move(answers)},
      most_bytes_{most_bytes} {
  for (auto& thread : threads)
    lanes_.push_back({std::move(thread), std::make_shared<table>()});
}

job_carrier::~job_carrier() {
  for (const auto& [thread, running] : lanes_) {
    if (!thread->stopped()) continue; // each goes when it is answered
    const auto left = std::exchange(*running, {});
    for (const auto& [run, x] : left)
      x->attached.reset(); // holds and permits end while there is a workplace
  }
}

void job_carrier::begin(jobs::job_run r, std::function<void(net::collected_answer)> done) {
  const auto& chosen = lanes_[next_++ % lanes_.size()];
  net::collector to;
  to.most_bytes = most_bytes_;
  to.keep = [answers = answers_, id = r.job_id, run = r.run](const net::collected_answer& a) {
    if (!answers->keep(id, run, a)) spdlog::warn("jobs: the answer of job {} could not be kept on disk", id);
  };
  to.done = [running = chosen.running, run = r.run, done = std::move(done)](net::collected_answer a) {
    done(std::move(a));
    running->erase(run);
  };
  net::inner_request request{r.run, r.process_id, std::move(r.request.client_address), std::move(r.request.text)};
  chosen.thread->post([thread = chosen.thread, running = chosen.running, run = r.run, request = std::move(request),
                       to = std::move(to)]() mutable {
    const net::inner_exchange_ptr x{new net::inner_exchange{*thread, std::move(request), std::move(to)}};
    running->emplace(run, x);
    x->begin();
  });
}

void job_carrier::end(const core::uuid& run, const core::failure& why) {
  for (const auto& [thread, running] : lanes_)
    thread->post([run, why, running = running] {
      if (const auto at = running->find(run); at != running->end()) {
        const auto x = at->second;
        x->end(why);
      }
    });
}

void job_carrier::look_after() {
  for (const auto& [thread, running] : lanes_)
    thread->post([running = running] {
      std::vector<net::inner_exchange_ptr> lost;
      for (const auto& [run, x] : *running)
        if (x->forgotten()) lost.push_back(x);
      for (const auto& x : lost)
        x->fail({core::ec::internal, "The request was lost inside the gateway."});
    });
}

} // namespace logos::commands
