// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/residency.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>

namespace logos::scheduling {

/// 32 GiB of memory and three models of 10, 18 and 19, which nobody wants yet.
class residency_fixture : public ::testing::Test {
protected:
  static constexpr core::steady_time start{std::chrono::hours{1}};
  static constexpr std::uint64_t gib = 1ull << 30;

  residency_fixture() {
    using std::chrono::seconds;
    plan_.room(32 * gib, 0);
    plan_.describe(0, {10 * gib, seconds{8}});
    plan_.describe(1, {18 * gib, seconds{15}});
    plan_.describe(2, {19 * gib, seconds{16}});
  }
  residency::steps decide(std::initializer_list<residency::demand> of) {
    return plan_.decide({of.begin(), of.size()}, now_);
  }

  residency plan_;
  core::steady_time now_ = start;
  const residency::demand none{};
};

} // namespace logos::scheduling
