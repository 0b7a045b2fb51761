// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/pricing.hpp"

#include <boost/container/small_vector.hpp>

#include <string>

namespace logos::accounting {

/// Which prices an amount was made from, each once. Points into the price_book, which must outlive it.
class applied_prices {
public:
  void add(const price& p);
  void add(const applied_prices& others);
  /// As the books keep it, so that the amount can be made again: `12@1 13@2`, the ids of the prices' rows in their
  /// order, each with its version; `13@2*4@1` where the rate of exchange 4 in its version 1 was applied to it. Empty
  /// for no price.
  std::string text() const;

private:
  boost::container::small_vector<const price*, 8> all_; // by id; seldom more
};

} // namespace logos::accounting
