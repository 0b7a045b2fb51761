// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/vocabulary.hpp"
#include "net/image_size.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

/// The top-level members of a request body that the gateway reads or may change. All others are somebody else's.
enum class body_field : std::uint8_t {
  model,
  stream,
  stream_options,
  priority,
  mode,
  timeout_s,
  max_tokens,
  max_completion_tokens,
  max_output_tokens,
  n_predict, // llama.cpp's, which it heeds before the others
  n,
  best_of,
  n_cmpl, // llama.cpp's n
  max_tool_calls,
  max_turns,
  count_
};
std::string_view to_string(body_field);

/// Where a member stands in the body: offsets in bytes, the value without surrounding whitespace.
struct json_member {
  std::uint32_t key_begin = 0; // its opening quote
  std::uint32_t value_begin = 0;
  std::uint32_t value_end = 0;
  std::uint32_t ordinal = 0; // 0 for the object's first member
  bool present = false;
  bool null = false;
};

/// What one look at a request body found. Views point into the body that was looked at; a plain value otherwise.
struct json_look {
  std::array<json_member, static_cast<std::size_t>(body_field::count_)> members{};
  const json_member& operator[](body_field f) const { return members[static_cast<std::size_t>(f)]; }
  json_member& operator[](body_field f) { return members[static_cast<std::size_t>(f)]; }

  /// The value of `model` with escapes resolved; empty when it is absent, null or empty.
  std::string_view model() const { return model_escaped.empty() ? model_plain : std::string_view{model_escaped}; }

  std::string_view model_plain; // what model() is made of
  std::string model_escaped;
  bool stream = false;
  bool include_usage = false; // stream_options.include_usage is true
  json_member include_usage_member{};
  std::uint32_t stream_options_members = 0;
  std::optional<core::priority> priority;
  std::optional<core::traffic_mode> mode;
  std::optional<std::chrono::milliseconds> timeout;
  /// The smallest of max_tokens, max_completion_tokens, max_output_tokens and n_predict; nothing when none is given or
  /// all are negative (llama.cpp's "no limit").
  std::optional<std::int64_t> completion_limit;
  /// The largest of them: how long an answer may be, whichever the provider heeds.
  std::optional<std::int64_t> completion_most;
  /// What stands in max_tokens, max_completion_tokens, max_output_tokens and n_predict, in this order.
  std::array<std::int64_t, 4> lengths{};
  std::int64_t n = 1; // the largest of n, best_of and n_cmpl

  std::uint32_t messages = 0;        // elements of `messages`, or of `input` or `prompt` when that is an array
  std::uint64_t content_bytes = 0;   // raw bytes of strings in messages, prompt, input, instructions, system and tools
  std::uint64_t content_numbers = 0; // numbers in the same places: token ids
  std::uint32_t bare_numbers = 0;    // how many of `messages` are numbers: a list of token ids is one prompt
  std::uint64_t id_bytes = 0;        // of what may be ids, here or in lists here: raw bytes, with blanks between them
  // Where the APIs have them, in the parts of a message; anywhere else they are text.
  std::uint32_t attachments = 0;      // images, and files named by an id or address
  std::uint64_t attachment_bytes = 0; // raw bytes of images and sounds, which content_bytes leaves out
  std::uint64_t sound_bytes = 0;      // those of them that are sounds
  std::vector<image_size> sized;      // of attachments, images whose size their head tells
  std::uint32_t images = 0;           // of attachments
  std::uint32_t tools = 0;            // that the answer may call
  bool wants_schema = false;          // the answer has to keep to a JSON schema
  // Of all lists, wherever they stand, the one with most elements (of several the longest).
  std::uint32_t list_elements = 0;
  std::uint64_t list_bytes = 0; // raw, from its first element to its last scalar

  /// What the provider adds to the prompt is not in the body, or how much it makes of it cannot be told: files and
  /// documents that are no plain text, or stand at an id or address; videos; sounds by address; parts of a message
  /// of a kind that is not known; stored prompts, responses and conversations; tools and searches that the provider
  /// runs.
  bool remembers = false;
  /// Of that, the response and the conversation that the request goes on from: the body from these values on, for
  /// `object_named`; empty: absent or null.
  std::string_view previous_response;
  std::string_view conversation;
  /// The member by which it asks for a tariff that may be dearer than the usual one, of `tariff_names`; empty: none.
  std::string_view dearer;
  bool unstored = false; // `"store": false`: the provider is not to keep the answer

  std::uint32_t provider_tools = 0;  // that the provider runs
  std::uint32_t boundless_tools = 0; // of them, those without `max_uses`
  std::int64_t tool_uses = 0;        // the sum of the others' `max_uses`
  /// How often the provider may run tools, or ask its model, in all; nothing when it is not given.
  std::optional<std::int64_t> max_tool_calls;
  std::optional<std::int64_t> max_turns;

  /// A member may name models beside `model`: see net/model_names.hpp.
  bool names_models = false;

  std::uint32_t open = 0;         // offset right after the body's `{`
  std::uint32_t member_count = 0; // 0: the object is empty
};

/// Bytes that must be readable (not necessarily written) after a body that is looked at.
inline constexpr std::size_t json_padding = 64;
/// Containers nested deeper than this are refused.
inline constexpr std::size_t json_depth_limit = 256;

/// Looks at JSON request bodies: validates the whole document and finds what the gateway needs, in one pass without
/// copying. Keeps its working memory; one per thread.
class json_looker {
public:
  json_looker();
  ~json_looker();
  json_looker(json_looker&&) noexcept;
  json_looker& operator=(json_looker&&) noexcept;

  /// `body` must have json_padding readable bytes after its end. On success `out` is overwritten. Fails with
  /// ec::bad_json (malformed, not an object, too deep, not UTF-8) or ec::bad_field (a field that the gateway reads has
  /// a wrong type or value, is there twice, or differs from one only in the case of letters).
  std::optional<core::failure> look(std::string_view body, json_look& out);
  /// The same for a body without readable bytes after it: copies. `out` then points into this object's copy, but its
  /// offsets are as good for `body`.
  std::optional<core::failure> look_copying(std::string_view body, json_look& out);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace logos::net
