// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

namespace logos::actors {

/// Who an actor is, fixed when it is spawned.
struct identity {
  std::string name;   // "scheduler/gpu-1": unique on its node
  std::string kind;   // "scheduler"
  std::string parent; // name of the actor above it in the tree
  std::string node{"local"};
  std::uint32_t restarts = 0;
};

/// Base of every actor: counts messages and busy time, and can be pinned to an execution unit (an I/O thread's).
template <class Handle>
class observed : public Handle::base {
public:
  using super = typename Handle::base;

  observed(caf::actor_config& cfg, identity who, caf::execution_unit* unit)
      : super{cfg},
        who_{std::move(who)},
        unit_{unit} {}

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    arrived_.fetch_add(1, std::memory_order_relaxed);
    super::enqueue(std::move(element), unit_ != nullptr ? unit_ : unit);
  }

  caf::resumable::resume_result resume(caf::execution_unit* unit, std::size_t max_throughput) override {
    const auto start = coarse_ns();
    const auto result = super::resume(unit, max_throughput);
    busy_ns_ += coarse_ns() - start;
    return result;
  }

  const char* name() const override { return who_.name.c_str(); }

  /// This actor's answer to STATUS; `state` is its own word for what it is doing. From its own handlers.
  actor_status vitals(std::string state) const {
    const auto arrived = arrived_.load(std::memory_order_relaxed);
    return {who_.name,          who_.kind, who_.node,       std::move(state), who_.parent,
            arrived - handled_, handled_,  busy_ns_ / 1000, who_.restarts};
  }

  const identity& who() const { return who_; }

protected:
  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    ++handled_;
    return super::consume(element);
  }

private:
  /// Moves on every few milliseconds only, and so costs a fraction of an exact clock: many short spans add up rightly
  /// on average, a long one is off by one step.
  static std::uint64_t coarse_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  }

  identity who_;
  caf::execution_unit* unit_;
  std::atomic<std::uint64_t> arrived_{0};
  std::uint64_t handled_ = 0; // touched only while this actor runs
  std::uint64_t busy_ns_ = 0;
};

/// An actor made of a state class. `State` names its interface as `handle`, is constructed from `(self, args...)`, and
/// has `make_behavior()`. It is destroyed when the actor exits, which breaks reference cycles.
template <class State>
class hosted final : public observed<typename State::handle> {
public:
  using super = observed<typename State::handle>;

  template <class... Ts>
  hosted(caf::actor_config& cfg, identity who, caf::execution_unit* unit, Ts&&... xs)
      : super{cfg, std::move(who), unit} {
    // CAF's defaults print to stdout and quit on an unanswered error.
    this->set_default_handler([](caf::scheduled_actor* self, caf::message_view& view) -> caf::result<caf::message> {
      // Its types only: what stands in it may be a prompt, or numbers that stand for one.
      std::string types;
      const auto& content = view.content();
      for (std::size_t i = 0; i < content.size(); ++i)
        types.append(i == 0 ? "" : ", ").append(self->system().types().portable_name(content.type(i)));
      spdlog::warn("{}: unexpected message ({})", self->name(), types);
      return caf::make_error(caf::sec::unexpected_message);
    });
    this->set_error_handler([](caf::scheduled_actor* self, caf::error& e) {
      spdlog::warn("{}: unhandled error {}", self->name(), self->system().render(e));
    });
    this->set_exception_handler([](caf::scheduled_actor* self, std::exception_ptr& thrown) -> caf::error {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        spdlog::error("{}: died of an exception: {}", self->name(), e.what());
      } catch (...) {
        spdlog::error("{}: died of an unknown exception", self->name());
      }
      return caf::make_error(caf::sec::runtime_error);
    });
    state_.emplace(this, std::forward<Ts>(xs)...);
  }

  /// For tests that must look inside.
  State& state() { return *state_; }

  void on_exit() override { state_.reset(); }

protected:
  typename State::handle::behavior_type make_behavior() override { return state_->make_behavior(); }

private:
  std::optional<State> state_;
};

/// What a state class calls its actor.
template <class State>
using self_pointer = observed<typename State::handle>*;

/// Spawns an actor on CAF's workers.
template <class State, class... Ts>
typename State::handle spawn(caf::actor_system& system, identity who, Ts&&... xs) {
  return system.spawn<hosted<State>>(std::move(who), nullptr, std::forward<Ts>(xs)...);
}

/// Spawns an actor that runs on one execution unit only. `unit` outlives it.
template <class State, class... Ts>
typename State::handle spawn_pinned(caf::actor_system& system, caf::execution_unit& unit, identity who, Ts&&... xs) {
  return system.spawn<hosted<State>, caf::lazy_init>(std::move(who), &unit, std::forward<Ts>(xs)...);
}

/// Spawns an actor with a thread of its own: for blocking calls, a fixed few per node.
template <class State, class... Ts>
typename State::handle spawn_blocking(caf::actor_system& system, identity who, Ts&&... xs) {
  return system.spawn<hosted<State>, caf::detached>(std::move(who), nullptr, std::forward<Ts>(xs)...);
}

/// Ends an actor before anything else in its mailbox (CAF 0.17's own exit message waits its turn).
template <class Handle>
void stop_now(const Handle& actor) {
  if (!actor) return;
  caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(actor),
                                              caf::exit_msg{actor->address(), caf::exit_reason::user_shutdown});
}

} // namespace logos::actors
