// SPDX-License-Identifier: MIT
#include "actors/jobs/jobs.hpp"
#include "tests/actors/sqlite_system.hpp"

#include <map>

namespace logos::jobs {
namespace {

using namespace std::chrono_literals;
using core::ec;
using storage::job_status;

/// Carries nothing out: the test says how a run goes.
class script final : public carrier {
public:
  struct begun_run {
    job_run what;
    std::function<void(net::collected_answer)> done;
  };
  void begin(job_run r, std::function<void(net::collected_answer)> done) override {
    runs.push_back({std::move(r), std::move(done)});
  }
  void end(const core::uuid& run, const core::failure& why) override { ended[run] = why.code; }
  void look_after() override { ++looked; }

  std::vector<begun_run> runs; // in the order of their beginnings
  std::map<core::uuid, ec> ended;
  int looked = 0;
};

class jobs_actor_test : public tests::sqlite_system {
protected:
  jobs_actor_test() {
    registry_ = host<recording::registry_state>("registry", opener());
    options_.parallel = 2;
    options_.runs = runs_;
    options_.answers = answers_;
    options_.find_registry = [this] { return registry_; };
  }
  ~jobs_actor_test() override {
    if (jobs_) kill(jobs_);
    options_ = {};
    registry_ = nullptr;
  }
  void begin() { jobs_ = host<jobs_state>("jobs", options_); }
  std::int64_t submit(std::chrono::microseconds lifetime = 1h) {
    storage::new_job wanted;
    wanted.process_id = 7;
    wanted.method = "POST";
    wanted.path = "/v1/x";
    wanted.payload = "10.0.0.1\nPOST /v1/x HTTP/1.1\r\n\r\n{}";
    wanted.lifetime = lifetime;
    return store().jobs().submit(wanted)->id;
  }
  storage::job_row look(std::int64_t id) { return *store().jobs().find(id, 0); }
  void answer(std::size_t run, net::collected_answer a) {
    runs_->runs.at(run).done(std::move(a));
    run_all();
  }
  void run_all() { run(); }
  static net::collected_answer fine() { return {200, "application/json", "{}", {}}; }
  static net::collected_answer refused(ec code, std::uint32_t after_s = 0) {
    return {core::http_status(code), "application/json", "{}", {code, "no", "", after_s}};
  }

