// SPDX-License-Identifier: MIT
#include "actors/alerting/guard.hpp"

#include <algorithm>

namespace logos::alerting {
namespace {

using core::ec;
using core::failure;

constexpr std::string_view how_to_allow = "; the operator can name it in alerts.allow";

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// The host without the dot of the root.
std::string_view bare(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

/// Path and query, and at least a slash.
std::string target_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  const auto begin = std::min(url.find_first_of("/?"), url.size());
  return (url.substr(begin).starts_with('/') ? "" : "/") + std::string{url.substr(begin)};
}

bool has_credentials(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = url.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#")).find('@') != std::string_view::npos;
}

} // namespace

trusted_places::trusted_places(const std::vector<std::string>& entries) {
  for (const auto& each : entries) {
    if (const auto network = core::parse_network(each))
      networks_.push_back(*network);
    else
      hosts_.push_back(lower(bare(each)));
  }
}

bool trusted_places::has_host(std::string_view host) const {
  return std::find(hosts_.begin(), hosts_.end(), lower(bare(host))) != hosts_.end();
}

bool trusted_places::has_address(const core::ip_address& address) const {
  const auto plain = core::unmapped(address);
  return std::any_of(networks_.begin(), networks_.end(), [&](const auto& n) { return n.contains(plain); });
}

boost::system::result<destination, failure> parse_destination(std::string_view url, const trusted_places& trusted) {
  if (has_credentials(url)) return failure{ec::bad_field, "a user name or password does not belong in the address"};
  auto parsed = core::parse_url(url);
  if (!parsed) return failure{ec::bad_field, parsed.error().message};
  if (const auto literal = core::parse_ip(parsed->host)) {
    if (const auto why = objection(*parsed, *literal, trusted); !why.empty()) return failure{ec::bad_field, why};
  } else if (!trusted.has_host(parsed->host) && !trusted.has_networks()) {
    const auto name = bare(parsed->host);
    if (name == "localhost" || name.ends_with(".localhost"))
      return failure{ec::bad_field, "'" + parsed->host + "' is the gateway's own machine" + std::string{how_to_allow}};
    if (!parsed->tls())
      return failure{ec::bad_field, "http:// is not encrypted: use https://" + std::string{how_to_allow}};
  }
  return destination{std::move(*parsed), target_of(url)};
}

core::failure check_alert_url(std::string_view url, const trusted_places& trusted) {
  if (url.empty()) return {};
  const auto to = parse_destination(url, trusted);
  return to ? core::failure{}
            : core::failure{core::ec::bad_field, "'alert_url': " + to.error().message + ".", "alert_url"};
}

std::string objection(const core::url& to, const core::ip_address& address, const trusted_places& trusted) {
  if (trusted.has_host(to.host) || trusted.has_address(address)) return {};
  const auto whose = "'" + to.host + "'" + (to.host == address.str() ? "" : " (" + address.str() + ")");
  if (const auto purpose = core::reserved_for(address); !purpose.empty())
    return whose + " is a " + std::string{purpose} + " address, not one of the public internet" +
           std::string{how_to_allow};
  if (!to.tls()) return "http:// to " + whose + " is not encrypted: use https://" + std::string{how_to_allow};
  return {};
}

} // namespace logos::alerting
