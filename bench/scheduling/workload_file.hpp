// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/facts.hpp"
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace logos::bench {

/// Rows of fields of a CSV text (RFC 4180). Errors: bad_field, with the byte where it stopped.
boost::system::result<std::vector<std::vector<std::string>>, core::failure> read_csv(std::string_view text);

/// A workload in the columns of the README (`request_id,arrival_offset,mode,priority,body_json`, in any order and case;
/// others are ignored), for a server. Models that the server does not have are answered by one of those it has, the
/// same name always by the same; a body without a model by the first. Token counts come from the body: four bytes of
/// text are a token, and half of `max_tokens` is written. Errors: bad_field with the row, bad_json.
boost::system::result<workload, core::failure> read_workload(std::string name, std::string_view text,
                                                             const server_facts& server);

} // namespace logos::bench
