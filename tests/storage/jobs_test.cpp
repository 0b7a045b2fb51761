// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <set>
#include <thread>

namespace logos::test {
namespace {

using namespace storage;
using namespace std::chrono_literals;
using core::ec;

constexpr job_runner node_a{"a", "a-1"};
constexpr job_runner node_b{"b", "b-1"};

class jobs : public store_suite {
protected:
  job_store& store() { return store_->jobs(); }
  job_row submit(std::int64_t process = 7, core::priority priority = core::priority_low, std::int64_t turn = 0,
                 std::chrono::microseconds lifetime = 1h) {
    new_job wanted;
    wanted.process_id = process;
    wanted.profile_id = 3;
    wanted.method = "POST";
    wanted.path = "/v1/chat/completions";
    wanted.payload = std::string("a secret\0word", 13);
    wanted.priority = priority;
    wanted.turn = turn;
    wanted.lifetime = lifetime;
    return take(store().submit(wanted));
  }
  std::vector<core::uuid> runs(std::size_t n) {
    std::vector<core::uuid> made;
    for (std::size_t i = 0; i < n; ++i)
      made.push_back(ids_.next(core::system_clock().wall()));
    return made;
  }
  std::vector<claimed_job> claim(std::size_t n, job_runner who = node_a, std::chrono::microseconds lease = 1min) {
    return take(store().claim(who, runs(n), lease));
  }
  bool succeed(const claimed_job& job, std::string_view body = "{}") {
    return take(store().end(job.id, {job.run, job_status::success, 200, "application/json", body, {}}));
  }
  job_row look(std::int64_t id) { return take(store().find(id, 0)); }

private:
  core::uuid_source ids_{core::random_seed()};
};

TEST_P(jobs, are_run_once_and_keep_their_result) {
  const auto made = submit();
  EXPECT_EQ(made.status, job_status::pending);
  EXPECT_TRUE(take(store().any_open()));
  const auto claimed = claim(4);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].payload, (std::string{"a secret\0word", 13}));
  EXPECT_EQ(claimed[0].process_id, 7);
  EXPECT_TRUE(claim(4, node_b).empty());
  EXPECT_EQ(look(made.id).status, job_status::running);
  EXPECT_EQ(look(made.id).request_id, claimed[0].run.str());
  EXPECT_TRUE(succeed(claimed[0], "{\"x\":\"\xc3\xa4\"}"));
  EXPECT_FALSE(succeed(claimed[0])) << "it has ended";
  const auto done = look(made.id);
  EXPECT_EQ(done.status, job_status::success);
  EXPECT_EQ(done.http_status, 200);
  EXPECT_EQ(done.result, "{\"x\":\"\xc3\xa4\"}");
  EXPECT_EQ(done.attempts, 1);
  EXPECT_FALSE(take(store().any_open()));
}

TEST_P(jobs, stand_sealed_in_the_database_and_lose_their_request_when_they_end) {
  submit();
  EXPECT_EQ(query("select request_payload from jobs").substr(0, 3), "v1:");
  succeed(claim(1).at(0), "an answer");
  EXPECT_EQ(query("select request_payload from jobs"), "");
  EXPECT_EQ(query("select result_payload from jobs").substr(0, 3), "v1:");
}

TEST_P(jobs, are_taken_by_priority_then_turn_then_age) {
  const auto late_line = submit(1, core::priority_low, 2), line = submit(1, core::priority_low, 1), single = submit(2),
             urgent = submit(2, core::priority_high);
  const auto claimed = claim(4);
  ASSERT_EQ(claimed.size(), 4u);
  EXPECT_EQ(claimed[0].id, urgent.id);
  EXPECT_EQ(claimed[1].id, single.id);
  EXPECT_EQ(claimed[2].id, line.id);
  EXPECT_EQ(claimed[3].id, late_line.id);
}

