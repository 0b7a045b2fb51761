// SPDX-License-Identifier: MIT
#pragma once
#include "core/recycled.hpp"
#include "net/call.hpp"
#include "net/event_relay.hpp"
#include "net/provider_exchange.hpp"
#include "net/secret_mask.hpp"
#include "net/usage.hpp"
#include "net/usage_addition.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

class session_exchange;

/// Carries an exchange's request to a provider and the answer to the client as it comes: one read becomes one write.
/// Usage is read in passing. I/O thread only.
class relayed_call final : public provider_exchange, public core::recycled<relayed_call> {
public:
  relayed_call(session_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer);
  /// Sends the request. The observer may hear `ended` from inside.
  void begin();
  /// Ends it before it began; the observer hears `ended` from inside.
  void refuse(core::ec why);
  /// Ends it as if the provider had failed with `why`.
  void cancel(const core::failure& why);
  /// The client left: the provider's connection is closed at once.
  void client_left();
  /// The client took what waited for it: the provider is read again.
  void client_drained();

private:
  enum class framing : std::uint8_t { none, length, chunked, until_close };

  bool on_head(const response_head& head) override;
  void on_body(std::string_view piece, bool last) override;
  bool may_end_here() const override;
  void on_finished() override;
  void on_failed(core::ec why, std::string message) override;

  void prepare_head(const response_head& head);
  void observe(std::string_view piece, bool last);
  void add_to_usage(bool last);
  void note_sent();
  void announce_end();
  void write(bool last);
  void write_error_event();
  void take_facts(const answer_facts& facts);
  void end();

  boost::intrusive_ptr<session_exchange> exchange_;
  std::shared_ptr<call_observer> observer_;
  call_outcome outcome_;
  content_kind kind_ = content_kind::opaque;
  framing framing_ = framing::chunked;
  std::string head_; // the client's, until it is sent
  std::vector<std::string_view> pieces_;
  std::optional<event_relay> events_; // of an event stream
  std::optional<usage_reader> usage_; // of any other answer that may tell usage
  std::unique_ptr<usage_addition> addition_;
  std::optional<secret_mask> mask_; // of an answer that tells of an error
  bool keep_ = true;                // the client's connection may go on
  bool begun_body_ = false;
  bool announced_ = false;
  bool at_event_end_ = true; // what the client has ends with a blank line
  bool over_ = false;
};

} // namespace logos::net
