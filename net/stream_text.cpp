// SPDX-License-Identifier: MIT
#include "net/stream_text.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace logos::net {
namespace {

/// Takes the first line off `text`, whatever ends it.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n"))
    text.remove_prefix(2);
  else if (!text.empty())
    text.remove_prefix(1);
  return line;
}

} // namespace

void append_comment(std::string& out, std::string_view text) {
  out += ": ";
  out += text;
  std::replace_if(
      out.end() - static_cast<std::ptrdiff_t>(text.size()), out.end(), [](char c) { return c == '\r' || c == '\n'; },
      ' ');
  out += '\n';
}

void append_comments(std::string& out, std::string_view header_lines) {
  while (!header_lines.empty())
    append_comment(out, take_line(header_lines));
}

void append_event(std::string& out, std::string_view data) {
  do {
    out += "data: ";
    out += take_line(data);
    out += '\n';
  } while (!data.empty());
  out += '\n';
}

std::string stream_of_answer(int status, std::string_view content_type, std::string_view body) {
  std::string out;
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r'))
    body.remove_suffix(1);
  const bool readable = content_type.find("json") != content_type.npos && !body.empty();
  if (readable && (status < 400 || body.find(R"("error")") != body.npos)) {
    append_event(out, body);
  } else {
    auto what = "The provider answered with status " + std::to_string(status);
    if (status < 400) what += " and no event stream";
    if (!body.empty()) what += ": " + std::string{body.substr(0, 1000)};
    append_event(out, core::openai_error({core::ec::upstream_error, std::move(what)}));
  }
  return out.append(done_event);
}

} // namespace logos::net
