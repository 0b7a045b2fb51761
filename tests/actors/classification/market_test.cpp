// SPDX-License-Identifier: MIT
#include "actors/classification/market.hpp"
#include "tests/actors/classification/fleet.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

using namespace std::chrono_literals;

class market_test : public testing::Test {
protected:
  measured_facts look(std::vector<std::int64_t> deployments) {
    model_ = {&catalog_->models[0], std::move(deployments)};
    const errand_facts of{*catalog_, nullptr, 1, R"({"messages":[]})", 3000, 1000, core::manual_clock{}.wall()};
    return look_at(of, &seen_, model_);
  }
  scheduling::outlook& open(std::int64_t deployment) {
    auto& o = *seen_.of(deployment);
    o.open = true;
    o.places = 4;
    return o;
  }

  std::shared_ptr<catalog::snapshot> catalog_ = fleet({{"gemma", "", "", 0, 0, 0, 0, 2, 8192}});
  scheduling::outlooks seen_;
  allowed_model model_;
};

TEST_F(market_test, of_what_was_never_asked_nothing_is_known_but_its_context) {
  const auto facts = look({1, 2});
  EXPECT_FALSE(facts.first_byte || facts.wait || facts.price_nano || facts.error_rate);
  EXPECT_EQ(facts.context_tokens, 8192);
}

TEST_F(market_test, tells_of_the_deployment_that_would_be_asked_first) {
  auto& slow = open(1);
  slow.first_token_us = 4'000'000;
  auto& quick = open(2);
  quick.first_token_us = 100'000;
  quick.prompt_token_ns = 50'000;
  quick.failed_permille = 20;
  const auto facts = look({1, 2});
  EXPECT_EQ(model_.deployments, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(facts.first_byte, 150ms) << "the prompt's thousand tokens are read, too";
  EXPECT_EQ(facts.wait, 0us);
  EXPECT_EQ(facts.error_rate, 0.02);
}

TEST_F(market_test, waiting_and_loading_are_one_wait) {
  auto& o = open(1);
  o.taken = 4;
  o.waiting = 3;
  o.service_us = 1'000'000;
  EXPECT_EQ(look({1}).wait, 1s);
  o.warm = false;
  o.load_us = 5'000'000;
  EXPECT_EQ(look({1}).wait, 6s);
  EXPECT_FALSE(look({1}).first_byte) << "not learned yet";
}

TEST_F(market_test, who_is_granted_to_nobody_counts_as_one_that_fails) {
  open(1).open = false;
  EXPECT_EQ(look({1}).error_rate, 1.0);
}

TEST_F(market_test, a_price_is_that_of_the_request_and_none_is_not_known) {
  accounting::price in;
  in.model_id = 1;
  in.type = core::token_type::prompt;
  in.per_k_tokens = 2'000'000;
  auto out = in;
  out.type = core::token_type::completion;
  out.per_k_tokens = 5'000'000;
  catalog_ = fleet({{"gemma", "", "", 0, 0, 0, 0, 2}, {"gift"}}, accounting::price_book{{in, out}});
  EXPECT_EQ(look({1}).price_nano, 2'000'000 + 2 * 5'000'000);
  model_ = {&catalog_->models[1], {3}};
  const errand_facts of{*catalog_, nullptr, 1, {}, 3000, 1000, core::manual_clock{}.wall()};
  EXPECT_FALSE(look_at(of, nullptr, model_).price_nano);
}

} // namespace
} // namespace logos::classification
