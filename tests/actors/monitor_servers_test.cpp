// SPDX-License-Identifier: MIT
#include "tests/actors/monitor_fixture.hpp"

#include <algorithm>

namespace logos::monitoring {
namespace {

using namespace std::chrono_literals;
using core::provider_type;

class monitor_servers_test : public monitor_test {
protected:
  bool asked(const std::string& path) const {
    return std::find(provider_.asked.begin(), provider_.asked.end(), path) != provider_.asked.end();
  }
};

probe_answer vllm(const std::string& path) {
  if (path == "/version") return {200, R"({"version":"0.6.3"})"};
  if (path == "/metrics") return {200, "vllm:num_requests_running 3\nvllm:num_requests_waiting 2\n"};
  return {200, R"({"data":[{"id":"m","owned_by":"vllm"}]})"};
}

TEST_F(monitor_servers_test, a_vllm_says_how_busy_it_is) {
  provider_.answer = vllm;
  start(provider_type::vllm);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].server, "vLLM 0.6.3");
  EXPECT_EQ(changes_[0].detail, "vLLM 0.6.3");
  EXPECT_EQ(changes_[0].running, 3);
  EXPECT_EQ(changes_[0].waiting, 2);
  EXPECT_EQ(changes_[0].kv_used_permille, -1);
  EXPECT_FALSE(changes_[0].lists_memory);
}

TEST_F(monitor_servers_test, a_server_of_no_type_is_recognised_by_what_it_lists) {
  provider_.answer = [](const std::string& path) -> probe_answer {
    if (path == "/props") return {200, R"({"total_slots":4,"build_info":"b4321"})"};
    if (path == "/slots") return {200, R"([{"is_processing":true},{"is_processing":false}])"};
    if (path == "/metrics") return {501, "{}"};
    return {200, R"({"data":[{"id":"m","owned_by":"llamacpp"}]})"};
  };
  start(provider_type::custom);
  EXPECT_EQ(provider_.asked, std::vector<std::string>{"/v1/models"}) << "what others would not understand";
  advance(50ms);
  ASSERT_EQ(changes_.size(), 2U) << "what such a server has is asked for at once";
  EXPECT_EQ(changes_[1].server, "llama.cpp b4321");
  EXPECT_EQ(changes_[1].slots, 4);
  EXPECT_EQ(changes_[1].running, 1);
  EXPECT_EQ(changes_[1].detail, "llama.cpp b4321") << "that it keeps no metrics is no trouble";
}

/// What was recognised once is not asked for ever what only such a server has.
TEST_F(monitor_servers_test, a_server_in_another_ones_place_is_asked_what_it_has_itself) {
  std::string owner = "llamacpp";
  provider_.answer = [&owner](const std::string& path) -> probe_answer {
    if (path == "/props") return {200, R"({"total_slots":4,"build_info":"b4321"})"};
    if (path != "/v1/models") return {501, "{}"};
    return {200, R"({"data":[{"id":"m","owned_by":")" + owner + R"("}]})"};
  };
  start(provider_type::custom);
  advance(6s);
  ASSERT_EQ(changes_.back().slots, 4);
  owner = "somebody";
  advance(6s);
  EXPECT_EQ(changes_.back().slots, -1);
  EXPECT_EQ(changes_.back().server, "");
  provider_.asked.clear();
  advance(6s);
  EXPECT_FALSE(asked("/props") || asked("/slots"));
}

TEST_F(monitor_servers_test, a_server_that_was_away_is_recognised_anew) {
  const auto llama = [](const std::string& path) -> probe_answer {
    if (path == "/props") return {200, R"({"total_slots":4,"build_info":"b4321"})"};
    if (path != "/v1/models") return {501, "{}"};
    return {200, R"({"data":[{"id":"m","owned_by":"llamacpp"}]})"};
  };
  provider_.answer = llama;
  start(provider_type::custom);
  advance(6s);
  provider_.answer = [](const std::string&) { return refused(); };
  advance(6s);
  ASSERT_FALSE(changes_.back().reachable);
  provider_.answer = [](const std::string&) { return probe_answer{503, R"({"error":{"message":"Loading model"}})"}; };
  provider_.asked.clear();
  advance(20s);
  ASSERT_TRUE(changes_.back().reachable);
  EXPECT_FALSE(asked("/props") || asked("/slots")) << "nobody knows what it is now";
  EXPECT_EQ(changes_.back().server, "");
  EXPECT_TRUE(changes_.back().listed_models.empty()) << "by which it would be taken for another one";
  provider_.answer = llama;
  advance(15s);
  EXPECT_EQ(changes_.back().server, "llama.cpp b4321");
  EXPECT_EQ(changes_.back().slots, 4);
}

