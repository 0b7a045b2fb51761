// SPDX-License-Identifier: MIT
#pragma once
#include "net/usage.hpp"

#include <string>
#include <string_view>

namespace logos::net {

/// Reads from an answer's bytes, split anywhere, which model gave it: `model` of a completion or of a chunk, `model` in
/// an event's `response` (OpenAI) or `message` (Anthropic). Looks at the first 64 KiB at most. One per answer; one
/// thread.
class answer_model {
public:
  explicit answer_model(content_kind kind) : kind_{kind} {}
  /// `last`: these are the last bytes, or none follow.
  void feed(std::string_view bytes, bool last);
  /// Empty: it has not told, or not yet.
  const std::string& name() const { return name_; }

private:
  bool look_at_lines();

  content_kind kind_;
  bool done_ = false;
  std::size_t seen_ = 0; // bytes
  std::string kept_;
  std::string name_;
};

/// The model that one JSON text names, which may have lost its end; empty: none.
std::string model_named(std::string_view json);

} // namespace logos::net
