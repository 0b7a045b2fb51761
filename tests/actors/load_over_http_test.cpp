// SPDX-License-Identifier: MIT
// What a simulated vLLM or llama.cpp says over HTTP of what it works on, and how much it is sent for that.
#include "actors/monitoring/http_probe.hpp"
#include "actors/monitoring/survey.hpp"
#include "actors/scheduling/allowance.hpp"
#include "actors/scheduling/supposition.hpp"
#include "net/http_settings.hpp"
#include "net/io_thread.hpp"
#include "simulator/server.hpp"
#include "tests/simulator/wire.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <thread>

namespace logos::monitoring {
namespace {

using namespace std::chrono_literals;
using simulator::engine;

simulator::provider_spec engine_spec(engine what, unsigned at_once) {
  simulator::provider_spec s;
  s.behind = what;
  s.models = {simulator::default_model(simulator::flavour::openai, "m")};
  s.models.front().parallel = at_once;
  return s;
}

/// Requests that are sent as a SCHEDULER would, to a server that is looked at as by a MONITOR; time is the test's.
class load_over_http_test : public ::testing::Test {
protected:
  load_over_http_test()
      : io_{new net::io_thread{0, std::make_shared<const net::http_settings>()}},
        thread_{[this] { io_->run(); }} {}
  ~load_over_http_test() override {
    io_->stop();
    thread_.join();
  }

  void run(engine what, unsigned at_once, core::provider_type type) {
    server_ = std::make_unique<simulator::server>(engine_spec(what, at_once));
    ASSERT_TRUE(server_->start());
    // Each is answered for as long as its client stays.
    server_->inject({.model = "m", .kind = simulator::fault_kind::hang_after_chunks, .after_chunks = 1});
    catalog::provider p;
    p.id = 1;
    p.type = type;
    p.base_url = server_->url();
    probe_ = http_probe::make(io_, p);
    survey_ = survey{1, type};
    places_.suppose(16, 0);
    lane_ = places_.lane_of(100);
  }

  actors::provider_observation look() {
    now_ += 1s;
    for (const auto& path : survey_.begin_round(now_, {})) {
      auto answered = std::make_shared<std::promise<probe_answer>>();
      probe_->fetch(path, [answered](probe_answer a) { answered->set_value(std::move(a)); });
      survey_.take(path, answered->get_future().get());
    }
    const auto seen = survey_.end_round();
    if (supposed_.learn(seen)) {
      places_.suppose(supposed_.each(), supposed_.together());
      allowance_.adopt();
    }
    allowance_.observe({seen.running, seen.waiting, seen.kv_used_permille}, now_);
    return seen;
  }
  /// As many as may go.
  void send() {
    while (places_.has_room(lane_) && allowance_.allows(lane_, now_)) {
      places_.take(lane_);
      allowance_.granted(lane_, 10, now_);
      clients_.emplace_back(server_->port());
      clients_.back().post("/v1/chat/completions", R"({"model":"m","messages":[],"stream":true})");
    }
    ASSERT_TRUE(simulator::eventually([&] { return server_->count().in_flight == clients_.size(); }));
  }
  void end_one() {
    clients_.front().close();
    clients_.pop_front();
    places_.put_back(lane_);
    allowance_.ended(lane_, {.duration = 1s}, now_);
    ASSERT_TRUE(simulator::eventually([&] { return server_->count().in_flight == clients_.size(); }));
  }

  net::io_thread_ptr io_;
  std::thread thread_;
  std::unique_ptr<simulator::server> server_;
  std::unique_ptr<http_probe> probe_;
  survey survey_;
  core::steady_time now_{1h};
  scheduling::supposition supposed_;
  scheduling::places places_;
  scheduling::allowance allowance_{places_, 1};
  scheduling::lane lane_ = 0;
  std::deque<simulator::wire> clients_;
};

TEST_F(load_over_http_test, what_waits_inside_a_vllm_is_sent_no_more) {
  run(engine::vllm, 3, core::provider_type::vllm);
  EXPECT_EQ(look().waiting, 0);
  send();
  EXPECT_EQ(clients_.size(), 16U);
  const auto seen = look();
  EXPECT_EQ(seen.running, 3);
  EXPECT_EQ(seen.waiting, 13);
  look();
  EXPECT_EQ(allowance_.figures_of(lane_, now_).limit, 3U);
  for (int i = 0; i < 14; ++i) {
    end_one();
    send();
    look();
  }
  EXPECT_EQ(clients_.size(), 3U);
  EXPECT_EQ(look().waiting, 0);
  EXPECT_EQ(allowance_.why(lane_, now_),
            "the provider takes no more than 3 requests for this model at a time: more wait inside it");
}

TEST_F(load_over_http_test, a_llama_cpp_is_recognised_and_sent_as_many_as_it_has_slots) {
  run(engine::llama_cpp, 2, core::provider_type::custom);
  look();
  EXPECT_TRUE(survey_.recognised());
  EXPECT_EQ(look().slots, 2);
  send();
  EXPECT_EQ(clients_.size(), 2U);
  const auto seen = look();
  EXPECT_EQ(seen.running, 2);
  EXPECT_EQ(seen.waiting, 0);
  EXPECT_EQ(supposed_.words(), ": its server has 2 slots");
}

} // namespace
} // namespace logos::monitoring