  jobs_options options_;
  std::shared_ptr<script> runs_ = std::make_shared<script>();
  std::shared_ptr<const spool> answers_ = std::make_shared<const spool>(folder_ / "jobs", tests::sqlite_secret());
  actors::registry_actor registry_;
  actors::jobs_actor jobs_;
};

TEST_F(jobs_actor_test, runs_as_many_at_a_time_as_it_may) {
  for (int i = 0; i < 3; ++i)
    submit();
  begin();
  ASSERT_EQ(runs_->runs.size(), 2U);
  EXPECT_EQ(runs_->runs[0].what.process_id, 7);
  EXPECT_EQ(runs_->runs[0].what.request.client_address, "10.0.0.1");
  EXPECT_TRUE(runs_->runs[0].what.request.text.starts_with("POST /v1/x"));
  answer(1, fine());
  EXPECT_EQ(runs_->runs.size(), 3U) << "a place that is free again is used at once";
  EXPECT_EQ(look(runs_->runs[1].what.job_id).status, job_status::success);
}

TEST_F(jobs_actor_test, looks_once_a_second_and_when_it_is_told) {
  begin();
  const auto first = submit();
  EXPECT_TRUE(runs_->runs.empty());
  advance(1s);
  ASSERT_EQ(runs_->runs.size(), 1U);
  EXPECT_EQ(runs_->runs[0].what.job_id, first);
  submit();
  tell(jobs_, atom::refresh_v);
  EXPECT_EQ(runs_->runs.size(), 2U);
  EXPECT_GT(runs_->looked, 0);
}

TEST_F(jobs_actor_test, tries_again_later_what_was_refused_for_now) {
  const auto id = submit();
  begin();
  answer(0, refused(ec::rate_limited, 3600));
  EXPECT_EQ(look(id).status, job_status::pending);
  advance(5s);
  EXPECT_EQ(runs_->runs.size(), 1U) << "not before its time";
}

TEST_F(jobs_actor_test, ends_what_is_to_be_cancelled) {
  const auto id = submit();
  begin();
  ASSERT_TRUE(store().jobs().cancel(id, 0));
  advance(1s);
  const auto run = runs_->runs.at(0).what.run;
  EXPECT_EQ(runs_->ended.at(run), ec::client_gone);
  answer(0, refused(ec::client_gone));
  EXPECT_EQ(look(id).status, job_status::cancelled);
}

TEST_F(jobs_actor_test, keeps_an_answer_until_the_database_takes_it) {
  const auto id = submit();
  begin();
  const auto run = runs_->runs.at(0).what.run;
  answers_->keep(id, run, fine());
  away_ = true;
  kill(registry_);
  registry_ = host<recording::registry_state>("registry", opener());
  answer(0, fine());
  EXPECT_EQ(look(id).status, job_status::running);
  EXPECT_EQ(answers_->load().size(), 1U);
  away_ = false;
  advance(1s);
  EXPECT_EQ(look(id).status, job_status::success);
  EXPECT_TRUE(answers_->load().empty());
}

TEST_F(jobs_actor_test, takes_up_what_another_left_but_not_what_was_answered) {
  const auto answered = submit(), unanswered = submit();
  begin();
  answers_->keep(answered, runs_->runs.at(0).what.run, fine());
  kill(jobs_); // as with its process
  runs_->runs.clear();
  begin();
  EXPECT_EQ(look(answered).status, job_status::success);
  ASSERT_EQ(runs_->runs.size(), 1U);
  EXPECT_EQ(runs_->runs[0].what.job_id, unanswered);
}

TEST_F(jobs_actor_test, ends_what_runs_when_it_dies) {
  submit();
  begin();
  kill(jobs_);
  EXPECT_EQ(runs_->ended.size(), 1U);
}

TEST_F(jobs_actor_test, drains_when_all_has_ended_and_begins_nothing_meanwhile) {
  const auto first = submit();
  begin();
  submit();
  caf::scoped_actor self{sys()};
  auto drained = self->request(jobs_, 60min, atom::drain_v, std::int64_t{60'000'000});
  run();
  EXPECT_TRUE(self->mailbox().empty());
  answer(0, fine());
  EXPECT_FALSE(self->mailbox().empty());
  EXPECT_EQ(look(first).status, job_status::success);
  EXPECT_EQ(runs_->runs.size(), 1U);
  bool whole = false;
  drained.receive([&](bool all) { whole = all; }, [](const caf::error&) {});
  EXPECT_TRUE(whole);
}

TEST_F(jobs_actor_test, puts_back_what_runs_when_the_time_of_a_drain_is_up) {
  const auto id = submit();
  begin();
  caf::scoped_actor self{sys()};
  auto drained = self->request(jobs_, 60min, atom::drain_v, std::int64_t{2'000'000});
  run();
  advance(2s);
  EXPECT_EQ(runs_->ended.at(runs_->runs.at(0).what.run), ec::shutting_down);
  answer(0, refused(ec::shutting_down));
  EXPECT_EQ(look(id).status, job_status::pending);
  bool whole = false;
  drained.receive([&](bool all) { whole = all; }, [](const caf::error&) {});
  EXPECT_TRUE(whole);
}

TEST_F(jobs_actor_test, runs_nothing_that_has_expired) {
  const auto id = submit(-1s);
  begin();
  EXPECT_TRUE(runs_->runs.empty());
  EXPECT_EQ(look(id).status, job_status::failed);
}

} // namespace
} // namespace logos::jobs
