// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/workplace.hpp"
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

  /// Ends it with how the call went; later calls do nothing. `pauses` false: if the provider asked for a pause, it was
  /// not us whom it asked.
  void end(const net::call_outcome& outcome, bool pauses = true);
  const actors::offer& granted() const { return granted_; }

private:
  workplace& at_;
  actors::offer granted_;
  bool open_ = true;
};

} // namespace logos::execution
