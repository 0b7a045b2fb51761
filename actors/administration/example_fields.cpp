// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"

#include <cmath>
#include <cstdio>

namespace logos::administration {
namespace {

using storage::example;

constexpr std::size_t longest_text = 8192; // the encoder reads the first 1.5 KiB and the last 0.5 KiB
constexpr std::string_view example_blanks = " \t\r\n";

core::failure read_example_model(json_value from, example& to, names& by) {
  if (from.is_null()) return to.model_id = 0, core::failure{};
  return read_model_by_name(from, to, by);
}

expectation read_topic(json_value from, std::string& out) {
  std::string topic;
  if (!from.is_null())
    if (const auto wanted = read_value(from, topic); !wanted.empty()) return wanted;
  if (topic.size() > 256 || topic.find_first_of(example_blanks) != topic.npos) return "one tag, without spaces";
  out = std::move(topic);
  return {};
}

expectation read_text(json_value from, std::string& out) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return wanted;
  if (text.find_first_not_of(example_blanks) == text.npos || text.size() > longest_text)
    return "a text of 1 to 8192 bytes that is not blank";
  out = std::move(text);
  return {};
}

expectation read_worth(json_value from, std::int64_t& out) {
  double worth = 0;
  constexpr expectation wanted =
      "a number from -1 (bad at it) to 1 (good at it) with at most three decimals, and not 0";
  if (from.get(worth) != simdjson::SUCCESS || !(worth >= -1 && worth <= 1)) return wanted;
  const auto permille = std::lround(worth * 1000);
  if (permille == 0 || std::abs(worth * 1000 - static_cast<double>(permille)) > 1e-6) return wanted;
  out = permille;
  return {};
}

void write_worth(std::string& out, const example& e, names& /*by*/) {
  std::array<char, 16> digits{};
  const auto n = std::snprintf(digits.data(), digits.size(), "%g", static_cast<double>(e.worth_permille) / 1000);
  out.append(digits.data(), static_cast<std::size_t>(n));
}

constexpr std::array example_fields{
    field<example>{"model", use::optional,
                   R"({"type":["string","null"],"description":"Either it (or model_id) or a topic."})",
                   write_model_name<example>, read_example_model, nullptr, true},
    referring<example, &example::model_id>("model_id"),
    field<example>{
        "topic", use::optional,
        R"({"type":["string","null"],"maxLength":256,"description":"Every model that has it among its tags."})",
        write_member<example, &example::topic>, read_member<example, &example::topic, read_topic>},
    field<example>{"text", use::required,
                   R"({"type":"string","minLength":1,"maxLength":8192,"description":"A prompt."})",
                   write_member<example, &example::text>, read_member<example, &example::text, read_text>},
    field<example>{
        "worth", use::optional,
        R"({"type":"number","minimum":-1,"maximum":1,"default":1,"description":"From -1, bad at it, to 1."})",
        write_worth, read_member<example, &example::worth_permille, read_worth>},
};

} // namespace

LOGOS_TABLE(example, "example", "examples", "Example")

} // namespace logos::administration
