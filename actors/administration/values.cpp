// SPDX-License-Identifier: MIT
#include "actors/administration/values.hpp"

#include "config/header_text.hpp"
#include "config/units.hpp"
#include "core/amount.hpp"
#include "core/name_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::administration {
namespace {

constexpr std::size_t longest_text = 64 * 1024;

/// `*` stands for every model in a permission; `logos-v…` asks the classifier to choose.
bool is_reserved(std::string_view model) { return model == "*" || model.starts_with("logos-v"); }

template <class Enum, class Parse>
expectation read_word(json_value from, Enum& out, Parse parse, expectation wanted) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return wanted;
  const auto value = parse(text);
  if (!value) return wanted;
  out = *value;
  return {};
}

} // namespace

void write_value(std::string& out, const std::string& value) {
  out += '"';
  core::append_json_escaped(out, value);
  out += '"';
}

void write_value(std::string& out, std::int64_t value) { out += std::to_string(value); }

void write_value(std::string& out, bool value) { out += value ? "true" : "false"; }

void write_value(std::string& out, const std::vector<std::string>& value) {
  out += '[';
  for (const auto& text : value) {
    if (out.back() != '[') out += ',';
    write_value(out, text);
  }
  out += ']';
}

void write_value(std::string& out, core::wall_time value) {
  if (value == core::wall_time{})
    out += "null";
  else
    out.append("\"").append(core::to_iso8601(value)).append("\"");
}

void write_value(std::string& out, const std::optional<core::wall_time>& value) {
  write_value(out, value.value_or(core::wall_time{}));
}

void write_value(std::string& out, core::provider_type value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::privacy_level value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::log_level value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::origin value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::priority value) { out += std::to_string(value); }
void write_value(std::string& out, core::residence value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::role value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::policy_use value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::capability_set value) { write_value(out, core::words_of(value)); }
void write_value(std::string& out, const core::cascade& value) {
  if (!value.on()) {
    out += "null";
    return;
  }
  auto least = std::to_string(1000 + value.min_confidence_permille);
  out += R"({"checks":)";
  write_value(out, core::words_of(value.checks));
  least.insert(1, ".").front() = least.front() == '2' ? '1' : '0';
  out.append(R"(,"min_confidence":)").append(least);
  out.append(R"(,"most_steps":)").append(std::to_string(value.most_steps)).append("}");
}
void write_value(std::string& out, core::scope value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::limit_kind value) { write_value(out, std::string{to_string(value)}); }
void write_value(std::string& out, core::budget_period value) { write_value(out, std::string{to_string(value)}); }

void write_money(std::string& out, core::nano value) { write_value(out, core::to_decimal(value)); }

expectation read_value(json_value from, std::string& out) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return "a string";
  if (text.size() > longest_text) return "a string of at most 65536 bytes";
  if (text.find('\0') != std::string_view::npos) return "a string without NUL characters";
  out = text;
  return {};
}

expectation read_value(json_value from, std::int64_t& out) {
  std::int64_t value = 0;
  if (!from.is_int64() && !from.is_uint64()) return "an integer";
  if (from.get(value) != simdjson::SUCCESS || value < -largest_count || value > largest_count)
    return "an integer from -1000000000000 to 1000000000000";
  out = value;
  return {};
}

expectation read_value(json_value from, bool& out) {
  bool value = false;
  if (from.get(value) != simdjson::SUCCESS) return "true or false";
  out = value;
  return {};
}

expectation read_value(json_value from, std::vector<std::string>& out) {
  constexpr expectation wanted = "a list of at most 1000 names";
  simdjson::dom::array list;
  if (from.get(list) != simdjson::SUCCESS) return wanted;
  std::vector<std::string> values;
  for (const auto item : list) {
    std::string value;
    if (!read_name(item, value).empty() || values.size() >= 1000) return wanted;
    values.push_back(std::move(value));
  }
  out = std::move(values);
  return {};
}

