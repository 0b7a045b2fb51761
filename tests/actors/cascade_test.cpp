// SPDX-License-Identifier: MIT
#include "actors/classification/cascade.hpp"
#include "tests/support/small_catalog.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

constexpr core::cascade two{{core::answer_check::refusal}, 500, 2};

/// Four models at one provider each, none of which has a price; model n is deployment n.
class cascade_order : public ::testing::Test {
protected:
  cascade_order() {
    in_.providers.push_back({});
    in_.providers[0].id = 1;
    for (std::int64_t id = 1; id <= 4; ++id)
      in_.models.emplace_back().id = id;
    for (std::int64_t id = 1; id <= 4; ++id) {
      auto& d = in_.deployments.emplace_back();
      d.id = id;
      d.model = &in_.models[static_cast<std::size_t>(id - 1)];
      d.provider = in_.providers.data();
    }
  }
  void price(std::int64_t model, core::nano per_k, core::token_type type = core::token_type::completion) {
    prices_.push_back({static_cast<std::int64_t>(prices_.size()) + 1, model, 0, type, {}, per_k});
    in_.prices = accounting::price_book{prices_};
  }
  std::vector<std::int64_t> order(const std::vector<std::int64_t>& ranked, const core::cascade& rules = two,
                                  likely_use use = {1000, 1000, {}}) {
    in_.index();
    std::vector<allowed_model> models;
    for (const auto id : ranked)
      models.push_back({&in_.models[static_cast<std::size_t>(id - 1)], {id}});
    std::vector<std::int64_t> out;
    for (const auto& c : cascade_of(std::move(models), in_, rules, use))
      out.push_back(c.model->id);
    return out;
  }

  catalog::snapshot in_;
  std::vector<accounting::price> prices_;
};

using ids = std::vector<std::int64_t>;

TEST_F(cascade_order, begins_with_the_cheapest_and_goes_on_with_the_preferred) {
  price(1, 40);
  price(2, 10);
  price(3, 20);
  price(4, 30);
  EXPECT_EQ(order({4, 1, 3, 2}), (ids{2, 4}));
  EXPECT_EQ(order({4, 1, 3, 2}, {two.checks, 500, 3}), (ids{2, 4, 1}));
  EXPECT_EQ(order({2, 1, 3, 4}), (ids{2, 1})) << "the preferred one is the cheapest";
}

TEST_F(cascade_order, what_is_cheap_depends_on_prompt_and_answer) {
  price(1, 10, core::token_type::prompt);
  price(1, 90);
  price(2, 40, core::token_type::prompt);
  price(2, 40);
  EXPECT_EQ(order({1, 2}, two, {1000, 1000, {}}), (ids{2, 1}));
  EXPECT_EQ(order({1, 2}, two, {9000, 1000, {}}), (ids{1, 2}));
}

TEST_F(cascade_order, without_prices_goes_by_the_weights_then_by_preference) {
  in_.models[2].weight_cost = 5;
  EXPECT_EQ(order({1, 2, 3, 4}), (ids{3, 1}));
  in_.models[2].weight_cost = 0;
  EXPECT_EQ(order({4, 2, 3, 1}), (ids{4, 2}));
  price(4, 1);
  EXPECT_EQ(order({4, 2, 3, 1}), (ids{2, 4})) << "what has no price costs nothing";
}

TEST_F(cascade_order, is_of_what_there_is) {
  EXPECT_EQ(order({}), ids{});
  EXPECT_EQ(order({3}), ids{3});
}

TEST_F(cascade_order, a_model_costs_what_its_dearest_deployment_does) {
  in_.providers.reserve(2);
  price(1, 20);
  price(2, 10);
  auto& elsewhere = in_.providers.emplace_back();
  elsewhere.id = 2;
  prices_.push_back({99, 2, 2, core::token_type::completion, {}, 30});
  in_.prices = accounting::price_book{prices_};
  for (auto& d : in_.deployments)
    d.provider = in_.providers.data();
  auto& d = in_.deployments.emplace_back();
  d.id = 5;
  d.model = &in_.models[1];
  d.provider = &in_.providers[1];
  in_.index();
  std::vector<allowed_model> models{{&in_.models[0], {1}}, {&in_.models[1], {2, 5}}};
  EXPECT_EQ(cascade_of(models, in_, two, {0, 1000, {}}).front().model->id, 1);
}

} // namespace
} // namespace logos::classification
