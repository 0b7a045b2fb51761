// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "net/message_head.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace logos::net {

/// A provider's 429 whose head waits for its body: only that tells whether it is of use to ask again.
class held_refusal {
public:
  /// More is not waited for: what tells of an error is short, and comes with its head.
  static constexpr std::size_t longest = 4096;
  static constexpr std::chrono::seconds patience{3};
  /// Whether the body that follows this head can be read: JSON, not compressed, and not known to be too long.
  static bool can_be(const response_head& head);

  /// Keeps a copy of the head, whose views end with the read that has brought it.
  held_refusal(const response_head& head, core::steady_time now);
  held_refusal(const held_refusal&) = delete;
  held_refusal& operator=(const held_refusal&) = delete;

  void add(std::string_view piece) { body_ += piece; }
  bool too_long() const { return body_.size() > longest; }
  /// Until when it is waited for, whatever drips in.
  core::steady_time until() const { return until_; }
  const response_head& head() const { return head_; }
  const std::string& body() const { return body_; }

private:
  core::steady_time until_;
  std::string text_; // what `head_` views
  response_head head_;
  std::string body_;
};

} // namespace logos::net
