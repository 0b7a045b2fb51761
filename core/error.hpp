// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace logos::core {

/// Everything that can go wrong with a request, seen from outside. One row of the table in error.cpp each: HTTP status,
/// OpenAI type and code, whether another provider may be tried before the first byte, log level. The numbers are
/// stored and sent between nodes: append only.
enum class ec : std::uint8_t {
  none = 0,
  bad_request = 1, // malformed HTTP
  bad_json = 2,    // the body is not well-formed JSON, or not an object
  bad_field = 3,   // one of the fields that the gateway reads has a wrong type or value
  missing_key = 4,
  wrong_key = 5,
  forbidden = 6,
  budget_spent = 7,
  model_not_found = 8,
  route_not_found = 9,
  resource_not_found = 10,
  method_not_allowed = 11,
  request_timeout = 12, // the client did not send its request in time
  conflict = 13,
  precondition_failed = 14,
  body_too_large = 15,
  uri_too_long = 16,
  unsupported_media_type = 17,
  header_too_large = 18,
  expectation_failed = 19,
  rate_limited = 20,
  queue_full = 21,
  client_gone = 22,
  internal = 23,
  upstream_unreachable = 24, // no connection, TLS or name resolution failed
  upstream_protocol = 25,    // the provider's answer is not HTTP
  upstream_cut = 26,         // the provider closed before its answer was complete
  no_provider = 27,          // no deployment of the model can serve now
  shutting_down = 28,
  storage_away = 29, // an operation that needs the database, while it is away
  queue_timeout = 30,
  first_token_timeout = 31,
  idle_timeout = 32,
  total_timeout = 33,
  upstream_error = 34, // the provider answered with an error status, which is relayed
  not_implemented = 35,
  http_version = 36,
  length_required = 37,
  out_of_scope = 38, // the key may do it, but not with this model, at this endpoint or from this address
  last_ = 38
};

enum class severity : std::uint8_t { debug, info, warning, error };

/// One row of the table.
struct error_facts {
  ec code;
  std::string_view name;   // as logged and stored, e.g. "queue_full"
  std::uint16_t status;    // HTTP
  std::string_view type;   // OpenAI `error.type`
  std::string_view openai; // OpenAI `error.code`
  bool retryable;          // another deployment may be tried while no byte was sent
  severity level;
};

const error_facts& facts(ec code);
std::string_view to_string(ec code);
inline int http_status(ec code) { return facts(code).status; }

/// An error with its words. `message` says what, where and how to mend it; `param` names the offending field.
struct failure {
  ec code = ec::none;
  std::string message;
  std::string param{};
  std::uint32_t retry_after_s = 0; // 0: no `retry-after`
};

/// Whether messages of this code may have words of the request in them, between the first ' and the last one.
bool quotes_request(ec code);
/// The message for those who may not read the request: without what it quotes of it.
std::string without_quotes(const failure& f);

/// `{"error":{"message":…,"type":…,"param":…,"code":…}}`
std::string openai_error(const failure& f);
/// The RFC 9457 form, for the admin API.
std::string problem_json(const failure& f);
/// Appends `text` to `out` as the inside of a JSON string; bytes that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);
/// `text` as a JSON string with its quotes.
std::string json_string(std::string_view text);

} // namespace logos::core