TEST_F(monitor_servers_test, what_is_said_to_be_a_vllm_keeps_its_version_whoever_its_list_names) {
  provider_.answer = [](const std::string& path) -> probe_answer {
    if (path == "/v1/models") return {200, R"({"data":[{"id":"m","owned_by":"somebody"}]})"};
    return vllm(path);
  };
  start(provider_type::vllm);
  advance(30s);
  EXPECT_EQ(changes_.back().server, "vLLM 0.6.3");
}

TEST_F(monitor_servers_test, two_kinds_of_servers_that_answer_in_turns_are_not_looked_at_without_pause) {
  int turn = 0;
  provider_.answer = [&turn](const std::string& path) -> probe_answer {
    if (path != "/v1/models") return {501, "{}"};
    const auto* owner = ++turn % 3 == 0 ? "vllm" : turn % 3 == 1 ? "llamacpp" : "x";
    return {200, R"({"data":[{"id":"m","owned_by":")" + std::string{owner} + R"("}]})"};
  };
  start(provider_type::custom);
  advance(30s);
  EXPECT_LE(turn, 9) << "once at once, and then every 5 s";
}

/// A server that says how much it works on.
probe_answer working(const std::string& path, std::int64_t running) {
  if (path == "/version") return {200, R"({"version":"0.10.2"})"};
  if (path == "/metrics")
    return {200, "vllm:num_requests_running " + std::to_string(running) + "\nvllm:num_requests_waiting 0\n"};
  return {200, R"({"data":[{"id":"m","owned_by":"vllm"}]})"};
}

TEST_F(monitor_servers_test, a_busy_server_that_is_late_is_looked_at_as_soon_as_before) {
  std::int64_t running = 3;
  bool late = false;
  provider_.answer = [&](const std::string& path) -> probe_answer {
    if (late && path == "/metrics") return {500, ""};
    return working(path, running);
  };
  start(provider_type::vllm);
  advance(10s);
  late = true;
  advance(1s);
  late = false;
  const auto from = provider_.when.size() - 1;
  advance(2s);
  EXPECT_EQ(gaps(from), (std::vector<std::int64_t>{1000, 1000}));
}

TEST_F(monitor_servers_test, a_server_that_works_is_looked_at_soon_and_one_that_rests_ever_less_often) {
  std::int64_t running = 0;
  provider_.answer = [&running](const std::string& path) { return working(path, running); };
  start(provider_type::vllm);
  advance(20s);
  EXPECT_EQ(gaps(), (std::vector<std::int64_t>{5000, 5000, 5000, 5000}));
  running = 3;
  advance(5s);
  const auto busy = provider_.when.size() - 1;
  const auto told = changes_.size();
  advance(4s);
  EXPECT_EQ(gaps(busy), (std::vector<std::int64_t>{1000, 1000, 1000, 1000}));
  EXPECT_EQ(changes_.size(), told + 4) << "that it still is so is news to whoever goes by it";
  running = 0;
  advance(1s);
  const auto resting = provider_.when.size() - 1;
  advance(17s);
  EXPECT_EQ(gaps(resting), (std::vector<std::int64_t>{1000, 2000, 4000, 5000, 5000}));
}

