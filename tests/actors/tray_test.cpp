// SPDX-License-Identifier: MIT
#include "actors/accounting/tray.hpp"
#include "tests/actors/ledger_fixture.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

namespace logos::tests {
namespace {

using accounting::settlement;
using accounting::tray;

settlement settlement_of(std::uint64_t n) { return {core::uuid::from_halves(1, n), static_cast<std::int64_t>(n), 0}; }
tray::question question_of(std::uint64_t n) { return {{core::uuid::from_halves(1, n)}, {}}; }

/// What is handled in one go; claims count from 100.
std::vector<std::int64_t> handle_all(tray& from) {
  std::vector<std::int64_t> seen;
  accounting::clear(
      from, [&](const accounting::claim&, const actors::ingress_actor&) { seen.push_back(100); },
      [&](const settlement& s) { seen.push_back(s.tokens); });
  return seen;
}

TEST(tray, says_once_that_something_lies_there_until_it_is_looked_at) {
  tray t;
  EXPECT_TRUE(t.put(settlement_of(1)));
  EXPECT_FALSE(t.put(question_of(2)));
  EXPECT_EQ(handle_all(t), (std::vector<std::int64_t>{1, 100}));
  EXPECT_TRUE(t.empty());
  EXPECT_TRUE(t.put(settlement_of(3)));
}

TEST(tray, keeps_a_settlement_that_could_not_be_handled_for_the_next_who_looks) {
  tray t;
  for (const std::uint64_t n : {1, 2, 3})
    t.put(settlement_of(n));
  const auto dies = [](const settlement& s) {
    if (s.tokens == 2) throw std::runtime_error{"it dies"};
  };
  EXPECT_THROW(accounting::clear(
                   t, [](const auto&, const auto&) {}, dies),
               std::runtime_error);
  EXPECT_FALSE(t.empty());
  EXPECT_TRUE(t.put(settlement_of(4))) << "whoever looked is dead";
  EXPECT_EQ(handle_all(t), (std::vector<std::int64_t>{2, 3, 4}));
}

TEST(tray, does_not_keep_a_claim_that_could_not_be_handled) {
  tray t;
  t.put(question_of(1));
  t.put(settlement_of(1));
  const auto dies = [](const accounting::claim&, const actors::ingress_actor&) { throw std::runtime_error{"it dies"}; };
  EXPECT_THROW(accounting::clear(t, dies, [](const settlement&) {}), std::runtime_error);
  EXPECT_EQ(handle_all(t), std::vector<std::int64_t>{1});
}

TEST(tray, loses_nothing_that_many_threads_put) {
  constexpr std::int64_t each = 2000;
  tray t;
  std::atomic<int> told{0};
  const auto put = [&](std::int64_t first) {
    for (auto n = first; n < first + each; ++n)
      if (t.put(settlement_of(static_cast<std::uint64_t>(n)))) ++told;
  };
  std::thread one{put, 0}, other{put, each};
  std::vector<bool> seen(2 * each);
  std::size_t count = 0;
  while (count < seen.size()) {
    if (told.exchange(0) == 0) continue; // looks only when told, as the LEDGER does
    for (const auto n : handle_all(t)) {
      EXPECT_FALSE(seen[static_cast<std::size_t>(n)]);
      seen[static_cast<std::size_t>(n)] = true;
      ++count;
    }
  }
  one.join();
  other.join();
  EXPECT_TRUE(t.empty());
}

/// A LEDGER of this process, and what an INGRESS brings.
class ledger_tray_test : public ledger_rules_test {
protected:
  void bring(std::uint64_t n, core::nano hold) {
    put(tray::question{{id_of(n), {7}, 0, hold, clock().wall()}, asker_});
  }
  void end(std::uint64_t n, core::nano cost) { put(settlement{id_of(n), 0, cost}); }
  void put(tray::entry e) {
    if (parts_.kept->coming->put(std::move(e))) caf::anon_send(ledger_, atom::flush_v);
  }
  std::uint64_t messages_of(const auto& actor) { return ask<actors::actor_status>(actor, atom::status_v).messages; }
  core::nano outstanding() const { return parts_.shown->outstanding_nano.load(); }
};

TEST_F(ledger_tray_test, what_comes_together_costs_one_message_and_is_answered_by_one) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  const auto before = messages_of(ledger_), heard_before = messages_of(asker_);
  for (std::uint64_t n = 1; n <= 20; ++n)
    bring(n, 10);
  run();
  EXPECT_EQ(messages_of(ledger_) - before, 2U) << "and the question itself";
  EXPECT_EQ(messages_of(asker_) - heard_before, 2U);
  ASSERT_EQ(heard_.size(), 20U);
  for (std::uint64_t n = 1; n <= 20; ++n) {
    EXPECT_EQ(heard_[n - 1].request, id_of(n));
    EXPECT_EQ(heard_[n - 1].refusal.code, n <= 10 ? core::ec::none : core::ec::rate_limited) << n;
  }
  EXPECT_EQ(outstanding(), 100);
}

TEST_F(ledger_tray_test, what_was_given_back_before_a_claim_is_free_for_it) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  bring(1, 10);
  end(1, 0);
  bring(2, 10);
  bring(3, 10);
  end(3, 0); // given up before it was ruled on
  end(2, 4);
  bring(4, 6);
  run();
  ASSERT_EQ(heard_.size(), 4U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
  EXPECT_EQ(heard_[1].refusal.code, core::ec::none);
  EXPECT_EQ(heard_[2].refusal.code, core::ec::rate_limited);
  EXPECT_EQ(heard_[3].refusal.code, core::ec::none);
  EXPECT_EQ(outstanding(), 6);
  end(4, 6);
  run();
  EXPECT_EQ(outstanding(), 0);
  EXPECT_EQ(parts_.shown->imbalances.load(), 0U);
}

TEST_F(ledger_tray_test, claims_that_waited_are_answered_together_when_the_rules_are_known) {
  bring(1, 10);
  bring(2, 10);
  end(2, 0);
  run();
  EXPECT_TRUE(heard_.empty());
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  ASSERT_EQ(heard_.size(), 1U) << "the second was given up while it waited";
  EXPECT_EQ(heard_[0].request, id_of(1));
}

} // namespace
} // namespace logos::tests