expectation read_value(json_value from, std::optional<core::wall_time>& out) {
  constexpr expectation wanted = "a time such as \"2026-12-31T23:59:59Z\", or null";
  if (from.is_null()) {
    out.reset();
    return {};
  }
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return wanted;
  const auto value = config::parse_time(text);
  if (!value) return wanted;
  out = *value;
  return {};
}

expectation read_value(json_value from, core::provider_type& out) {
  return read_word(from, out, core::parse_provider_type,
                   "one of openai, azure, ollama, vllm, openwebui, anthropic, custom");
}

expectation read_value(json_value from, core::privacy_level& out) {
  return read_word(from, out, core::parse_privacy_level,
                   "one of LOCAL, CLOUD_IN_EU_BY_EU_PROVIDER, CLOUD_IN_EU_BY_US_PROVIDER, "
                   "CLOUD_NOT_IN_EU_BY_US_PROVIDER");
}

expectation read_value(json_value from, core::log_level& out) {
  return read_word(from, out, core::parse_log_level, "BILLING or FULL");
}

expectation read_value(json_value from, core::priority& out) {
  constexpr expectation wanted = "low, mid, high or a number from 1 to 10";
  std::int64_t number = 0;
  if (from.get(number) != simdjson::SUCCESS) return read_word(from, out, core::parse_priority, wanted);
  if (number < 1 || number > 10) return wanted;
  out = static_cast<core::priority>(number);
  return {};
}

expectation read_value(json_value from, core::wall_time& out) {
  std::optional<core::wall_time> value;
  if (from.is_null() || !read_value(from, value).empty()) return "a time such as \"2026-12-31T23:59:59Z\"";
  out = *value;
  return {};
}

expectation read_value(json_value from, core::residence& out) {
  return read_word(from, out, core::parse_residence, "one of automatic, pinned, drained");
}

expectation read_value(json_value from, core::policy_use& out) {
  return read_word(from, out, core::parse_policy_use, "one of named, default, always");
}

expectation read_value(json_value from, core::capability_set& out) {
  static const std::string wanted = "a list of " + std::string{core::capability_words()};
  std::vector<std::string> words;
  if (!read_value(from, words).empty()) return wanted;
  core::capability_set read;
  for (const auto& word : words) {
    const auto c = core::parse_capability(word);
    if (!c) return wanted;
    read.add(*c);
  }
  out = core::completed(read);
  return {};
}

expectation read_threshold(json_value from, std::int64_t& out) {
  constexpr expectation wanted = "a whole number from -1024 (whatever is lowest) to 1024 (whatever is highest)";
  std::int64_t value = 0;
  if (from.get(value) != simdjson::SUCCESS || value < -largest_threshold || value > largest_threshold) return wanted;
  out = value;
  return {};
}

expectation read_value(json_value from, core::role& out) {
  return read_word(from, out, core::parse_role, "one of user, admin, root");
}

expectation read_value(json_value from, core::scope& out) {
  return read_word(from, out, core::parse_scope, "one of process, profile, user, service, model");
}

expectation read_value(json_value from, core::limit_kind& out) {
  return read_word(from, out, core::parse_limit_kind,
                   "one of requests_per_minute, tokens_per_minute, parallel_requests");
}

expectation read_value(json_value from, core::budget_period& out) {
  return read_word(from, out, core::parse_budget_period, "one of hour, day, week, month, total");
}

namespace {

/// Room for the digits of any number there is.
using digits = std::array<char, 512>;

/// A decimal, as text or as a number; nothing when it is neither.
std::optional<std::string_view> decimal_text(json_value from, digits& room) {
  std::string_view text;
  if (from.get(text) == simdjson::SUCCESS) return text;
  double number = 0;
  if (from.get(number) != simdjson::SUCCESS) return std::nullopt;
  // The shortest decimal that means this number is what was written.
  const auto end = std::to_chars(room.begin(), room.end(), number, std::chars_format::fixed);
  if (end.ec != std::errc{}) return std::string_view{};
  return std::string_view{room.data(), static_cast<std::size_t>(end.ptr - room.data())};
}

} // namespace

