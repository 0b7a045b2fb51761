// SPDX-License-Identifier: MIT
#include "actors/supervision/supervisor.hpp"
#include "tests/support/virtual_system.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;
using supervision::restart_plan;

TEST(restart_plan, waits_longer_after_each_death_up_to_a_limit) {
  restart_plan plan;
  core::steady_time now{1h};
  plan.born(now);
  EXPECT_EQ(plan.died(now) - now, 100ms);
  EXPECT_EQ(plan.died(now) - now, 200ms);
  for (int i = 0; i < 20; ++i)
    plan.died(now);
  EXPECT_EQ(plan.died(now) - now, 30s);
  EXPECT_EQ(plan.restarts(), 23U);
}

TEST(restart_plan, begins_anew_after_a_quiet_minute) {
  restart_plan plan;
  core::steady_time now{1h};
  plan.born(now);
  plan.died(now);
  plan.died(now);
  plan.born(now);
  now += 60s;
  EXPECT_EQ(plan.died(now) - now, 100ms);
}

/// Answers STATUS unless it is told to be busy.
class worker {
public:
  using handle = actors::status_actor;
  worker(actors::self_pointer<worker> self, const bool* busy) : self_{self}, busy_{busy} {}
  handle::behavior_type make_behavior() {
    return {
        [this](atom::status) { return status(); },
    };
  }

private:
  caf::result<actors::actor_status> status() {
    if (!*busy_) return self_->vitals("working");
    return self_->make_response_promise<actors::actor_status>();
  }
  actors::self_pointer<worker> self_;
  const bool* busy_;
};

class supervisor_test : public virtual_system {
protected:
  supervisor_test() { supervisor_ = host<supervision::supervisor_state>("supervisor"); }
  ~supervisor_test() override {
    for (const auto& name : names_)
      tell(supervisor_, atom::retire_v, name);
    published_.clear();
  }
  void supervise(const std::string& name) {
    names_.push_back(name);
    actors::recipe how;
    how.name = name;
    how.make = [this, name](std::uint32_t restarts) {
      made_.push_back(restarts);
      if (broken_) throw std::runtime_error{"cannot be made"};
      return caf::actor_cast<caf::actor>(
          actors::spawn<worker>(sys(), {name, "worker", "supervisor", "local", restarts}, &busy_));
    };
    how.publish = [this](const caf::actor& actor) { published_.push_back(actor); };
    tell(supervisor_, atom::supervise_v, how);
  }
  void crash(const caf::actor& actor) {
    caf::anon_send<caf::message_priority::high>(actor, caf::exit_msg{actor->address(), caf::exit_reason::kill});
    run();
  }
  std::vector<actors::actor_status> tree() { return ask<std::vector<actors::actor_status>>(supervisor_, atom::tree_v); }
  const actors::actor_status* find(const std::vector<actors::actor_status>& in, const std::string& name) {
    for (const auto& s : in)
      if (s.name == name) return &s;
    return nullptr;
  }

  actors::supervisor_actor supervisor_;
  bool busy_ = false;
  bool broken_ = false;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> made_;
  std::vector<caf::actor> published_;
};

TEST_F(supervisor_test, an_actor_that_died_is_made_again_and_published) {
  supervise("worker/1");
  ASSERT_EQ(published_.size(), 1U);
  crash(published_[0]);
  EXPECT_EQ(published_.size(), 1U);
  advance(100ms);
  ASSERT_EQ(published_.size(), 2U);
  EXPECT_NE(published_[0], published_[1]);
  EXPECT_EQ(made_, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(find(tree(), "worker/1")->restarts, 1U);
}

TEST_F(supervisor_test, an_actor_that_keeps_dying_is_made_ever_more_seldom) {
  supervise("worker/1");
  for (int i = 0; i < 5; ++i) {
    crash(published_.back());
    advance(i < 4 ? 100ms * (1 << i) : 1500ms);
  }
  EXPECT_EQ(published_.size(), 5U) << "the fifth pause is 1.6 s";
  advance(100ms);
  EXPECT_EQ(published_.size(), 6U);
}

TEST_F(supervisor_test, a_recipe_that_throws_is_tried_again) {
  broken_ = true;
  supervise("worker/1");
  advance(1s);
  EXPECT_GE(made_.size(), 3U);
  EXPECT_NE(find(tree(), "worker/1")->state.find("dead"), std::string::npos);
  broken_ = false;
  advance(10s);
  EXPECT_EQ(published_.size(), 1U);
}

TEST_F(supervisor_test, a_retired_actor_ends_and_stays_dead) {
  supervise("worker/1");
  tell(supervisor_, atom::retire_v, std::string{"worker/1"});
  advance(60s);
  EXPECT_EQ(made_.size(), 1U);
  EXPECT_EQ(find(tree(), "worker/1"), nullptr);
}

TEST_F(supervisor_test, the_same_name_again_replaces_the_actor) {
  supervise("worker/1");
  supervise("worker/1");
  advance(60s);
  EXPECT_EQ(published_.size(), 2U);
  EXPECT_EQ(tree().size(), 2U);
}

TEST_F(supervisor_test, the_tree_has_everyone_and_the_supervisor) {
  supervise("worker/1");
  supervise("worker/2");
  const auto all = tree();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(find(all, "worker/1")->state, "working");
  EXPECT_NE(find(all, "supervisor"), nullptr);
}

TEST_F(supervisor_test, an_actor_that_does_not_answer_is_shown_as_busy_after_half_a_second) {
  supervise("worker/1");
  tree();
  busy_ = true;
  caf::scoped_actor self{sys()};
  auto asked = self->request(supervisor_, 3600s, atom::tree_v);
  run();
  advance(500ms);
  asked.receive(
      [&](const std::vector<actors::actor_status>& all) {
        ASSERT_NE(find(all, "worker/1"), nullptr);
        EXPECT_EQ(find(all, "worker/1")->state, "busy");
        EXPECT_EQ(find(all, "worker/1")->kind, "worker");
      },
      [](const caf::error&) { FAIL(); });
}

} // namespace
} // namespace logos::tests
