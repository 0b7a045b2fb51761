// SPDX-License-Identifier: MIT
// Models that a MONITOR is told to have thrown out.
#include "tests/actors/monitor_orders_fixture.hpp"

namespace logos::monitoring {
namespace {

using namespace std::chrono_literals;

TEST_F(monitor_orders_test, a_departure_ends_when_the_server_lists_the_model_no_more) {
  memory_ = {"a:1", "b:1"};
  start_ollama();
  order("a:1", false);
  ASSERT_EQ(provider_.posts.size(), 1U);
  EXPECT_EQ(provider_.posts[0].body, R"({"model":"a:1","stream":false,"keep_alive":0})");
  answer(0, good());
  EXPECT_TRUE(changes_.empty()) << "the server answers before the memory is free";
  const auto looks = provider_.asked.size();
  advance(100ms);
  EXPECT_GE(provider_.asked.size(), looks + 2) << "it is looked for soon";
  forget("a:1");
  advance(150ms);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(in_memory(), std::vector<std::string>{"b:1"});
  EXPECT_TRUE(changes_[0].failed.empty());
}

TEST_F(monitor_orders_test, looks_follow_what_a_departure_took_before) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", false);
  answer(0, good());
  advance(4s);
  forget("a:1");
  advance(2s);
  ASSERT_EQ(changes_.size(), 2U) << "others seem to keep it; it has gone";
  memory_ = {"a:1"};
  advance(5s);
  order("a:1", false);
  const auto before = provider_.when.size() - 1;
  advance(3s);
  EXPECT_EQ(gaps(before), (std::vector<std::int64_t>{1000, 1000, 1000})) << "a quarter of 4 s, and no more than 1 s";
}

TEST_F(monitor_orders_test, a_victim_that_others_revive_is_told_to_leave_again) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", false);
  answer(0, good());
  advance(1s);
  ASSERT_EQ(provider_.posts.size(), 2U);
  EXPECT_EQ(provider_.posts[1].body, provider_.posts[0].body);
  EXPECT_TRUE(changes_.empty()) << "it may be slow";
  answer(1, good());
  advance(2s);
  ASSERT_EQ(changes_.size(), 1U) << "told once";
  ASSERT_EQ(changes_[0].failed.size(), 1U);
  EXPECT_FALSE(changes_[0].failed[0].load);
  EXPECT_TRUE(changes_[0].failed[0].undone);
  EXPECT_EQ(changes_[0].failed[0].detail, "is kept in memory by requests of others");
  forget("a:1");
  advance(1s);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_TRUE(changes_[1].failed.empty());
}

TEST_F(monitor_orders_test, who_orders_a_departure_anew_hears_again_that_others_keep_the_model) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", false);
  const auto pass = [this] {
    for (int i = 0; i < 6; ++i) {
      advance(500ms);
      for (auto& post : provider_.posts)
        if (auto done = std::exchange(post.done, nullptr)) done(good());
      run();
    }
  };
  pass();
  ASSERT_EQ(changes_.size(), 1U);
  const auto before = provider_.posts.size();
  order("a:1", false);
  EXPECT_EQ(provider_.posts.size(), before + 1) << "it is told to leave at once";
  pass();
  ASSERT_EQ(changes_.size(), 2U);
  ASSERT_EQ(changes_[1].failed.size(), 1U);
  EXPECT_TRUE(changes_[1].failed[0].undone);
  EXPECT_FALSE(changes_[1].failed[0].load);
}

TEST_F(monitor_orders_test, a_victim_that_others_revive_is_told_to_leave_until_the_load_that_waits_for_it_is_done) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", false);
  answer(0, good());
  advance(1s);
  answer(1, good());
  advance(1s);
  order("b:1", true);
  const auto load = std::find_if(provider_.posts.begin(), provider_.posts.end(),
                                 [](const auto& p) { return p.body.find("b:1") != std::string::npos; });
  ASSERT_NE(load, provider_.posts.end());
  const auto loaded = std::exchange(load->done, nullptr);
  for (int i = 0; i < 180; ++i) {
    for (auto& post : provider_.posts)
      if (auto done = std::exchange(post.done, nullptr)) done(good());
    advance(500ms);
  }
  EXPECT_GT(provider_.posts.size(), 90U) << "as often as at first: of 90 s each second at least";
  ASSERT_EQ(changes_.size(), 1U) << "and no failure of its own";
  EXPECT_TRUE(changes_[0].failed.at(0).undone);
  memory_ = {"b:1"};
  loaded(good());
  advance(2s);
  EXPECT_EQ(in_memory(), std::vector<std::string>{"b:1"});
}

