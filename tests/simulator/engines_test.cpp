// SPDX-License-Identifier: MIT
#include "simulator/server.hpp"
#include "tests/simulator/wire.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace logos::simulator {
namespace {

/// Works on two requests at a time, each for as long as its client stays.
provider_spec behind(engine what) {
  provider_spec s;
  s.behind = what;
  s.models = {default_model(flavour::openai, "m")};
  s.models.front().parallel = 2;
  return s;
}

class engines_test : public ::testing::Test {
protected:
  void run(engine what) {
    server_ = std::make_unique<server>(behind(what));
    ASSERT_TRUE(server_->start());
    server_->inject({.model = "m", .kind = fault_kind::hang_after_chunks, .after_chunks = 1});
  }
  auto get(std::string_view path) {
    wire w{server_->port()};
    w.ask(path);
    return w.answer();
  }
  std::string text(std::string_view path) { return get(path).body(); }
  bool says(std::string_view path, std::string_view what) { return text(path).find(what) != std::string::npos; }
  void ask_for(unsigned in_flight) {
    while (clients_.size() < in_flight) {
      clients_.emplace_back(server_->port());
      clients_.back().post("/v1/chat/completions", R"({"model":"m","messages":[],"stream":true})");
    }
    ASSERT_TRUE(eventually([&] { return server_->count().in_flight == in_flight; }));
  }

  std::unique_ptr<server> server_;
  std::deque<wire> clients_;
};

TEST_F(engines_test, a_vllm_tells_what_runs_and_what_waits) {
  run(engine::vllm);
  EXPECT_TRUE(says("/v1/models", R"("owned_by":"vllm")"));
  EXPECT_TRUE(says("/version", R"("version":")"));
  EXPECT_EQ(get("/health").result_int(), 200U);
  EXPECT_TRUE(says("/metrics", "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 0\n"));
  ask_for(5);
  EXPECT_TRUE(says("/metrics", "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 2\n")) << text("/metrics");
  EXPECT_TRUE(says("/metrics", "vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 3\n")) << text("/metrics");
  clients_.back().close();
  EXPECT_TRUE(eventually([&] { return says("/metrics", "waiting{engine=\"0\",model_name=\"m\"} 2\n"); }));
  EXPECT_EQ(get("/slots").result_int(), 404U);
}

TEST_F(engines_test, a_llama_cpp_tells_its_slots) {
  run(engine::llama_cpp);
  EXPECT_TRUE(says("/v1/models", R"("owned_by":"llamacpp")"));
  EXPECT_TRUE(says("/props", R"("total_slots":2)"));
  EXPECT_EQ(text("/slots"), R"([{"id":0,"is_processing":false},{"id":1,"is_processing":false}])");
  ask_for(1);
  EXPECT_EQ(text("/slots"), R"([{"id":0,"is_processing":true},{"id":1,"is_processing":false}])");
  ask_for(4);
  EXPECT_TRUE(says("/metrics", "\nllamacpp:requests_processing 2\n")) << text("/metrics");
  EXPECT_TRUE(says("/metrics", "\nllamacpp:requests_deferred 2\n"));
}

TEST_F(engines_test, any_other_server_tells_nothing) {
  run(engine::none);
  for (const auto* path : {"/metrics", "/version", "/props", "/slots"})
    EXPECT_EQ(get(path).result_int(), 404U) << path;
}

} // namespace
} // namespace logos::simulator
