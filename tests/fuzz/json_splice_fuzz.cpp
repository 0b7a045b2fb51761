// SPDX-License-Identifier: MIT
#include "net/json_splice.hpp"

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>

/// Arbitrary bytes as a request body: what is accepted is JSON to simdjson too (but for numbers and surrogates, which
/// are the provider's affair), stays accepted after splicing, and then says what it was told to say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace logos::net;
  static json_looker looker;
  std::string text(reinterpret_cast<const char*>(data), size);
  text.append(json_padding, size % 2 == 0 ? '}' : '\0');
  const auto body = std::string_view{text}.substr(0, size);
  json_look found;
  if (looker.look(body, found)) return 0;

  static simdjson::dom::parser parser;
  simdjson::dom::element document;
  const auto error = parser.parse(body.data(), body.size()).get(document);
  if (error != simdjson::SUCCESS && error != simdjson::NUMBER_ERROR && error != simdjson::STRING_ERROR) std::abort();

  json_edits none;
  none.remove_own_fields = false;
  if (splice(body, found, none).str() != body) std::abort();

  json_edits edits;
  edits.model = "a \"new\" one";
  edits.include_usage = true;
  edits.integers.push_back({body_field::max_tokens, 7});
  const auto edited = splice(body, found, edits).str();
  json_look again;
  json_looker second;
  if (second.look_copying(edited, again)) std::abort();
  if (again.model() != "a \"new\" one" || !again.include_usage || again.completion_limit.value_or(0) > 7) std::abort();
  if (again[body_field::priority].present || again[body_field::mode].present || again[body_field::timeout_s].present)
    std::abort();
  return 0;
}