TEST_P(jobs, are_each_claimed_by_one_of_many_who_try_at_once) {
  constexpr std::size_t many = 40;
  for (std::size_t i = 0; i < many; ++i)
    submit();
  std::mutex mutex;
  std::multiset<std::int64_t> taken;
  std::vector<std::thread> nodes;
  for (int n = 0; n < 4; ++n)
    nodes.emplace_back([&, n] {
      auto own = open();
      core::uuid_source ids{core::random_seed()};
      const auto name = std::to_string(n);
      for (int idle = 0; idle < 3;) {
        const std::vector run{ids.next(core::system_clock().wall())};
        const auto got = own->jobs().claim({name, name}, run, 1min);
        idle += got && got->empty() ? 1 : 0;
        const std::lock_guard lock{mutex};
        if (got)
          for (const auto& job : *got)
            taken.insert(job.id);
      }
    });
  for (auto& each : nodes)
    each.join();
  EXPECT_EQ(taken.size(), many);
  EXPECT_EQ((std::set<std::int64_t>{taken.begin(), taken.end()}).size(), many);
}

TEST_P(jobs, belong_to_one_process) {
  const auto mine = submit(7);
  EXPECT_EQ(store().find(mine.id, 8).error().code, ec::resource_not_found);
  EXPECT_EQ(store().cancel(mine.id, 8).error().code, ec::resource_not_found);
  EXPECT_TRUE(take(store().list({{8}, {}}, 0, 10)).rows.empty());
  EXPECT_EQ(take(store().list({{7}, {}}, 0, 10)).rows.size(), 1u);
}

TEST_P(jobs, of_a_user_are_those_of_all_keys_of_the_user) {
  user ann;
  ann.username = "ann";
  const auto owner = take(store_->create(ann)).id;
  process key;
  key.name = "app";
  key.user_id = owner;
  key.hash = secret().hash("first");
  const auto first = take(store_->create(key)).id;
  key.hash = secret().hash("second");
  const auto second = take(store_->create(key)).id;
  for (const auto id : {first, second, second + 1})
    submit(id);
  std::set<std::int64_t> seen;
  for (const auto& row : take(store().list({{0, owner}, {}}, 0, 10)).rows)
    seen.insert(row.process_id);
  EXPECT_EQ(seen, (std::set<std::int64_t>{first, second}));
  EXPECT_EQ(take(store().list({}, 0, 10)).rows.size(), 3u);
}

TEST_P(jobs, are_listed_the_newest_first_in_pages) {
  for (int i = 0; i < 5; ++i)
    submit();
  const auto running = claim(1).at(0).id;
  const auto first = take(store().list({{7}, {}}, 0, 2));
  ASSERT_EQ(first.rows.size(), 2u);
  EXPECT_GT(first.rows[0].id, first.rows[1].id);
  const auto second = take(store().list({{7}, {}}, first.next, 3));
  ASSERT_EQ(second.rows.size(), 3u);
  EXPECT_LT(second.rows[0].id, first.rows[1].id);
  EXPECT_EQ(second.next, 0);
  const auto filtered = take(store().list({{7}, job_status::running}, 0, 10));
  ASSERT_EQ(filtered.rows.size(), 1u);
  EXPECT_EQ(filtered.rows[0].id, running);
}

TEST_P(jobs, that_wait_are_cancelled_at_once_and_those_that_run_are_marked) {
  const auto running = submit(), waiting = submit();
  const auto run = claim(1).at(0);
  EXPECT_EQ(take(store().cancel(waiting.id, 7)).status, job_status::cancelled);
  const auto marked = take(store().cancel(running.id, 7));
  EXPECT_EQ(marked.status, job_status::running);
  EXPECT_TRUE(marked.cancelling);
  const auto held = take(store().renew(node_a, 1min));
  ASSERT_EQ(held.size(), 1u);
  EXPECT_TRUE(held[0].cancelling);
  EXPECT_TRUE(take(store().put_back(run.id, run.run, 0s)));
  EXPECT_EQ(look(running.id).status, job_status::cancelled);
  EXPECT_EQ(store().cancel(running.id, 7).error().code, ec::conflict);
}

