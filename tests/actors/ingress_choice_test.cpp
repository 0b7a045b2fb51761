// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

/// A request that providers 1 and 2 may serve.
class ingress_choice : public ingress_test {
protected:
  ingress_choice() { at_->outlooks = shown_; }
  /// The deployment's outlook: open, warm, one of four places taken.
  scheduling::outlook& at_provider(std::int64_t provider) {
    bring(tests::root_key, to_gemma);
    auto& o = outlook_at(provider);
    o.open = true;
    o.places = 4;
    o.first_token_us = 400'000;
    o.service_us = 5'000'000;
    return o;
  }
  /// Of the deployment that was asked there last.
  scheduling::outlook& outlook_at(std::int64_t provider) {
    return *shown_->of(logs_.at(provider).tickets.back().deployment_id);
  }
  /// For how long a ticket that is sent now is deferred at a provider.
  std::int64_t deferred_at(std::int64_t provider) { return logs_.at(provider).tickets.back().defer_us; }
  /// Of this request.
  actors::ticket last_ticket(std::int64_t provider, const core::uuid& request) {
    actors::ticket last;
    for (const auto& t : logs_.at(provider).tickets)
      if (t.request == request) last = t;
    return last;
  }
  /// The provider's queue has no room for the last ticket.
  void refuse_at(std::int64_t provider) {
    const auto& t = logs_.at(provider).tickets.back();
    actors::refusal r;
    r.request = t.request;
    r.deployment_id = t.deployment_id;
    r.provider_id = provider;
    r.code = static_cast<std::uint8_t>(core::ec::queue_full);
    r.round = t.round;
    tell(ingress_, r);
  }
  /// One with a queue of 5 s, and one that would have to load the model for 20 s.
  boost::intrusive_ptr<fake_exchange> ask_where_one_is_cold() {
    auto& queued = at_provider(1);
    auto& cold = at_provider(2);
    queued.taken = 4;
    queued.waiting = 3;
    cold.warm = false;
    cold.load_us = 20'000'000;
    auto x = bring(tests::root_key, to_gemma);
    EXPECT_EQ(deferred_at(1), 0);
    EXPECT_EQ(deferred_at(2), 15'000'000);
    return x;
  }

  std::shared_ptr<scheduling::outlooks> shown_ = std::make_shared<scheduling::outlooks>();
};

TEST_F(ingress_choice, both_are_asked_and_the_slower_one_is_deferred) {
  at_provider(1);
  at_provider(2).first_token_us = 2'000'000;
  bring(tests::root_key, to_gemma);
  EXPECT_EQ(deferred_at(1), 0);
  EXPECT_EQ(deferred_at(2), 1'600'000);
}

