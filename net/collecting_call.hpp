// SPDX-License-Identifier: MIT
#pragma once
#include "net/call.hpp"
#include "net/event_relay.hpp"
#include "net/inner_exchange.hpp"
#include "net/provider_exchange.hpp"
#include "net/usage.hpp"
#include "net/usage_addition.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace logos::net {

/// Carries the request of an inner exchange to a provider and collects the answer. To its observer it is a call like
/// any other. I/O thread only.
class collecting_call final : public provider_exchange {
public:
  collecting_call(inner_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer);
  /// Sends the request. The observer may hear `ended` from inside.
  void begin();
  /// Ends it before it began; the observer hears `ended` from inside.
  void refuse(core::ec why);
  /// Ends it as if the provider had failed with `why`.
  void cancel(const core::failure& why);
  /// Nobody wants the answer any more: the provider's connection is closed at once.
  void client_left();

private:
  bool on_head(const response_head& head) override;
  void on_body(std::string_view piece, bool last) override;
  bool may_end_here() const override { return !events_ || events_->may_end_here(); }
  void on_finished() override;
  void on_failed(core::ec why, std::string message) override;

  void observe(std::string_view piece, bool last);
  void keep_bytes(std::string_view piece, bool last);
  void note_sent();
  void announce_end();
  void take_facts(const answer_facts& facts);
  void end();

  boost::intrusive_ptr<inner_exchange> exchange_;
  std::shared_ptr<call_observer> observer_;
  call_outcome outcome_;
  collected_answer answer_;
  content_kind kind_ = content_kind::opaque;
  std::optional<event_relay> events_;
  std::optional<usage_reader> usage_;
  std::unique_ptr<usage_addition> addition_;
  bool begun_body_ = false;
  bool announced_ = false;
  bool over_ = false;
};

} // namespace logos::net