TEST_P(jobs, that_were_put_back_wait_their_time) {
  const auto made = submit();
  auto run = claim(1).at(0);
  EXPECT_TRUE(take(store().put_back(run.id, run.run, 1h)));
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(look(made.id).status, job_status::pending);
  query("update jobs set not_before = created_at");
  run = claim(1).at(0);
  EXPECT_TRUE(take(store().put_back(run.id, run.run, 0s)));
  EXPECT_EQ(claim(1).size(), 1u);
  EXPECT_EQ(look(made.id).attempts, 3);
}

TEST_P(jobs, of_a_runner_that_is_gone_run_again_once) {
  const auto made = submit();
  auto run = claim(1, node_a, -1s).at(0);
  EXPECT_EQ(take(store().take_over(node_b, false)), 1u);
  run = claim(1, node_b, -1s).at(0);
  EXPECT_EQ(take(store().take_over(node_a, false)), 1u);
  EXPECT_EQ(look(made.id).status, job_status::failed);
  EXPECT_NE(look(made.id).error_message.find("killed twice"), std::string::npos);
}

TEST_P(jobs, whose_answer_comes_late_are_not_run_again) {
  const auto made = submit(), other = submit();
  const auto first = claim(2, node_a, -1s);
  take(store().take_over(node_b, false));
  EXPECT_TRUE(succeed(first.at(0)));
  const auto second = claim(2, node_b);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].id, other.id);
  EXPECT_FALSE(succeed(first.at(1))) << "another run has begun";
  EXPECT_EQ(look(made.id).status, job_status::success);
}

TEST_P(jobs, of_a_runner_that_may_live_are_left_alone) {
  const auto made = submit();
  claim(1);
  EXPECT_EQ(take(store().take_over(node_b, false)), 0u);
  EXPECT_EQ(take(store().take_over(node_a, true)), 0u) << "one's own";
  EXPECT_EQ(take(store().take_over(node_b, true)), 1u) << "who is alone knows that all others are gone";
  EXPECT_EQ(look(made.id).status, job_status::pending);
}

TEST_P(jobs, whose_provider_has_answered_never_run_again) {
  const auto made = submit();
  const auto run = claim(1, node_a, -1s).at(0);
  auto row = sample_row(1);
  row.request_id = run.run;
  row.timestamp_request = core::system_clock().wall();
  row.http_status = 207;
  const std::vector rows{row};
  take(store_->write_batch(rows, {}, {}));
  take(store().take_over(node_b, false));
  const auto lost = look(made.id);
  EXPECT_EQ(lost.status, job_status::failed);
  EXPECT_EQ(lost.http_status, 207);
  EXPECT_TRUE(claim(1).empty());
}

TEST_P(jobs, whose_call_was_cut_off_are_not_taken_for_answered) {
  submit();
  const auto run = claim(1, node_a, -1s).at(0);
  auto row = sample_row(1);
  row.request_id = run.run;
  row.timestamp_request = core::system_clock().wall();
  row.result = core::result_status::partial;
  const std::vector rows{row};
  take(store_->write_batch(rows, {}, {}));
  take(store().take_over(node_b, false));
  EXPECT_EQ(claim(1).size(), 1u);
}

TEST_P(jobs, that_were_not_begun_in_time_fail) {
  const auto late = submit(7, core::priority_low, 0, -1s);
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(take(store().expire()), 1u);
  EXPECT_EQ(look(late.id).status, job_status::failed);
  EXPECT_NE(look(late.id).error_message.find("expired"), std::string::npos);
}

TEST_P(jobs, are_forgotten_when_they_were_kept_long_enough) {
  const auto ended = submit();
  succeed(claim(1).at(0));
  const auto waiting = submit();
  EXPECT_EQ(take(store().forget(1h)), 0u);
  EXPECT_EQ(take(store().forget(-1s)), 1u);
  EXPECT_EQ(store().find(ended.id, 0).error().code, ec::resource_not_found);
  EXPECT_EQ(look(waiting.id).status, job_status::pending);
}

LOGOS_ON_BOTH(jobs);

} // namespace
} // namespace logos::test
