// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/system.hpp"
#include "core/time.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace logos::tests {

/// The test coordinator's virtual time as the clock that logic takes. Wall time starts at 2026-01-01.
class virtual_clock final : public core::clock {
public:
  explicit virtual_clock(caf::scheduler::test_coordinator& coordinator);
  core::wall_time wall() const override;
  core::steady_time steady() const override;

private:
  caf::scheduler::test_coordinator& coordinator_;
  core::steady_time start_;
};

/// An actor system in which nothing runs and no time passes but by the test's word. Everything on the test's thread.
class virtual_system : public ::testing::Test {
protected:
  virtual_system();
  /// Ends what `host` made and what else still runs.
  ~virtual_system() override;

  /// Spawns a state class as `hosted` does; the fixture ends the actor. `name` is its name and kind.
  template <class State, class... Ts>
  typename State::handle host(std::string name, Ts&&... xs) {
    auto actor = actors::spawn<State>(sys_, {name, name, "test"}, std::forward<Ts>(xs)...);
    hosted_.push_back(caf::actor_cast<caf::actor>(actor));
    run();
    return actor;
  }

  /// The state of an actor that `host` made, for a look inside. Only while it lives.
  template <class State>
  static State& state_of(const typename State::handle& actor) {
    return dynamic_cast<actors::hosted<State>&>(*caf::actor_cast<caf::abstract_actor*>(actor)).state();
  }

  /// Sends without a sender, then lets every actor run.
  template <class Handle, class... Ts>
  void tell(const Handle& to, Ts&&... xs) {
    caf::anon_send(to, std::forward<Ts>(xs)...);
    run();
  }

  /// Requests, lets every actor run, and returns the answer. Fails the test with a default R on an error or when no
  /// answer is there by then.
  template <class R, class Handle, class... Ts>
  R ask(const Handle& to, Ts&&... xs) {
    caf::scoped_actor self{sys_};
    auto request = self->request(to, std::chrono::minutes{60}, std::forward<Ts>(xs)...);
    run();
    if (self->mailbox().empty()) {
      ADD_FAILURE() << "no answer";
      return R{};
    }
    R answer{};
    request.receive([&](R& x) { answer = std::move(x); },
                    [&](const caf::error& e) { ADD_FAILURE() << sys_.render(e); });
    return answer;
  }

  /// Ends an actor as a crash would, at once.
  template <class Handle>
  void kill(const Handle& actor) {
    actors::stop_now(actor);
    run();
  }

  /// Lets every actor run until none has a message. Time stands still.
  void run();
  /// Lets time pass; delayed messages and request time-outs come at their own moments, in order.
  void advance(std::chrono::microseconds by);

  /// What stands for an I/O thread, if the test has one: runs what is ready and says how much that was.
  std::function<std::size_t()> run_io;

  caf::actor_system& sys() { return sys_; }
  const core::clock& clock() const { return clock_; }

private:
  actors::system_config cfg_;
  caf::actor_system sys_;
  caf::scheduler::test_coordinator& coordinator_;
  virtual_clock clock_;
  std::vector<caf::actor> hosted_;
};

/// What a probe has been told, in order of arrival. Owned by the test.
struct requester_log {
  std::vector<actors::offer> offers;
  std::vector<actors::refusal> refusals;
  std::vector<actors::slice> slices;
  std::vector<std::int64_t> recalls; // deployments
  /// Called for each offer after it was recorded; may be empty.
  std::function<void(const actors::offer&)> on_offer;
};

/// A requester that only writes down: `host<probe_requester>("ingress/0", &log)`.
class probe_requester {
public:
  using handle = actors::requester_actor;
  probe_requester(actors::self_pointer<probe_requester> /*self*/, requester_log* log) : log_{log} {}
  handle::behavior_type make_behavior();

private:
  requester_log* log_;
};

} // namespace logos::tests
