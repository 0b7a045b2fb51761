// SPDX-License-Identifier: MIT
#include "simulator/server.hpp"
#include "tests/simulator/wire.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace logos::simulator {
namespace {

const std::string stream = R"({"model":"m","messages":[],"stream":true})";

provider_spec with(model_spec m) {
  provider_spec spec;
  spec.api = flavour::ollama;
  m.capabilities = {"completion"};
  spec.models = {std::move(m)};
  return spec;
}

TEST(server_load, two_hundred_and_fifty_six_streams_run_at_once) {
  server s{with({.name = "m", .tokens_per_s = 200, .answer_tokens = 20})};
  ASSERT_TRUE(s.start());
  std::deque<wire> clients;
  for (int i = 0; i < 256; ++i) {
    clients.emplace_back(s.port());
    clients.back().post("/v1/chat/completions", stream);
  }
  for (auto& w : clients) {
    const auto a = w.answer();
    ASSERT_FALSE(w.error) << w.error.message();
    EXPECT_EQ(a.body().substr(a.body().size() - 14), "data: [DONE]\n\n");
  }
  EXPECT_EQ(s.count("m").finished, 256U);
  EXPECT_EQ(s.count("m").in_flight, 0U);
}

TEST(server_load, those_beyond_the_slots_wait_their_turn) {
  server s{with({.name = "m", .parallel = 2, .answer_tokens = 4})};
  ASSERT_TRUE(s.start());
  s.inject({.kind = fault_kind::hang_after_chunks, .count = 2, .after_chunks = 1});
  std::deque<wire> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(s.port());
    clients.back().post("/v1/chat/completions", stream);
    ASSERT_TRUE(eventually([&] { return s.count().in_flight == static_cast<unsigned>(i + 1); }));
  }
  EXPECT_EQ(s.requests()[2].served_us, 0);
  EXPECT_EQ(s.requests()[3].served_us, 0);
  // The slot of a client that goes away is free at once.
  clients[0].close();
  EXPECT_EQ(clients[2].answer().result_int(), 200U);
  EXPECT_EQ(clients[3].answer().result_int(), 200U);
  const auto all = s.requests();
  EXPECT_EQ(all[0].end, ending::aborted);
  EXPECT_LE(all[0].aborted_us, all[2].served_us);
  EXPECT_LE(all[2].ended_us, all[3].served_us + 1) << "one slot is still held by the second";
}

TEST(server_load, a_client_may_go_while_it_waits_or_while_its_model_loads) {
  server s{with({.name = "m", .load_time = std::chrono::hours{1}, .parallel = 1})};
  ASSERT_TRUE(s.start());
  wire loading{s.port()}, waiting{s.port()};
  loading.post("/v1/chat/completions", stream);
  ASSERT_TRUE(eventually([&] { return s.count().in_flight == 1; }));
  waiting.post("/api/chat", R"({"model":"m","messages":[{"role":"user","content":"x"}]})");
  ASSERT_TRUE(eventually([&] { return s.count().in_flight == 2; }));
  waiting.close();
  EXPECT_TRUE(eventually([&] { return s.count().aborted == 1; }));
  loading.close();
  EXPECT_TRUE(eventually([&] { return s.count().aborted == 2; }));
}

TEST(server_load, a_model_is_listed_from_the_moment_it_begins_to_load) {
  server s{with({.name = "m", .load_time = std::chrono::hours{1}})};
  ASSERT_TRUE(s.start());
  wire loading{s.port()}, looking{s.port()};
  loading.post("/api/generate", R"({"model":"m"})");
  ASSERT_TRUE(eventually([&] { return s.count().in_flight == 1; }));
  looking.ask("/api/ps");
  EXPECT_NE(looking.answer().body().find(R"("name":"m:latest")"), std::string::npos);
  EXPECT_EQ(s.count().finished, 0U) << "though it is not ready";
}

TEST(server_load, tokens_come_at_their_rate_divided_by_the_time_scale) {
  auto spec =
      with({.name = "m", .load_time = std::chrono::milliseconds{400}, .tokens_per_s = 100, .answer_tokens = 40});
  spec.time_scale = 10;
  server s{std::move(spec)};
  ASSERT_TRUE(s.start());
  wire w{s.port()};
  w.post("/v1/chat/completions", stream);
  EXPECT_EQ(w.answer().result_int(), 200U);
  const auto r = s.requests().back();
  EXPECT_GE(r.served_us - r.started_us, 39'000);
  EXPECT_GE(r.ended_us - r.first_byte_us, 39'000);
  EXPECT_LT(r.ended_us - r.started_us, 2'000'000);
}

TEST(server_load, stopping_ends_what_is_under_way) {
  server s{with({.name = "m", .load_time = std::chrono::hours{1}})};
  ASSERT_TRUE(s.start());
  wire w{s.port()};
  w.post("/v1/chat/completions", stream);
  ASSERT_TRUE(eventually([&] { return s.count().in_flight == 1; }));
  s.stop();
  SUCCEED();
}

} // namespace
} // namespace logos::simulator
