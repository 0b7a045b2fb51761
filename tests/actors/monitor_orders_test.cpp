// SPDX-License-Identifier: MIT
#include "tests/actors/monitor_orders_fixture.hpp"

namespace logos::monitoring {
namespace {

using namespace std::chrono_literals;
using core::provider_type;

TEST_F(monitor_orders_test, a_load_is_done_when_the_server_has_answered_and_not_when_it_lists_the_model) {
  start_ollama();
  order("gemma3", true);
  ASSERT_EQ(provider_.posts.size(), 1U);
  EXPECT_EQ(provider_.posts[0].path, "/api/generate");
  EXPECT_EQ(provider_.posts[0].body, R"({"model":"gemma3","stream":false,"keep_alive":300})");
  memory_ = {"gemma3:latest"};
  advance(4s);
  EXPECT_TRUE(in_memory().empty()) << "it is still being loaded";
  changes_.clear();
  EXPECT_EQ(state(), "reachable: Ollama 0.5.1, 1 models loaded, loading gemma3");
  answer(0, good());
  ASSERT_EQ(changes_.size(), 1U) << "told at once";
  ASSERT_EQ(in_memory(), std::vector<std::string>{"gemma3:latest"});
  EXPECT_EQ(changes_[0].loaded_models[0].load_us, 4'000'000);
  EXPECT_TRUE(changes_[0].failed.empty());
}

TEST_F(monitor_orders_test, what_was_loaded_and_is_thrown_out_before_anybody_looks_is_told_as_undone) {
  start_ollama();
  order("gemma3", true);
  answer(0, good()); // and others have had it thrown out
  ASSERT_EQ(changes_.size(), 1U);
  ASSERT_EQ(changes_[0].failed.size(), 1U);
  EXPECT_EQ(changes_[0].failed[0].model, "gemma3");
  EXPECT_TRUE(changes_[0].failed[0].undone);
  advance(60s);
  EXPECT_EQ(changes_.size(), 1U) << "once";
  order("gemma3", true);
  EXPECT_EQ(provider_.posts.size(), 2U) << "it may be loaded again";
}

TEST_F(monitor_orders_test, asking_twice_is_asking_once_whatever_the_model_is_called) {
  start_ollama();
  order("gemma3", true);
  order("Gemma3:latest", true);
  order("library/gemma3", true);
  EXPECT_EQ(provider_.posts.size(), 1U);
}

TEST_F(monitor_orders_test, an_order_is_answered_by_an_observation_also_when_nothing_has_changed) {
  memory_ = {"a:1"};
  start_ollama();
  order("a:1", true);
  EXPECT_TRUE(changes_.empty());
  answer(0, good());
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].loaded_models.at(0).load_us, 0) << "it was there before, so that this tells nothing of loads";
  order("b:1", false);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(provider_.posts.size(), 1U) << "what is not there is not asked to leave: an old server would load it";
}

TEST_F(monitor_orders_test, a_load_that_the_server_refuses_is_told_once_with_its_words) {
  start_ollama();
  order("nosuch", true);
  answer(0, {404, R"({"error":"model 'nosuch' not found"})"});
  ASSERT_EQ(changes_.size(), 1U);
  ASSERT_EQ(changes_[0].failed.size(), 1U);
  EXPECT_EQ(changes_[0].failed[0].model, "nosuch");
  EXPECT_TRUE(changes_[0].failed[0].load);
  EXPECT_EQ(changes_[0].failed[0].detail, "answered with 404: model 'nosuch' not found");
  advance(60s);
  EXPECT_EQ(changes_.size(), 1U) << "once, and no change follows from it";
  order("nosuch", true);
  EXPECT_EQ(provider_.posts.size(), 2U) << "it may be tried again";
}

