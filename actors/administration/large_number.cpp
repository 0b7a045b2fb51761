// SPDX-License-Identifier: MIT
#include "actors/administration/large_number.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace logos::administration {
namespace {

constexpr std::size_t most_shown = 40;

bool is_too_large(std::string_view number) {
  const auto* const begin = number.data();
  const auto* const end = begin + number.size();
  const auto overflows = [&](auto value) {
    return std::from_chars(begin, end, value).ec == std::errc::result_out_of_range;
  };
  if (number.find_first_of(".eE") == number.npos)
    return overflows(std::int64_t{}) && (number.front() == '-' || overflows(std::uint64_t{}));
  // What is too small reads as 0.
  return number.find("e-") == number.npos && number.find("E-") == number.npos && overflows(double{});
}

} // namespace

core::failure find_large_number(std::string_view json) {
  std::string_view text, name;
  std::size_t i = 0;
  while (i < json.size()) {
    const char c = json[i];
    if (c == '"') {
      const auto begin = ++i;
      while (i < json.size() && json[i] != '"')
        i += json[i] == '\\' ? 2 : 1;
      i = std::min(i, json.size());
      text = json.substr(begin, i - begin);
      ++i;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const auto end = std::min(json.find_first_not_of("0123456789+-.eE", i), json.size());
      const auto number = json.substr(i, end - i);
      if (is_too_large(number)) {
        auto shown = std::string{number.substr(0, most_shown)};
        if (number.size() > most_shown) shown += "…";
        const std::string member{name.substr(0, 100)};
        return {core::ec::bad_field,
                "'" + member + "' is too large a number: " + shown +
                    ". Whole numbers are at most 9223372036854775807, amounts of money 9223372036.854775807.",
                member};
      }
      i = end;
    } else {
      if (c == ':') name = text;
      ++i;
    }
  }
  return {};
}

} // namespace logos::administration
