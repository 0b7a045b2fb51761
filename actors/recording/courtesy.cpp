// SPDX-License-Identifier: MIT
#include "actors/recording/courtesy.hpp"

#include <sched.h>
#include <thread>

namespace logos::recording {
namespace {

// Long enough that a machine under full load does not go back and forth.
constexpr std::chrono::seconds insistence{10};

bool set_policy(int policy) {
  const sched_param none{};
  return sched_setscheduler(0, policy, &none) == 0; // of this thread
}

/// Tried on a thread that does nothing else: one that may not return would stay behind for ever.
bool can_return() {
  bool returned = false;
  std::thread{[&] { returned = set_policy(SCHED_IDLE) && set_policy(SCHED_OTHER); }}.join();
  return returned;
}

} // namespace

courtesy::courtesy(bool wanted) : possible_{wanted && can_return()} {}

void courtesy::step_back(core::steady_time now) {
  if (!possible_ || back_ || (insisted_ != core::steady_time{} && now - insisted_ < insistence)) return;
  back_ = set_policy(SCHED_IDLE);
}

void courtesy::insist(core::steady_time now) {
  insisted_ = now;
  if (back_) back_ = !set_policy(SCHED_OTHER);
}

} // namespace logos::recording
