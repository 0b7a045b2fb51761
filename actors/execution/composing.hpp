// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "core/error.hpp"
#include "net/call.hpp"

#include <boost/system/result.hpp>

namespace logos::execution {

/// The provider's request for a client's: path and headers in the provider's dialect, the body with the model's name at
/// that provider, without our own fields, asking for usage in a stream; every other byte as it came. Views into the
/// exchange's request, which must outlive the call.
boost::system::result<net::upstream_call, core::failure>
compose(const net::exchange& x, const admission& a, const catalog::deployment& d, const net::call_limits& limits);

/// Our header lines for the client: `x-logos-model`, `x-logos-provider`, `x-logos-queue-ms`, `x-logos-decision`.
std::string answer_headers(const admission& a, const catalog::deployment& d, const actors::offer& o);
/// Why this deployment, and what stood before it: a token with parameters, an item of RFC 8941 (README.md lists them).
/// `x-logos-decision` adds the names of model and provider.
std::string decision(const admission& a, const actors::offer& o);

} // namespace logos::execution
