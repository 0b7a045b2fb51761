// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/execution/visitors.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "net/exchange.hpp"
#include "net/routes.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace logos::ingress {

/// Whose key it is, when it opens anything `now`; nothing otherwise. The hash of a key is made once per connection and
/// catalog and kept in the connection's memo; whether it still opens anything is asked of `catalog` each time. The
/// answer lives as long as `catalog`. I/O thread of `x`.
const catalog::principal* recognise(net::exchange& x, std::string_view key, const catalog::snapshot& catalog,
                                    const core::secret_key& secret, core::wall_time now);
/// The hash of the key by which `x` was recognised last. I/O thread of `x`.
const core::key_hash& recognised_key(net::exchange& x);

/// The member `logos_key` of a JSON body, where a route takes the key there. Empty: there is none.
std::string find_key_in_body(const net::request_view& request);
/// The process of that id, unless its key has expired `now`: for requests that the gateway makes itself, which are the
/// process' and not a key's: a rotation does not end them. Lives as long as `catalog`.
const catalog::principal* find_holder(std::int64_t process_id, const catalog::snapshot& catalog, core::wall_time now);

/// Whoever brings a provider's own key.
struct visitor {
  const catalog::deployment* passage = nullptr; // to the provider; lives as long as the catalog
  core::key_hash key{};                         // what is kept of the key
  std::unique_ptr<execution::visitors::seat> seat;
};
/// Asked when `recognise` knows nobody: lets in with the client's own key where that is allowed (`at` not null), with
/// the seat that is attached to `x` or a new one. Else what to tell the client; nothing that may be meant as a Logos
/// key is passed on. I/O thread of `x`.
boost::system::result<visitor, core::failure> receive_visitor(net::exchange& x, const net::route_match& route,
                                                              const std::shared_ptr<execution::visitors>& at,
                                                              const catalog::snapshot& catalog,
                                                              const core::secret_key& secret);
/// What is relayed for a visitor: also lists of models, which are the provider's.
net::route_match relayed_route(std::string_view path, const net::route_match& route);
/// In place of a process, where there is none: no rights, log level BILLING.
const catalog::principal& nobody();

} // namespace logos::ingress
