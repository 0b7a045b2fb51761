// SPDX-License-Identifier: MIT
#include "actors/jobs/jobs.hpp"
#include "actors/recording/registry.hpp"
#include "commands/job_carrier.hpp"
#include "commands/staff_desk.hpp"

#include <caf/scoped_actor.hpp>

namespace logos::commands {
namespace {

constexpr std::chrono::seconds jobs_slack{4}; // for writing, when the time of what runs is up

} // namespace

void staff::begin_jobs() {
  const auto known = desk_;
  const auto& s = parts_.settings;
  supervise<actors::registry_actor>(
      "registry/jobs", // nobody else waits behind what is done for jobs
      [this](std::uint32_t n) {
        return actors::spawn_blocking<recording::registry_state>(
            parts_.system, who("registry/jobs", "registry", n),
            [options = parts_.installed.store, secret = parts_.installed.secret] {
              return storage::open_store(options, secret);
            });
      },
      [known](const actors::registry_actor& h) { known->set(&handles::jobs_registry, h); });
  std::vector<net::io_thread_ptr> threads;
  for (const auto& place : parts_.places)
    threads.emplace_back(&place->thread());
  jobs::jobs_options options;
  options.node = parts_.installed.node;
  options.alone = s.storage.engine == config::storage_settings::kind::sqlite;
  options.parallel = s.jobs.parallel;
  options.keep = s.jobs.keep;
  options.answers =
      std::make_shared<const jobs::spool>(parts_.installed.directory.path() / "jobs", parts_.installed.secret);
  options.runs = std::make_shared<job_carrier>(std::move(threads), options.answers, s.limits.request_body_bytes);
  options.find_registry = [known] { return known->find(&handles::jobs_registry); };
  supervise<actors::jobs_actor>(
      "jobs",
      [this, options](std::uint32_t n) {
        return actors::spawn<jobs::jobs_state>(parts_.system, who("jobs", "jobs", n), options);
      },
      [known](const actors::jobs_actor& h) { known->set(&handles::jobs, h); });
}

std::future<bool> staff::drain_jobs(std::chrono::milliseconds at_most) {
  return std::async(std::launch::async, [&system = parts_.system, jobs = desk_->find(&handles::jobs), at_most] {
    bool whole = false;
    if (!jobs) return true;
    caf::scoped_actor self{system};
    const auto limit = std::chrono::duration_cast<std::chrono::microseconds>(at_most);
    self->request(jobs, at_most + jobs_slack, atom::drain_v, static_cast<std::int64_t>(limit.count()))
        .receive([&](bool all) { whole = all; }, [](const caf::error&) {});
    return whole;
  });
}

} // namespace logos::commands
