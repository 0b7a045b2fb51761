// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"
#include "storage/records.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

/// Pricing anew what is on the books.
namespace logos::storage {

/// Which requests: those that came in from `from` up to before `to`, and whose usage is known: not those that a dying
/// process has left. 0: every one.
struct rerate_range {
  core::wall_time from{};
  core::wall_time to{};
  std::int64_t model_id = 0;
  std::int64_t provider_id = 0;
};

/// A request as a price list sees it, with what it has cost so far.
struct priced_request {
  core::wall_time at{};
  std::string request_id;
  std::int64_t model_id = 0;
  std::int64_t provider_id = 0;
  token_counts usage;
  core::nano cost = 0;
  std::int64_t price_id = 0; // 0: no price was applied
  std::int64_t rate_id = 0;  // 0: no rate of exchange was
  std::vector<core::own_count> own;
  std::string price_versions; // as in `billed`
};

struct new_cost {
  core::nano amount = 0;
  std::int64_t price_id = 0;
  std::int64_t rate_id = 0;
  std::string price_versions{}; // as in `billed`
};
using repricer = std::function<new_cost(const priced_request&)>;

struct rerate_batch {
  std::size_t seen = 0;
  std::size_t changed = 0; // cost or prices
  std::string next;        // where the next batch begins; empty: this was the last
};

} // namespace logos::storage