TEST_F(ingress_choice, what_was_weighed_is_told_while_it_waits_in_the_header_and_on_the_books) {
  auto& quick = at_provider(1);
  auto& slow = at_provider(2);
  slow.first_token_us = 2'000'000;
  slow.failed_permille = 100;
  quick.taken = 4; // all places: one call of 5 s in four places, and its own first token
  const auto x = bring(tests::root_key, to_gemma);
  const auto waiting = ask<actors::progress>(ingress_, atom::explain_v, x->id()).weighed;
  ASSERT_EQ(waiting.of.size(), 2U);
  const auto& best = waiting.of[0];
  EXPECT_EQ(best.deployment_id, logs_.at(1).tickets.back().deployment_id);
  EXPECT_EQ(best.wait_us, 1'250'000);
  EXPECT_EQ(best.first_token_us, 400'000);
  EXPECT_EQ(best.expected_us, best.wait_us + best.load_us + best.first_token_us);
  EXPECT_EQ(best.busy_permille, 1000U);
  EXPECT_EQ(waiting.equal_up_to_us, 1'650'000 * 5 / 4 + 50'000);
  EXPECT_TRUE(waiting.as_good(best));
  const auto& other = waiting.of[1];
  EXPECT_EQ(other.expected_us, 2'800'000) << "2 s, and two fifths more for a tenth that fail";
  EXPECT_EQ(other.failed_permille, 100U);
  EXPECT_FALSE(waiting.as_good(other));
  offer_for(1);
  const auto head = x->relayed.at(0).call.answer_headers;
  EXPECT_NE(head.find("; weighed=\"local-1 1650, local-2 2800\""), std::string::npos) << head;
  x->relayed[0].observer->ended(whole_answer());
  run();
  storage::journal_tail tail{*journal_, {}};
  const auto batch = tail.next(100);
  ASSERT_FALSE(batch.rows.empty());
  const auto kept = actors::read_weighing(batch.rows.back().decision);
  ASSERT_EQ(kept.of.size(), 2U);
  EXPECT_EQ(kept.equal_up_to_us, waiting.equal_up_to_us);
  EXPECT_EQ(kept.of[1].expected_us, 2'800'000);
  EXPECT_EQ(actors::without_weighing(batch.rows.back().decision), "named; candidates=2");
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
  ask_where_one_is_cold(); // 20 s to load against 4 calls of 5 s in 4 places
  outlook_at(1).waiting = 99;
  bring(tests::root_key, to_gemma);
  EXPECT_EQ(deferred_at(2), 0);
  EXPECT_GT(deferred_at(1), 0);
}

TEST_F(ingress_choice, who_must_wait_at_the_first_is_not_deferred_where_a_place_is_free) {
  at_provider(1).taken = 4;
  at_provider(2).first_token_us = 30'000'000;
  bring(tests::root_key, to_gemma);
  EXPECT_EQ(deferred_at(2), 0);
}

TEST_F(ingress_choice, who_was_put_aside_for_one_that_refuses_is_asked_anew_and_keeps_its_place) {
  const auto x = ask_where_one_is_cold();
  advance(2s);
  refuse_at(1);
  ASSERT_EQ(logs_.at(2).withdrawals.size(), 1U);
  EXPECT_EQ(logs_.at(2).withdrawals[0].request, x->id());
  const auto anew = last_ticket(2, x->id());
  EXPECT_EQ(anew.defer_us, 0);
  EXPECT_EQ(anew.waited_us, 2'000'000);
  EXPECT_TRUE(anew.sole);
  offer_for(2);
  EXPECT_EQ(x->relayed.size(), 1U);
}

TEST_F(ingress_choice, of_two_that_were_put_aside_the_better_one_serves_when_the_best_of_three_refuses) {
  const auto small = tests::small_catalog(2);
  auto everywhere = std::make_shared<catalog::snapshot>(); // a snapshot is indexed once
  everywhere->version = small->version;
  everywhere->providers = small->providers;
  everywhere->models = small->models;
  everywhere->principals = small->principals;
  everywhere->keys = small->keys;
  everywhere->deployments = small->deployments;
  for (std::size_t i = 0; i < 3; ++i) {
    everywhere->deployments[i].model = &everywhere->models[0];
    everywhere->deployments[i].provider = &everywhere->providers[i];
  }
  everywhere->index();
  adopt(everywhere);
  auto& colder = at_provider(2);
  auto& cold = at_provider(3);
  cold.warm = colder.warm = false;
  cold.load_us = 12'000'000;
  colder.load_us = 20'000'000;
  auto& queued = at_provider(1);
  queued.taken = 4;
  queued.waiting = 3;
  const auto x = bring(tests::root_key, to_gemma);
  EXPECT_EQ(deferred_at(1), 0);
  EXPECT_EQ(deferred_at(2), 15'000'000);
  EXPECT_EQ(deferred_at(3), 7'000'000);
  advance(2s);
  refuse_at(1);
  for (const std::int64_t provider : {2, 3}) {
    ASSERT_EQ(logs_.at(provider).withdrawals.size(), 1U) << provider;
    EXPECT_EQ(logs_.at(provider).withdrawals[0].request, x->id());
    EXPECT_EQ(last_ticket(provider, x->id()).waited_us, 2'000'000) << provider;
    EXPECT_FALSE(last_ticket(provider, x->id()).sole) << provider;
  }
  EXPECT_EQ(last_ticket(3, x->id()).defer_us, 0);
  EXPECT_EQ(last_ticket(2, x->id()).defer_us, 8'000'000);
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_NE(x->relayed[0].call.answer_headers.find("x-logos-provider: cloud"), std::string::npos);
  EXPECT_EQ(logs_.at(2).withdrawals.size(), 2U) << "it is wanted there no more";
}

TEST_F(ingress_choice, who_was_put_aside_for_one_that_is_removed_is_asked_anew) {
  const auto x = ask_where_one_is_cold();
  tell(ingress_, atom::route_v, std::int64_t{1}, actors::scheduler_actor{});
  EXPECT_EQ(last_ticket(2, x->id()).defer_us, 0);
  EXPECT_EQ(x->status(), 0);
}

TEST_F(ingress_choice, who_is_not_put_aside_stays_where_it_waits_when_another_refuses) {
  at_provider(1).taken = 4;
  at_provider(2).first_token_us = 30'000'000;
  bring(tests::root_key, to_gemma);
  ASSERT_EQ(deferred_at(2), 0);
  const auto tickets = logs_.at(2).tickets.size();
  refuse_at(1);
  EXPECT_TRUE(logs_.at(2).withdrawals.empty());
  EXPECT_EQ(logs_.at(2).tickets.size(), tickets);
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
  bring(tests::root_key, to_gemma);
  EXPECT_LE(deferred_at(1) + deferred_at(2), 50'000);
}

} // namespace
} // namespace logos::ingress
