// SPDX-License-Identifier: MIT
#include "config/values.hpp"

#include "config/units.hpp"
#include "core/amount.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace logos::config {
namespace {

constexpr std::array<std::string_view, 4> severities{"debug", "info", "warning", "error"};

/// The text of a single value; complains about lists and maps.
const std::string* text_of(reader& in, const node& value, std::string_view wanted) {
  if (value.type == node::kind::scalar) return &value.text;
  in.complain(value, "expected " + std::string(wanted) + ", found " + std::string(to_string(value.type)));
  return nullptr;
}

void reject(reader& in, const node& value, std::string_view wanted) {
  in.complain(value, "expected " + std::string(wanted) + ", found '" + value.text + "'");
}

/// Reads a single value with `parse`, which yields an optional.
template <class T, class Parse>
void read_with(reader& in, const node& value, std::string_view wanted, Parse parse, T& out) {
  const auto* text = text_of(in, value, wanted);
  if (!text) return;
  if (auto parsed = parse(*text))
    out = std::move(*parsed);
  else
    reject(in, value, wanted);
}

/// An enum whose words are listed when none of them matches.
template <class T, class Parse>
void read_word(reader& in, const node& value, std::span<const std::string_view> words, Parse parse, T& out) {
  const auto* text = text_of(in, value, "a word");
  if (!text) return;
  if (const auto parsed = parse(*text)) {
    out = *parsed;
    return;
  }
  std::string message = "'" + *text + "' is not known; one of ";
  for (std::size_t i = 0; i < words.size(); ++i)
    message += (i == 0 ? "" : ", ") + std::string(words[i]);
  const auto nearest = nearest_of(*text, words);
  if (looks_alike(*text, nearest)) message += "; did you mean '" + std::string(nearest) + "'?";
  in.complain(value, message);
}

/// The words of an enum that counts from 0, as `to_string` has them.
template <class Enum, Enum Last>
const auto& words_of() {
  static const auto words = [] {
    std::array<std::string_view, static_cast<std::size_t>(Last) + 1> all;
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = core::to_string(static_cast<Enum>(i));
    return all;
  }();
  return words;
}

/// Whether a text is a number, or a size, but for what 64 bits hold: with other digits it would be one.
bool is_beyond(std::string_view text, bool in_bytes) {
  if (!in_bytes && text.starts_with('-')) text.remove_prefix(1);
  const auto unit = std::min(text.find_first_not_of("0123456789"), text.size());
  if (unit == 0) return false;
  return in_bytes ? parse_size_bytes("1" + std::string{text.substr(unit)}).has_value() : unit == text.size();
}

std::string quantity(const field_facts& facts, std::int64_t value) {
  return facts.in_bytes ? size_text(static_cast<std::uint64_t>(value)) : std::to_string(value);
}

} // namespace

std::optional<std::int64_t> read_integer(reader& in, const node& value, const field_facts& facts) {
  const std::string_view wanted = facts.in_bytes ? "a size such as 32MiB, 64KiB or plain bytes" : "a whole number";
  const auto* text = text_of(in, value, wanted);
  if (!text) return std::nullopt;
  std::optional<std::int64_t> number;
  if (facts.in_bytes) {
    if (const auto bytes = parse_size_bytes(*text)) number = static_cast<std::int64_t>(*bytes);
  } else {
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), parsed);
    if (error == std::errc{} && end == text->data() + text->size()) number = parsed;
  }
  if (!number && !is_beyond(*text, facts.in_bytes)) {
    reject(in, value, wanted);
  } else if (!number || *number < facts.least || *number > facts.most) {
    in.complain(value, "'" + *text + "' is out of range: " + quantity(facts, facts.least) + " to " +
                           quantity(facts, facts.most));
    return std::nullopt;
  }
  return number;
}

void read(reader& in, const node& value, const field_facts&, bool& out) {
  const auto parse = [](const std::string& text) -> std::optional<bool> {
    for (const auto* yes : {"true", "yes", "on", "1", "True"})
      if (text == yes) return true;
    for (const auto* no : {"false", "no", "off", "0", "False"})
      if (text == no) return false;
    return std::nullopt;
  };
  read_with(in, value, "true or false", parse, out);
}

void read(reader& in, const node& value, const field_facts& facts, std::string& out) {
  if (facts.words && value.type == node::kind::sequence) {
    std::vector<std::string> words;
    read(in, value, facts, words);
    out.clear();
    for (const auto& word : words)
      out += (out.empty() ? "" : " ") + word;
    return;
  }
  if (const auto* text = text_of(in, value, "a text")) out = *text;
}

