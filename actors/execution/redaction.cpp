// SPDX-License-Identifier: MIT
#include "actors/execution/redaction.hpp"

#include "core/credentials.hpp"

namespace logos::execution {

std::string redacted_headers(const net::request_view& request) {
  std::string out = "{";
  for (const auto& h : request.headers) {
    if (out.size() > 1) out += ',';
    out.append(core::json_string(h.name)).append(":");
    out += core::json_string(core::names_a_secret(h.name) ? std::string{core::redacted}
                                                          : core::without_credentials(h.value));
  }
  return out += '}';
}

} // namespace logos::execution
