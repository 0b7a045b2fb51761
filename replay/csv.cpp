// SPDX-License-Identifier: MIT
#include "replay/csv.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <csv.h>
#include <memory>
#include <utility>

namespace logos::replay {
namespace {

core::failure wrong(std::size_t line, std::size_t column, std::string_view why) {
  return {.code = core::ec::bad_field,
          .message = "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + std::string{why}};
}

struct reading {
  std::vector<csv_record> records{};
  csv_record open{};
};

void take_field(void* bytes, std::size_t length, void* to) {
  static_cast<reading*>(to)->open.fields.emplace_back(bytes == nullptr ? "" : static_cast<const char*>(bytes), length);
}

void take_record(int, void* to) {
  auto& r = *static_cast<reading*>(to);
  r.records.push_back(std::exchange(r.open, {}));
}

/// Offset of the first byte that is not UTF-8; the line's length when there is none.
std::size_t first_odd_byte(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size())
    if (const auto length = core::utf8_length(line.substr(at)); length > 0)
      at += length;
    else
      break;
  return at;
}

} // namespace

boost::system::result<std::vector<csv_record>, core::failure> read_csv(std::string_view text) {
  constexpr std::string_view byte_order_mark{"\xEF\xBB\xBF"};
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  reading r;
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) != 0)
    return core::failure{core::ec::internal, "no memory for a CSV parser"};
  const std::unique_ptr<csv_parser, decltype(&csv_free)> freed{&parser, &csv_free};
  bool between = true; // no record has begun
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const auto line = text.substr(at, end - at);
    at = end;
    ++number;
    if (const auto odd = first_odd_byte(line); odd < line.size())
      return wrong(number, odd + 1, "not UTF-8; save the file as UTF-8");
    if (between) {
      if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
      r.open.line = number;
    }
    const auto before = r.records.size();
    const auto read = csv_parse(&parser, line.data(), line.size(), take_field, take_record, &r);
    if (read != line.size())
      return wrong(number, read + 1,
                   "a quote inside a field; put the whole field in quotes, and double the quotes inside it");
    between = r.records.size() != before;
  }
  if (csv_fini(&parser, take_field, take_record, &r) != 0)
    return wrong(r.open.line, 1, "a field of this record begins with a quote, and no quote ends it");
  return std::move(r.records);
}

void append_record(std::string& to, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = fields[i];
    if (i > 0) to += ',';
    if (field.find_first_of("\",\r\n") == std::string::npos) {
      to += field;
      continue;
    }
    const auto at = to.size();
    const auto length = csv_write(nullptr, 0, field.data(), field.size());
    to.resize(at + length);
    csv_write(to.data() + at, length, field.data(), field.size());
  }
  to += '\n';
}

} // namespace logos::replay
