// SPDX-License-Identifier: MIT
// Requests that leave the choice to the gateway: what the CLASSIFIER is given of them, and what is told of it.
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

class ingress_decided : public ingress_test {
protected:
  ingress_decided() {
    auto s = tests::small_catalog(2);
    s->models[0].weight_quality = s->models[1].weight_quality = 0;
    s->models[0].description = "poems, stories and songs";
    s->models[1].description = "writes and debugs computer programs";
    adopt(s);
  }
  static std::string statistics(fake_exchange& x) { return execution::admission_of(x).statistics; }
  static std::string features(fake_exchange& x) { return execution::admission_of(x).features; }
  /// Of all requests, as the journal has them. Texts are views into it.
  storage::journal_batch journalled() {
    tail_.emplace(*journal_, std::vector<storage::segment_progress>{});
    return tail_->next(100);
  }
  std::optional<storage::journal_tail> tail_;
  bool at_gpt() { return !logs_[3].tickets.empty() && logs_[1].tickets.empty(); }
};

TEST_F(ingress_decided, the_prompt_decides) {
  const auto x = bring(tests::root_key, R"({"messages":[{"role":"user","content":"Debug my Python program"}]})");
  EXPECT_TRUE(at_gpt());
  EXPECT_NE(statistics(*x).find(R"("candidate_count":2)"), std::string::npos) << statistics(*x);
  bring(tests::root_key, R"({"messages":[{"role":"user","content":"A poem about the sea"}]})");
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
}

TEST_F(ingress_decided, what_was_read_of_a_prompt_goes_to_the_books_at_log_level_full_only) {
  const auto question = R"({"messages":[{"role":"user","content":"Debug my Python program"}]})";
  const auto serve = [&] {
    const auto x = bring(tests::root_key, question);
    offer_for(3);
    EXPECT_EQ(x->relayed.size(), 1U);
    x->relayed.at(0).observer->ended(whole_answer());
    run();
    return x;
  };
  EXPECT_EQ(features(*serve()), "");
  auto s = tests::small_catalog(3);
  s->principals[0].log = core::log_level::full;
  s->models[1].description = "writes and debugs computer programs";
  adopt(s);
  EXPECT_NE(features(*serve()).find(R"("language":"english")"), std::string::npos);
  const auto batch = journalled();
  ASSERT_EQ(batch.rows.size(), 2U);
  for (const auto& row : batch.rows) {
    EXPECT_NE(row.classification_statistics.find("contributions"), std::string::npos);
    EXPECT_EQ(row.classification_statistics.find("language"), std::string::npos);
  }
  EXPECT_EQ(batch.rows[0].features, "");
  EXPECT_NE(batch.rows[1].features.find(R"("language":"english")"), std::string::npos);
}

TEST_F(ingress_decided, what_a_models_name_wishes_for_is_told_with_what_was_obeyed) {
  const auto x = bring(tests::root_key, R"({"model":"logos-v1__policy_quality=5","messages":[]})");
  EXPECT_NE(statistics(*x).find(R"("obeyed":{"quality":5,"wish":{"quality":5}})"), std::string::npos) << statistics(*x);
}

TEST_F(ingress_decided, the_answers_header_says_among_how_many_and_by_what) {
  const auto x = bring(tests::root_key, R"({"messages":[{"role":"user","content":"Debug my Python program"}]})");
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_NE(x->relayed[0].call.answer_headers.find("x-logos-decision: classified; models=2; by=semantic;"),
            std::string::npos)
      << x->relayed[0].call.answer_headers;
  x->relayed[0].observer->ended(whole_answer());
  run();
  ASSERT_EQ(rows().size(), 1U);
}

TEST_F(ingress_decided, without_a_body_that_can_be_read_it_works_all_the_same) {
  const auto bare = make_exchange("GET", "/v1/things/1", {{"authorization", "Bearer lg-root-key"}}, "");
  const auto form =
      make_exchange("POST", "/v1/audio/transcriptions",
                    {{"authorization", "Bearer lg-root-key"}, {"content-type", "multipart/form-data; boundary=b"}},
                    "--b\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nde\r\n--b--\r\n");
  for (const auto& x : {bare, form}) {
    brought_.push_back(x);
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    ASSERT_EQ(x->status(), 0) << x->body();
    EXPECT_NE(statistics(*x).find(R"("unread":)"), std::string::npos) << statistics(*x);
  }
}

TEST_F(ingress_decided, a_client_that_leaves_before_the_verdict_costs_nothing) {
  auto x = make_exchange("POST", "/v1/chat/completions",
                         {{"authorization", "Bearer lg-root-key"}, {"content-type", "application/json"}},
                         R"({"messages":[]})");
  x->is_gone = true;
  caf::anon_send(ingress_, atom::handle_v, net::exchange_ptr{x});
  caf::anon_send(ingress_, atom::gone_v, x->id());
  run();
  EXPECT_TRUE(logs_[1].tickets.empty() && logs_[3].tickets.empty());
  EXPECT_EQ(x->use_count(), 1U) << "the CLASSIFIER keeps nothing of it";
}

TEST_F(ingress_decided, a_named_model_is_not_classified) {
  const auto x = bring(tests::root_key, R"({"model":"gpt","messages":[]})");
  EXPECT_TRUE(statistics(*x).empty());
}

} // namespace
} // namespace logos::ingress
