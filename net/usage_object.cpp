// SPDX-License-Identifier: MIT
// The part of usage.hpp that reads usage objects.
#include "net/usage.hpp"
#include "net/usage_counts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace logos::net {
namespace {

namespace dom = simdjson::dom;
using counts::count_of;
using counts::is_sound;
using counts::refuse;

/// Twelve days. A body of 32 MiB at a kilobit a second, which nobody understands, has three.
constexpr double most_seconds = 1e6;

/// Of an operator's own type, which may count anything: cut so that prices cannot overflow.
std::optional<std::int64_t> own_count_of(const dom::element& element) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  double real = 0;
  if (element.get(real) != simdjson::SUCCESS) return std::nullopt;
  if (!(real > 0)) return 0;
  return real >= static_cast<double>(most) ? most : static_cast<std::int64_t>(real);
}

std::optional<std::int64_t> count_in(const dom::object& object, std::string_view key) {
  dom::element element;
  return object.at_key(key).get(element) == simdjson::SUCCESS ? count_of(element) : std::nullopt;
}

std::optional<std::int64_t> first_of(const dom::object& object, std::string_view one, std::string_view other) {
  if (const auto count = count_in(object, one)) return count;
  return count_in(object, other);
}

/// The members of a usage object that are read, found in one pass. Of two with one name the first counts.
class usage_members {
public:
  enum name : std::size_t {
    total_tokens,
    prompt_tokens,
    input_tokens,
    completion_tokens,
    output_tokens,
    prompt_tokens_details,
    input_tokens_details,
    input_token_details,
    completion_tokens_details,
    output_tokens_details,
    output_token_details,
    cache_read_input_tokens,
    cache_creation_input_tokens,
    prompt_cache_hit_tokens,
    type,
    seconds,
    count_
  };

  explicit usage_members(const dom::object& object) {
    for (const auto member : object) {
      const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), member.key) - names.begin());
      if (at == count_ || has_[at]) continue;
      has_[at] = true;
      values_[at] = member.value;
    }
  }
  bool has(name n) const { return has_[n]; }
  std::optional<std::int64_t> count(name n) const { return has_[n] ? count_of(values_[n]) : std::nullopt; }
  std::optional<std::int64_t> first_of(name one, name other) const {
    const auto first = count(one);
    return first ? first : count(other);
  }
  std::optional<double> real(name n) const {
    double value = 0;
    return has_[n] && values_[n].get(value) == simdjson::SUCCESS ? std::optional{value} : std::nullopt;
  }
  bool says(name n, std::string_view text) const {
    std::string_view value;
    return has_[n] && values_[n].get(value) == simdjson::SUCCESS && value == text;
  }
  bool object(name n, dom::object& into) const { return has_[n] && values_[n].get(into) == simdjson::SUCCESS; }
  /// No count of tokens or seconds, and none of its details, is negative, absurd, a text or a part of a token.
  bool sound() const {
    for (const auto n : {total_tokens, prompt_tokens, input_tokens, completion_tokens, output_tokens,
                         cache_read_input_tokens, cache_creation_input_tokens, prompt_cache_hit_tokens})
      if (has_[n] && !is_sound(values_[n])) return false;
    for (const auto n : {prompt_tokens_details, input_tokens_details, input_token_details, completion_tokens_details,
                         output_tokens_details, output_token_details}) {
      dom::object details;
      if (object(n, details) && !std::all_of(details.begin(), details.end(), [](const auto& member) {
            return std::find(details_.begin(), details_.end(), member.key) == details_.end() || is_sound(member.value);
          }))
        return false;
    }
    double length = 0;
    return !says(type, "duration") || !has_[seconds] || values_[seconds].is_null() ||
           (values_[seconds].get(length) == simdjson::SUCCESS && length >= 0 && length <= most_seconds);
  }

private:
  static constexpr std::array<std::string_view, count_> names{"total_tokens",
                                                              "prompt_tokens",
                                                              "input_tokens",
                                                              "completion_tokens",
                                                              "output_tokens",
                                                              "prompt_tokens_details",
                                                              "input_tokens_details",
                                                              "input_token_details",
                                                              "completion_tokens_details",
                                                              "output_tokens_details",
                                                              "output_token_details",
                                                              "cache_read_input_tokens",
                                                              "cache_creation_input_tokens",
                                                              "prompt_cache_hit_tokens",
                                                              "type",
                                                              "seconds"};
  static constexpr std::array<std::string_view, 7> details_{"cached_tokens",
                                                            "audio_tokens",
                                                            "cache_creation_tokens",
                                                            "cache_write_tokens",
                                                            "reasoning_tokens",
                                                            "accepted_prediction_tokens",
                                                            "rejected_prediction_tokens"};
  std::array<dom::element, count_> values_{};
  std::array<bool, count_> has_{};
};

/// LiteLLM and proxies like it name parts of `prompt_tokens` as Anthropic names what is beside `input_tokens`; DeepSeek
/// has a name of its own. What the details name is not counted once more, and no part is more than the whole.
void read_parts(const usage_members& members, bool hits_are_own, usage& into) {
  using m = usage_members;
  const auto hits = hits_are_own ? 0 : members.count(m::prompt_cache_hit_tokens).value_or(0);
  const auto read = std::max(members.count(m::cache_read_input_tokens).value_or(0), hits);
  const auto created = members.count(m::cache_creation_input_tokens).value_or(0);
  const auto plain = [&] {
    const auto parts = into.prompt_cached_tokens + into.prompt_cache_creation_tokens;
    return std::max<std::int64_t>(into.prompt_tokens - parts, 0);
  };
  if (into.prompt_cached_tokens == 0) into.prompt_cached_tokens = std::min(read, plain());
  if (into.prompt_cache_creation_tokens == 0) into.prompt_cache_creation_tokens = std::min(created, plain());
}

