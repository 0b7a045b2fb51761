// SPDX-License-Identifier: MIT
#pragma once
#include "net/json_look.hpp"
#include "net/json_place.hpp"

#include <cstdint>
#include <string_view>

namespace logos::net {

/// Counts into a look what a prompt is made of, while its document is walked over.
class content_tally {
public:
  explicit content_tally(json_look& out) : out_{out} {}

  /// An object begins or ends.
  void begin(place object);
  void end(place object);
  /// A string, without its quotes; not one that stands elsewhere.
  void text(std::string_view inside, place where);
  /// A number, likewise.
  void number(std::string_view text, place where);
  /// An element of a list of turns, or of a list in it. `before`: where the one before it ends, if that may be a
  /// token's id; else null. Returns the same of this one.
  const char* element(std::string_view text, const char* before);
  /// A list ends that has so many elements, wherever it stands; `bytes` from the first to its last scalar.
  void list(std::uint32_t elements, std::uint64_t bytes);
  /// The provider adds something to the prompt; `tool`: by what it runs, maybe again and again.
  void remember(bool tool);

private:
  void image(std::string_view address);
  void attach_image(const std::optional<image_size>& size);

  json_look& out_;
  std::uint64_t source_bytes_ = 0; // of the source that is being walked over
  bool source_is_image_ = false;
  bool source_is_text_ = false;
  bool source_is_other_ = false;
  std::optional<image_size> source_size_;
  bool tool_is_provided_ = false; // of the tool that is being walked over
  std::optional<std::int64_t> tool_uses_;
  bool turn_has_id_ = false; // of the turn that is being walked over
  bool turn_has_kind_ = false;
};

} // namespace logos::net
