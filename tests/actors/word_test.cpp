// SPDX-License-Identifier: MIT
#include "net/json_look.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using core::ec;
using learning::fate;
using learning::served;

constexpr std::string_view question = R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})";

/// What the LEARNER finds after calls that ended one way or another.
class word_test : public ingress_test {
protected:
  word_test() { at_->next.lessons = std::make_shared<learning::intake>(); }
  /// What is left of one call.
  std::vector<served> after(const net::call_outcome& outcome, std::string_view body = question,
                            std::string_view path = "/v1/chat/completions") {
    const auto x = bring(tests::root_key, body, path);
    last_ = x->id();
    offer_for(3);
    const auto call = x->relayed.at(0).observer;
    if (outcome.answered) call->ending(outcome);
    call->ended(outcome);
    run();
    return at_->next.lessons->take();
  }
  static net::call_outcome made(int status, ec error = ec::none) {
    auto o = whole_answer();
    o.status = status;
    o.error = error;
    o.answered = status != 0;
    o.sent_whole = true;
    return o;
  }

  core::uuid last_{};
};

TEST_F(word_test, a_conversation_is_told_once_with_its_body_and_who_answered) {
  const auto told = after(made(200));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].request, last_);
  EXPECT_EQ(told[0].process_id, 1);
  EXPECT_EQ(told[0].model_id, at_->snapshot->find_model("gpt")->id);
  EXPECT_EQ(told[0].how, fate::answered);
  EXPECT_EQ(told[0].body, std::string{question} + std::string(net::json_padding, '\0'));
}

TEST_F(word_test, more_calls_in_a_second_than_are_remembered_are_counted_and_left_out) {
  const core::wall_time then{std::chrono::seconds{100}};
  learning::intake comes;
  for (std::uint32_t i = 0; i < learning::intake::most_a_second; ++i)
    ASSERT_TRUE(comes.admits(then));
  EXPECT_FALSE(comes.admits(then + std::chrono::milliseconds{999}));
  EXPECT_EQ(comes.dropped(), 1U);
  EXPECT_TRUE(comes.admits(then + std::chrono::seconds{1}));
}

TEST_F(word_test, it_is_there_before_the_client_has_the_end_of_its_answer) {
  const auto x = bring(tests::root_key, question);
  offer_for(3);
  x->relayed.at(0).observer->ending(made(200));
  EXPECT_EQ(at_->next.lessons->take().size(), 1U) << "feedback cannot come earlier";
  x->relayed.at(0).observer->ended(made(200));
  run();
  EXPECT_EQ(at_->next.lessons->take().size(), 0U);
}

TEST_F(word_test, failures_and_clients_that_leave_are_told_as_such) {
  const std::vector<std::pair<net::call_outcome, fate>> cases{{made(500), fate::failed},
                                                              {made(200, ec::upstream_cut), fate::failed},
                                                              {made(0, ec::first_token_timeout), fate::failed},
                                                              {made(200, ec::client_gone), fate::abandoned}};
  for (const auto& [outcome, how] : cases) {
    const auto told = after(outcome);
    ASSERT_EQ(told.size(), 1U) << outcome.status << ' ' << core::to_string(outcome.error);
    EXPECT_EQ(told[0].how, how) << outcome.status << ' ' << core::to_string(outcome.error);
  }
}

TEST_F(word_test, what_tells_nothing_of_a_model_is_not_told) {
  EXPECT_TRUE(after(made(400)).empty()) << "the client's doing";
  auto told = made(422);
  told.failed = true; // with an error in its body, as providers answer
  EXPECT_TRUE(after(told).empty()) << "the client's doing";
  EXPECT_TRUE(after(made(503)).empty()) << "the provider is busy";
  EXPECT_TRUE(after(made(0, ec::client_gone)).empty()) << "it left before an answer began";
  EXPECT_TRUE(after(made(200, ec::wrong_key)).empty()) << "its client's key was revoked";
  auto unsent = made(0, ec::upstream_unreachable);
  unsent.sent_whole = false;
  EXPECT_TRUE(after(unsent).empty()) << "it never came to the model";
  EXPECT_TRUE(after(made(200), R"({"model":"gpt","input":"hi"})", "/v1/embeddings").empty()) << "no conversation";
  const std::string long_text(learning::intake::longest_body, 'x');
  EXPECT_TRUE(
      after(made(200), R"({"model":"gpt","messages":[{"role":"user","content":")" + long_text + R"("}]})").empty());
}

} // namespace
} // namespace logos::ingress
