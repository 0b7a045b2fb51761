// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace logos::net {

/// Where in a document a value stands, as far as it matters for what is counted.
enum class place : std::uint8_t {
  elsewhere,
  text,   // of the prompt
  turns,  // the list of messages
  turn,   // a message
  parts,  // the list of what it is made of
  part,   // a text, an image, …
  file,   // what `file` of a part is
  image,  // what `image_url` of a part is
  clip,   // what `video_url` or `audio_url` is
  sound,  // what `input_audio` is
  source, // Anthropic's: an image only if it says so, for a text may stand in its `data`, too
  attached_image,
  attached_clip,
  attached_sound,
  attached_file, // may be text, or anything
  source_data,
  source_kind,   // what tells whether it is an image
  source_remote, // where it is, when it is not in the body
  remote_file,   // an id or address of a file
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
    if (is("image_url")) return place::image;
    if (is("video_url") || is("audio_url")) return place::clip;
    if (is("input_audio")) return place::sound;
    if (is("source")) return place::source;
    if (is("file")) return place::file;
    if (is("file_data")) return place::attached_file;
    return is("file_id") || is("file_url") ? place::remote_file : place::text;
  case place::file: return is("file_id") ? place::remote_file : is("file_data") ? place::attached_file : place::text;
  case place::image: return is("url") ? place::attached_image : place::text;
  case place::clip: return is("url") ? place::attached_clip : place::text;
  case place::sound: return is("data") ? place::attached_sound : place::text;
  case place::source:
    if (is("url") || is("file_id")) return place::source_remote;
    if (is("data")) return place::source_data;
    return is("type") || is("media_type") ? place::source_kind : place::text;
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
  case place::tools: return place::tool;
  case place::tool_part: return place::tool_part;
  case place::elsewhere: return place::elsewhere;
  default: return place::text;
  }
}

/// Whether the members of an object there are told apart by their names.
inline bool looks_at_names(place object) { return object != place::elsewhere && object != place::text; }

/// All names that `below` looks for, and by which a turn is told apart.
inline constexpr std::array<std::string_view, 20> nested_names{
    "content",    "output",  "image_url", "video_url", "audio_url", "input_audio", "source",
    "file",       "file_id", "file_url",  "file_data", "url",       "data",        "type",
    "media_type", "id",      "audio",     "role",      "format",    "max_uses"};

} // namespace logos::net
