// SPDX-License-Identifier: MIT
#pragma once
#include "net/usage_facts.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace logos::net {

/// Finds where a server-sent event ends, in bytes that come in pieces. Lines end with LF, CR or CRLF; a blank line ends
/// the event.
class event_scanner {
public:
  /// `bytes` begins with the event's first byte and contains what earlier calls for the same event saw, with more after
  /// it. Returns the offset behind the event's last byte, and is then ready for the next event; npos when the end has
  /// not come. When a CR is the last byte of all, the event ends there: a LF that follows is still part of it.
  std::size_t find_end(std::string_view bytes);
  /// The first `count` bytes are gone from the next call's view.
  void dropped(std::size_t count);
  void restart() { *this = event_scanner{}; }

private:
  std::size_t seen_ = 0;       // bytes in which no line end was missed
  std::size_t line_start_ = 0; // npos: the line's start was dropped
  bool after_cr_ = false;      // the byte before seen_ is a CR that ended a line
};

/// The data of an event: its `data:` lines without the prefix, joined by LF. A view into `event` when there is one such
/// line, else into `scratch`. Empty when there is none.
std::string_view event_data(std::string_view event, std::string& scratch);

/// Every line is blank or a comment, the last one perhaps cut.
bool only_comments(std::string_view lines);

/// A member of a JSON object in a text, with the comma that goes when it is cut out. Empty: there is none.
struct member_place {
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// Reads what an event tells. True when a usage object was in it. `null_usage`, if given, becomes the place in `event`
/// of a member `"usage":null` of its data, if that is one line.
bool read_event(std::string_view event, std::string& scratch, answer_facts& into, member_place* null_usage = nullptr);

/// Reads the tail of an event that was too large to keep. Only usage can be trusted there.
void read_cut_event(std::string_view tail, answer_facts& into);

/// Reads a whole stream of events, split anywhere. Keeps at most 1 MiB of an unfinished event: beyond that its tail.
class event_reader {
public:
  void feed(std::string_view bytes, answer_facts& into);
  void finish(answer_facts& into);
  /// The beginning of an event whose end has not come.
  std::string_view unfinished() const { return kept_; }

private:
  void end_kept(std::string_view event, answer_facts& into);

  event_scanner scanner_;
  bool cut_ = false; // kept_ lost its front
  std::string kept_;
  std::string scratch_;
};

/// Bounds `kept` to what is worth keeping of something too large. Returns how many bytes its front lost.
std::size_t trim_front(std::string& kept);
/// Empties `kept` and gives memory back that only a rare large event needed.
void clear(std::string& kept);

} // namespace logos::net
