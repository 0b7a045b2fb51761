// SPDX-License-Identifier: MIT
#include "net/exchange.hpp"

#include "net/header_policy.hpp"
#include "net/refusal.hpp"

namespace logos::net {

std::string_view request_view::find(std::string_view name) const {
  // Most names are told apart by their length alone, and no call is made for them.
  for (const auto& header : headers)
    if (header.name.size() == name.size() && equal_names(header.name, name)) return header.value;
  return {};
}

void exchange::fail(const core::failure& f, std::string_view headers) {
  auto a = refusal(f, request_.path);
  a.headers += headers;
  reply(std::move(a));
}

} // namespace logos::net
