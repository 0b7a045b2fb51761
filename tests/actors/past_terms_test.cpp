// SPDX-License-Identifier: MIT
#include "actors/administration/past_terms.hpp"
#include "tests/support/small_catalog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <tuple>

namespace logos::administration {
namespace {

using core::policy_use;

/// The small catalog's key 2 and policies that come and go.
class past_terms_test : public testing::Test {
protected:
  catalog::policy& add(policy_use use) {
    catalog::policy p;
    p.id = static_cast<std::int64_t>(catalog_->policies.size()) + 10;
    p.use = use;
    return catalog_->policies.emplace_back(p);
  }
  static past_decision under(std::vector<std::int64_t> policies) {
    past_decision out;
    past_decision::terms obeyed;
    obeyed.policies = std::move(policies);
    out.obeyed = std::move(obeyed);
    return out;
  }
  two_terms terms(const reform& asked, earlier_catalogs& earlier, const past_decision& made) const {
    return terms_of(asked, earlier, who(), &who().profiles[0], made, 0, {});
  }
  const catalog::principal& who() const { return catalog_->principals[1]; }
  static auto seen(const catalog::policy& p) {
    return std::tie(p.threshold_privacy, p.threshold_latency, p.threshold_accuracy, p.threshold_cost,
                    p.threshold_quality, p.topic);
  }

  std::shared_ptr<catalog::snapshot> catalog_ = tests::small_catalog();
  std::mt19937 random_{2};
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
};

TEST_F(past_terms_test, a_replay_makes_what_decisions_of_before_new_policies_obeyed_once_for_each_set_of_these) {
  const auto old = add(policy_use::always).id, newer = add(policy_use::always).id, newest = add(policy_use::always).id;
  auto strict = catalog_->policies.back();
  strict.threshold_quality = 40;
  const reform asked{newest, false, catalog_, with_policy(catalog_, strict, true)};
  const std::array made{under({old}), under({old, newer}), under({old, newer, newest})};
  earlier_catalogs earlier;
  for (int i = 0; i < 10'000; ++i) {
    const auto& each = made[below(made.size())];
    const auto t = terms(asked, earlier, each);
    ASSERT_EQ(t.after.threshold_quality - t.before.threshold_quality, &each == &made[2] ? 40 : 0);
  }
  EXPECT_EQ(earlier.made(), 2U) << "without the two that are newer, and without the newest";
}

TEST_F(past_terms_test, what_was_made_for_another_decision_says_the_same_as_what_is_made_for_this_one) {
  std::size_t again = 0, differing = 0;
  for (int round = 0; round < 100; ++round) {
    catalog_ = tests::small_catalog();
    catalog_->models[0].weight_cost = static_cast<std::int32_t>(below(30));
    catalog_->policies.clear();
    for (std::size_t i = 0, n = 1 + below(6); i < n; ++i) {
      auto& p =
          add(std::array{policy_use::always, policy_use::always, policy_use::standard, policy_use::named}[below(4)]);
      p.process_id = std::array<std::int64_t, 4>{0, 0, 2, 3}[below(4)];
      p.threshold_quality = static_cast<std::int32_t>(below(40)) - 20;
      p.threshold_cost = below(3) == 0 ? 1024 : static_cast<std::int32_t>(below(40)) - 20;
    }
    auto other = catalog_->policies[below(catalog_->policies.size())];
    other.threshold_quality += static_cast<std::int32_t>(below(20));
    other.threshold_cost = below(2) == 0 ? 1024 : 5;
    const reform asked{other.id, below(2) == 0, catalog_, with_policy(catalog_, other, below(5) != 0)};
    earlier_catalogs kept, hardly_kept{1};
    for (int i = 0; i < 50; ++i) {
      auto made = under({});
      for (const auto& p : catalog_->policies)
        if (below(2) == 0) made.obeyed->policies.push_back(p.id);
      if (!made.obeyed->policies.empty() && below(4) == 0) made.obeyed->named_id = made.obeyed->policies.front();
      made.obeyed->in_force.threshold_quality = static_cast<std::int32_t>(below(40)) - 20;
      earlier_catalogs fresh;
      const auto right = terms(asked, fresh, made);
      const auto before = kept.made();
      for (auto* earlier : {&kept, &hardly_kept}) {
        const auto t = terms(asked, *earlier, made);
        ASSERT_EQ(t.forbidden, right.forbidden);
        ASSERT_EQ(seen(t.before), seen(right.before));
        ASSERT_EQ(seen(t.after), seen(right.after));
      }
      again += fresh.made() == 1 && kept.made() == before ? 1 : 0;
      differing += seen(right.before) == seen(right.after) ? 0 : 1;
    }
  }
  EXPECT_GT(again, 500U);
  EXPECT_GT(differing, 500U);
}

} // namespace
} // namespace logos::administration
