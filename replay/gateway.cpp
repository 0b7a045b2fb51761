// SPDX-License-Identifier: MIT
#include "replay/gateway.hpp"

#include "core/url.hpp"
#include "net/answer_text.hpp"

#include <algorithm>

namespace logos::replay {

std::string gateway::head(std::string_view method, std::string_view path, std::size_t body_bytes) const {
  std::string out;
  out.append(method).append(" ").append(base_path).append(path).append(" HTTP/1.1\r\n");
  net::append_header(out, "host", authority);
  net::append_header(out, "logos_key", key);
  net::append_header(out, "user-agent", "logos-replay");
  if (method != "GET") {
    net::append_header(out, "content-type", "application/json");
    net::append_header(out, "content-length", std::uint64_t{body_bytes});
  }
  return out + "\r\n";
}

boost::system::result<gateway, core::failure> parse_gateway(std::string_view address, std::string_view key,
                                                            std::string ca_file) {
  const auto parsed = core::parse_url(address);
  if (!parsed)
    return core::failure{core::ec::bad_field, "--api-base '" + std::string{address} + "': " + parsed.error().message};
  auto where = *parsed;
  if (!where.query.empty())
    return core::failure{core::ec::bad_field, "--api-base '" + std::string{address} + "' must have no query"};
  if (where.path.ends_with("/v1")) where.path.resize(where.path.size() - 3);
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (key.empty() || !std::all_of(key.begin(), key.end(), visible))
    return core::failure{core::ec::bad_field, "--logos-key is not one word of visible ASCII characters"};
  auto target = std::make_shared<net::upstream_target>();
  target->host = where.host;
  target->port = where.port;
  target->tls = where.tls();
  target->ca_file = std::move(ca_file);
  return gateway{.target = std::move(target),
                 .url = where.str(),
                 .authority = where.authority(),
                 .base_path = where.path,
                 .key = std::string{key}};
}

std::string explain(const gateway& to, core::ec why, const std::string& message) {
  using core::ec;
  switch (why) {
  case ec::upstream_unreachable: {
    // Its words are for a gateway whose providers are away; what the system says stands behind the colon.
    const auto colon = message.find(": ");
    return "cannot connect to " + to.url + (colon == std::string::npos ? "" : message.substr(colon));
  }
  case ec::upstream_cut: return "the connection ended before the answer was complete";
  case ec::upstream_protocol: return "what " + to.url + " answers is not well-formed HTTP";
  case ec::first_token_timeout:
  case ec::idle_timeout:
  case ec::total_timeout: return "no complete answer within the time limit";
  case ec::shutting_down: return "interrupted";
  default: return message;
  }
}

} // namespace logos::replay
