// SPDX-License-Identifier: MIT
#include "actors/transfer/rows.hpp"

#include "storage/sql/text.hpp"

#include <charconv>
#include <cmath>

namespace logos::transfer {

using simdjson::SUCCESS;

std::optional<core::wall_time> read_time(std::string_view text) {
  if (text.size() < 19) return std::nullopt;
  const auto local = storage::sql::parse_time(text);
  if (!local) return std::nullopt;
  auto zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  if (zone.empty() || zone == "Z" || zone == "z") return local;
  if (zone.front() != '+' && zone.front() != '-') return std::nullopt;
  int hours = 0;
  int minutes = 0;
  const auto digits = [&](std::size_t at, int& to) {
    return at + 2 <= zone.size() &&
           std::from_chars(zone.data() + at, zone.data() + at + 2, to).ptr == zone.data() + at + 2;
  };
  if (!digits(1, hours)) return std::nullopt;
  const auto rest = zone.substr(3);
  if (!rest.empty() && !digits(rest.front() == ':' ? 4 : 3, minutes)) return std::nullopt;
  const auto offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return zone.front() == '+' ? *local - offset : *local + offset;
}

std::optional<simdjson::dom::element> row_reader::find(std::string_view column) const {
  simdjson::dom::element value;
  if (row_[column].get(value) != SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

bool row_reader::has(std::string_view column) const { return find(column).has_value(); }

void row_reader::refuse(std::string_view column, std::string why) {
  if (failed()) return;
  failure_ = {core::ec::bad_field, where_ + ", field " + std::string{column} + ": " + std::move(why),
              std::string{column}};
}

void row_reader::expect(std::string_view column, std::string_view wanted, simdjson::dom::element found) {
  // A key must not end up in a log.
  const bool secret = column.find("key") != column.npos;
  refuse(column, "expected " + std::string{wanted} +
                     (secret ? std::string{"."} : ", found " + simdjson::minify(found).substr(0, 100) + "."));
}

std::string row_reader::text(std::string_view column) {
  const auto value = find(column);
  std::string_view text;
  if (!value) return {};
  if (value->get(text) != SUCCESS) expect(column, "a string", *value);
  return std::string{text};
}

std::string row_reader::needed_text(std::string_view column) {
  auto found = text(column);
  if (found.empty()) refuse(column, "is missing or empty.");
  return found;
}

std::int64_t row_reader::number(std::string_view column) {
  const auto value = find(column);
  if (!value) return 0;
  std::int64_t number = 0;
  double real = 0;
  std::string_view text;
  if (value->get(number) == SUCCESS) return number;
  if (value->get(real) == SUCCESS && std::abs(real) < 9e15 && std::trunc(real) == real)
    return static_cast<std::int64_t>(real);
  if (value->get(text) == SUCCESS && !text.empty()) {
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong == std::errc{} && end == text.data() + text.size()) return number;
  }
  expect(column, "a whole number", *value);
  return 0;
}

std::int64_t row_reader::needed_id(std::string_view column) {
  const auto id = number(column);
  if (id <= 0) refuse(column, "an id is needed, a positive number.");
  return id;
}

double row_reader::real(std::string_view column) {
  const auto value = find(column);
  double number = 0;
  if (value && value->get(number) != SUCCESS) expect(column, "a number", *value);
  return number;
}

bool row_reader::truth(std::string_view column) {
  const auto value = find(column);
  bool truth = false;
  if (value && value->get(truth) != SUCCESS) expect(column, "true or false", *value);
  return truth;
}

core::wall_time row_reader::time(std::string_view column) {
  const auto value = find(column);
  if (!value) return {};
  std::string_view text;
  if (value->get(text) == SUCCESS)
    if (const auto time = read_time(text)) return *time;
  expect(column, "a time such as 2026-01-31T12:00:00Z", *value);
  return {};
}

core::wall_time row_reader::needed_time(std::string_view column) {
  const auto found = time(column);
  if (found == core::wall_time{}) refuse(column, "a time is needed.");
  return found;
}

std::string row_reader::json(std::string_view column) {
  const auto value = find(column);
  return value ? simdjson::minify(*value) : std::string{};
}

} // namespace logos::transfer
