// SPDX-License-Identifier: MIT
#include "net/bridge.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace logos::net {
namespace {

// As CAF's `max-throughput`: a hot actor lets the sockets have their turn.
constexpr std::size_t messages_per_activation = 300;

} // namespace

io_unit::io_unit(caf::actor_system& system, boost::asio::io_context& context)
    : caf::execution_unit{&system},
      context_{context} {}

io_unit::~io_unit() { close(); }

void io_unit::exec_later(caf::resumable* job) {
  if (closed_.load(std::memory_order_acquire)) {
    system().scheduler().enqueue(job);
    return;
  }
  if (here()) {
    ready_.push_back(job);
    return drain_soon();
  }
  bool first;
  {
    const std::lock_guard lock{foreign_mutex_};
    if (closed_.load(std::memory_order_relaxed)) {
      system().scheduler().enqueue(job);
      return;
    }
    first = foreign_.empty();
    foreign_.push_back(job);
  }
  if (first)
    boost::asio::post(context_, [this] {
      take_foreign();
      drain();
    });
}

void io_unit::take_foreign() {
  const std::lock_guard lock{foreign_mutex_};
  ready_.insert(ready_.end(), foreign_.begin(), foreign_.end());
  foreign_.clear();
}

// Once for all the events that are ready, not once for each: sends to the same peer then follow each other closely, and
// it is woken once for several (0.3 of nginx's CPU per request, measured with bench/run --only json).
void io_unit::drain_soon() {
  if (draining_ || posted_) return;
  posted_ = true;
  boost::asio::post(context_, [this] {
    posted_ = false;
    drain();
  });
}

void io_unit::drain() {
  if (draining_) return;
  draining_ = true;
  again_.clear();
  while (!ready_.empty()) {
    auto* const job = ready_.front();
    ready_.pop_front();
    run(job);
  }
  draining_ = false;
  if (again_.empty()) return;
  ready_.insert(ready_.end(), again_.begin(), again_.end());
  drain_soon();
}

void io_unit::run(caf::resumable* job) {
  switch (job->resume(this, messages_per_activation)) {
  case caf::resumable::resume_later: again_.push_back(job); break;
  case caf::resumable::awaiting_message:
  case caf::resumable::done: caf::intrusive_ptr_release(job); break;
  case caf::resumable::shutdown_execution_unit: break;
  }
}

void io_unit::close() {
  std::vector<caf::resumable*> left;
  {
    const std::lock_guard lock{foreign_mutex_};
    if (closed_.exchange(true)) return;
    left.swap(foreign_);
  }
  left.insert(left.end(), ready_.begin(), ready_.end());
  ready_.clear();
  for (auto* const job : left)
    system().scheduler().enqueue(job);
}

} // namespace logos::net
