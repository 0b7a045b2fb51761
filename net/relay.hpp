// SPDX-License-Identifier: MIT
#pragma once
#include "core/recycled.hpp"
#include "net/observed_call.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

class session_exchange;

/// Carries an exchange's request to a provider and the answer to the client as it comes: one read becomes one write.
/// Usage is read in passing. I/O thread only.
class relayed_call final : public observed_call, public core::recycled<relayed_call> {
public:
  relayed_call(session_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer);
  /// Ends it before it began; the observer hears `ended` from inside.
  void refuse(core::ec why);
  /// The client left: the provider's connection is closed at once.
  void client_left();
  /// The client took what waited for it: the provider is read again.
  void client_drained();

private:
  enum class framing : std::uint8_t { none, length, chunked, until_close };

  void prepare(const response_head& head) override;
  void on_masked(std::string_view piece, bool last) override;
  bool may_end_here() const override;
  void on_finished() override;
  void on_broken(core::ec why, std::string message) override;
  void release_exchange() override;

  /// The client's answer has begun with comments: what follows is part of its stream.
  void prepare_within_stream(const response_head& head);
  /// Keeps an answer that is no event stream until it can be told as one.
  void convert(bool last);
  void observe(std::string_view piece, bool last);
  /// Keeps what would be written until it is judged; false: there is nothing to write. The call may be over.
  bool pass(bool whole, bool last);
  /// The client waits for events, and comments went out since the head was prepared.
  void go_within_stream();
  void add_to_usage(bool last);
  void announce_end();
  void write(bool last);
  void write_error_event();
  std::string error_event() const;

  boost::intrusive_ptr<session_exchange> exchange_;
  framing framing_ = framing::chunked;
  std::string head_; // the client's, until it is sent
  std::vector<std::string_view> pieces_;
  std::string told_;      // within a stream: what would have been headers
  std::string last_word_; // behind a stream that ended too early
  std::string held_;      // what is held back of the answer
  bool within_ = false;   // the answer is part of a stream that has begun
  bool converts_ = false; // within a stream: the answer is none
  std::string converted_;
  std::string converted_type_; // empty: not to be read
  bool keep_ = true;           // the client's connection may go on
  bool at_event_end_ = true;   // what the client has ends with a blank line
};

} // namespace logos::net
