// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "net/exchange.hpp"

#include <cstdint>
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

/// Whether a body may be taken of somebody whose head has no key: it says that it is small.
bool may_bring_key(const net::request_view& head);
/// The member `logos_key` of a JSON body, where a route takes the key there. Empty: there is none, or the body is so
/// large that a header has to have the key.
std::string find_key_in_body(const net::request_view& request);
/// The process of that id, unless its key has expired `now`: for requests that the gateway makes itself, which are the
/// process' and not a key's: a rotation does not end them. Lives as long as `catalog`.
const catalog::principal* find_holder(std::int64_t process_id, const catalog::snapshot& catalog, core::wall_time now);

} // namespace logos::ingress
