// SPDX-License-Identifier: MIT
#include "net/event_relay.hpp"

#include <simdjson.h>

#include <algorithm>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t most_held = 64 * 1024;

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

/// `"choices":[{` stands in `event`, so it will never be the usage chunk. Looks at what ends behind `from`. What a look
/// at the whole event finds is what looks at its pieces find: the bytes from key to brace are few or do not count.
bool has_a_choice(std::string_view event, std::size_t from) {
  constexpr std::string_view key = "\"choices\"";
  constexpr std::size_t longest = 32;
  for (auto begin = event.find(key, from - std::min(from, longest)); begin != npos;
       begin = event.find(key, begin + 1)) {
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
  if (std::exchange(cut_, false)) {
    read_cut_event(event, facts_);
    return last_was_withheld_ = false;
  }
  last_was_withheld_ = read_event(event, scratch_, facts_) && !passing_ && event.size() <= most_held &&
                       !has_a_choice(event, 0) && is_usage_chunk(event_data(event, scratch_));
  withheld_ = withheld_ || last_was_withheld_;
  return last_was_withheld_;
}

std::string_view event_relay::run_of_events(std::string_view& in) {
  std::size_t run = 0;
  while (run < in.size()) {
    const auto length = scanner_.find_end(in.substr(run));
    if (length == npos) break;
    if (ends_withheld(in.substr(run, length))) {
      const auto before = in.substr(0, run);
      in.remove_prefix(run + length);
      return before;
    }
    run += length;
  }
  if (run == 0) { // not one whole event: the scanner goes on where it is
    kept_.assign(in);
    passing_ = has_a_choice(kept_, 0) || kept_.size() > most_held;
    const auto all = in;
    in = {};
    return passing_ ? all : std::string_view{};
  }
  if (run < in.size()) scanner_.restart();
  const auto whole = in.substr(0, run);
  in.remove_prefix(run);
  return whole;
}

std::string_view event_relay::next(std::string_view& in) {
  if (spent_) {
    clear(kept_);
    spent_ = false;
  }
  if (after_cr_) {
    after_cr_ = false;
    if (in.front() == '\n') {
      const auto newline = in.substr(0, 1);
      in.remove_prefix(1);
      return last_was_withheld_ ? std::string_view{} : newline;
    }
  }
  if (kept_.empty()) return run_of_events(in);

  const auto before = kept_.size();
  kept_.append(in);
  const auto end = scanner_.find_end(kept_);
  if (end == npos) {
    const auto all = in;
    in = {};
    if (passing_) {
      if (const auto lost = trim_front(kept_)) {
        scanner_.dropped(lost);
        cut_ = true;
      }
      return all;
    }
    passing_ = has_a_choice(kept_, before) || kept_.size() > most_held;
    return passing_ ? std::string_view{kept_} : std::string_view{};
  }
  const auto rest_of_event = in.substr(0, end - before);
  in.remove_prefix(end - before);
  kept_.resize(end);
  spent_ = true;
  const bool withheld = ends_withheld(kept_);
  const bool passed = std::exchange(passing_, false);
  if (passed) return rest_of_event;
  return withheld ? std::string_view{} : std::string_view{kept_};
}

std::string_view event_relay::last() {
  if (!withholding_) {
    reader_.finish(facts_);
    return {};
  }
  if (spent_) clear(kept_);
  spent_ = true;
  if (kept_.empty()) return {};
  const bool withheld = ends_withheld(kept_);
  return withheld || std::exchange(passing_, false) ? std::string_view{} : std::string_view{kept_};
}

bool event_relay::may_end_here() const {
  std::string_view rest = withholding_ ? kept_ : reader_.unfinished();
  if (withholding_ && spent_) rest = {};
  std::string scratch;
  if (event_data(rest, scratch) == "[DONE]") return true;
  return only_comments(rest) && (facts_.finished || facts_.failed || !facts_.promised);
}

} // namespace logos::net
