// SPDX-License-Identifier: MIT
#include "net/usage_addition.hpp"

#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t most_held = 1 << 20;
constexpr std::size_t npos = std::string_view::npos;

} // namespace

void usage_addition::add(std::string_view text, std::size_t brace) {
  const auto more = brace == npos || !facts_.tokens.seen ? std::string{} : members_(facts_.tokens);
  if (more.empty()) {
    ready_ += text;
    return;
  }
  ready_.append(text.substr(0, brace)).append(",").append(more).append(text.substr(brace));
}

void usage_addition::add_event(std::string_view event) {
  const auto data = event_data(event, scratch_);
  // Data over several lines is a copy, whose places are not the event's.
  const bool inside = data.data() >= event.data() && data.data() + data.size() <= event.data() + event.size();
  if (data.empty() || !read_chunk(data, facts_) || !inside) {
    ready_ += event;
    return;
  }
  const auto brace = end_of_usage(data, true);
  add(event, brace == npos ? npos : static_cast<std::size_t>(data.data() - event.data()) + brace);
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
  if (held_.size() <= most_held) return;
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
    add(held_, end_of_usage(held_, false));
  }
  held_.clear();
}

} // namespace logos::net