TEST_F(monitor_orders_test, a_victim_that_stays_after_several_tries_is_a_failure_and_is_left_in_peace) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", false);
  for (int i = 0; i < 120 && changes_.size() < 2; ++i) {
    for (auto& post : provider_.posts)
      if (auto done = std::exchange(post.done, nullptr)) done(good());
    advance(500ms);
  }
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(provider_.posts.size(), orders::most_tries);
  EXPECT_TRUE(changes_[0].failed.at(0).undone) << "others keep it, and it is asked again";
  EXPECT_FALSE(changes_[1].failed.at(0).load);
  EXPECT_FALSE(changes_[1].failed[0].undone);
  EXPECT_EQ(changes_[1].failed[0].detail, "is still in memory after 6 requests to leave");
  EXPECT_EQ(in_memory(), std::vector<std::string>{"a:1"});
  const auto waited = provider_.when.back() - provider_.posts.front().when;
  EXPECT_GT(waited, 25s);
  EXPECT_LT(waited, 45s);
  advance(60s);
  EXPECT_EQ(provider_.posts.size(), orders::most_tries);
  EXPECT_EQ(changes_.size(), 2U);
}

TEST_F(monitor_orders_test, a_departure_that_the_server_refuses_has_failed_unless_the_model_is_gone) {
  memory_ = {"a:1", "b:1"};
  start_ollama();
  order("a:1", false);
  order("b:1", false);
  ASSERT_EQ(provider_.posts.size(), 2U);
  forget("b:1");
  answer(0, {500, "{}"});
  answer(1, {404, "{}"});
  advance(1s);
  std::vector<actors::failed_order> failed;
  for (const auto& seen : changes_)
    failed.insert(failed.end(), seen.failed.begin(), seen.failed.end());
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].model, "a:1");
  EXPECT_EQ(failed[0].detail, "answered with 500");
}

TEST_F(monitor_orders_test, a_load_that_is_replaced_by_a_departure_ends_in_a_departure) {
  start_ollama();
  order("a:1", true);
  memory_ = {"a:1"}; // it is being loaded
  order("a:1", false);
  ASSERT_EQ(provider_.posts.size(), 2U);
  EXPECT_NE(provider_.posts[1].body.find("\"keep_alive\":0"), std::string::npos);
  answer(1, good());
  advance(90s); // longer than a victim is asked otherwise
  for (const auto& seen : changes_)
    EXPECT_TRUE(seen.failed.empty()) << "who is being loaded cannot leave yet";
  answer(0, good());
  forget("a:1");
  advance(2s);
  EXPECT_TRUE(in_memory().empty());
  EXPECT_TRUE(changes_.back().failed.empty());
  EXPECT_EQ(state(), "reachable: Ollama 0.5.1, 0 models loaded");
}

TEST_F(monitor_orders_test, a_departure_that_is_replaced_by_a_load_ends_in_a_load) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", false);
  order("a:1", true);
  EXPECT_EQ(provider_.posts.size(), 1U) << "which the server would read first is not known";
  answer(0, good());
  ASSERT_EQ(provider_.posts.size(), 2U);
  EXPECT_NE(provider_.posts[1].body.find("\"keep_alive\":300"), std::string::npos);
  advance(2s);
  answer(1, good());
  EXPECT_EQ(in_memory(), std::vector<std::string>{"a:1"});
  EXPECT_EQ(changes_.back().loaded_models[0].load_us, 2'000'000);
}

} // namespace
} // namespace logos::monitoring
