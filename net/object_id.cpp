// SPDX-License-Identifier: MIT
#include "net/object_id.hpp"

#include "net/json_text.hpp"
#include "net/name_fold.hpp"

#include <utility>

namespace logos::net {
namespace {

constexpr std::string_view data_prefix = "data:";

} // namespace

bool object_id_reader::feed(std::string_view bytes) {
  if (done_) return false;
  for (const char c : bytes) {
    if (form_ == form::unknown && !is_json_space(c)) form_ = c == '{' ? form::document : form::events;
    if (form_ == form::document)
      take(c);
    else
      take_of_event(c); // blank lines before anything else are lines of a stream, too
    if (done_) return !id_.empty();
  }
  return false;
}

void object_id_reader::take_of_event(char c) {
  if (c == '\n' && std::exchange(after_cr_, false)) return; // the line has ended with its CR
  after_cr_ = c == '\r';
  if (c == '\n' || c == '\r') {
    if (line_ == line::begins && matched_ == 0) { // blank: the event's end
      end_text();
      restart();
    }
    if (line_ == line::is_data && !in_string_) take(' ');
    line_ = line::begins;
    matched_ = 0;
    return;
  }
  switch (line_) {
  case line::is_data: return take(c);
  case line::other: return;
  case line::begins:
    if (c != data_prefix[matched_])
      line_ = line::other;
    else if (++matched_ == data_prefix.size())
      line_ = line::is_data;
  }
}

void object_id_reader::restart() {
  depth_ = 0;
  keys_ = {};
  in_string_ = escaped_ = value_ = keeps_ = too_long_ = false;
  text_.clear();
}

bool object_id_reader::is_second_choice() const {
  return depth_ == 1 && (keys_[0] == "conversation_id" || keys_[0] == "request_id");
}

void object_id_reader::end_text() {
  if (other_.empty()) return;
  id_ = std::move(other_);
  done_ = true;
}

bool object_id_reader::wanted() const {
  if (is_second_choice()) return true;
  if (form_ == form::document) return depth_ == 1 && keys_[0] == "id";
  return depth_ == 2 && keys_[0] == "response" && keys_[1] == "id";
}

void object_id_reader::take(char c) {
  if (in_string_) {
    if (!escaped_ && c == '"') return end_string();
    escaped_ = !escaped_ && c == '\\';
    if (!keeps_) return;
    if (text_.size() < longest)
      text_ += c;
    else
      too_long_ = true;
    return;
  }
  switch (c) {
  case '"':
    in_string_ = true;
    escaped_ = too_long_ = false;
    text_.clear();
    keeps_ = depth_ != 0 && depth_ <= keys_.size() && (!value_ || wanted());
    return;
  case '{':
  case '[':
    ++depth_;
    if (depth_ <= keys_.size()) keys_[depth_ - 1].clear();
    value_ = false;
    return;
  case '}':
  case ']':
    if (depth_ != 0) --depth_;
    value_ = false;
    if (depth_ == 0 && form_ == form::document) end_text();
    return;
  case ':': value_ = true; return;
  case ',': value_ = false; return;
  default: return;
  }
}

std::string object_named(std::string_view json) {
  const auto string_at = [&](std::size_t at) {
    const auto end = end_of_string(json, at + 1);
    return end == std::string_view::npos ? std::string_view{} : json.substr(at + 1, end - at - 1);
  };
  if (json.starts_with('"')) return unescape(string_at(0));
  if (!json.starts_with('{')) return {};
  std::string id;
  std::size_t depth = 0, names = 0;
  bool value = false, ours = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '{' || c == '[') {
      ++depth;
      value = false;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) break;
    } else if (c == ',') {
      value = ours = false;
    } else if (c == ':') {
      value = true;
    } else if (c == '"') {
      const auto text = string_at(at);
      at += text.size() + 1;
      if (depth != 1) continue;
      if (value) {
        if (std::exchange(ours, false)) id = unescape(text);
        continue;
      }
      const auto name = unescape(text);
      if (folded(name) != "id") continue;
      if (++names > 1 || name != "id") return {};
      ours = true;
    }
  }
  return id;
}

void object_id_reader::end_string() {
  in_string_ = false;
  if (!keeps_) return;
  auto text = too_long_ ? std::string{} : unescape(text_);
  if (!value_) {
    keys_[depth_ - 1] = std::move(text); // of a list's element, too, which no colon follows
    return;
  }
  if (is_second_choice()) {
    if (other_.empty()) other_ = std::move(text);
    return;
  }
  id_ = std::move(text);
  if (form_ == form::events && id_.empty()) return; // another event may tell
  done_ = true;
}

} // namespace logos::net
