// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace logos::net {

/// Reads from an answer's bytes, split anywhere, under which id the provider has stored what it is about: the outermost
/// `id` of a document, or `response.id` of the first event of a stream that has one; where a document or an event has
/// none, its `conversation_id` or `request_id`, as some servers call it. Which of the two an answer is, its first byte
/// tells. Looks at every byte until it is found; keeps no more of them than a name or an id may have. One
/// per answer; one thread.
class object_id_reader {
public:
  static constexpr std::size_t longest = 512; // bytes, as spelled; a longer one is none

  /// True once: the id is known from here on.
  bool feed(std::string_view bytes);
  /// Empty: it has not been told, or not yet.
  const std::string& id() const { return id_; }

private:
  enum class form : std::uint8_t { unknown, document, events };
  enum class line : std::uint8_t { begins, is_data, other };

  void take_of_event(char c);
  void take(char c);
  void end_string();
  void restart();
  bool wanted() const;
  bool is_second_choice() const;
  void end_text();

  form form_ = form::unknown;
  bool done_ = false;
  std::string id_;
  std::string other_; // is the id, if none comes

  // Within one JSON text.
  std::size_t depth_ = 0;
  std::array<std::string, 2> keys_; // the member that is being read of the outermost object, and of the one below
  bool in_string_ = false;
  bool escaped_ = false;
  bool value_ = false; // a colon came last
  std::string text_;   // of the string, as spelled, if it may matter
  bool keeps_ = false;
  bool too_long_ = false;

  // Within a stream.
  line line_ = line::begins;
  std::size_t matched_ = 0; // of `data:`
  bool after_cr_ = false;
};

/// The id of what a member of a request names (`previous_response_id`, `conversation`), whose value `json` begins with:
/// a string, or the `id` of an object. Empty when that is missing, no string, there twice, or spelled so that servers
/// may differ over it.
std::string object_named(std::string_view json);

} // namespace logos::net
