// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"
#include "tests/support/virtual_system.hpp"

#include <limits>

namespace logos::tests {
namespace {

actors::usage_entry entry(std::int64_t process, std::int64_t model, std::uint64_t tokens) {
  actors::usage_entry e;
  e.process_id = process;
  e.model_id = model;
  e.provider_id = 1;
  e.requests = 1;
  e.prompt_tokens = tokens;
  e.completion_tokens = 2 * tokens;
  return e;
}

TEST(totals, add_up_per_process_model_and_provider) {
  accounting::totals sums;
  sums.add(std::vector{entry(1, 1, 10), entry(1, 2, 5), entry(1, 1, 1)});
  const auto list = sums.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].requests, 2U);
  EXPECT_EQ(list[0].prompt_tokens, 11U);
  EXPECT_EQ(list[0].completion_tokens, 22U);
  EXPECT_EQ(list[1].model_id, 2);
}

TEST(totals, stop_at_the_largest_number) {
  accounting::totals sums;
  auto huge = entry(1, 1, 0);
  huge.prompt_tokens = std::numeric_limits<std::uint64_t>::max() - 1;
  sums.add(std::vector{huge, huge});
  EXPECT_EQ(sums.list()[0].prompt_tokens, std::numeric_limits<std::uint64_t>::max());
}

class ledger_test : public virtual_system {};

TEST_F(ledger_test, tells_all_that_was_booked) {
  const auto ledger = host<accounting::ledger_state>("ledger");
  tell(ledger, std::vector{entry(1, 1, 10)});
  tell(ledger, std::vector{entry(1, 1, 10), entry(2, 1, 1)});
  const auto totals = ask<std::vector<actors::usage_entry>>(ledger, atom::totals_v);
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].prompt_tokens, 20U);
}

} // namespace
} // namespace logos::tests