void read(reader& in, const node& value, const field_facts&, std::vector<std::string>& out) {
  if (value.type == node::kind::scalar) { // one is as good as a list of one
    out = {value.text};
    return;
  }
  if (value.type != node::kind::sequence) {
    in.complain(value, "expected a list of texts, found " + std::string(to_string(value.type)));
    return;
  }
  out.clear();
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const reader::scope element(in, i, value.items[i]);
    if (const auto* text = text_of(in, value.items[i], "a text")) out.push_back(*text);
  }
}

void read(reader& in, const node& value, const field_facts&, secret_text& out) {
  const auto* text = text_of(in, value, "a text, env:NAME or file:PATH");
  if (!text) return;
  auto resolved = in.resolve(value, *text);
  if (!resolved) return;
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(resolved->begin(), resolved->end(), is_control))
    in.complain(value, "the secret holds a line break or another control character");
  else
    out = secret_text(std::move(*resolved));
}

void read(reader& in, const node& value, const field_facts& facts, milliseconds& out) {
  milliseconds duration{};
  const auto before = in.problems.size();
  read_with(in, value, "a duration with its unit, such as 500ms, 300s, 30m or 1h30m", parse_duration, duration);
  if (in.problems.size() != before || value.type != node::kind::scalar) return;
  if (duration.count() < facts.least || duration.count() > facts.most)
    in.complain(value, "'" + value.text + "' is out of range: " + duration_text(milliseconds{facts.least}) + " to " +
                           duration_text(milliseconds{facts.most}));
  else
    out = duration;
}

void read(reader& in, const node& value, const field_facts& facts, std::map<std::string, std::int64_t>& out) {
  if (value.type != node::kind::map) {
    in.complain(value, "expected a map of names and numbers, found " + std::string(to_string(value.type)));
    return;
  }
  out.clear();
  std::map<std::string_view, int> first_line;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const auto [first, added] = first_line.emplace(value.names[i].text, value.names[i].line);
    if (!added) {
      in.complain_twice(value.names[i], first->second);
      continue;
    }
    const reader::scope element(in, value.names[i].text, value.items[i]);
    read(in, value.items[i], facts, out[value.names[i].text]);
  }
}

void read(reader& in, const node& value, const field_facts&, std::int64_t& out) {
  const auto* text = text_of(in, value, "an amount such as 0.0002");
  if (!text) return;
  if (const auto nano = parse_nano(*text))
    out = *nano;
  else
    reject(in, value, core::amount_rule(*text));
}

void read(reader& in, const node& value, const field_facts& facts, double& out) {
  const std::string_view wanted = "a number such as 0.5";
  const auto* text = text_of(in, value, wanted);
  if (!text) return;
  double number = 0;
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), number, std::chars_format::fixed);
  if (error != std::errc{} || end != text->data() + text->size() || !std::isfinite(number))
    reject(in, value, wanted);
  else if (number < static_cast<double>(facts.least) || number > static_cast<double>(facts.most))
    in.complain(value, "'" + *text + "' is out of range: " + std::to_string(facts.least) + " to " +
                           std::to_string(facts.most));
  else
    out = number;
}

void read(reader& in, const node& value, const field_facts&, core::wall_time& out) {
  read_with(in, value, "a date or time in UTC, such as 2026-01-01 or 2026-01-01T12:00:00Z", parse_time, out);
}

void read(reader& in, const node& value, const field_facts&, core::url& out) {
  const auto* text = text_of(in, value, "an address");
  if (!text) return;
  if (auto parsed = core::parse_url(*text))
    out = *parsed;
  else
    in.complain(value, parsed.error().message);
}

void read(reader& in, const node& value, const field_facts&, core::provider_type& out) {
  read_word(in, value, words_of<core::provider_type, core::provider_type::custom>(), core::parse_provider_type, out);
}

void read(reader& in, const node& value, const field_facts&, core::privacy_level& out) {
  constexpr auto last = core::privacy_level::cloud_not_in_eu_by_us_provider;
  read_word(in, value, words_of<core::privacy_level, last>(), core::parse_privacy_level, out);
}

void read(reader& in, const node& value, const field_facts&, core::residence& out) {
  read_word(in, value, words_of<core::residence, core::residence::drained>(), core::parse_residence, out);
}

void read(reader& in, const node& value, const field_facts&, core::policy_use& out) {
  read_word(in, value, words_of<core::policy_use, core::policy_use::always>(), core::parse_policy_use, out);
}

