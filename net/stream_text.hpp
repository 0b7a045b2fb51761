// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

/// What the gateway says within an event stream.
namespace logos::net {

/// `: text` and a line's end: clients read past it. Line breaks in `text` become blanks.
void append_comment(std::string& out, std::string_view text);
/// Header lines, each ended by CRLF, as comments: for what is known only after the stream has begun.
void append_comments(std::string& out, std::string_view header_lines);
/// An event with this data, which clients put together again as it was, up to the ends of its lines.
void append_event(std::string& out, std::string_view data);
/// The stream's last event by OpenAI's convention.
inline constexpr std::string_view done_event = "data: [DONE]\n\n";

/// The answer of a provider that is no event stream, for a client whose stream has begun: as an event if it is JSON,
/// and as an error of our own that names status and type if not; then the stream's end.
std::string stream_of_answer(int status, std::string_view content_type, std::string_view body);

} // namespace logos::net
