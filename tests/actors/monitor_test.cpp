// SPDX-License-Identifier: MIT
#include "tests/actors/monitor_fixture.hpp"

namespace logos::monitoring {
namespace {

using namespace std::chrono_literals;
using core::provider_type;

TEST_F(monitor_test, an_ollama_is_described_and_recorded_at_every_look_but_told_only_when_it_changes) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  ASSERT_EQ(changes_.size(), 1U);
  const auto& seen = changes_[0];
  EXPECT_EQ(seen.provider_id, 1);
  EXPECT_TRUE(seen.reachable);
  EXPECT_EQ(seen.detail, "Ollama 0.5.1");
  EXPECT_EQ(seen.listed_models, (std::vector<std::string>{"a:1", "b:1"}));
  ASSERT_EQ(seen.loaded_models.size(), 1U);
  EXPECT_EQ(seen.loaded_models[0].name, "a:1");
  EXPECT_TRUE(seen.lists_memory);
  EXPECT_EQ(seen.vram_used_bytes, 5U);
  advance(20s);
  EXPECT_EQ(changes_.size(), 1U);
  EXPECT_EQ(records_.size(), 5U);
  EXPECT_EQ(gaps(), (std::vector<std::int64_t>{5000, 5000, 5000, 5000}));
  EXPECT_EQ(state(), "reachable: Ollama 0.5.1, 1 models loaded");
}

TEST_F(monitor_test, a_model_that_is_loaded_is_a_change) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  provider_.answer = [](const std::string&) { return probe_answer{200, R"({"models":[]})"}; };
  advance(5s);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_TRUE(changes_[1].loaded_models.empty());
  EXPECT_EQ(changes_[1].listed_models.size(), 2U) << "what is asked seldom stays known";
}

TEST_F(monitor_test, a_refused_connection_is_told_at_once_and_looked_at_again_soon_then_ever_less_often) {
  provider_.answer = [](const std::string&) { return probe_answer{200, R"({"data":[{"id":"gpt"}]})"}; };
  start(provider_type::openai);
  provider_.answer = [](const std::string&) { return refused(); };
  const auto before = provider_.when.size();
  advance(5s);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_FALSE(changes_[1].reachable);
  EXPECT_EQ(changes_[1].detail, "connection refused");
  advance(130s);
  EXPECT_EQ(gaps(before), (std::vector<std::int64_t>{250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000}));
  EXPECT_EQ(changes_.size(), 2U);
  EXPECT_EQ(state(), "unreachable: connection refused, 11 times in a row");
}

TEST_F(monitor_test, a_provider_that_comes_back_is_noticed_by_itself) {
  provider_.answer = [](const std::string&) { return refused(); };
  start(provider_type::openai);
  advance(10s);
  provider_.answer = [](const std::string&) { return probe_answer{200, R"({"data":[{"id":"gpt"}]})"}; };
  advance(30s);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_TRUE(changes_[1].reachable);
  EXPECT_EQ(changes_[1].listed_models, (std::vector<std::string>{"gpt"}));
  const auto before = provider_.when.size() - 1;
  advance(10s);
  EXPECT_EQ(gaps(before), (std::vector<std::int64_t>{5000, 5000}));
}

TEST_F(monitor_test, any_status_means_reachable_and_a_refused_key_is_noted) {
  provider_.answer = [](const std::string&) { return probe_answer{401, "{}"}; };
  start(provider_type::openai);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_TRUE(changes_[0].reachable);
  EXPECT_EQ(changes_[0].detail, "answers, but refuses the key (401)");
  provider_.answer = [](const std::string&) { return probe_answer{500, "oops"}; };
  advance(5s);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_TRUE(changes_[1].reachable);
  EXPECT_EQ(changes_[1].detail, "answers /v1/models with 500");
}

TEST_F(monitor_test, strange_answers_do_no_harm) {
  for (const auto* const body : {"", "{", "null", "[]", "{\"models\":7}", "{\"models\":[{}]}", "\xff\xfe"}) {
    provider_.answer = [body](const std::string&) { return probe_answer{200, body}; };
    if (!monitor_) start(provider_type::ollama);
    tell(monitor_, atom::tick_v);
    EXPECT_TRUE(changes_.back().reachable);
  }
  EXPECT_TRUE(parse_model_list("[1]").empty());
  EXPECT_TRUE(parse_model_list("{\"data\":{}}").empty());
  EXPECT_EQ(parse_model_list(R"({"data":[{"id":"a"},{"id":3},{}]})").size(), 1U);
}

TEST_F(monitor_test, one_late_answer_of_a_busy_server_is_forgiven) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  provider_.answer = [](const std::string&) { return late(); };
  advance(5s);
  EXPECT_EQ(changes_.size(), 1U);
  advance(5s);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_FALSE(changes_[1].reachable);
}

TEST_F(monitor_test, a_probe_that_never_answers_does_not_stop_the_monitor) {
  start(provider_type::openai);
  advance(7s);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_FALSE(changes_[0].reachable);
  EXPECT_EQ(changes_[0].detail, "no answer in time");
  EXPECT_EQ(provider_.asked.size(), 2U);
}

TEST_F(monitor_test, being_asked_to_look_now_makes_no_second_series) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  advance(2s);
  tell(monitor_, atom::tick_v);
  tell(monitor_, atom::tick_v);
  const auto before = records_.size();
  advance(20s);
  EXPECT_EQ(records_.size(), before + 4);
}

TEST_F(monitor_test, new_settings_are_looked_at_at_once_and_equal_ones_are_not) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  tell(monitor_, atom::adopt_v, catalog_with(provider_type::ollama));
  EXPECT_EQ(provider_.probes, 1);
  provider_.answer = [](const std::string&) { return refused(); };
  tell(monitor_, atom::adopt_v, catalog_with(provider_type::ollama, "http://127.0.0.1:2"));
  EXPECT_EQ(provider_.probes, 2);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_FALSE(changes_[1].reachable);
  tell(monitor_, atom::adopt_v, catalog::snapshot_ptr{std::make_shared<catalog::snapshot>()});
  const auto before = provider_.asked.size();
  advance(60s);
  EXPECT_EQ(provider_.asked.size(), before) << "a provider that is gone is not looked at";
  EXPECT_EQ(state(), "nothing to look at");
}

} // namespace
} // namespace logos::monitoring
