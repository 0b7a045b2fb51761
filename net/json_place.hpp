// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace logos::net {

/// Where in a document a value stands, as far as it matters for what is counted.
enum class place : std::uint8_t {
  elsewhere,
  text,     // of the prompt
  turns,    // the list of messages
  turn,     // a message
  parts,    // the list of what it is made of
  part,     // a text, an image, …
  file,     // what `file` of a part is
  image,    // what `image_url` of a part is
  clip,     // what `video_url`, `audio_url`, `document_url` or `file_url` is
  sound,    // what `input_audio` is
  source,   // Anthropic's: an image only if it says so, for a text may stand in its `data`, too
  excerpts, // Anthropic's: what a document in the body is made of
  excerpt,
  excerpt_kind, // what tells whether it is a text
  attached_image,
  attached_clip,
  attached_sound,
  attached_file, // may be text, or anything
  source_data,
  source_kind,   // what tells whether it is an image
  source_remote, // where it is, when it is not in the body
  remote_file,   // an id or address of a file
  part_kind,     // what tells whether a part is one that is known
  turn_id,
  turn_kind, // what tells whether a turn stands for a stored one
  tools,     // the list of tools
  tool,
  tool_kind, // what tells who runs it
  tool_uses, // how often the provider may run it
  tool_part, // a setting of it, at any depth: may name models
  recall,    // what `audio` of a message is: may name a stored answer
  format,    // how the answer has to look
  format_kind,
  remembered // the name of something that the provider has stored
};

/// The place of a member's value, by the object that it stands in and its name.
inline place below(place object, std::string_view name) {
  const auto is = [name](std::string_view text) { return name == text; };
  switch (object) {
  case place::turn:
  case place::part:
    if (is("content") || is("output")) return place::parts;
    if (object == place::turn)
      return is("type") || is("role") ? place::turn_kind
             : is("id")               ? place::turn_id
             : is("audio")            ? place::recall
                                      : place::text;
    if (is("type")) return place::part_kind;
    if (is("image_url")) return place::image;
    if (is("video_url") || is("audio_url") || is("document_url") || is("file_url") || is("image")) return place::clip;
    if (is("input_audio")) return place::sound;
    if (is("source")) return place::source;
    if (is("file")) return place::file;
    if (is("file_data")) return place::attached_file;
    return is("file_id") ? place::remote_file : place::text;
  case place::file:
    if (is("file_id") || is("file_url") || is("url")) return place::remote_file;
    return is("file_data") ? place::attached_file : place::text;
  case place::image: return is("url") ? place::attached_image : place::text;
  case place::clip: return is("url") || is("file_id") ? place::attached_clip : place::text;
  case place::sound:
    if (is("file_id") || is("file_url") || is("url")) return place::remote_file;
    return is("data") ? place::attached_sound : place::text;
  case place::source:
    if (is("url") || is("file_id")) return place::source_remote;
    if (is("data")) return place::source_data;
    if (is("content")) return place::excerpts;
    return is("type") || is("media_type") ? place::source_kind : place::text;
  case place::excerpt: return is("type") ? place::excerpt_kind : place::text;
  case place::tool:
    if (is("type")) return place::tool_kind;
    if (is("max_uses")) return place::tool_uses;
    // What a client's function takes is no setting.
    return is("function") || is("input_schema") ? place::text : place::tool_part;
  case place::tool_part: return place::tool_part;
  case place::format: return is("type") ? place::format_kind : is("format") ? place::format : place::elsewhere;
  case place::recall: return is("id") ? place::remembered : place::text;
  default: return object == place::elsewhere ? place::elsewhere : place::text;
  }
}

/// The place of a list's elements.
inline place inside(place list) {
  switch (list) {
  case place::turns: return place::turn;
  case place::parts: return place::part;
  case place::clip: return place::clip;
  case place::excerpts: return place::excerpt;
  case place::tools: return place::tool;
  case place::tool_part: return place::tool_part;
  case place::elsewhere: return place::elsewhere;
  default: return place::text;
  }
}

/// Whether the members of an object there are told apart by their names.
inline bool looks_at_names(place object) { return object != place::elsewhere && object != place::text; }

/// All names that `below` looks for, and by which a turn is told apart.
inline constexpr std::array<std::string_view, 22> nested_names{
    "content", "output", "image_url", "video_url", "audio_url",  "document_url", "image", "input_audio",
    "source",  "file",   "file_id",   "file_url",  "file_data",  "url",          "data",  "type",
    "id",      "audio",  "role",      "format",    "media_type", "max_uses"};

/// Top-level members that a prompt is made of, over the APIs that are relayed.
inline constexpr std::array<std::string_view, 6> content_names{"messages",     "prompt", "input",
                                                               "instructions", "system", "tools"};
/// What the provider adds to it.
inline constexpr std::array<std::string_view, 7> remembered_names{
    "previous_response_id", "conversation", "web_search_options", "mcp_servers",
    "search_parameters",    "plugins",      "data_sources"};
/// Of these, what it adds once: the others are tools that it runs.
inline constexpr std::array<std::string_view, 2> stored_names{"previous_response_id", "conversation"};

/// By which a client chooses a tariff of the provider's, and the values that are no dearer than the usual one.
inline constexpr std::array<std::string_view, 3> tariff_names{"service_tier", "speed", "inference_geo"};
inline constexpr std::array<std::string_view, 8> usual_tariffs{
    "\"auto\"", "\"default\"", "\"standard\"", "\"standard_only\"", "\"flex\"", "\"batch\"", "\"global\"", "\"\""};

} // namespace logos::net
