// SPDX-License-Identifier: MIT
#pragma once
#include "net/event_stream.hpp"
#include "net/usage.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace logos::replay {

/// Reads what a model wrote from an answer's bytes, split anywhere: a stream of events or a JSON document in the shapes
/// of OpenAI's API. Bounded in memory. One per answer; one thread.
class answer_reader {
public:
  /// `refusal`: the status says that it is an error. `most_text`: bytes of the answer's text that are kept.
  answer_reader(net::content_kind kind, bool refusal, std::size_t most_text);
  ~answer_reader();
  answer_reader(answer_reader&&) noexcept;
  answer_reader& operator=(answer_reader&&) noexcept;

  /// True once the first event with data has come, or any byte of another kind of answer.
  bool feed(std::string_view bytes);
  void finish();

  /// What was written so far; ends with `…` when it was longer.
  std::string text() const;
  /// The message of an error that the answer tells; of a refusal that is not JSON, its beginning.
  const std::string& error() const { return error_; }

private:
  struct parser;
  void read_event(std::string_view event);
  void read_json(std::string_view json, bool whole);
  void write(std::string_view piece);

  net::content_kind kind_;
  bool refusal_;
  std::size_t most_text_;
  std::unique_ptr<parser> parser_;
  net::event_scanner scanner_;
  std::string kept_;
  std::string scratch_;
  std::string text_;
  std::string error_;
  bool begun_ = false;
  bool cut_ = false;
  bool too_long_ = false; // an event, or the document, of which the rest is not kept
};

} // namespace logos::replay
