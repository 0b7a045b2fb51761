// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/facts.hpp"
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace logos::bench {

/// A workload as `logos replay` reads it (replay/workload.hpp), for a server. A column `key` says whose a request is;
/// without it all are one key's. Models that the server does not have are answered by one of those it has, the same
/// name always by the same; a body without a model by the first. Token counts come from the body: four bytes of text
/// are a token, and half of `max_tokens` is written, unless the model says how much. Errors: bad_field with the line.
boost::system::result<workload, core::failure> read_workload(std::string name, std::string_view text,
                                                             const server_facts& server);

} // namespace logos::bench
