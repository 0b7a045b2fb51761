// SPDX-License-Identifier: MIT
#include "storage/sql/json_value.hpp"

#include <simdjson.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace logos::storage::sql {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view token) {
  const auto end = token.find_last_not_of(" \t\r\n");
  return end == token.npos ? std::string_view{} : token.substr(0, end + 1);
}

/// Its digits without zeros at either end, and the power of ten of the last one. Nothing: beyond any use.
std::optional<std::string> plain_number(std::string_view token) {
  const bool negative = token.starts_with('-');
  if (negative) token.remove_prefix(1);
  long long power = 0;
  if (const auto e = token.find_first_of("eE"); e != token.npos) {
    const auto written = token.substr(e + 1);
    if (written.size() > 9) return std::nullopt;
    power = std::strtoll(std::string{written}.c_str(), nullptr, 10);
    token = token.substr(0, e);
  }
  std::string digits;
  for (std::size_t i = 0; i < token.size(); ++i)
    if (token[i] == '.')
      power -= static_cast<long long>(token.size() - i - 1);
    else
      digits += token[i];
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  const auto last = digits.find_last_not_of('0');
  power += static_cast<long long>(digits.size() - last - 1);
  digits.resize(last + 1);
  return (negative ? "-" : "") + digits + "e" + std::to_string(power);
}

bool append(std::string& to, ondemand::value from);

bool append_text(std::string& to, std::string_view text) {
  to += std::to_string(text.size()) + ":";
  to += text;
  return true;
}

bool append_object(std::string& to, ondemand::value from) {
  ondemand::object members;
  if (from.get_object().get(members) != simdjson::SUCCESS) return false;
  std::map<std::string, std::string> sorted;
  for (auto each : members) {
    std::string_view name;
    ondemand::value value;
    if (each.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    std::string key{name}, text;
    if (each.value().get(value) != simdjson::SUCCESS || !append(text, value)) return false;
    sorted.insert_or_assign(std::move(key), std::move(text));
  }
  to += '{';
  for (const auto& [key, text] : sorted) {
    append_text(to, key);
    to += text;
  }
  to += '}';
  return true;
}

bool append_array(std::string& to, ondemand::value from) {
  ondemand::array elements;
  if (from.get_array().get(elements) != simdjson::SUCCESS) return false;
  to += '[';
  for (auto each : elements) {
    ondemand::value value;
    if (each.get(value) != simdjson::SUCCESS || !append(to, value)) return false;
    to += ',';
  }
  to += ']';
  return true;
}

/// The one text of all that say the same. False: it is not JSON.
bool append(std::string& to, ondemand::value from) {
  ondemand::json_type type{};
  if (from.type().get(type) != simdjson::SUCCESS) return false;
  switch (type) {
  case ondemand::json_type::object: return append_object(to, from);
  case ondemand::json_type::array: return append_array(to, from);
  case ondemand::json_type::string: {
    std::string_view text;
    return from.get_string().get(text) == simdjson::SUCCESS && append_text(to += '"', text);
  }
  case ondemand::json_type::number: {
    ondemand::number checked; // whole numbers beyond 64 bits are refused here
    const auto token = trimmed(from.raw_json_token());
    const auto failed = from.get_number().get(checked);
    if (failed != simdjson::SUCCESS) return false;
    const auto plain = plain_number(token);
    if (plain) to += *plain;
    return plain.has_value();
  }
  case ondemand::json_type::boolean: {
    bool truth = false;
    if (from.get_bool().get(truth) != simdjson::SUCCESS) return false;
    to += truth ? 't' : 'f';
    return true;
  }
  case ondemand::json_type::null: to += 'n'; return from.is_null();
  }
  return false;
}

std::optional<std::string> canonical(std::string_view text) {
  const simdjson::padded_string padded{text};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value whole;
  std::string out;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.get_value().get(whole) != simdjson::SUCCESS || !append(out, whole)) return std::nullopt;
  const char* rest = nullptr; // there must be none
  return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS ? std::optional{out} : std::nullopt;
}

} // namespace

bool same_json(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto first = canonical(a), second = canonical(b);
  return first && second && *first == *second;
}

} // namespace logos::storage::sql
