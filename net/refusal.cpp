// SPDX-License-Identifier: MIT
#include "net/refusal.hpp"

namespace logos::net {

answer refusal(const core::failure& f, std::string_view path) {
  const bool administration = path.starts_with("/admin/");
  answer out;
  out.status = core::http_status(f.code);
  if (administration) out.content_type = "application/problem+json";
  if (out.status == 401) out.headers = "www-authenticate: Bearer\r\n"; // RFC 9110 wants to have it there
  if (f.retry_after_s != 0) out.headers += "retry-after: " + std::to_string(f.retry_after_s) + "\r\n";
  out.body = administration ? core::problem_json(f) : core::openai_error(f);
  return out;
}

} // namespace logos::net
