// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <limits>

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

/// Credits on the budgets of two keys.
class credits : public store_suite {
protected:
  void SetUp() override {
    for (const auto* name : {"one", "two"}) {
      process p;
      p.name = name;
      p.hash = secret().hash(name);
      const auto of = take(store_->create(p)).id;
      (one_ == 0 ? one_ : two_) =
          take(store_->create(
                   budget{{}, core::scope::process, of, core::budget_period::month, 1'500'000'000, "EUR", true}))
              .id;
    }
  }
  static credit of(std::int64_t budget, core::nano amount, std::int64_t reverses = 0) {
    return {{}, budget, amount, "wrong price", reverses, "root", noon};
  }
  core::failure refused(const credit& c) {
    const auto made = store_->create(c);
    EXPECT_FALSE(made);
    return made ? core::failure{} : made.error();
  }

  static constexpr core::wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 5 / 4} +
                                        std::chrono::hours{12}};
  std::int64_t one_ = 0, two_ = 0;
};

TEST_P(credits, come_back_as_they_were_made_and_make_a_new_catalog) {
  const auto before = take(store_->load_catalog());
  const auto made = take(store_->create(of(one_, -7)));
  const auto found = take(store_->find<credit>(made.id));
  EXPECT_EQ(found.budget_id, one_);
  EXPECT_EQ(found.amount, -7);
  EXPECT_EQ(found.reason, "wrong price");
  EXPECT_EQ(found.reverses, 0);
  EXPECT_EQ(found.made_by, "root");
  EXPECT_EQ(found.made_at, noon) << "whenever it comes into this database";
  const auto after = take(store_->load_catalog());
  EXPECT_GT(after.version, before.version);
  EXPECT_EQ(after.counting, before.counting) << "nothing is read again";
  ASSERT_EQ(after.credits.size(), 1U);
  EXPECT_EQ(after.credits[0].amount, -7);
  EXPECT_EQ(after.budgets[0].version, before.budgets[0].version);
}

TEST_P(credits, are_never_changed_or_removed) {
  auto made = take(store_->create(of(one_, 5)));
  made.amount = 6;
  EXPECT_EQ(store_->update(made, 0).error().code, ec::conflict);
  const auto kept = store_->remove<credit>(made.id);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, ec::conflict);
  EXPECT_NE(kept.error().message.find("reverses"), std::string::npos) << kept.error().message;
  EXPECT_EQ(take(store_->find<credit>(made.id)).amount, 5);
  EXPECT_EQ(take(store_->find<credit>(made.id)).version, 1);
}

TEST_P(credits, say_what_is_wrong_with_them) {
  EXPECT_EQ(refused(of(one_, 0)).param, "amount");
  EXPECT_EQ(refused(of(one_, std::numeric_limits<core::nano>::min())).param, "amount");
  EXPECT_EQ(refused(of(4711, 5)).param, "budget_id");
  EXPECT_EQ(refused(of(0, 5)).code, ec::bad_field);
  auto wrong = of(one_, 5);
  wrong.reason.clear();
  EXPECT_EQ(refused(wrong).param, "reason");
  wrong = of(one_, 5);
  wrong.made_at = {};
  EXPECT_EQ(refused(wrong).param, "made_at");
  EXPECT_TRUE(take(store_->load_catalog()).credits.empty());
  for (const auto edge : {std::numeric_limits<core::nano>::max(), -std::numeric_limits<core::nano>::max()})
    EXPECT_EQ(take(store_->find<credit>(take(store_->create(of(one_, edge))).id)).amount, edge);
}

TEST_P(credits, are_reversed_once_and_as_a_whole) {
  const auto made = take(store_->create(of(one_, 50)));
  EXPECT_EQ(refused(of(one_, -50, made.id + 1)).param, "reverses") << "there is none";
  const auto foreign = refused(of(two_, -50, made.id));
  EXPECT_EQ(foreign.param, "reverses");
  EXPECT_EQ(foreign.message, "credit " + std::to_string(made.id) + " is of budget " + std::to_string(one_) +
                                 ", not of budget " + std::to_string(two_));
  for (const core::nano amount : {-49, 50, -51}) {
    const auto partly = refused(of(one_, amount, made.id));
    EXPECT_EQ(partly.param, "amount");
    EXPECT_NE(partly.message.find("'amount' must be -0.00000005"), std::string::npos) << partly.message;
  }
  const auto back = take(store_->create(of(one_, -50, made.id)));
  EXPECT_EQ(back.reverses, made.id);
  const auto twice = refused(of(one_, -50, made.id));
  EXPECT_EQ(twice.code, ec::conflict);
  EXPECT_EQ(twice.message,
            "credit " + std::to_string(made.id) + " was reversed by credit " + std::to_string(back.id) + " already");
  EXPECT_TRUE(store_->create(of(one_, 50, back.id))) << "what takes one back is one itself";
}

TEST_P(credits, go_with_their_budget_alone) {
  const auto made = take(store_->create(of(one_, 50)));
  take(store_->create(of(one_, -50, made.id)));
  const auto other = take(store_->create(of(two_, 1)));
  auto changed = take(store_->find<budget>(one_));
  changed.amount = 1;
  take(store_->update(changed, 0));
  EXPECT_EQ(take(store_->load_catalog()).credits.size(), 3U);
  take(store_->remove<budget>(one_));
  const auto left = take(store_->load_catalog()).credits;
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].id, other.id);
  take(store_->remove<process>(take(store_->find<budget>(two_)).scope_id));
  EXPECT_TRUE(take(store_->load_catalog()).credits.empty());
}

TEST_P(credits, stand_in_the_audit_log) {
  const acting as{*store_, {1, "root", "127.0.0.1"}};
  const auto made = take(store_->create(of(one_, 50)));
  take(store_->remove<budget>(one_));
  event_filter filter;
  filter.resource = "credit";
  const auto events = take(store_->list_events(filter, 0, 10));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].action, "create");
  EXPECT_EQ(events[1].resource_id, made.id);
  EXPECT_NE(events[1].after.find(R"("amount_nano":50,"reason":"wrong price")"), std::string::npos) << events[1].after;
  EXPECT_EQ(events[0].action, "remove");
  EXPECT_EQ(take(store_->check_events({}, 1000)).wrong, 0);
}

LOGOS_ON_BOTH(credits);

} // namespace
} // namespace logos::test
