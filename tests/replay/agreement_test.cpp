// SPDX-License-Identifier: MIT
// The same workload over HTTP in real time, scaled, and in virtual time: what `logos replay` measures against a
// simulated Ollama server is what bench/scheduling says of raw Ollama.
#include "bench/scheduling/figures.hpp"
#include "bench/scheduling/policies/ollama_server.hpp"
#include "bench/scheduling/workload_file.hpp"
#include "replay/report.hpp"
#include "replay/session.hpp"
#include "simulator/server.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace logos::replay {
namespace {

using std::chrono::milliseconds;

constexpr double time_scale = 10;
constexpr unsigned answer_tokens = 100;

bench::model_facts model(std::string name, std::uint64_t vram_mb, std::chrono::seconds load) {
  return {.name = std::move(name),
          .vram_mb = vram_mb,
          .load_time = load,
          .unload_time = std::chrono::seconds{2},
          .parallel = 4,
          .prefill_tokens_per_s = 400,
          .tokens_per_s = 40,
          .answer_tokens = answer_tokens};
}

/// Models that do not fit together.
bench::server_facts facts() {
  return {.name = "server",
          .vram_mb = 32'000,
          .models = {model("qwen3:30b-a3b", 20'000, std::chrono::seconds{12}),
                     model("gemma3:27b", 22'000, std::chrono::seconds{14}),
                     model("deepseek-r1:70b", 30'000, std::chrono::seconds{20}),
                     model("deepseek-r1:latest", 11'000, std::chrono::seconds{8})}};
}

simulator::provider_spec spec_of(const bench::server_facts& server) {
  simulator::provider_spec spec{.api = simulator::flavour::ollama,
                                .total_vram_mb = server.vram_mb,
                                .keep_alive = std::chrono::duration_cast<milliseconds>(server.keep_alive),
                                .time_scale = time_scale};
  for (const auto& m : server.models)
    spec.models.push_back({.name = m.name,
                           .size_mb = m.vram_mb,
                           .vram_mb = m.vram_mb,
                           .load_time = std::chrono::duration_cast<milliseconds>(m.load_time),
                           .unload_time = std::chrono::duration_cast<milliseconds>(m.unload_time),
                           .prefill_tokens_per_s = m.prefill_tokens_per_s,
                           .tokens_per_s = m.tokens_per_s,
                           .parallel = m.parallel,
                           .answer_tokens = answer_tokens,
                           .capabilities = {"completion"}});
  return spec;
}

/// In seconds of the workload.
std::vector<double> first_tokens(const std::vector<outcome>& seen) {
  std::vector<double> all;
  for (const auto& o : seen)
    if (o.first_token) all.push_back(std::chrono::duration<double>{*o.first_token}.count() * time_scale);
  std::sort(all.begin(), all.end());
  return all;
}

class agreement : public testing::TestWithParam<const char*> {};

TEST_P(agreement, a_replay_measures_what_virtual_time_says) {
  const auto text = read_file(std::string{LOGOS_WORKLOADS} + "/" + GetParam());
  ASSERT_TRUE(text) << text.error().message;
  const auto server = facts();
  const auto expected_work = bench::read_workload(GetParam(), *text, server);
  ASSERT_TRUE(expected_work) << expected_work.error().message;
  const auto expected = bench::figures_of(*expected_work, bench::run(*expected_work, bench::raw_ollama().make)).all;

  simulator::server simulated{spec_of(server)};
  ASSERT_TRUE(simulated.start());
  auto plan = read_workload(*text);
  ASSERT_TRUE(plan) << plan.error().message;
  for (auto& r : *plan) {
    // A first token can be seen in a stream only; what names no model is served by the first.
    if (r.body.find("\"stream\"") == std::string::npos) r.body.insert(1, R"("stream":true,)");
    if (r.body.find("\"model\"") == std::string::npos)
      r.body.insert(1, "\"model\":\"" + server.models.front().name + "\",");
  }
  const auto to = parse_gateway(simulated.url(), "none", {});
  ASSERT_TRUE(to) << to.error().message;
  std::ostringstream told;
  progress lines{told, false};
  const auto got = run_session(*to, *plan, {.time_scale = time_scale, .timeout = std::chrono::minutes{3}}, lines);
  ASSERT_TRUE(got) << got.error().message;
  const auto seen = first_tokens(got->outcomes);
  ASSERT_EQ(seen.size(), plan->size());
  EXPECT_NEAR(percentile(seen, 50), expected.p50, 0.2 * expected.p50);
  EXPECT_NEAR(percentile(seen, 95), expected.p95, 0.2 * expected.p95);
  EXPECT_NE(got->shortfall, ""); // an Ollama server has no books
}

INSTANTIATE_TEST_SUITE_P(samples, agreement,
                         testing::Values("sample_workload_classify.csv", "sample_workload_direct.csv",
                                         "sample_workload_mixed.csv", "workload_deepseek_r1_16_at_once.csv",
                                         "workload_gemma3_27b_16_at_once.csv",
                                         "workload_gemma3_deepseekr1_100_at_once.csv"),
                         [](const auto& sample) {
                           const std::string name{sample.param};
                           return name.substr(0, name.find('.'));
                         });

} // namespace
} // namespace logos::replay