expectation read_money(json_value from, core::nano& out) {
  digits room;
  const auto text = decimal_text(from, room);
  if (!text) return core::amount_rule({});
  const auto value = core::parse_money(*text);
  if (!value) return core::amount_rule(*text);
  out = *value;
  return {};
}

expectation read_signed_money(json_value from, core::nano& out) {
  constexpr expectation wanted =
      "a decimal amount other than 0 with at most nine places, such as \"5\" or \"-0.50\", between "
      "-9223372036.854775807 and 9223372036.854775807";
  digits room;
  const auto text = decimal_text(from, room);
  if (!text) return wanted;
  const bool below = text->starts_with('-');
  const auto value = core::parse_money(text->substr(below ? 1 : 0));
  if (!value || *value == 0) return wanted;
  out = below ? -*value : *value;
  return {};
}

expectation read_currency(json_value from, std::string& out) {
  std::string_view text;
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (from.get(text) != simdjson::SUCCESS || text.size() != 3 || !std::all_of(text.begin(), text.end(), capital))
    return "three capital letters such as \"EUR\"";
  out = text;
  return {};
}

expectation read_name(json_value from, std::string& out) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS || !core::is_name(text)) return core::name_rule;
  out = text;
  return {};
}

expectation read_model_name(json_value from, std::string& out) {
  std::string name;
  if (const auto wanted = read_name(from, name); !wanted.empty()) return wanted;
  if (is_reserved(name)) return "a name other than \"*\" that does not begin with \"logos-v\"";
  out = std::move(name);
  return {};
}

expectation read_model_names(json_value from, std::vector<std::string>& out) {
  std::vector<std::string> values;
  if (const auto wanted = read_value(from, values); !wanted.empty()) return wanted;
  if (std::any_of(values.begin(), values.end(), is_reserved))
    return "a list of names other than \"*\" that do not begin with \"logos-v\"";
  out = std::move(values);
  return {};
}

expectation read_header_text(json_value from, std::string& out) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return wanted;
  if (!config::is_printable_ascii(text)) return "printable ASCII: it travels in a header";
  out = std::move(text);
  return {};
}

expectation read_limit(json_value from, std::int64_t& out) {
  std::int64_t value = 0;
  constexpr expectation wanted = "a whole number from 0 to 1000000";
  if (from.get(value) != simdjson::SUCCESS || value < 0 || value > largest_limit) return wanted;
  out = value;
  return {};
}

expectation read_count(json_value from, std::int64_t& out) {
  std::int64_t value = 0;
  if (from.get(value) != simdjson::SUCCESS || value < 0 || value > largest_count)
    return "a whole number from 0 to 1000000000000";
  out = value;
  return {};
}

expectation read_id(json_value from, std::int64_t& out) {
  if (from.is_null()) {
    out = 0;
    return {};
  }
  return read_needed_id(from, out);
}

expectation read_needed_id(json_value from, std::int64_t& out) {
  std::int64_t value = 0;
  if (from.get(value) != simdjson::SUCCESS || value <= 0) return "an id, a positive integer";
  out = value;
  return {};
}

expectation read_object(json_value from, std::string& out) {
  if (from.is_null()) {
    out.clear();
    return {};
  }
  if (!from.is_object()) return "a JSON object, or null";
  auto text = simdjson::minify(from);
  // The minified text writes a NUL as an escape, which PostgreSQL's JSON type refuses.
  if (text.size() > longest_text || text.find("\\u0000") != std::string::npos)
    return "a JSON object of at most 65536 bytes without NUL characters";
  out = std::move(text);
  return {};
}

void write_id(std::string& out, std::int64_t id) {
  if (id == 0)
    out += "null";
  else
    write_value(out, id);
}

void write_object(std::string& out, const std::string& text) { out += text.empty() ? "null" : text; }

} // namespace logos::administration
