// SPDX-License-Identifier: MIT
#include "net/event_stream.hpp"

#include "net/usage.hpp"

#include <algorithm>
#include <cstring>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// The first CR or LF at or after `from`.
std::size_t find_line_end(std::string_view bytes, std::size_t from) {
  const auto lf = bytes.find('\n', from);
  const auto cr = bytes.substr(0, lf).find('\r', from);
  return std::min(lf, cr);
}

/// Takes the next line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = find_line_end(text, 0);
  const auto line = text.substr(0, end);
  if (end == npos) {
    text = {};
  } else {
    const bool crlf = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (crlf ? 2 : 1));
  }
  return line;
}

} // namespace

std::size_t event_scanner::find_end(std::string_view bytes) {
  for (;;) {
    if (after_cr_ && seen_ < bytes.size()) {
      after_cr_ = false;
      if (bytes[seen_] == '\n') line_start_ = ++seen_;
    }
    const auto at = seen_ < bytes.size() ? find_line_end(bytes, seen_) : npos;
    if (at == npos) {
      seen_ = bytes.size();
      return npos;
    }
    const bool blank = at == line_start_;
    seen_ = line_start_ = at + 1;
    after_cr_ = bytes[at] == '\r';
    if (!blank) continue;
    const bool crlf = after_cr_ && seen_ < bytes.size() && bytes[seen_] == '\n';
    const auto end = seen_ + (crlf ? 1 : 0);
    restart();
    return end;
  }
}

void event_scanner::dropped(std::size_t count) {
  seen_ -= std::min(seen_, count);
  line_start_ = line_start_ == npos || line_start_ < count ? npos : line_start_ - count;
}

std::string_view event_data(std::string_view event, std::string& scratch) {
  if (event.substr(0, 3) == "\xEF\xBB\xBF") event.remove_prefix(3);
  std::string_view data;
  std::size_t lines = 0;
  while (!event.empty()) {
    auto line = take_line(event);
    if (line.substr(0, 5) != "data:") continue;
    line.remove_prefix(line.substr(5, 1) == " " ? 6 : 5);
    if (++lines == 1) {
      data = line;
      continue;
    }
    if (lines == 2) scratch.assign(data);
    scratch.append("\n").append(line);
    data = scratch;
  }
  return data;
}

bool only_comments(std::string_view lines) {
  while (!lines.empty())
    if (const auto line = take_line(lines); !line.empty() && line.front() != ':') return false;
  return true;
}

bool read_event(std::string_view event, std::string& scratch, answer_facts& into, member_place* null_usage) {
  const auto data = event_data(event, scratch);
  if (data.empty()) return false;
  if (data == "[DONE]") {
    into.finished = true;
    return false;
  }
  const bool read = read_chunk(data, into, null_usage);
  if (null_usage == nullptr || null_usage->size == 0) return read;
  if (data.data() == scratch.data())
    *null_usage = {}; // joined of several lines: these offsets are not the event's
  else
    null_usage->begin += static_cast<std::size_t>(data.data() - event.data());
  return read;
}

void read_cut_event(std::string_view tail, answer_facts& into) {
  answer_facts told;
  told.tokens = into.tokens;
  told.counters = into.counters;
  if (!read_chunk(tail, told, nullptr, true)) return;
  into.tokens = told.tokens;
  into.text_before_usage = into.text_bytes;
  // An event this large repeats the whole answer, as `response.completed` does.
  into.finished = true;
}

std::size_t trim_front(std::string& kept) {
  constexpr std::size_t most = 1024 * 1024;
  if (kept.size() <= most) return 0;
  const auto lost = kept.size() - most / 2;
  kept.erase(0, lost);
  return lost;
}

void clear(std::string& kept) {
  constexpr std::size_t usual = 16 * 1024;
  kept.clear();
  if (kept.capacity() > usual) kept.shrink_to_fit();
}

void event_reader::feed(std::string_view bytes, answer_facts& into) {
  while (!bytes.empty()) {
    if (kept_.empty()) {
      const auto end = scanner_.find_end(bytes);
      if (end == npos) {
        kept_.assign(bytes);
        break;
      }
      read_event(bytes.substr(0, end), scratch_, into);
      bytes.remove_prefix(end);
      continue;
    }
    const auto before = kept_.size();
    kept_.append(bytes);
    const auto end = scanner_.find_end(kept_);
    if (end == npos) break;
    end_kept(std::string_view{kept_}.substr(0, end), into);
    bytes.remove_prefix(end - before);
  }
  if (const auto lost = trim_front(kept_)) {
    scanner_.dropped(lost);
    cut_ = true;
  }
}

void event_reader::end_kept(std::string_view event, answer_facts& into) {
  if (cut_)
    read_cut_event(event, into);
  else
    read_event(event, scratch_, into);
  cut_ = false;
  clear(kept_);
}

void event_reader::finish(answer_facts& into) {
  if (!kept_.empty()) end_kept(kept_, into);
  scanner_.restart();
}

} // namespace logos::net
