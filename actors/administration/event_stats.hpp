// SPDX-License-Identifier: MIT
#pragma once
#include "storage/store.hpp"

#include <chrono>
#include <span>
#include <string>

namespace logos::administration {

/// The width, of those that upstream's charts have (1 minute to 1 day), that comes nearest to `wanted` buckets.
std::chrono::seconds bucket_for(core::wall_time from, core::wall_time to, std::int64_t wanted);
/// From when on there are at most `most` of these requests before `to`: `from` itself, or else the start of a day or of
/// an hour; `to` if its last hour alone has more. Asks the sums, so it takes no longer where there are many.
storage::result<core::wall_time> first_countable(storage::store& in, core::wall_time from, core::wall_time to,
                                                 const storage::whose& of, std::int64_t most);
/// Upstream's statistics of requests over time, made of what the store has counted. Buckets without a request are
/// there, with zeros.
std::string event_stats_json(core::wall_time from, core::wall_time to, std::chrono::seconds bucket,
                             std::span<const storage::event_group> groups,
                             std::span<const storage::depth_count> depths);
/// The shortest decimal that means the number; `null` for what is none.
std::string decimal(double value);

} // namespace logos::administration
