// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/network.hpp"
#include "core/url.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Where alerts may be sent. Whoever may make a budget must not get the gateway to knock at doors that only its machine
/// can reach (SSRF). Pure.
namespace logos::alerting {

/// What the operator trusts beside the public internet. Immutable; any thread.
class trusted_places {
public:
  trusted_places() = default;
  /// `entries`: hosts, addresses and networks, as `alerts.allow` names them.
  explicit trusted_places(const std::vector<std::string>& entries);

  bool has_host(std::string_view host) const;
  bool has_address(const core::ip_address& address) const;
  /// Only the address of a host can tell whether it is in one.
  bool has_networks() const { return !networks_.empty(); }

private:
  std::vector<std::string> hosts_;
  std::vector<core::ip_network> networks_;
};

struct destination {
  core::url at;
  std::string target; // path and query as they were written
};

/// Takes a URL apart. Refused in words that say why: what is no URL, a user name or password, http where nothing of it
/// is trusted, and an address that `objection` will refuse in any case.
boost::system::result<destination, core::failure> parse_destination(std::string_view url,
                                                                    const trusted_places& trusted);
/// What is wrong with a budget's `alert_url`, for whoever sets it over the API or brings it in a file: `bad_field`.
/// Where a host's name leads to is not asked. Empty is none, and right.
core::failure check_alert_url(std::string_view url, const trusted_places& trusted);
/// Why nothing may be sent to this address of the host; empty: it may. To be asked for every address that the host has,
/// before each connection, which then goes to these very addresses.
std::string objection(const core::url& to, const core::ip_address& address, const trusted_places& trusted);

} // namespace logos::alerting