TEST_F(monitor_servers_test, how_soon_follows_what_a_call_takes_there) {
  provider_.answer = [](const std::string& path) { return working(path, 3); };
  start(provider_type::vllm);
  tell(monitor_,
       actors::provider_experience{
           1, {{.deployment_id = 7, .service_us = 60'000'000}, {.deployment_id = 8, .service_us = 6'000'000}}});
  advance(1s);
  auto from = provider_.when.size() - 1;
  advance(9s);
  EXPECT_EQ(gaps(from), (std::vector<std::int64_t>{3000, 3000, 3000})) << "half of the shortest";
  tell(monitor_, actors::provider_experience{1, {{.deployment_id = 7, .service_us = 60'000'000}}});
  advance(3s);
  from = provider_.when.size() - 1;
  advance(10s);
  EXPECT_EQ(gaps(from), (std::vector<std::int64_t>{5000, 5000})) << "but no less often than ever";
}

TEST_F(monitor_servers_test, what_it_said_before_is_not_told_for_what_it_says_now) {
  bool measures = true;
  provider_.answer = [&measures](const std::string& path) -> probe_answer {
    if (path == "/metrics" && !measures) return {500, "oops"};
    return working(path, 3);
  };
  start(provider_type::vllm);
  EXPECT_EQ(changes_.back().running, 3);
  measures = false;
  advance(1s);
  EXPECT_TRUE(changes_.back().reachable);
  EXPECT_EQ(changes_.back().running, -1);
  measures = true;
  advance(10s);
  EXPECT_EQ(changes_.back().running, 3);
  provider_.answer = [](const std::string&) { return late(); };
  advance(1s);
  EXPECT_TRUE(changes_.back().reachable) << "it is forgiven once";
  EXPECT_EQ(changes_.back().running, -1);
}

TEST_F(monitor_servers_test, an_unknown_server_is_asked_for_nothing_more) {
  provider_.answer = [](const std::string&) { return probe_answer{200, R"({"data":[{"id":"gpt"}]})"}; };
  start(provider_type::custom);
  advance(2min);
  EXPECT_FALSE(asked("/metrics"));
  EXPECT_FALSE(asked("/slots"));
  EXPECT_FALSE(asked("/version"));
}

TEST_F(monitor_servers_test, a_server_that_is_away_is_not_said_to_be_busy) {
  provider_.answer = vllm;
  start(provider_type::vllm);
  provider_.answer = [](const std::string&) { return refused(); };
  advance(5s);
  EXPECT_FALSE(changes_.back().reachable);
  EXPECT_EQ(changes_.back().running, -1);
}

TEST_F(monitor_servers_test, an_old_ollama_is_reported) {
  provider_.answer = [](const std::string& path) {
    return path == "/api/version" ? probe_answer{200, R"({"version":"0.1.48"})"} : ollama(path);
  };
  start(provider_type::ollama);
  EXPECT_EQ(changes_.at(0).server, "Ollama 0.1.48");
  EXPECT_TRUE(changes_[0].detail.starts_with("Ollama 0.1.48; it is older than 0.3")) << changes_[0].detail;
}

TEST_F(monitor_servers_test, an_ollama_that_everybody_can_use_is_reported) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  EXPECT_EQ(changes_.at(0).detail, "Ollama 0.5.1");
  tell(monitor_, atom::adopt_v, catalog_with(provider_type::ollama, "http://203.0.113.7:11434"));
  EXPECT_NE(changes_.back().detail.find("a public address and asks for no key"), std::string::npos);
  tell(monitor_, atom::adopt_v, catalog_with(provider_type::ollama, "http://10.0.0.7:11434"));
  EXPECT_EQ(changes_.back().detail, "Ollama 0.5.1");
}

TEST_F(monitor_servers_test, what_its_scheduler_has_learned_is_told_with_what_is_seen) {
  provider_.answer = ollama;
  start(provider_type::ollama);
  tell(monitor_, actors::provider_experience{1, {{.deployment_id = 7, .calls = 3}}});
  advance(5s);
  ASSERT_EQ(lessons_.size(), 1U) << "STORAGE keeps it";
  EXPECT_EQ(lessons_[0].deployments[0].calls, 3U);
  ASSERT_EQ(changes_.size(), 2U);
  ASSERT_EQ(changes_[1].experience.size(), 1U);
  EXPECT_EQ(changes_[1].experience[0].deployment_id, 7);
  advance(20s);
  EXPECT_EQ(changes_.size(), 2U);
}

} // namespace
} // namespace logos::monitoring
