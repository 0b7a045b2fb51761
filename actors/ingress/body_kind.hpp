// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"

namespace logos::ingress {

/// What a request's body is read as. Whatever its type says, what begins as JSON does is JSON: a provider may not mind
/// the type either. Fails when the body is one that `at` does not take, that the gateway cannot read and a provider
/// could, or that stands in a request which has none.
boost::system::result<body_kind, core::failure> body_kind_of(const net::request_view& request, endpoint at);

} // namespace logos::ingress
