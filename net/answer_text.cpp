// SPDX-License-Identifier: MIT
#include "net/answer_text.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <charconv>
#include <ostream> // for the Boost header above, which forgets it

namespace logos::net {

void append_status_line(std::string& out, int status, std::string_view reason) {
  if (status == 200 && (reason.empty() || reason == "OK")) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  if (reason.empty())
    reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, status).ptr;
  out += "HTTP/1.1 ";
  out.append(digits, end);
  out += ' ';
  out += reason;
  out += "\r\n";
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_header(std::string& out, std::string_view name, std::uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  append_header(out, name, std::string_view{digits, static_cast<std::size_t>(end - digits)});
}

bool bodiless(int status) { return status / 100 == 1 || status == 204 || status == 304; }

bool origin_allowed(const std::vector<std::string>& allowed, std::string_view origin) {
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& a) { return a == "*" || a == origin; });
}

void append_cors_headers(std::string& out, const std::vector<std::string>& allowed, std::string_view origin) {
  if (allowed.empty() || origin.empty()) return;
  const bool any = std::find(allowed.begin(), allowed.end(), "*") != allowed.end();
  if (!any) out += "vary: origin\r\n";
  if (!any && !origin_allowed(allowed, origin)) return;
  append_header(out, "access-control-allow-origin", any ? std::string_view{"*"} : origin);
  out += "access-control-expose-headers: *, x-request-id, x-logos-model, x-logos-provider, x-logos-queue-ms, "
         "x-logos-decision, retry-after\r\n";
}

void append_preflight_headers(std::string& out, std::string_view wanted) {
  out += "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
         "access-control-max-age: 86400\r\n";
  if (!wanted.empty()) append_header(out, "access-control-allow-headers", wanted);
}

} // namespace logos::net
