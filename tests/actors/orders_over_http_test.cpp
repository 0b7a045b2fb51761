// SPDX-License-Identifier: MIT
#include "actors/monitoring/http_probe.hpp"
#include "actors/monitoring/orders.hpp"
#include "net/dialects/ollama.hpp"
#include "net/http_settings.hpp"
#include "net/io_thread.hpp"
#include "simulator/server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

namespace logos::monitoring {
namespace {

using namespace std::chrono_literals;

simulator::model_spec model(std::string name, std::chrono::milliseconds load) {
  simulator::model_spec m;
  m.name = std::move(name);
  m.vram_mb = 10;
  m.load_time = load;
  m.tokens_per_s = 100;
  m.answer_tokens = 60;
  m.capabilities = {"completion"};
  return m;
}

simulator::provider_spec spec() {
  simulator::provider_spec s;
  s.api = simulator::flavour::ollama;
  s.models = {model("slow", 300ms), model("quick", 0ms), model("embedder", 200ms)};
  s.models.back().capabilities = {"embedding"};
  return s;
}

/// Orders, carried out at a simulated Ollama as a MONITOR would.
class orders_over_http_test : public ::testing::Test {
protected:
  orders_over_http_test()
      : io_{new net::io_thread{0, std::make_shared<const net::http_settings>()}},
        thread_{[this] { io_->run(); }},
        server_{spec()} {
    if (!server_.start()) return;
    catalog::provider p;
    p.id = 1;
    p.type = core::provider_type::ollama;
    p.base_url = server_.url();
    probe_ = http_probe::make(io_, p);
  }
  ~orders_over_http_test() override {
    io_->stop();
    thread_.join();
  }

  static core::steady_time now() { return std::chrono::steady_clock::now(); }
  std::future<probe_answer> post(std::string_view path, std::string body, std::chrono::milliseconds at_most) {
    auto answered = std::make_shared<std::promise<probe_answer>>();
    auto answer = answered->get_future();
    probe_->post(std::string{path}, std::move(body), at_most,
                 [answered](probe_answer a) { answered->set_value(std::move(a)); });
    return answer;
  }
  std::vector<actors::loaded_model> memory() {
    auto answered = std::make_shared<std::promise<probe_answer>>();
    probe_->fetch(std::string{net::ollama::loaded_models_path},
                  [answered](probe_answer a) { answered->set_value(std::move(a)); });
    std::vector<actors::loaded_model> all;
    if (const auto listed = net::ollama::parse_loaded_models(answered->get_future().get().body))
      for (const auto& m : *listed)
        all.push_back({.name = m.name});
    return all;
  }
  bool lists(std::string_view name) {
    const auto all = memory();
    return std::any_of(all.begin(), all.end(), [&](const auto& m) { return net::ollama::same_model(m.name, name); });
  }
  /// Until the order has ended, or 20 s have passed.
  void carry_out(const std::string& name, bool load) {
    orders_.see(memory(), now());
    orders_.take({name, load}, now());
    std::vector<std::pair<std::uint64_t, std::future<probe_answer>>> open;
    for (const auto until = now() + 20s; orders_.next_look() && now() < until;) {
      orders_.see(memory(), now());
      for (auto& p : orders_.due(now()))
        open.emplace_back(p.number, post(p.path, std::move(p.body), p.at_most));
      if (open.empty()) continue; // the next question to the server is the pause
      const auto pause = orders_.next_look().value_or(0ms);
      if (open.front().second.wait_for(pause) != std::future_status::ready) continue;
      orders_.answered(open.front().first, open.front().second.get(), now());
      open.erase(open.begin());
    }
    EXPECT_FALSE(orders_.next_look()) << "it has not ended";
  }

  net::io_thread_ptr io_;
  std::thread thread_;
  simulator::server server_;
  std::unique_ptr<http_probe> probe_;
  orders orders_;
};

TEST_F(orders_over_http_test, a_model_is_loaded_in_its_time_and_leaves) {
  ASSERT_TRUE(probe_);
  carry_out("slow", true);
  EXPECT_TRUE(orders_.take_failed().empty());
  EXPECT_TRUE(lists("slow"));
  EXPECT_GE(orders_.load_us("slow:latest"), 290'000);
  carry_out("slow", false);
  EXPECT_TRUE(orders_.take_failed().empty());
  EXPECT_FALSE(lists("slow"));
}

TEST_F(orders_over_http_test, a_model_that_only_embeds_is_loaded_in_its_time_and_leaves) {
  ASSERT_TRUE(probe_);
  carry_out("embedder", true);
  EXPECT_TRUE(orders_.take_failed().empty());
  EXPECT_TRUE(lists("embedder"));
  EXPECT_GE(orders_.load_us("embedder"), 190'000);
  carry_out("embedder", false);
  EXPECT_TRUE(orders_.take_failed().empty());
  EXPECT_FALSE(lists("embedder"));
}

TEST_F(orders_over_http_test, a_model_that_the_server_does_not_have_fails_with_its_words) {
  ASSERT_TRUE(probe_);
  carry_out("none", true);
  const auto failed = orders_.take_failed();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].detail, "answered with 404: model 'none' not found");
}

TEST_F(orders_over_http_test, a_busy_model_leaves_when_its_request_has_ended) {
  ASSERT_TRUE(probe_);
  carry_out("quick", true);
  // 600 ms; with a keep_alive of its own, which makes the model stay once more.
  auto busy =
      post(net::ollama::generate_path, R"({"model":"quick","prompt":"x","stream":false,"keep_alive":300})", 20s);
  while (server_.count().in_flight == 0)
    std::this_thread::yield();
  carry_out("quick", false);
  EXPECT_EQ(busy.get().status, 200);
  EXPECT_TRUE(orders_.take_failed().empty());
  EXPECT_FALSE(lists("quick"));
}

TEST_F(orders_over_http_test, a_server_that_is_gone_fails_its_orders) {
  ASSERT_TRUE(probe_);
  server_.stop();
  orders_.take({"quick", true}, now());
  auto due = orders_.due(now());
  ASSERT_EQ(due.size(), 1U);
  orders_.answered(due[0].number, post(due[0].path, std::move(due[0].body), due[0].at_most).get(), now());
  EXPECT_EQ(orders_.take_failed().size(), 1U);
}

} // namespace
} // namespace logos::monitoring
