// SPDX-License-Identifier: MIT
#include "actors/hosted.hpp"
#include "actors/system.hpp"
#include "net/bridge.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <future>
#include <sstream>
#include <thread>

namespace logos::actors {
namespace {

using echo_actor =
    caf::typed_actor<caf::replies_to<core::uuid>::with<core::uuid>, caf::reacts_to<refusal>>::extend_with<status_actor>;

class echo_state {
public:
  using handle = echo_actor;
  echo_state(self_pointer<echo_state> self, std::promise<std::thread::id>* seen) : self_{self}, seen_{seen} {}
  handle::behavior_type make_behavior() {
    return {
        [](const core::uuid& id) { return id; },
        [this](const refusal&) { seen_->set_value(std::this_thread::get_id()); },
        [this](atom::status) { return self_->vitals("echoing"); },
    };
  }

private:
  self_pointer<echo_state> self_;
  std::promise<std::thread::id>* seen_;
};

class hosted_test : public ::testing::Test {
protected:
  system_config cfg_;
  caf::actor_system sys_{cfg_};
};

TEST_F(hosted_test, what_is_not_understood_is_told_by_its_types_and_never_by_what_stands_in_it) {
  std::ostringstream told;
  const auto usual = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  std::promise<std::thread::id> seen;
  auto echo = sys_.spawn<hosted<echo_state>>(identity{"echo", "echo", ""}, nullptr, &seen);
  caf::scoped_actor self{sys_};
  caf::anon_send(caf::actor_cast<caf::actor>(echo), std::string{"a prompt"}, std::uint32_t{4711});
  self->request(caf::actor_cast<caf::actor>(echo), caf::infinite, std::string{"another"})
      .receive([](const std::string&) { FAIL() << "it was understood"; }, [](const caf::error&) {});
  spdlog::set_default_logger(usual);
  EXPECT_NE(told.str().find("echo: unexpected message (@str, @u32)"), std::string::npos) << told.str();
  EXPECT_EQ(told.str().find("prompt"), std::string::npos) << told.str();
  EXPECT_EQ(told.str().find("4711"), std::string::npos) << told.str();
  stop_now(echo);
}

TEST_F(hosted_test, a_pinned_actor_runs_on_its_io_thread_whoever_sends) {
  boost::asio::io_context context{1};
  net::io_unit unit{sys_, context};
  std::promise<std::thread::id> seen;
  auto echo = spawn_pinned<echo_state>(sys_, unit, {"echo", "echo", ""}, &seen);
  auto guard = boost::asio::make_work_guard(context);
  std::thread io{[&] {
    unit.adopt_thread();
    context.run();
  }};
  const auto id = io.get_id();
  caf::anon_send(echo, refusal{});
  EXPECT_EQ(seen.get_future().get(), id);
  stop_now(echo);
  echo = nullptr;
  guard.reset();
  io.join();
  unit.close();
}

TEST_F(hosted_test, an_idle_actor_sent_to_from_the_io_thread_runs_there_without_a_worker) {
  boost::asio::io_context context{1};
  net::io_unit unit{sys_, context};
  unit.adopt_thread();
  std::promise<std::thread::id> seen;
  auto from_now = seen.get_future();
  // Lazy: no worker has it before the first message, so it is idle for sure.
  echo_actor echo = sys_.spawn<hosted<echo_state>, caf::lazy_init>(identity{"echo", "echo", ""}, nullptr, &seen);
  unit.send(echo, refusal{});
  EXPECT_NE(from_now.wait_for(std::chrono::seconds{0}), std::future_status::ready) << "after the events at hand";
  context.poll();
  EXPECT_EQ(from_now.get(), std::this_thread::get_id());
  stop_now(echo);
}

TEST_F(hosted_test, status_tells_who_an_actor_is_and_what_it_did) {
  std::promise<std::thread::id> seen;
  auto echo = spawn<echo_state>(sys_, {"echo/1", "echo", "node", "node-a", 3}, &seen);
  caf::scoped_actor self{sys_};
  for (int i = 0; i < 5; ++i)
    self->request(echo, std::chrono::seconds{10}, core::uuid{})
        .receive([](const core::uuid&) {}, [](const caf::error&) { FAIL(); });
  self->request(echo, std::chrono::seconds{10}, atom::status_v)
      .receive(
          [](const actor_status& s) {
            EXPECT_EQ(s.name, "echo/1");
            EXPECT_EQ(s.kind, "echo");
            EXPECT_EQ(s.node, "node-a");
            EXPECT_EQ(s.parent, "node");
            EXPECT_EQ(s.state, "echoing");
            EXPECT_EQ(s.messages, 6U);
            EXPECT_EQ(s.mailbox, 0U);
            EXPECT_EQ(s.restarts, 3U);
          },
          [](const caf::error&) { FAIL(); });
  stop_now(echo);
}

} // namespace
} // namespace logos::actors
