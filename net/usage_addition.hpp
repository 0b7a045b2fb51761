// SPDX-License-Identifier: MIT
#pragma once
#include "net/event_stream.hpp"
#include "net/usage.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace logos::net {

/// Adds members to the usage objects of an answer on its way to the client, in the place of the provider's own `cost`
/// and `cost_currency`; every other byte stays, and so does all of Google's `usageMetadata`. Holds back what is not
/// complete: an answer in one piece, an event of a stream. What is longer than 1 MiB, or a list, goes on as it is. One
/// per answer; one thread.
class usage_addition {
public:
  /// The members for what has been read of the answer, as JSON without braces. Empty: there are none, nor the
  /// provider's own. Nothing: all stays as it is.
  using source = std::function<std::optional<std::string>(const answer_facts&)>;
  usage_addition(content_kind kind, source members, const own_counters* counters = nullptr)
      : kind_{kind},
        members_{std::move(members)} {
    facts_.counters = counters;
  }

  void feed(std::string_view bytes);
  /// The answer is complete.
  void finish();
  /// What may go now: good until the next call of `feed`.
  std::string_view ready() const { return ready_; }
  /// Before each `feed` of what came with the next read.
  void taken() { ready_.clear(); }

private:
  void add_event(std::string_view event);
  /// A list, which has no usage that gets anything, and may be a stream.
  bool begins_list() const;
  /// `json`: in `text`; `brace`: where the usage object ends in it.
  void add(std::string_view text, std::string_view json, std::size_t brace);

  content_kind kind_;
  source members_;
  event_scanner scanner_;
  answer_facts facts_;
  std::string held_;
  std::string ready_;
  std::string scratch_;
  bool passing_ = false; // it was too long
};

} // namespace logos::net
