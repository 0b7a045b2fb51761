// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "actors/execution/workplace.hpp"
#include "net/call.hpp"

#include <memory>

namespace logos::execution {

/// A permit: ends exactly once, when it is told to or else when it is destroyed. Where it ends is told to the SCHEDULER
/// of its provider. I/O thread only.
class permit {
public:
  permit(workplace& at, const actors::offer& granted);
  ~permit();
  permit(const permit&) = delete;
  permit& operator=(const permit&) = delete;

  /// Ends it with how the call went; later calls do nothing.
  void end(const net::call_outcome& outcome);
  const actors::offer& granted() const { return granted_; }

private:
  workplace& at_;
  actors::offer granted_;
  bool open_ = true;
};

/// One call under one permit: writes the books, ends the permit, and brings the request back to INGRESS when the call
/// failed before anything was answered. Owned by the exchange's relay while that runs. I/O thread only.
class errand final : public net::call_observer {
public:
  /// `deployment` is kept alive by `snapshot`.
  errand(workplace& at, net::exchange_ptr x, catalog::snapshot_ptr snapshot, const catalog::deployment& d,
         const actors::offer& granted);
  ~errand() override;

  bool head(int status, std::span<const net::header_view> headers) override;
  void first_byte() override {}
  void ending(const net::call_outcome& outcome) override;
  void ended(const net::call_outcome& outcome) override;

  const actors::offer& granted() const { return permit_.granted(); }
  actors::held_permit held() const;
  const net::exchange_ptr& exchange() const { return exchange_; }

private:
  void book(const net::call_outcome& outcome);

  workplace& at_;
  net::exchange_ptr exchange_;
  catalog::snapshot_ptr snapshot_;
  const catalog::deployment& deployment_;
  permit permit_;
  int dropped_status_ = 0; // of an answer that was not relayed, to try elsewhere
};

/// Worth trying at another deployment, when there is one: the provider is overloaded or broken, not the request.
bool worth_retrying(int status);

} // namespace logos::execution
