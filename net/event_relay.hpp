// SPDX-License-Identifier: MIT
#pragma once
#include "net/event_stream.hpp"
#include "net/usage_facts.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace logos::net {

/// Relays a server-sent event stream byte for byte and reads usage in passing. On request it withholds what OpenAI's
/// `include_usage` adds, and nothing else: the event with empty `choices` and a non-null `usage`, and in every other
/// event the member `"usage":null`. One per stream; one thread.
class event_relay {
public:
  explicit event_relay(bool withhold_usage_chunk, const own_counters* counters = nullptr)
      : withholding_(withhold_usage_chunk) {
    facts_.counters = counters;
  }

  /// Takes the next bytes and calls `out(std::string_view)` for what goes to the client, in order: views into `in` or
  /// into this object, good until the next call of `feed`. Without withholding that is always `in` itself, at once.
  /// With it, an incomplete event waits here for its end, which every client waits for, too: 1 MiB at most. A larger
  /// one is relayed as it comes.
  template <class Out>
  void feed(std::string_view in, Out&& out) {
    if (!withholding_) {
      if (!in.empty()) out(in);
      observe(in);
      return;
    }
    if (const auto piece = pass(in); !piece.empty()) out(piece);
  }

  /// The stream has ended: hands out what is still held, unless it is the usage chunk without its last blank line.
  template <class Out>
  void finish(Out&& out) {
    if (const auto piece = last(); !piece.empty()) out(piece);
  }

  const answer_facts& facts() const { return facts_; }
  /// The connection has ended behind what was fed: whether that can be the whole stream. Not in the middle of an event,
  /// which no client would see, nor before a finish reason that the provider's chunks leave open. A last `[DONE]` needs
  /// no blank line.
  bool may_end_here() const;
  /// An event was withheld.
  bool withheld() const { return withheld_; }
  /// Bytes that wait for the end of their event.
  std::size_t held() const { return passing_ || !withholding_ ? 0 : kept_.size(); }

private:
  void observe(std::string_view in);
  std::string_view pass(std::string_view in);
  std::string_view last();
  std::size_t end_kept(std::string_view in);
  bool ends_withheld(std::string_view event);
  void append_spliced(std::string_view event);

  bool withholding_;
  bool withheld_ = false;
  bool passing_ = false;  // the bytes of the event in kept_ go out as they come
  bool cut_ = false;      // kept_ lost its front
  bool after_cr_ = false; // the last event ended with CR: a LF that follows is part of it
  bool last_was_withheld_ = false;
  bool ended_ = false;
  event_scanner scanner_;
  event_reader reader_; // without withholding
  std::string kept_;    // the beginning of an event whose end has not come
  std::string scratch_;
  member_place null_usage_; // in the last event
  std::string spliced_;     // what goes out, where that is not a part of what came in
  answer_facts facts_;
};

} // namespace logos::net
