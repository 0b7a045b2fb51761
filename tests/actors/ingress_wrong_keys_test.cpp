// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

constexpr unsigned burst = 3;

class ingress_wrong_keys_test : public ingress_test {
protected:
  ingress_wrong_keys_test() {
    at_->rules.wrong_keys = std::make_shared<execution::wrong_keys>(burst, clock(), nullptr);
  }
  int try_key(std::string_view key, std::string_view path = "/v1/chat/completions") {
    return bring(key, to_gemma, path)->status();
  }
  void use_up() {
    for (unsigned i = 0; i < burst; ++i)
      ASSERT_EQ(try_key("lg-wrong-" + std::to_string(i)), 401);
    ASSERT_EQ(try_key("lg-wrong"), 429);
  }
  /// The catalog, in which `key` opens what the user's does.
  void know(std::string_view key, std::uint64_t version) {
    const auto s = tests::small_catalog(version);
    s->keys.emplace(tests::test_secret().hash(key), s->keys.at(tests::test_secret().hash(tests::user_key)));
    s->index();
    adopt(s);
  }
};

TEST_F(ingress_wrong_keys_test, are_answered_429_beyond_the_burst_until_time_has_passed) {
  use_up();
  const auto& x = brought_.back();
  EXPECT_NE(x->answer()->headers.find("retry-after: 1\r\n"), std::string::npos) << x->answer()->headers;
  EXPECT_EQ(x->body().find("lg-"), std::string::npos) << x->body();
  advance(1s);
  EXPECT_EQ(try_key("lg-wrong"), 401);
  EXPECT_EQ(try_key("lg-wrong"), 429);
  EXPECT_EQ(traffic_.requests.value(), 0U);
  EXPECT_EQ(at_->rules.wrong_keys->seen(), burst + 3);
  EXPECT_EQ(at_->rules.wrong_keys->unanswered(), 2U) << "as many as were answered with 429";
}

TEST_F(ingress_wrong_keys_test, are_counted_wherever_a_key_can_be_tried) {
  use_up();
  for (const auto* path : {"/v1/chat/completions", "/openai/deployments/gemma/chat/completions", "/admin/v1/users",
                           "/jobs/v1/chat/completions", "/extras/tokenize"})
    EXPECT_EQ(try_key("lg-wrong", path), 429) << path;
  const auto metrics = make_exchange("GET", "/metrics", {{"logos_key", "lg-wrong"}});
  tell(ingress_, atom::handle_v, net::exchange_ptr{metrics});
  EXPECT_EQ(metrics->status(), 429);
  const auto in_body =
      make_exchange("POST", "/logosdb/get_role", {{"content-type", "application/json"}}, R"({"logos_key":"lg-wrong"})");
  tell(ingress_, atom::handle_v, net::exchange_ptr{in_body});
  EXPECT_EQ(in_body->status(), 429);
  EXPECT_TRUE(callers_.empty());
}

TEST_F(ingress_wrong_keys_test, hide_from_who_guesses_that_a_guess_has_come_true) {
  use_up();
  EXPECT_EQ(try_key(tests::user_key), 429) << "somebody thought it up, and it was never used from here";
  const auto wrong = bring("lg-user-kez", to_gemma), good = bring(tests::user_key, to_gemma);
  EXPECT_EQ(wrong->body(), good->body());
  EXPECT_EQ(wrong->answer()->headers, good->answer()->headers);
  EXPECT_EQ(at_->rules.wrong_keys->unanswered(), 4U);
  advance(1s);
  EXPECT_EQ(try_key(tests::user_key), 0) << "it waits for its permit";
}

TEST_F(ingress_wrong_keys_test, of_a_neighbour_stop_no_key_that_was_used_before) {
  EXPECT_EQ(try_key(tests::user_key), 0);
  use_up();
  EXPECT_EQ(try_key(tests::user_key), 0);
  EXPECT_EQ(try_key("lg-user-kez"), 429);
  EXPECT_EQ(logs_[1].tickets.size(), 2U);
}

TEST_F(ingress_wrong_keys_test, of_a_neighbour_stop_no_key_that_was_made_here_be_it_new) {
  const auto made = core::new_logos_key("app");
  know(made, 7);
  use_up();
  EXPECT_EQ(try_key(made), 0);
}

TEST_F(ingress_wrong_keys_test, that_do_not_come_are_not_counted) {
  for (unsigned i = 0; i < 3 * burst; ++i)
    EXPECT_EQ(try_key(""), 401);
  EXPECT_EQ(at_->rules.wrong_keys->seen(), 0U);
}

TEST_F(ingress_wrong_keys_test, are_all_answered_where_the_operator_wants_no_bound) {
  at_->rules.wrong_keys->allow(0);
  for (unsigned i = 0; i < 100; ++i)
    ASSERT_EQ(try_key("lg-wrong"), 401);
}

} // namespace
} // namespace logos::ingress
