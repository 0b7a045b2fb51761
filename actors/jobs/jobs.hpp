// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/jobs/job_request.hpp"
#include "actors/jobs/round.hpp"
#include "actors/metronome.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::jobs {

/// A job's run, as it is begun.
struct job_run {
  std::int64_t job_id = 0;
  core::uuid run;
  std::int64_t process_id = 0;
  kept_request request;
};

/// Has requests carried out as any client's are. Called by JOBS only; outlives it.
class carrier {
public:
  virtual ~carrier() = default;
  /// Begins a run; `done` is called once, on any thread.
  virtual void begin(job_run r, std::function<void(net::collected_answer)> done) = 0;
  /// Ends a run, whose `done` then hears `why`; nothing if it has ended.
  virtual void end(const core::uuid& run, const core::failure& why) = 0;
  /// Looks after runs that were lost.
  virtual void look_after() = 0;
};

struct jobs_options {
  std::string node{"local"};
  bool alone = true;        // no other node works on the database
  std::size_t parallel = 4; // runs at a time
  std::chrono::microseconds keep{std::chrono::hours{7 * 24}};
  std::chrono::microseconds lease{std::chrono::seconds{15}};
  std::shared_ptr<carrier> runs;
  std::shared_ptr<const spool> answers;
  std::function<actors::registry_actor()> find_registry; // asked at each round: it may have been made again
};

/// JOBS: claims jobs that wait, has them carried out, and writes what came of them. One per node.
class jobs_state {
public:
  using handle = actors::jobs_actor;
  jobs_state(actors::self_pointer<jobs_state> self, jobs_options options);
  /// Ends what runs: nobody would hear of it.
  ~jobs_state();
  jobs_state(const jobs_state&) = delete;
  jobs_state& operator=(const jobs_state&) = delete;
  handle::behavior_type make_behavior();

private:
  struct running {
    std::int64_t job_id = 0;
    std::int64_t attempt = 1;
  };

  void tick();
  /// Visits the database, unless a visit is under way: then once more after it.
  void look();
  void recover_first();
  void on_round(const round_report& r, std::size_t told);
  void heed(const std::vector<storage::held_job>& held);
  void start(const storage::claimed_job& job);
  void on_answer(const actors::job_answer& a);
  caf::result<bool> drain(std::int64_t limit_us);
  void cut_off();
  void settle_drain();
  round_plan plan();

  actors::self_pointer<jobs_state> self_;
  jobs_options options_;
  actors::metronome<actors::self_pointer<jobs_state>> beat_;
  core::uuid_source ids_;
  const std::string incarnation_;
  std::unordered_map<core::uuid, running, core::uuid_hash> running_;
  std::vector<ended_run> ended_; // not written yet
  bool recovered_ = false;       // what the spool had is written
  bool visiting_ = false;
  bool again_ = false;
  bool draining_ = false;
  std::uint32_t ticks_ = 0;
  std::uint64_t carried_out_ = 0;
  std::string trouble_; // why the database could not be visited
  caf::typed_response_promise<bool> drained_;
};

} // namespace logos::jobs
