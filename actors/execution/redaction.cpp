// SPDX-License-Identifier: MIT
#include "actors/execution/redaction.hpp"

#include "net/header_policy.hpp"

#include <algorithm>
#include <array>

namespace logos::execution {
namespace {

bool secret(std::string_view name) {
  static constexpr std::array<std::string_view, 8> names{
      "authorization", "proxy-authorization", "logos_key", "logos-key",
      "api-key",       "x-api-key",           "cookie",    "x-goog-api-key"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return net::equal_names(n, name); });
}

} // namespace

std::string redacted_headers(const net::request_view& request) {
  std::string out = "{";
  for (const auto& h : request.headers) {
    if (out.size() > 1) out += ',';
    out.append(core::json_string(h.name)).append(":");
    out += secret(h.name) ? std::string{"\"[redacted]\""} : core::json_string(h.value);
  }
  return out += '}';
}

} // namespace logos::execution
