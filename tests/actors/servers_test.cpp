// SPDX-License-Identifier: MIT
#include "actors/monitoring/servers.hpp"
#include "actors/monitoring/versions.hpp"

#include <gtest/gtest.h>

namespace logos::monitoring {
namespace {

TEST(servers, are_recognised_by_what_they_list) {
  EXPECT_EQ(recognise(R"({"object":"list","data":[{"id":"m","owned_by":"vllm","max_model_len":4096}]})"),
            server_kind::vllm);
  EXPECT_EQ(recognise(R"({"models":[],"data":[{"id":"m.gguf","owned_by":"llamacpp"}]})"), server_kind::llama_cpp);
  for (const auto* const text :
       {"", "{", "[]", R"({"data":{}})", R"({"data":[{"owned_by":7}]})", R"({"data":[{"owned_by":"openai"}]})"})
    EXPECT_EQ(recognise(text), server_kind::unknown) << text;
}

TEST(servers, vllm_says_what_runs_waits_and_is_cached) {
  workload w;
  read_metrics("# HELP vllm:num_requests_running Number of requests.\n"
               "# TYPE vllm:num_requests_running gauge\n"
               "vllm:num_requests_running{engine=\"0\",model_name=\"a {b} c\"} 3.0\n"
               "vllm:num_requests_running{engine=\"1\",model_name=\"a\"} 2.0\n"
               "vllm:num_requests_waiting{model_name=\"a\"} 7.0 1700000000\n"
               "vllm:gpu_cache_usage_perc{model_name=\"a\"} 0.125\n"
               "vllm:kv_cache_usage_perc{engine=\"1\"} 0.5",
               w);
  EXPECT_EQ(w.running, 5);
  EXPECT_EQ(w.waiting, 7);
  EXPECT_EQ(w.kv_used_permille, 500);
  EXPECT_EQ(w.slots, -1);
}

TEST(servers, llama_cpp_says_how_many_slots_are_busy) {
  workload w;
  EXPECT_EQ(read_props(R"({"total_slots":4,"build_info":"b4321-abcdef","default_generation_settings":{}})", w),
            "b4321-abcdef");
  EXPECT_EQ(w.slots, 4);
  read_slots(R"([{"id":0,"is_processing":true},{"id":1,"is_processing":false},{"id":2,"state":1}])", w);
  EXPECT_EQ(w.slots, 3);
  EXPECT_EQ(w.running, 2);
  read_metrics("llamacpp:requests_processing 1\nllamacpp:requests_deferred 6\nllamacpp:kv_cache_usage_ratio 0.25\n", w);
  EXPECT_EQ(w.running, 1);
  EXPECT_EQ(w.waiting, 6);
  EXPECT_EQ(w.kv_used_permille, 250);
}

TEST(servers, strange_answers_leave_everything_unknown) {
  for (const auto* const text :
       {"", "\n\n", "}", "vllm:num_requests_running", "vllm:num_requests_running NaN", "vllm:num_requests_running{a=\"",
        "vllm:num_requests_running -1", "{}", "[1]", "\xff"}) {
    workload w;
    read_metrics(text, w);
    EXPECT_EQ(read_props(text, w), "");
    EXPECT_EQ(w.running, -1) << text;
    EXPECT_EQ(w.slots, -1) << text;
  }
}

TEST(servers, versions_are_compared_by_their_numbers) {
  EXPECT_EQ(*parse_version_number("0.11.4-rc1"), (version_number{0, 11, 4}));
  EXPECT_EQ(*parse_version_number("v1.2"), (version_number{1, 2, 0}));
  EXPECT_LT(*parse_version_number("0.3.14"), *parse_version_number("0.11"));
  EXPECT_FALSE(parse_version_number("main"));
  EXPECT_EQ(remark_on_ollama("0.11.4"), "");
  EXPECT_EQ(remark_on_ollama("0.0.0"), "");
  EXPECT_NE(remark_on_ollama("0.1.48"), "");
  EXPECT_NE(remark_on_ollama("banana"), "");
}

TEST(servers, an_ollama_serves_as_many_of_a_model_at_a_time_as_its_version_does_by_itself) {
  for (const auto* one : {"0.1.48", "0.10.0", "0.10.0-rc1", "0.11.4", "0.17.4", "1.0", "0.0.0"})
    EXPECT_EQ(usual_slots_of_ollama(one), 1U) << one;
  for (const auto* by_memory : {"0.2.0", "0.5.1", "0.6.6", "banana", ""})
    EXPECT_EQ(usual_slots_of_ollama(by_memory), 0U) << by_memory;
  for (const auto* two : {"0.6.7", "0.9.6"})
    EXPECT_EQ(usual_slots_of_ollama(two), 2U) << two;
}

} // namespace
} // namespace logos::monitoring
