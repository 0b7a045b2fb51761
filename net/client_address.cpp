// SPDX-License-Identifier: MIT
#include "net/client_address.hpp"

#include "net/header_policy.hpp"

#include <algorithm>
#include <optional>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:8080`.
std::optional<core::ip_address> parse_hop(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == npos) return std::nullopt;
    const auto behind = text.substr(end + 1);
    if (!behind.empty() && (behind.front() != ':' || !is_port(behind.substr(1)))) return std::nullopt;
    const auto address = text.substr(1, end - 1);
    return address.find(':') == npos ? std::nullopt : core::parse_peer(address);
  }
  if (const auto colon = text.find(':'); colon != npos && text.find(':', colon + 1) == npos) {
    if (!is_port(text.substr(colon + 1))) return std::nullopt;
    text = text.substr(0, colon);
  }
  const auto address = core::parse_peer(text);
  const bool zoned = text.find('%') != npos;
  return address && zoned && !address->v6 ? std::nullopt : address;
}

/// One hop after the other, beginning with the last. `take(text)` says whether to go on.
template <class Take>
bool each_listed(std::string_view line, Take take) {
  for (;;) {
    const auto comma = line.rfind(',');
    const auto hop = trimmed(comma == npos ? line : line.substr(comma + 1));
    if (!hop.empty() && !take(hop)) return false; // a list may have empty members (RFC 9110, 5.6.1)
    if (comma == npos) return true;
    line = line.substr(0, comma);
  }
}

/// Reads one line of `Forwarded`: what stands behind `for` in each of its elements, empty where there is none. False
/// when the line is not well-formed: then no part of it is.
bool read_forwarded(std::string_view line, std::vector<std::string_view>& hops) {
  std::size_t at = 0;
  std::string_view hop;
  bool any = false; // of this element
  const auto skip_blanks = [&] {
    while (at < line.size() && is_blank(line[at]))
      ++at;
  };
  for (;;) {
    skip_blanks();
    if (at == line.size() || line[at] == ',') {
      if (any) hops.push_back(hop);
      hop = {};
      any = false;
      if (at++ >= line.size()) return true;
      continue;
    }
    if (line[at] == ';') {
      ++at;
      continue;
    }
    const auto equals = line.find_first_of("=,;\" \t", at);
    if (equals == npos || line[equals] != '=') return false;
    const auto name = line.substr(at, equals - at);
    at = equals + 1;
    std::string_view value;
    if (at < line.size() && line[at] == '"') {
      const auto begin = ++at;
      while (at < line.size() && line[at] != '"')
        at += line[at] == '\\' ? 2 : 1;
      if (at >= line.size()) return false;
      value = line.substr(begin, at++ - begin);
    } else {
      const auto end = std::min(line.find_first_of(",;\" \t", at), line.size());
      value = line.substr(at, end - at);
      at = end;
    }
    skip_blanks();
    if (at < line.size() && line[at] != ',' && line[at] != ';') return false;
    any = true;
    if (!equal_names(name, "for")) continue;
    if (!hop.empty()) return false; // said twice
    hop = value;
  }
}

template <class Take>
bool each_forwarded(std::string_view line, Take take) {
  std::vector<std::string_view> hops;
  if (!read_forwarded(line, hops)) return take(std::string_view{});
  return std::all_of(hops.rbegin(), hops.rend(), take);
}

bool contains(const trusted_proxies& trusted, const core::ip_address& address) {
  return std::any_of(trusted.begin(), trusted.end(), [&](const auto& network) { return network.contains(address); });
}

} // namespace

bool is_trusted(std::string_view peer, const trusted_proxies& trusted) {
  if (trusted.empty()) return false;
  const auto address = core::parse_peer(peer);
  return address && contains(trusted, *address);
}

std::string client_behind(std::string_view peer, std::span<const header_view> headers, const trusted_proxies& trusted) {
  std::string found{peer};
  const auto take = [&](std::string_view hop) {
    const auto address = parse_hop(hop);
    if (address && contains(trusted, *address)) return true;
    found = address ? address->str() : std::string{unknown_client};
    return false;
  };
  bool listed = false;
  for (auto line = headers.rbegin(); line != headers.rend(); ++line) {
    if (!equal_names(line->name, "x-forwarded-for")) continue;
    listed = true;
    if (!each_listed(line->value, take)) return found;
  }
  if (listed) return found;
  for (auto line = headers.rbegin(); line != headers.rend(); ++line)
    if (equal_names(line->name, "forwarded") && !each_forwarded(line->value, take)) return found;
  return found;
}

} // namespace logos::net