/// An operator's own type may count DeepSeek's hits: they are then no built-in type's.
bool counts_hits(const own_counters* counters) {
  return counters != nullptr && std::any_of(counters->begin(), counters->end(), [](const own_counter& c) {
           return c.path.size() == 1 && c.path.front() == "prompt_cache_hit_tokens";
         });
}

void read_prompt(const usage_members& members, bool hits_are_own, usage& into) {
  using m = usage_members;
  const auto prompt = members.first_of(m::prompt_tokens, m::input_tokens);
  if (!prompt || (*prompt == 0 && into.prompt_tokens > 0)) return; // what was counted is not taken back
  into.prompt_tokens = *prompt;
  into.prompt_cached_tokens = into.prompt_audio_tokens = into.prompt_cache_creation_tokens = 0;
  for (const auto name : {m::prompt_tokens_details, m::input_tokens_details, m::input_token_details}) {
    dom::object details;
    if (!members.object(name, details)) continue;
    into.prompt_cached_tokens = count_in(details, "cached_tokens").value_or(0);
    into.prompt_audio_tokens = count_in(details, "audio_tokens").value_or(0);
    into.prompt_cache_creation_tokens = first_of(details, "cache_creation_tokens", "cache_write_tokens").value_or(0);
  }
  if (members.count(m::prompt_tokens)) return read_parts(members, hits_are_own, into);
  // Anthropic counts what came from or went into its cache beside input_tokens, not inside.
  const auto read = members.count(m::cache_read_input_tokens);
  const auto created = members.count(m::cache_creation_input_tokens);
  if (read) into.prompt_cached_tokens = *read;
  if (created) into.prompt_cache_creation_tokens = *created;
  into.prompt_tokens += read.value_or(0) + created.value_or(0);
}

/// Whether it counts an answer of more than nothing.
bool read_completion(const usage_members& members, usage& into) {
  using m = usage_members;
  const auto completion = members.first_of(m::completion_tokens, m::output_tokens);
  if (!completion || (*completion == 0 && into.completion_tokens > 0)) return false;
  into.completion_tokens = *completion;
  into.completion_reasoning_tokens = into.completion_audio_tokens = 0;
  into.completion_accepted_prediction_tokens = into.completion_rejected_prediction_tokens = 0;
  for (const auto name : {m::completion_tokens_details, m::output_tokens_details, m::output_token_details}) {
    dom::object details;
    if (!members.object(name, details)) continue;
    into.completion_reasoning_tokens = count_in(details, "reasoning_tokens").value_or(0);
    into.completion_audio_tokens = count_in(details, "audio_tokens").value_or(0);
    into.completion_accepted_prediction_tokens = count_in(details, "accepted_prediction_tokens").value_or(0);
    into.completion_rejected_prediction_tokens = count_in(details, "rejected_prediction_tokens").value_or(0);
  }
  return *completion > 0;
}

/// Of transcriptions, OpenAI counts either tokens or seconds.
bool read_duration(const usage_members& members, usage& into) {
  using m = usage_members;
  const auto seconds = members.says(m::type, "duration") ? members.real(m::seconds) : std::nullopt;
  if (seconds) into.audio_milliseconds = milliseconds_of(*seconds);
  return seconds.has_value();
}

void read_own(const dom::object& object, const own_counters& counters, usage& into) {
  for (const auto& c : counters) {
    dom::object inner = object;
    dom::element at;
    bool there = true;
    for (std::size_t i = 0; i < c.path.size() && there; ++i)
      there = (i == 0 || at.get(inner) == simdjson::SUCCESS) && inner.at_key(c.path[i]).get(at) == simdjson::SUCCESS;
    const auto count = there ? own_count_of(at) : std::nullopt;
    if (!count) continue;
    const auto known = std::find_if(into.own.begin(), into.own.end(), [&](const auto& o) { return o.type == c.type; });
    if (known == into.own.end())
      into.own.push_back({c.type, *count});
    else
      known->count = *count;
  }
}

} // namespace

std::int64_t milliseconds_of(double seconds) {
  constexpr double most_s = 1e9;
  if (!(seconds > 0)) return 0;
  // What a decimal of seconds is short of, or beyond, by being binary is no millisecond.
  const auto us = static_cast<std::int64_t>(std::llround(std::min(seconds, most_s) * 1e6));
  return (us + 999) / 1000;
}

bool read_usage_object(std::string_view json, usage& into, const own_counters* counters, bool* counts_answer) {
  constexpr std::size_t longest = 64 * 1024;
  if (json.size() > longest) return false;
  static thread_local dom::parser parser;
  dom::object object;
  const auto parsed = parser.parse(json.data(), json.size()).get(object);
  // A number of more than 64 bits does not parse.
  if (parsed == simdjson::NUMBER_ERROR) refuse(into);
  if (parsed != simdjson::SUCCESS) return false;
  if (counters != nullptr) read_own(object, *counters, into);
  const usage_members members{object};
  if (!members.sound()) refuse(into);
  if (into.total_tokens == counts::refused) return false;
  const auto total = members.count(usage_members::total_tokens);
  if (!read_duration(members, into) && !total &&
      !members.first_of(usage_members::prompt_tokens, usage_members::input_tokens) &&
      !members.first_of(usage_members::completion_tokens, usage_members::output_tokens))
    return counts::read_metadata(object, into, counts_answer);
  read_prompt(members, counts_hits(counters), into);
  if (read_completion(members, into) && counts_answer != nullptr) *counts_answer = true;
  into.total_tokens = total.value_or(0) > 0 ? *total : into.prompt_tokens + into.completion_tokens;
  into.seen = true;
  return true;
}

} // namespace logos::net
