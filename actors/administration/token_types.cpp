// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {
namespace {

using storage::token_type;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

expectation read_type_name(json_value from, std::string& out) {
  constexpr expectation wanted = "1 to 64 small letters, digits and underscores, beginning with a letter";
  std::string text;
  if (!read_value(from, text).empty() || text.empty() || text.size() > 64) return wanted;
  const auto fits = [](char c) { return (is_letter(c) && c >= 'a') || is_digit(c) || c == '_'; };
  if (!std::all_of(text.begin(), text.end(), fits) || !is_letter(text.front())) return wanted;
  out = std::move(text);
  return {};
}

/// What the built-in types are counted from, behind `usage.`.
constexpr std::array<std::string_view, 25> counted_already{"prompt_tokens",
                                                           "completion_tokens",
                                                           "total_tokens",
                                                           "input_tokens",
                                                           "output_tokens",
                                                           "cache_read_input_tokens",
                                                           "cache_creation_input_tokens",
                                                           "prompt_cache_hit_tokens",
                                                           "prompt_tokens_details.cached_tokens",
                                                           "prompt_tokens_details.audio_tokens",
                                                           "prompt_tokens_details.cache_creation_tokens",
                                                           "prompt_tokens_details.cache_write_tokens",
                                                           "input_tokens_details.cached_tokens",
                                                           "input_tokens_details.audio_tokens",
                                                           "input_tokens_details.cache_creation_tokens",
                                                           "input_tokens_details.cache_write_tokens",
                                                           "input_token_details.cached_tokens",
                                                           "input_token_details.audio_tokens",
                                                           "completion_tokens_details.reasoning_tokens",
                                                           "completion_tokens_details.audio_tokens",
                                                           "output_tokens_details.reasoning_tokens",
                                                           "output_tokens_details.audio_tokens",
                                                           "output_token_details.reasoning_tokens",
                                                           "output_token_details.audio_tokens",
                                                           "cost"};

expectation read_source(json_value from, std::string& out) {
  constexpr expectation wanted = "the way to a number in a provider's usage, such as "
                                 "usage.server_tool_use.web_search_requests";
  constexpr std::string_view prefix = "usage.";
  std::string text;
  if (from.is_null()) return out.clear(), expectation{};
  if (!read_value(from, text).empty() || !text.starts_with(prefix) || text.size() > 256) return wanted;
  const auto way = std::string_view{text}.substr(prefix.size());
  const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; };
  if (!std::all_of(way.begin(), way.end(), fits)) return wanted;
  if (way.empty() || way.front() == '.' || way.back() == '.' || way.find("..") != way.npos) return wanted;
  if (std::find(counted_already.begin(), counted_already.end(), way) != counted_already.end())
    return "a field that no built-in token type counts: nothing is billed twice";
  out = std::move(text);
  return {};
}

expectation read_whole(json_value from, std::string& out) {
  if (from.is_null()) return out.clear(), expectation{};
  std::string text;
  const auto whole = read_value(from, text).empty() ? core::parse_token_type(text) : std::nullopt;
  if (!whole || *whole == core::token_type::audio_milliseconds)
    return "null, or one of prompt_tokens, completion_tokens, prompt_cached_tokens, prompt_cache_creation_tokens, "
           "prompt_audio_tokens, completion_reasoning_tokens, completion_audio_tokens";
  out = std::move(text);
  return {};
}

template <auto Member>
void write_or_null(std::string& out, const token_type& e, names& /*by*/) {
  if ((e.*Member).empty())
    out += "null";
  else
    write_value(out, e.*Member);
}

constexpr std::array token_type_fields{
    field<token_type>{"name", use::required, R"({"type":"string","pattern":"^[a-z][a-z0-9_]{0,63}$"})",
                      write_member<token_type, &token_type::name>,
                      read_member<token_type, &token_type::name, read_type_name>},
    plain<token_type, &token_type::description>("description", text_schema),
    field<token_type>{"counted_from", use::required,
                      R"({"type":["string","null"],"pattern":"^usage(\\.[A-Za-z0-9_-]+)+$","description":"The number )"
                      R"(in a provider's usage that it counts. Null: it is built in."})",
                      write_or_null<&token_type::counted_from>,
                      read_member<token_type, &token_type::counted_from, read_source>},
    field<token_type>{"part_of", use::optional,
                      R"({"type":["string","null"],"description":"The built-in type that this is a part of: with a )"
                      R"(price of its own it is taken off that. Null: it counts beside tokens."})",
                      write_or_null<&token_type::part_of>, read_member<token_type, &token_type::part_of, read_whole>},
    field<token_type>{"priced", use::read_only, R"({"type":"boolean","description":"Prices may be about it."})",
                      [](std::string& out, const token_type& e, names&) {
                        out += !e.counted_from.empty() || core::parse_token_type(e.name) ? "true" : "false";
                      },
                      nullptr},
};

} // namespace

LOGOS_TABLE(token_type, "token type", "token-types", "TokenType")

} // namespace logos::administration
