// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/execution/visitors.hpp"
#include "actors/execution/wrong_keys.hpp"
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

/// Whose key it is, when it opens anything `now`; null otherwise. The hash of a key is made once per connection and
/// catalog and kept in the connection's memo; whether it still opens anything is asked of `catalog` each time. The
/// answer lives as long as `catalog`. Fails, whether the key opens anything or not, where more wrong keys have come
/// than `watch` answers and this one may be a further guess (`wrong_keys::doubt`); with no `watch` never. Whoever
/// refuses for that says so by `refusal_of_doubt`. I/O thread of `x`.
boost::system::result<const catalog::principal*, core::failure>
recognise(net::exchange& x, std::string_view key, const catalog::snapshot& catalog, const core::secret_key& secret,
          core::wall_time now, execution::wrong_keys* watch);
/// What to tell a client whose key `recognise` has said nothing of: `why`. Counts it.
core::failure refusal_of_doubt(const net::exchange& x, core::failure why, execution::wrong_keys* watch);
/// What to tell a client whose key opens nothing, where `why` would be said of it: that, unless too many have come from
/// its address. Counts it. What is refused for want of room (`queue_full`) is no word on a key.
core::failure refusal_of_wrong_key(const net::exchange& x, core::failure why, execution::wrong_keys* watch);
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
/// the seat that is attached to `x` or a new one. Else what to tell the client, which `watch` has counted; nothing that
/// may be meant as a Logos key is passed on. I/O thread of `x`.
boost::system::result<visitor, core::failure>
receive_visitor(net::exchange& x, const net::route_match& route, const std::shared_ptr<execution::visitors>& at,
                const catalog::snapshot& catalog, const core::secret_key& secret, execution::wrong_keys* watch);
/// What is relayed for a visitor: also lists of models, which are the provider's.
net::route_match relayed_route(std::string_view path, const net::route_match& route);
/// In place of a process, where there is none: no rights, log level BILLING.
const catalog::principal& nobody();

} // namespace logos::ingress
