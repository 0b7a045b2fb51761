// SPDX-License-Identifier: MIT
#include "net/event_relay.hpp"

#include <simdjson.h>

#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t most_held = 1024 * 1024; // of a longer event only the tail is kept, too

/// `choices` is an empty array and `usage` an object: the chunk that `include_usage` asks for.
bool is_usage_chunk(std::string_view data) {
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(data.data(), data.size()).get(document) != simdjson::SUCCESS) return false;
  simdjson::dom::array choices;
  simdjson::dom::object usage;
  return document["choices"].get(choices) == simdjson::SUCCESS && choices.begin() == choices.end() &&
         document["usage"].get(usage) == simdjson::SUCCESS;
}

/// `"choices":[{` stands in `event`, so it is not the usage chunk.
bool has_a_choice(std::string_view event) {
  constexpr std::string_view key = "\"choices\"";
  constexpr std::size_t longest = 32;
  for (auto begin = event.find(key); begin != npos; begin = event.find(key, begin + 1)) {
    const auto near = event.substr(begin, longest);
    auto at = key.size();
    const auto next_is = [&](char expected) {
      at = near.find_first_not_of(" \t\r\n", at);
      return at != npos && near[at++] == expected;
    };
    if (next_is(':') && next_is('[') && next_is('{')) return true;
  }
  return false;
}

} // namespace

void event_relay::observe(std::string_view in) { reader_.feed(in, facts_); }

bool event_relay::ends_withheld(std::string_view event) {
  after_cr_ = event.back() == '\r';
  null_usage_ = {};
  if (std::exchange(cut_, false)) {
    read_cut_event(event, facts_);
    return last_was_withheld_ = false;
  }
  // The same for a whole event as for one that came in pieces.
  const bool small = event.size() <= most_held;
  const bool told = read_event(event, scratch_, facts_, small ? &null_usage_ : nullptr);
  const bool refused = facts_.tokens.total_tokens < 0; // its counts are not believed; it is a usage chunk all the same
  last_was_withheld_ =
      (told || refused) && small && !has_a_choice(event) && is_usage_chunk(event_data(event, scratch_));
  if (last_was_withheld_) {
    withheld_ = true;
    null_usage_ = {};
  }
  return last_was_withheld_;
}

void event_relay::append_spliced(std::string_view event) {
  spliced_.append(event.substr(0, null_usage_.begin)).append(event.substr(null_usage_.begin + null_usage_.size));
}

/// Looks for the end of the event in kept_ in what came. Returns where that is in `in`, npos if it is not there.
std::size_t event_relay::end_kept(std::string_view in) {
  const auto before = kept_.size();
  kept_.append(in);
  const auto end = scanner_.find_end(kept_);
  if (end == npos) {
    if (const auto lost = passing_ ? trim_front(kept_) : 0) {
      scanner_.dropped(lost);
      cut_ = true;
    }
    return npos;
  }
  kept_.resize(end);
  return end - before;
}

std::string_view event_relay::pass(std::string_view in) {
  clear(spliced_);
  if (in.empty()) return {};
  std::size_t at = 0;   // all events before are read
  std::size_t from = 0; // what goes out and is not in spliced_ yet
  if (std::exchange(after_cr_, false) && in.front() == '\n') {
    at = 1;
    if (last_was_withheld_) from = 1;
  }
  if (!kept_.empty()) {
    const bool passed = passing_;
    at = end_kept(in);
    if (at == npos) {
      passing_ = passed || kept_.size() > most_held;
      if (passed) return in;
      return passing_ ? std::string_view{kept_} : std::string_view{};
    }
    const bool withheld = ends_withheld(kept_);
    passing_ = false;
    if (!passed) {
      if (!withheld) append_spliced(kept_);
      from = at;
    }
    clear(kept_);
  }
  while (at < in.size()) {
    const auto length = scanner_.find_end(in.substr(at));
    if (length == npos) break;
    const bool withheld = ends_withheld(in.substr(at, length));
    if (withheld || null_usage_.size != 0) {
      const auto gone = at + null_usage_.begin;
      spliced_.append(in.substr(from, gone - from));
      from = gone + (withheld ? length : null_usage_.size);
    }
    at += length;
  }
  if (at < in.size()) {
    kept_.assign(in.substr(at));
    passing_ = kept_.size() > most_held;
    if (!passing_) in = in.substr(0, at);
  }
  if (spliced_.empty()) return in.substr(from);
  return spliced_.append(in.substr(from));
}

std::string_view event_relay::last() {
  if (!withholding_) {
    reader_.finish(facts_);
    return {};
  }
  // In its place: spliced_ may be what the last piece handed out.
  if (kept_.empty() || std::exchange(ended_, true)) return {};
  const bool withheld = ends_withheld(kept_);
  if (withheld || passing_) return {};
  kept_.erase(null_usage_.begin, null_usage_.size);
  return kept_;
}

bool event_relay::may_end_here() const {
  const std::string_view rest = withholding_ ? kept_ : reader_.unfinished();
  std::string scratch;
  if (event_data(rest, scratch) == "[DONE]") return true;
  return only_comments(rest) && (facts_.finished || facts_.failed || !facts_.promised);
}

} // namespace logos::net
