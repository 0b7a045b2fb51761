// SPDX-License-Identifier: MIT
#include "core/recycled.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

namespace logos::core {
namespace {

struct part {
  virtual ~part() = default;
};
struct piece : part, recycled<piece, 2> {
  explicit piece(int n = 0) : number{n} {}
  int number;
  char body[2000]{};
};
struct larger final : piece {
  char more[100]{};
};

TEST(recycled, the_memory_of_one_that_is_gone_goes_to_the_next_of_its_type) {
  auto first = std::make_unique<piece>(1);
  const void* const memory = first.get();
  first.reset();
  const auto second = std::make_unique<piece>(3);
#ifndef LOGOS_SANITIZED
  EXPECT_EQ(second.get(), memory);
#else
  static_cast<void>(memory);
#endif
  EXPECT_EQ(second->number, 3);
}

TEST(recycled, all_that_live_at_once_have_memory_of_their_own) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<part>> all; // destroyed by a pointer to their base
    for (int i = 0; i < 10; ++i)
      all.push_back(std::make_unique<piece>(i));
    for (int i = 0; i < 10; ++i)
      EXPECT_EQ(static_cast<piece&>(*all[static_cast<std::size_t>(i)]).number, i);
  }
}

TEST(recycled, what_derives_from_the_type_does_not_get_its_memory) {
  std::make_unique<piece>().reset();
  const auto big = std::make_unique<larger>();
  const auto small = std::make_unique<piece>(4);
  std::fill(std::begin(big->more), std::end(big->more), 'x');
  EXPECT_EQ(small->number, 4);
}

TEST(recycled, what_another_thread_destroys_is_kept_there_and_freed_with_it) {
  auto made_here = std::make_unique<piece>(5);
  std::thread{[&] { made_here.reset(); }}.join();
  EXPECT_EQ(std::make_unique<piece>(6)->number, 6);
}

} // namespace
} // namespace logos::core
