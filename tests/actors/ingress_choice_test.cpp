// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

constexpr std::string_view for_gemma = R"({"model":"gemma","messages":[]})";

/// A request that providers 1 and 2 may serve.
class ingress_choice : public ingress_test {
protected:
  ingress_choice() { at_->outlooks = shown_; }
  /// The deployment's outlook: open, warm, one of four places taken.
  scheduling::outlook& at_provider(std::int64_t provider) {
    bring(tests::root_key, for_gemma);
    auto& o = *shown_->of(logs_.at(provider).tickets.back().deployment_id);
    o.open = true;
    o.places = 4;
    o.first_token_us = 400'000;
    o.service_us = 5'000'000;
    return o;
  }
  /// For how long a ticket that is sent now is deferred at a provider.
  std::int64_t deferred_at(std::int64_t provider) { return logs_.at(provider).tickets.back().defer_us; }

  std::shared_ptr<scheduling::outlooks> shown_ = std::make_shared<scheduling::outlooks>();
};

TEST_F(ingress_choice, both_are_asked_and_the_slower_one_is_deferred) {
  at_provider(1);
  at_provider(2).first_token_us = 2'000'000;
  bring(tests::root_key, for_gemma);
  EXPECT_EQ(deferred_at(1), 0);
  EXPECT_EQ(deferred_at(2), 1'600'000);
}

TEST_F(ingress_choice, a_long_prompt_goes_where_prompts_are_read_faster_and_a_short_one_where_answers_begin_sooner) {
  auto& quick_to_begin = at_provider(1);
  auto& quick_to_read = at_provider(2);
  quick_to_begin.first_token_us = 100'000;
  quick_to_begin.prompt_token_ns = 2'000'000;
  quick_to_read.first_token_us = 500'000;
  quick_to_read.prompt_token_ns = 100'000;
  const auto asking = [](std::size_t bytes) {
    return R"({"model":"gemma","messages":[{"role":"user","content":")" + std::string(bytes, 'a') + R"("}]})";
  };
  bring(tests::root_key, asking(8));
  EXPECT_EQ(deferred_at(1), 0);
  EXPECT_GT(deferred_at(2), 300'000);
  bring(tests::root_key, asking(8'000));
  EXPECT_EQ(deferred_at(2), 0);
  EXPECT_GT(deferred_at(1), 2'000'000) << "2,000 tokens in 4.1 s against 0.7 s";
}

TEST_F(ingress_choice, the_one_that_must_load_the_model_is_asked_only_when_the_others_queue_takes_longer) {
  auto& queued = at_provider(1);
  auto& cold = at_provider(2);
  queued.taken = 4;
  queued.waiting = 3;
  cold.warm = false;
  cold.load_us = 20'000'000;
  bring(tests::root_key, for_gemma);
  EXPECT_EQ(deferred_at(1), 0);
  EXPECT_EQ(deferred_at(2), 15'000'000) << "20 s to load against 4 calls of 5 s in 4 places";
  queued.waiting = 99;
  bring(tests::root_key, for_gemma);
  EXPECT_EQ(deferred_at(2), 0);
  EXPECT_GT(deferred_at(1), 0);
}

TEST_F(ingress_choice, who_must_wait_at_the_first_is_not_deferred_where_a_place_is_free) {
  at_provider(1).taken = 4;
  at_provider(2).first_token_us = 30'000'000;
  bring(tests::root_key, for_gemma);
  EXPECT_EQ(deferred_at(2), 0);
}

TEST_F(ingress_choice, requests_that_begin_alike_go_to_the_same_and_others_spread) {
  auto& one = at_provider(1);
  auto& two = at_provider(2);
  one.taken = two.taken = 2;
  std::set<bool> firsts;
  for (int prompt = 0; prompt < 20; ++prompt) {
    const auto body = R"({"model":"gemma","messages":[{"role":"system","content":"You are number )" +
                      std::to_string(prompt) + std::string(300, '.') + R"("}]})";
    bring(tests::root_key, body);
    const bool first = deferred_at(1) == 0;
    firsts.insert(first);
    auto longer = body;
    longer.insert(longer.size() - 2, R"(,{"role":"user","content":"more"})");
    bring(tests::root_key, longer);
    EXPECT_EQ(deferred_at(1) == 0, first) << prompt;
  }
  EXPECT_EQ(firsts.size(), 2U);
}

TEST_F(ingress_choice, with_nothing_known_nobody_is_deferred_for_long) {
  bring(tests::root_key, for_gemma);
  EXPECT_LE(deferred_at(1) + deferred_at(2), 50'000);
}

} // namespace
} // namespace logos::ingress