TEST_F(monitor_orders_test, a_model_that_only_embeds_is_loaded_by_embedding_nothing_and_renewed_so) {
  start_ollama();
  order("e:1", true);
  ASSERT_EQ(provider_.posts.size(), 1U);
  EXPECT_EQ(provider_.posts[0].path, "/api/generate");
  const probe_answer refusal{400, R"({"error":"\"e:1\" does not support generate"})"};
  answer(0, refusal);
  EXPECT_TRUE(changes_.empty()) << "nothing has failed";
  ASSERT_EQ(provider_.posts.size(), 2U);
  EXPECT_EQ(provider_.posts[1].path, "/api/embed");
  EXPECT_EQ(provider_.posts[1].body, R"({"model":"e:1","input":[],"keep_alive":300})");
  EXPECT_EQ(provider_.posts[1].at_most, 10min);
  memory_ = {"e:1"};
  advance(2s);
  EXPECT_TRUE(in_memory().empty()) << "it is still being loaded";
  answer(1, {200, R"({"model":"e:1","embeddings":[]})"});
  ASSERT_EQ(in_memory(), std::vector<std::string>{"e:1"});
  EXPECT_EQ(changes_.back().loaded_models[0].load_us, 2'000'000);
  EXPECT_TRUE(changes_.back().failed.empty());
  advance(4min);
  ASSERT_EQ(provider_.posts.size(), 3U) << "renewed";
  EXPECT_EQ(provider_.posts[2].path, "/api/embed");
  EXPECT_EQ(provider_.posts[2].body, provider_.posts[1].body);
  order("e:1", false);
  ASSERT_EQ(provider_.posts.size(), 4U);
  EXPECT_EQ(provider_.posts[3].path, "/api/generate");
  forget("e:1");
  answer(3, good());
  advance(5s);
  order("e:1", true);
  ASSERT_EQ(provider_.posts.size(), 5U);
  EXPECT_EQ(provider_.posts[4].path, "/api/embed") << "the server has said so once";
  answer(4, refusal);
  EXPECT_EQ(provider_.posts.size(), 5U);
  ASSERT_EQ(changes_.back().failed.size(), 1U) << "whoever refuses that, too, is believed";
}

TEST_F(monitor_orders_test, a_load_whose_connection_is_lost_has_failed) {
  start_ollama();
  order("a:1", true);
  advance(3s);
  answer(0, {0, {}, core::ec::upstream_cut, "the provider closed the connection"});
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].failed.at(0).detail, "the provider closed the connection");
}

TEST_F(monitor_orders_test, orders_of_several_models_do_not_disturb_each_other) {
  memory_ = {"a:1", "b:1"};
  start_ollama();
  order("a:1", false);
  order("c:1", true);
  order("b:1", false);
  order("d:1", true);
  ASSERT_EQ(provider_.posts.size(), 4U);
  memory_ = {"b:1", "c:1", "d:1"};
  advance(1s);
  EXPECT_EQ(in_memory(), std::vector<std::string>{"b:1"});
  const auto loads = [](const script::posted& p) { return p.body.find("300") != std::string::npos; };
  for (std::size_t i = 0; i < 4; ++i)
    if (loads(provider_.posts[i])) answer(i, good());
  EXPECT_EQ(in_memory(), (std::vector<std::string>{"b:1", "c:1", "d:1"}));
}

TEST_F(monitor_orders_test, a_provider_that_is_lost_meanwhile_fails_its_orders) {
  start_ollama();
  order("a:1", true);
  away_ = true;
  advance(5s);
  ASSERT_EQ(changes_.size(), 1U) << "a look finds it out, though the load's connection hangs";
  EXPECT_FALSE(changes_[0].reachable);
  EXPECT_EQ(changes_[0].failed.at(0).detail, "the provider is away: connection refused");
  order("b:1", true);
  ASSERT_EQ(changes_.size(), 2U) << "and at once while it is away";
  EXPECT_EQ(changes_[1].failed.at(0).model, "b:1");
  EXPECT_EQ(provider_.posts.size(), 1U);
  away_ = false;
  advance(30s);
  EXPECT_TRUE(changes_.back().reachable);
  EXPECT_TRUE(changes_.back().failed.empty());
}

TEST_F(monitor_orders_test, a_slow_load_is_waited_for_and_a_hopeless_one_is_not) {
  start_ollama();
  order("a:1", true);
  EXPECT_EQ(provider_.posts[0].at_most, 10min);
  advance(9min);
  EXPECT_TRUE(changes_.empty());
  memory_ = {"a:1"};
  answer(0, good());
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].loaded_models.at(0).load_us, 540'000'000);
  forget("a:1");
  advance(5s);
  order("a:1", true);
  EXPECT_EQ(provider_.posts[1].at_most, 36min) << "four times what it took";
  changes_.clear();
  advance(37min);
  ASSERT_EQ(changes_.size(), 1U) << "a probe that never answers does not hold it up";
  EXPECT_EQ(changes_[0].failed.at(0).detail, "no answer within 2160 s");
}

