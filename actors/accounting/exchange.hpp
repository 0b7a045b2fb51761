// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/pricing.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::accounting {

/// What one unit of a currency is worth in the installation's own, from a moment on.
struct rate {
  std::int64_t id = 0; // of its row
  std::string currency;
  core::wall_time valid_from{};
  core::nano worth = 0;
  std::int64_t version = 0; // of its row: what a cost is stored with
};

/// A price as it was made.
struct quoted_price {
  price facts;
  std::string currency;
};

/// The prices in the currency `home`: one in another currency becomes one for each rate that holds as long as the price
/// is the latest of its kind. So what a request costs is reckoned with the rate of its time. `without_rate` gets the
/// ids of prices for which there is none when they begin; these are taken as they are.
std::vector<price> convert(std::span<const quoted_price> prices, std::span<const rate> rates, std::string_view home,
                           std::vector<std::int64_t>& without_rate);

} // namespace logos::accounting
