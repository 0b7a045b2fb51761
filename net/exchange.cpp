// SPDX-License-Identifier: MIT
#include "net/exchange.hpp"

#include "net/header_policy.hpp"

namespace logos::net {

std::string_view request_view::find(std::string_view name) const {
  // Most names are told apart by their length alone, and no call is made for them.
  for (const auto& header : headers)
    if (header.name.size() == name.size() && equal_names(header.name, name)) return header.value;
  return {};
}

void exchange::fail(const core::failure& f, std::string_view headers) {
  answer a;
  a.status = core::http_status(f.code);
  if (f.retry_after_s != 0) a.headers = "retry-after: " + std::to_string(f.retry_after_s) + "\r\n";
  a.headers += headers;
  a.body = core::openai_error(f);
  reply(std::move(a));
}

} // namespace logos::net