TEST_F(monitor_orders_test, a_server_that_is_late_while_it_loads_fails_no_order) {
  start_ollama();
  order("a:1", true);
  provider_.answer = [](const std::string&) { return late(); };
  advance(1s);
  provider_.answer = [this](const std::string& path) { return told(path); };
  memory_ = {"a:1"};
  advance(10s);
  answer(0, good());
  EXPECT_EQ(in_memory(), std::vector<std::string>{"a:1"});
}

TEST_F(monitor_orders_test, what_was_loaded_by_order_is_kept_until_it_is_told_to_leave) {
  start_ollama();
  order("a:1", true);
  memory_ = {"a:1", "foreign:1"};
  answer(0, good());
  advance(4min);
  ASSERT_EQ(provider_.posts.size(), 2U) << "renewed at the half of its time";
  for (const auto& post : provider_.posts)
    EXPECT_EQ(post.body, provider_.posts[0].body);
  order("a:1", false);
  const auto before = provider_.posts.size();
  answer(before - 1, good());
  forget("a:1");
  advance(30min);
  EXPECT_EQ(provider_.posts.size(), before);
}

TEST_F(monitor_orders_test, what_was_loaded_by_order_is_kept_for_as_long_as_the_provider_says) {
  start_ollama();
  auto longer = std::make_shared<catalog::snapshot>();
  longer->providers = catalog_with(provider_type::ollama)->providers;
  longer->providers[0].keep_alive = 900s;
  longer->index();
  tell(monitor_, atom::adopt_v, catalog::snapshot_ptr{longer});
  order("a:1", true);
  EXPECT_EQ(provider_.posts.at(0).body, R"({"model":"a:1","stream":false,"keep_alive":900})");
  memory_ = {"a:1"};
  answer(0, good());
  advance(7min);
  EXPECT_EQ(provider_.posts.size(), 1U);
  tell(monitor_, atom::adopt_v, catalog_with(provider_type::ollama));
  advance(2min);
  ASSERT_EQ(provider_.posts.size(), 2U);
  EXPECT_EQ(provider_.posts[1].body, R"({"model":"a:1","stream":false,"keep_alive":300})") << "from its renewal on";
}

TEST_F(monitor_orders_test, what_has_gone_by_itself_is_not_loaded_by_keeping_it) {
  start_ollama();
  order("a:1", true);
  memory_ = {"a:1"};
  answer(0, good());
  forget("a:1");
  advance(30min);
  EXPECT_EQ(provider_.posts.size(), 1U);
  EXPECT_TRUE(in_memory().empty());
}

TEST_F(monitor_orders_test, new_settings_fail_what_was_under_way_and_its_late_answer_is_ignored) {
  start_ollama();
  order("a:1", true);
  tell(monitor_, atom::adopt_v, catalog_with(provider_type::ollama, "http://127.0.0.1:2"));
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].failed.at(0).detail, "the provider's settings have changed");
  order("b:1", true);
  memory_ = {"b:1"};
  answer(0, good());
  EXPECT_TRUE(in_memory().empty());
  answer(1, good());
  EXPECT_EQ(in_memory(), std::vector<std::string>{"b:1"});
}

TEST_F(monitor_orders_test, a_provider_that_does_not_load_on_demand_fails_every_order) {
  provider_.answer = [](const std::string&) { return probe_answer{200, R"({"data":[]})"}; };
  start(provider_type::vllm);
  changes_.clear();
  order("a", true);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].failed.at(0).model, "a");
  EXPECT_TRUE(provider_.posts.empty());
}

TEST_F(monitor_orders_test, looks_come_soon_while_something_changes_then_ever_less_often) {
  start_ollama();
  memory_ = {"a:1"};
  advance(5s);
  const auto before = provider_.when.size() - 1;
  advance(22s);
  EXPECT_EQ(gaps(before), (std::vector<std::int64_t>{1000, 2000, 4000, 5000, 5000, 5000}));
  order("b:1", true);
  advance(200ms);
  memory_ = {"a:1", "b:1"};
  answer(provider_.posts.size() - 1, good());
  const auto after = provider_.when.size() - 1;
  advance(1500ms);
  EXPECT_EQ(gaps(after), (std::vector<std::int64_t>{100, 200, 400, 800})) << "half of the shortest load";
}

} // namespace
} // namespace logos::monitoring
