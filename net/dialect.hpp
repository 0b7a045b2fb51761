// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/vocabulary.hpp"
#include "net/header_view.hpp"

#include <boost/system/result.hpp>

#include <span>
#include <string>
#include <string_view>

namespace logos::net {

/// Where a provider listens.
struct endpoint_address {
  bool tls = false;
  std::string host; // without the brackets of an IPv6 address
  std::string port; // decimal, never empty
  bool operator==(const endpoint_address&) const = default;
};

/// An absolute http or https URL in its parts. No user information, no fragment.
struct base_url {
  endpoint_address address;
  std::string path;       // without trailing slashes and without a trailing /v1; empty for the root
  std::string query;      // without `?`
  bool versioned = false; // a trailing /v1 was dropped
};
/// Fails with ec::bad_field (param `base_url`). `{model}` may stand in the path.
boost::system::result<base_url, core::failure> parse_base_url(std::string_view text);

/// What the configuration says about one deployment (a model at a provider).
struct deployment_settings {
  core::provider_type type = core::provider_type::openai;
  std::string base_url;
  std::string upstream_model; // the name that the provider knows; Azure: the deployment's name
  std::string endpoint;       // overrides the path: empty, a path below base_url, or an absolute URL
  std::string api_key;
  std::string auth_header; // empty: the provider type's own
  std::string auth_format; // `Bearer {}`; empty: the provider type's own
  std::string api_version; // Azure
};

/// A deployment's settings worked out as far as they do not depend on the request. Made once, immutable, any thread.
struct deployment_route {
  core::provider_type type = core::provider_type::openai;
  endpoint_address address;
  std::string host_header; // value of `Host`
  std::string path_prefix; // what the client's path is appended to; ends in a slash
  std::string fixed_path;  // not empty: the path, whatever the client asked for
  std::string fixed_query;
  std::string auth_line;   // `Name: value\r\n`, or empty
  std::string auth_name;   // the header that auth_line sets
  std::string deployment;  // Azure: percent-encoded; empty where the body's `model` names it
  std::string api_version; // Azure: empty where none has to be sent
};
/// Fails with ec::bad_field and the name of the setting.
boost::system::result<deployment_route, core::failure> route_of(const deployment_settings& settings);

/// The client's request, as far as it shapes the provider's.
struct client_request {
  std::string_view method;
  std::string_view path;  // after /v1/ or /openai/ or /openai/deployments/{name}/, percent-encoded, no leading slash
  std::string_view query; // without `?`
  std::span<const header_view> headers;
  /// The key of the route is the client's: the names of its account (OpenAI's) go along.
  bool own_credentials = false;
};

/// The provider's request without its body: `method target HTTP/1.1`, `Host: …`, then `header_lines`. The caller adds
/// Content-Length or Transfer-Encoding, and the blank line.
struct upstream_request {
  std::string target;
  std::string header_lines; // each ended by CRLF; begins with Host; Accept-Encoding asks for identity
};
/// Fails with ec::bad_request for a path or query that could mean something else to the provider than it did here, and
/// ec::route_not_found for one that this provider type does not take.
boost::system::result<upstream_request, core::failure> build(const deployment_route& route,
                                                             const client_request& request);

} // namespace logos::net
