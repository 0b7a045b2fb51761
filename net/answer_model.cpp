// SPDX-License-Identifier: MIT
#include "net/answer_model.hpp"

#include "net/json_text.hpp"

#include <algorithm>

namespace logos::net {
namespace {

constexpr std::size_t most_seen = 64 * 1024;
constexpr std::size_t npos = std::string_view::npos;

std::size_t behind_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && is_json_space(text[at]))
    ++at;
  return at;
}

} // namespace

std::string model_named(std::string_view json) {
  std::size_t depth = 0;
  std::string_view outer; // the member of the outermost object that is being read
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth <= 1) break;
      --depth;
    }
    if (c != '"') continue;
    const auto close = end_of_string(json, at + 1);
    if (close == npos) break;
    const auto text = json.substr(at + 1, close - at - 1);
    at = close;
    auto next = behind_spaces(json, close + 1);
    if (next == json.size() || json[next] != ':') continue; // a value
    if (depth == 1) outer = text;
    if (text != "model" || !(depth == 1 || (depth == 2 && (outer == "response" || outer == "message")))) continue;
    next = behind_spaces(json, next + 1);
    if (next == json.size() || json[next] != '"') continue;
    const auto end = end_of_string(json, next + 1);
    return end == npos ? std::string{} : unescape(json.substr(next + 1, end - next - 1));
  }
  return {};
}

/// A chunk of a stream is a line. Returns whether one has told.
bool answer_model::look_at_lines() {
  std::size_t begin = 0;
  for (auto end = kept_.find_first_of("\r\n"); end != npos; end = kept_.find_first_of("\r\n", begin)) {
    name_ = model_named(std::string_view{kept_}.substr(begin, end - begin));
    begin = end + 1;
    if (!name_.empty()) return true;
  }
  kept_.erase(0, begin);
  return false;
}

void answer_model::feed(std::string_view bytes, bool last) {
  if (done_ || kind_ == content_kind::opaque) return;
  kept_ += bytes.substr(0, most_seen - seen_);
  seen_ += std::min(bytes.size(), most_seen - seen_);
  const bool all = last || seen_ == most_seen;
  done_ = all;
  if (kind_ != content_kind::json && look_at_lines())
    done_ = true;
  else if (all)
    name_ = model_named(kept_);
  if (done_) kept_ = {};
}

} // namespace logos::net
