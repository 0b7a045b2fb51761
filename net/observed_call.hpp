// SPDX-License-Identifier: MIT
#pragma once
#include "net/answer_mask.hpp"
#include "net/answer_model.hpp"
#include "net/call.hpp"
#include "net/event_relay.hpp"
#include "net/held_refusal.hpp"
#include "net/object_id.hpp"
#include "net/provider_exchange.hpp"
#include "net/usage.hpp"
#include "net/usage_addition.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace logos::net {

/// A request to a provider whose observer hears how it goes: gathers the call's outcome, knows what in the answer tells
/// usage, and overwrites the provider's key in an error. Where the answer goes is the derived class's. I/O thread only.
class observed_call : public provider_exchange {
public:
  /// Sends the request. The observer may hear `ended` from inside.
  void begin();
  /// Ends it as if the provider had failed with `why`.
  void cancel(const core::failure& why);

protected:
  observed_call(io_thread& io, upstream_call call, std::shared_ptr<call_observer> observer);

  /// The answer is wanted, and what reads its usage is made.
  virtual void prepare(const response_head& head) = 0;
  /// What one read brought of the body, as in `on_body`, with the provider's key overwritten.
  virtual void on_masked(std::string_view piece, bool last) = 0;
  /// As `on_failed`, with what the observer thinks of the head known, if one had come.
  virtual void on_broken(core::ec why, std::string message) = 0;
  /// The call is over: its exchange may let go of it.
  virtual void release_exchange() = 0;

  /// Overwrites the provider's key in what an answer says before its body.
  void mask_head(std::string& text) const;
  /// Notes a piece of the body. The observer hears of the first, by which the call may be over; then true.
  bool begins_body(std::string_view piece, bool last);
  /// Keeps of the answer what its outcome shall show.
  void keep_text(std::string_view piece);
  /// What the observer says of an answer that is held back; `relay` when none is. The call may be over by it.
  judgement judge(std::string_view so_far, bool whole);
  /// Tells the observer how far the answer has come, if that is due. Before what was read goes to the client.
  void tell_progress();
  /// Completes the outcome for `ending`.
  void settle_outcome();
  /// Closes the provider's connection at once and ends the call.
  void abandon(core::ec why, std::string message);
  /// Ends the call. The observer hears `ended` from inside.
  void end(core::ec why, std::string message);
  void end();

  std::shared_ptr<call_observer> observer_;
  call_outcome outcome_;
  content_kind kind_ = content_kind::opaque;
  bool identity_ = true;              // the body is not compressed
  std::optional<event_relay> events_; // of an event stream
  std::optional<usage_reader> usage_; // of any other answer that may tell usage
  std::unique_ptr<usage_addition> addition_;
  std::unique_ptr<answer_model> model_;
  std::unique_ptr<object_id_reader> object_;
  std::uint64_t next_told_ = 1; // of how many tokens the observer is to hear
  core::steady_time told_at_{};
  bool begun_body_ = false;
  bool holding_ = false;   // the answer is held back
  bool announced_ = false; // the observer has heard of the end
  bool over_ = false;

private:
  bool on_head(const response_head& head) final;
  void on_body(std::string_view piece, bool last) final;
  void on_failed(core::ec why, std::string message) final;
  /// The observer decides on the head. False: the call is over.
  bool begin_answer(const response_head& head);
  void feed_body(std::string_view piece, bool last);
  void wait_for_refusal(core::steady_time now);
  /// Who dies now shall have nothing billed of a refusal.
  void tell_refusal();
  void read_usage_of(const response_head& head);
  void take_all_facts();
  void take_facts(const answer_facts& facts);
  void note_sent();
  /// What a usage object of the answer gets, behind which nothing has come yet.
  std::optional<std::string> usage_members(const answer_facts& read) const;

  std::unique_ptr<held_refusal> refusal_; // is not decided on yet
  std::optional<answer_mask> mask_;       // all that leaves the call comes through it
};

} // namespace logos::net
