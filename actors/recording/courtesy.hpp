// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

namespace logos::recording {

/// How the calling thread stands towards others that want the processor. While it has stepped back, whoever else wants
/// to run does so at once, so that work in bulk does not delay a request by a time slice. On a machine without a moment
/// to spare that can hold the work up: then it insists, and competes like any other for a while. One thread.
class courtesy {
public:
  /// `wanted` false, or a process that could not take a step back again (it needs CAP_SYS_NICE or RLIMIT_NICE of at
  /// least 20, systemd's LimitNICE=0): both calls do nothing.
  explicit courtesy(bool wanted);

  /// What is to be done has time.
  void step_back(core::steady_time now);
  /// It has waited for too long.
  void insist(core::steady_time now);
  bool stepped_back() const { return back_; }

private:
  bool possible_;
  bool back_ = false;
  core::steady_time insisted_{};
};

} // namespace logos::recording
