// SPDX-License-Identifier: MIT
#include "core/error.hpp"

#include "core/database_words.hpp"
#include "core/utf8.hpp"

#include <array>

namespace logos::core {
namespace {

constexpr std::string_view invalid = "invalid_request_error";
constexpr auto debug = severity::debug;
constexpr auto info = severity::info;
constexpr auto warning = severity::warning;
constexpr auto error = severity::error;

constexpr std::array<error_facts, static_cast<std::size_t>(ec::last_) + 1> table{{
    {ec::none, "none", 200, "", "", false, debug},
    {ec::bad_request, "bad_request", 400, invalid, "bad_request", false, info},
    {ec::bad_json, "bad_json", 400, invalid, "invalid_json", false, info},
    {ec::bad_field, "bad_field", 400, invalid, "invalid_value", false, info},
    {ec::missing_key, "missing_key", 401, "authentication_error", "missing_api_key", false, info},
    {ec::wrong_key, "wrong_key", 401, "authentication_error", "invalid_api_key", false, info},
    {ec::forbidden, "forbidden", 403, "permission_error", "forbidden", false, info},
    {ec::budget_spent, "budget_spent", 402, "insufficient_quota", "insufficient_quota", false, info},
    {ec::model_not_found, "model_not_found", 404, invalid, "model_not_found", false, info},
    {ec::route_not_found, "route_not_found", 404, invalid, "unknown_url", false, info},
    {ec::resource_not_found, "resource_not_found", 404, "not_found_error", "not_found", false, info},
    {ec::method_not_allowed, "method_not_allowed", 405, invalid, "method_not_allowed", false, info},
    {ec::request_timeout, "request_timeout", 408, invalid, "request_timeout", false, info},
    {ec::conflict, "conflict", 409, "conflict_error", "conflict", false, info},
    {ec::precondition_failed, "precondition_failed", 412, "conflict_error", "precondition_failed", false, info},
    {ec::body_too_large, "body_too_large", 413, invalid, "request_too_large", false, info},
    {ec::uri_too_long, "uri_too_long", 414, invalid, "uri_too_long", false, info},
    {ec::unsupported_media_type, "unsupported_media_type", 415, invalid, "unsupported_media_type", false, info},
    {ec::header_too_large, "header_too_large", 431, invalid, "header_too_large", false, info},
    {ec::expectation_failed, "expectation_failed", 417, invalid, "expectation_failed", false, info},
    {ec::rate_limited, "rate_limited", 429, "rate_limit_error", "rate_limit_exceeded", false, info},
    {ec::queue_full, "queue_full", 429, "rate_limit_error", "queue_full", true, warning},
    {ec::client_gone, "client_gone", 499, "client_closed_request", "client_closed_request", false, info},
    {ec::internal, "internal", 500, "api_error", "internal_error", false, error},
    {ec::upstream_unreachable, "upstream_unreachable", 502, "api_error", "upstream_unreachable", true, warning},
    {ec::upstream_protocol, "upstream_protocol", 502, "api_error", "upstream_protocol_error", true, warning},
    {ec::upstream_cut, "upstream_cut", 502, "api_error", "upstream_closed", true, warning},
    {ec::no_provider, "no_provider", 503, "api_error", "no_provider_available", true, warning},
    {ec::shutting_down, "shutting_down", 503, "api_error", "shutting_down", false, info},
    {ec::storage_away, "storage_away", 503, "api_error", "storage_unavailable", false, warning},
    {ec::queue_timeout, "queue_timeout", 504, "timeout_error", "queue_timeout", false, warning},
    {ec::first_token_timeout, "first_token_timeout", 504, "timeout_error", "first_token_timeout", true, warning},
    {ec::idle_timeout, "idle_timeout", 504, "timeout_error", "idle_timeout", false, warning},
    {ec::total_timeout, "total_timeout", 504, "timeout_error", "total_timeout", false, warning},
    {ec::upstream_error, "upstream_error", 502, "api_error", "upstream_error", false, info},
    {ec::not_implemented, "not_implemented", 501, invalid, "not_implemented", false, info},
    {ec::http_version, "http_version", 505, invalid, "http_version_not_supported", false, info},
    {ec::length_required, "length_required", 411, invalid, "length_required", false, info},
    {ec::out_of_scope, "out_of_scope", 403, "permission_error", "out_of_scope", false, info},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return true;
}
static_assert(in_order(), "a row's place is its code");

/// What HTTP calls a status: the title of a problem that has no type of its own (RFC 9457, 4.2.1).
std::string_view phrase_of(std::uint16_t status) {
  switch (status) {
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 402: return "Payment Required";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 411: return "Length Required";
  case 412: return "Precondition Failed";
  case 413: return "Content Too Large";
  case 414: return "URI Too Long";
  case 415: return "Unsupported Media Type";
  case 417: return "Expectation Failed";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 499: return "Client Closed Request";
  case 501: return "Not Implemented";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  case 505: return "HTTP Version Not Supported";
  default: return "Internal Server Error";
  }
}

} // namespace

const error_facts& facts(ec code) {
  const auto index = static_cast<std::size_t>(code);
  return index < table.size() ? table[index] : table[static_cast<std::size_t>(ec::internal)];
}

std::string_view to_string(ec code) { return facts(code).name; }

bool quotes_request(ec code) {
  const auto status = http_status(code);
  return status >= 400 && status < 500 && status != 402 && status != 429 && status != 499;
}

std::string without_quotes(const failure& f) {
  // Words of the request stand between quotes, and may have quotes in them.
  const auto first = f.message.find('\''), last = f.message.rfind('\'');
  if (!quotes_request(f.code) || first == last) return f.message;
  return f.message.substr(0, first) + "'…'" + f.message.substr(last + 1);
}

void append_json_escaped(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  for (std::size_t i = 0; i < text.size();) {
    auto plain = i; // nearly all of a text
    while (plain < text.size() && is_plain(text[plain]))
      ++plain;
    out.append(text, i, plain - i);
    i = plain;
    if (i == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else if (const auto length = utf8_length(text.substr(i)); length != 0) {
      out.append(text, i, length);
      i += length;
      continue;
    } else {
      out += "\\ufffd";
    }
    ++i;
  }
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  out += '"';
  return out;
}

std::string message_for_all(const failure& f) {
  const bool refused_by_it = f.code != ec::storage_away && f.code != ec::internal;
  if (refused_by_it || !has_database_words(f.message)) return f.message;
  return f.code == ec::storage_away ? "The database is away. Try again later."
                                    : "The database could not do this; the gateway's log says why.";
}

std::string openai_error(const failure& f) {
  const auto& row = facts(f.code);
  const auto message = message_for_all(f);
  std::string out = R"({"error":{"message":")";
  append_json_escaped(out, message.empty() ? row.name : std::string_view{message});
  out.append(R"(","type":")").append(row.type).append(R"(","param":)");
  out += f.param.empty() ? "null" : json_string(f.param);
  out.append(R"(,"code":")").append(row.openai).append(R"("}})");
  return out;
}

std::string problem_json(const failure& f) {
  const auto& row = facts(f.code);
  std::string out = R"({"type":"about:blank","title":")";
  out.append(phrase_of(row.status))
      .append(R"(","status":)")
      .append(std::to_string(row.status))
      .append(R"(,"detail":")");
  append_json_escaped(out, f.message);
  out += '"';
  if (!f.param.empty()) out.append(R"(,"param":)").append(json_string(f.param));
  out.append(R"(,"code":")").append(row.openai).append("\"}");
  return out;
}

} // namespace logos::core
