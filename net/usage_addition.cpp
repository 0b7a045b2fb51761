// SPDX-License-Identifier: MIT
#include "net/usage_addition.hpp"

#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace logos::net {
namespace {

constexpr std::size_t most_held = 1 << 20;
constexpr std::size_t npos = std::string_view::npos;

/// What only we say.
constexpr std::array<std::string_view, 2> own_keys{"\"cost\"", "\"cost_currency\""};

/// Where the object begins that ends at `brace`; npos when that cannot be told.
std::size_t begin_of_object(std::string_view json, std::size_t brace) {
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < brace; ++at) {
    const char c = json[at];
    if (c == '"') {
      at = end_of_string(json, at + 1);
      if (at == npos) return npos;
    } else if (c == '{' || c == '[') {
      open.push_back(at);
    } else if (c == '}' || c == ']') {
      if (open.empty()) return npos;
      open.pop_back();
    }
  }
  return open.empty() ? npos : open.back();
}

/// Where the member ends that begins at `at`: its comma, or the end.
std::size_t end_of_member(std::string_view members, std::size_t at) {
  while (at < members.size() && members[at] != ',') {
    const char c = members[at];
    const auto last = c == '"'               ? end_of_string(members, at + 1)
                      : c == '{' || c == '[' ? end_of_container(members, at) - 1
                                             : at;
    at = last < members.size() ? last + 1 : npos;
  }
  return std::min(at, members.size());
}

bool is_own(std::string_view member) {
  member.remove_prefix(std::min(member.find_first_not_of(" \t\r\n"), member.size()));
  return std::any_of(own_keys.begin(), own_keys.end(), [&](std::string_view key) { return member.starts_with(key); });
}

/// What stands between an object's braces, without the members that only we say.
std::string without_own(std::string_view members) {
  std::string kept;
  for (std::size_t at = 0; at < members.size();) {
    const auto end = end_of_member(members, at);
    const auto member = members.substr(at, end - at);
    if (!is_own(member)) kept.append(kept.empty() ? "" : ",").append(member);
    at = end + 1;
  }
  return kept;
}

} // namespace

void usage_addition::add(std::string_view text, std::string_view json, std::size_t brace) {
  // What counts nothing is no usage. What is not believed is one, of which others know better.
  const bool counted = facts_.tokens.seen || facts_.tokens.total_tokens < 0;
  const auto more = brace == npos || !counted ? std::nullopt : members_(facts_);
  if (!more) {
    ready_ += text;
    return;
  }
  const auto start = static_cast<std::size_t>(json.data() - text.data());
  const bool may_have_own = json.substr(0, brace).find(own_keys[0].substr(0, 5)) != npos;
  const auto begin = may_have_own ? begin_of_object(json, brace) : npos;
  if (begin == npos) {
    ready_.append(text.substr(0, start + brace)).append(more->empty() ? "" : ",");
  } else {
    const auto others = without_own(json.substr(begin + 1, brace - begin - 1));
    ready_.append(text.substr(0, start + begin + 1)).append(others);
    if (!others.empty() && !more->empty()) ready_ += ',';
  }
  ready_.append(*more).append(text.substr(start + brace));
}

void usage_addition::add_event(std::string_view event) {
  const auto data = event_data(event, scratch_);
  // Data over several lines is a copy, whose places are not the event's.
  const bool inside = data.data() >= event.data() && data.data() + data.size() <= event.data() + event.size();
  if (data.empty() || !read_chunk(data, facts_) || !inside) {
    ready_ += event;
    return;
  }
  add(event, data, end_of_usage(data, true));
}

bool usage_addition::begins_list() const {
  const auto first = held_.find_first_not_of(" \t\r\n");
  return first != npos && held_[first] == '[';
}

void usage_addition::feed(std::string_view bytes) {
  if (passing_) {
    ready_ += bytes;
    return;
  }
  held_ += bytes;
  if (kind_ == content_kind::sse) {
    std::size_t begin = 0;
    for (;;) {
      const auto length = scanner_.find_end(std::string_view{held_}.substr(begin));
      if (length == npos) break;
      add_event(std::string_view{held_}.substr(begin, length));
      begin += length;
    }
    held_.erase(0, begin);
  }
  if (held_.size() <= most_held && !(kind_ == content_kind::json && begins_list())) return;
  passing_ = true;
  ready_ += std::exchange(held_, {});
}

void usage_addition::finish() {
  if (kind_ == content_kind::sse) {
    if (!held_.empty()) add_event(held_);
  } else if (!held_.empty()) {
    usage_reader reader{kind_, facts_.counters};
    reader.read_whole(held_);
    facts_ = reader.facts();
    add(held_, held_, end_of_usage(held_, false));
  }
  held_.clear();
}

} // namespace logos::net
