// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/workplace.hpp"
#include "core/rate_word.hpp"
#include "net/call.hpp"

namespace logos::execution {

/// A permit: ends exactly once, when it is told to or else when it is destroyed. Where it ends is told to the SCHEDULER
/// of its provider. I/O thread only.
class permit {
public:
  permit(workplace& at, const actors::offer& granted);
  ~permit();
  permit(const permit&) = delete;
  permit& operator=(const permit&) = delete;

  /// Ends it with how the call went and what the provider said of its quotas; later calls do nothing. `ours` false:
  /// what it says of pauses and quotas, it does not say of us. `account_closed`: as in the release.
  void end(const net::call_outcome& outcome, const core::rate_word& rates = {}, bool ours = true,
           bool account_closed = false);
  const actors::offer& granted() const { return granted_; }

private:
  workplace& at_;
  actors::offer granted_;
  bool open_ = true;
};

} // namespace logos::execution
