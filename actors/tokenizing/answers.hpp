// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/error.hpp"
#include "net/exchange.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>

namespace logos::tokenizing {

/// The JSON that answers a request for /extras/tokenize/count, /extras/tokenize or /extras/detokenize. A model that the
/// process may use is looked up in the catalog (which may be null), by name or alias; any other is known by its name
/// alone. Takes as long as its text is long, some seconds for the largest.
boost::system::result<std::string, core::failure> answer(const net::request_view& request,
                                                         const catalog::snapshot* catalog, std::int64_t process_id);

} // namespace logos::tokenizing
