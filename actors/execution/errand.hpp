// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "actors/execution/permit.hpp"
#include "actors/execution/workplace.hpp"
#include "net/call.hpp"

#include <memory>

namespace logos::execution {

/// One call under one permit: writes the books, ends the permit, and brings the request back to INGRESS when the call
/// failed before anything was answered. Owned by the exchange's relay while that runs. I/O thread only.
class errand final : public net::call_observer {
public:
  /// `deployment` is kept alive by `snapshot`, `clock` outlives it.
  errand(workplace& at, net::exchange_ptr x, catalog::snapshot_ptr snapshot, const catalog::deployment& d,
         std::unique_ptr<permit> granted, const core::clock& clock);
  ~errand() override;

  void refused(std::string_view body) override;
  bool head(int status, std::span<const net::header_view> headers) override;
  void first_byte() override { answering_ = true; }
  void stored(std::string_view object_id) override;
  void coming(const net::call_outcome& so_far, core::wall_time now) override;
  net::judgement judge(std::string_view so_far, net::content_kind kind, bool whole) override;
  std::optional<std::string> usage_members(const net::call_outcome& so_far) override;
  void ending(const net::call_outcome& outcome) override;
  void ended(const net::call_outcome& outcome) override;

  const actors::offer& granted() const { return permit_->granted(); }
  actors::held_permit held() const;
  const net::exchange_ptr& exchange() const { return exchange_; }
  /// The first byte of the answer has come.
  bool answering() const { return answering_; }
  /// Its answer is an event stream, and held back.
  bool holds_events() const { return holds_events_; }

private:
  bool may_wait(int status, std::span<const net::header_view> headers);
  bool can_escalate() const;
  void escalate(const net::call_outcome& outcome);
  void book(const net::call_outcome& outcome);
  void note_quota(std::span<const net::header_view> headers);

  workplace& at_;
  net::exchange_ptr exchange_;
  catalog::snapshot_ptr snapshot_;
  const catalog::deployment& deployment_;
  std::unique_ptr<permit> permit_;
  const core::clock& clock_;
  core::steady_time begun_;
  core::rate_word rates_;       // what the provider said of its quotas
  bool comes_back_ = false;     // to its queue: the provider is busy, and there is time
  bool account_closed_ = false; // at the provider, as its refusal says
  bool answering_ = false;
  bool holds_events_ = false;
  std::optional<core::answer_check> failed_check_; // the answer is dropped for it
  int dropped_status_ = 0;                         // of an answer that was not relayed, to try elsewhere
};

/// Worth trying at another deployment, when there is one: the provider is overloaded or broken, not the request.
bool worth_retrying(int status);

} // namespace logos::execution
