// SPDX-License-Identifier: MIT
#pragma once
#include "net/inner_exchange.hpp"
#include "net/observed_call.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace logos::net {

/// Carries the request of an inner exchange to a provider and collects the answer. To its observer it is a call like
/// any other. I/O thread only.
class collecting_call final : public observed_call {
public:
  collecting_call(inner_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer);
  /// Ends it before it began; the observer hears `ended` from inside.
  void refuse(core::ec why);
  /// Nobody wants the answer any more: the provider's connection is closed at once.
  void client_left();

private:
  void prepare(const response_head& head) override;
  void on_masked(std::string_view piece, bool last) override;
  bool may_end_here() const override { return !events_ || events_->may_end_here(); }
  void on_finished() override;
  void on_broken(core::ec why, std::string message) override;
  void release_exchange() override;

  void observe(std::string_view piece, bool last);
  void keep_bytes(std::string_view piece, bool last);
  void announce_end();

  boost::intrusive_ptr<inner_exchange> exchange_;
  collected_answer answer_;
};

} // namespace logos::net
