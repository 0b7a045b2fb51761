// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"

#include <gtest/gtest.h>

namespace logos::accounting {

using namespace std::chrono_literals;
using core::ec;
using core::limit_kind;
using core::scope;

class account_book_test : public ::testing::Test {
protected:
  static core::uuid id(std::uint64_t n) { return core::uuid::from_halves(1, n); }
  ruling reserve(std::uint64_t n, std::int64_t tokens = 0, core::nano hold = 0) {
    return book_.reserve({id(n), {7, 0, 3, 0, 9}, tokens, hold, clock_.wall()}, clock_.steady());
  }
  bool admitted(std::uint64_t n, std::int64_t tokens = 0, core::nano hold = 0) {
    return reserve(n, tokens, hold).refusal.code == ec::none;
  }
  /// A request whose answer has no bound of the client's.
  ruling reserve_boundless(std::uint64_t n, std::int64_t tokens, std::int64_t spare_tokens, core::nano hold = 0,
                           core::nano spare_hold = 0) {
    return book_.reserve({id(n), {7, 0, 3, 0, 9}, tokens, hold, clock_.wall(), 0, spare_tokens, spare_hold},
                         clock_.steady());
  }
  void settle(std::uint64_t n, std::int64_t tokens = 0, core::nano cost = 0) {
    book_.settle(id(n), tokens, cost, clock_.steady());
  }
  core::manual_clock clock_;
  account_book book_;
};

} // namespace logos::accounting