void read(reader& in, const node& value, const field_facts& facts, core::capability_set& out) {
  std::vector<std::string> words;
  read(in, value, facts, words);
  core::capability_set read;
  for (const auto& word : words)
    if (const auto c = core::parse_capability(word))
      read.add(*c);
    else
      in.complain(value, "'" + word + "' is no capability; those are " + std::string{core::capability_words()});
  out = core::completed(read);
}

void read(reader& in, const node& value, const field_facts& facts, core::check_set& out) {
  std::vector<std::string> words;
  read(in, value, facts, words);
  core::check_set read;
  for (const auto& word : words)
    if (const auto c = core::parse_answer_check(word))
      read.add(*c);
    else
      in.complain(value, "'" + word + "' is no check of answers; those are " + std::string{core::check_words()});
  out = read;
}

void read(reader& in, const node& value, const field_facts&, core::severity& out) {
  const auto parse = [](std::string_view text) -> std::optional<core::severity> {
    const auto found = std::find(severities.begin(), severities.end(), text);
    if (found == severities.end()) return std::nullopt;
    return static_cast<core::severity>(found - severities.begin());
  };
  read_word(in, value, severities, parse, out);
}

void read(reader& in, const node& value, const field_facts&, core::priority& out) {
  const auto parse = [](std::string_view text) {
    return text == "0" ? std::optional<core::priority>{0} : core::parse_priority(text);
  };
  read_with(in, value, "low, mid, high or a number from 1 to 10", parse, out);
}

void read(reader& in, const node& value, const field_facts&, endpoint& out) {
  const auto* text = text_of(in, value, "host:port");
  if (!text) return;
  if (auto parsed = core::parse_endpoint(*text))
    out = *parsed;
  else
    in.complain(value, parsed.error().message);
}

void read(reader& in, const node& value, const field_facts& facts, storage_settings& out) {
  secret_text text;
  const auto before = in.problems.size();
  read(in, value, facts, text);
  if (in.problems.size() != before) return;
  if (text.reveal() == "sqlite")
    out = {};
  else if (text.reveal().starts_with("postgresql://") || text.reveal().starts_with("postgres://"))
    out = {storage_settings::kind::postgresql, text};
  else // the text is not repeated: it may hold a password
    in.complain(value, "expected sqlite or postgresql://user:password@host:5432/database");
}

std::string show(const field_facts&, bool value) { return value ? "true" : "false"; }
std::string show(const field_facts&, const std::string& value) { return value; }
std::string show(const field_facts&, const std::vector<std::string>& value) {
  std::string out;
  for (const auto& text : value)
    out += (out.empty() ? "['" : ", '") + text + "'";
  return out.empty() ? out : out + ']';
}
std::string show(const field_facts&, const secret_text&) { return {}; }
std::string show(const field_facts&, milliseconds value) { return duration_text(value); }
std::string show(const field_facts&, const std::map<std::string, std::int64_t>&) { return {}; }
std::string show(const field_facts&, std::int64_t) { return {}; }
std::string show(const field_facts&, double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
std::string show(const field_facts&, core::wall_time) { return {}; }
std::string show(const field_facts&, const core::url& value) { return value.host.empty() ? "" : value.str(); }
std::string show(const field_facts&, core::provider_type value) { return std::string(core::to_string(value)); }
std::string show(const field_facts&, core::privacy_level value) { return std::string(core::to_string(value)); }
std::string show(const field_facts&, core::residence value) { return std::string(core::to_string(value)); }
std::string show(const field_facts&, core::policy_use value) { return std::string(core::to_string(value)); }
std::string show(const field_facts& facts, core::capability_set value) { return show(facts, core::words_of(value)); }
std::string show(const field_facts& facts, core::check_set value) { return show(facts, core::words_of(value)); }
std::string show(const field_facts&, core::severity value) {
  return std::string(severities[static_cast<std::size_t>(value)]);
}
std::string show(const field_facts&, core::priority value) { return value == 0 ? "" : std::to_string(value); }
std::string show(const field_facts&, const endpoint& value) { return value.port == 0 ? "" : value.str(); }
std::string show(const field_facts&, const storage_settings&) { return "sqlite"; }
std::string show(const field_facts&, std::uint32_t value) { return std::to_string(value); }
std::string show(const field_facts& facts, std::uint64_t value) {
  return facts.in_bytes ? size_text(value) : std::to_string(value);
}
std::string show(const field_facts&, std::int32_t value) { return std::to_string(value); }

} // namespace logos::config
