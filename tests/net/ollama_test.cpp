// SPDX-License-Identifier: MIT
#include "net/dialects/ollama.hpp"

#include <gtest/gtest.h>

namespace logos::net::ollama {
namespace {

using namespace std::chrono;

TEST(ollama, loaded_models_are_read) {
  const auto got =
      parse_loaded_models(R"({"models":[{"name":"mistral:latest","model":"mistral:latest","size":5137025024,
    "digest":"2ae","details":{"family":"llama"},"expires_at":"2024-06-04T14:38:31.83753-07:00","size_vram":5137025024,"context_length":4096},
    {"model":"x:1b"},{"size":1}]})");
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 2U);
  EXPECT_EQ((*got)[0].name, "mistral:latest");
  EXPECT_EQ((*got)[0].size_bytes, 5137025024);
  EXPECT_EQ((*got)[0].size_vram_bytes, 5137025024);
  EXPECT_EQ((*got)[0].context_length, 4096);
  EXPECT_EQ((*got)[0].expires_at, sys_days{2024y / 6 / 4} + 21h + 38min + 31s + 837530us);
  EXPECT_EQ((*got)[1].name, "x:1b");
  EXPECT_EQ((*got)[1].expires_at, core::wall_time{});
}

TEST(ollama, an_empty_list_may_be_null) {
  EXPECT_TRUE(parse_loaded_models(R"({"models":[]})")->empty());
  EXPECT_TRUE(parse_known_models(R"({"models":null})")->empty());
}

TEST(ollama, known_models_and_version_are_read) {
  const auto known = parse_known_models(R"({"models":[{"name":"a:latest","size":7}]})");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->at(0).name, "a:latest");
  EXPECT_EQ(known->at(0).size_bytes, 7);
  EXPECT_EQ(*parse_version(R"({"version":"0.17.1"})"), "0.17.1");
}

TEST(ollama, other_answers_are_errors) {
  for (const auto text : {"", "<html>", "[]", "{}", R"({"models":7})", R"({"models":[)"}) {
    EXPECT_FALSE(parse_loaded_models(text)) << text;
    EXPECT_FALSE(parse_known_models(text)) << text;
    EXPECT_FALSE(parse_version(text)) << text;
    EXPECT_EQ(parse_version(text).error().code, core::ec::upstream_protocol);
  }
}

TEST(ollama, timestamps_in_every_zone) {
  EXPECT_EQ(parse_timestamp("2026-01-01T00:00:00Z"), sys_days{2026y / 1 / 1});
  EXPECT_EQ(parse_timestamp("2026-01-01T01:30:00.123456789+01:30"), sys_days{2026y / 1 / 1} + 123456us);
  EXPECT_EQ(parse_timestamp("2318-09-27T23:10:37Z"), sys_days{2318y / 9 / 27} + 23h + 10min + 37s);
  for (const auto text :
       {"", "now", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00+x"})
    EXPECT_EQ(parse_timestamp(text), core::wall_time{}) << text;
}

TEST(ollama, bodies_name_the_model_safely) {
  EXPECT_EQ(load_body("a\"b", 300), R"({"model":"a\"b","stream":false,"keep_alive":300})");
  EXPECT_EQ(unload_body("m"), R"({"model":"m","stream":false,"keep_alive":0})");
  EXPECT_EQ(embedder_load_body("a\"b", 300), R"({"model":"a\"b","input":[],"keep_alive":300})");
}

TEST(ollama, names_of_one_model_are_one) {
  for (const auto* const name :
       {"gemma3", "gemma3:latest", "Gemma3", "library/gemma3", "models.example.com/library/gemma3"})
    EXPECT_TRUE(same_model("gemma3", name)) << name;
  EXPECT_FALSE(same_model("gemma3", "gemma3:27b"));
  EXPECT_EQ(canonical("hf.co/someone/Model-GGUF:Q4_K_M"), "hf.co/someone/model-gguf:q4_k_m");
  EXPECT_EQ(canonical("localhost:5000/me/m"), "localhost:5000/me/m:latest") << "a port is no tag";
  EXPECT_EQ(canonical(""), ":latest");
}

TEST(ollama, what_only_embeds_is_known_by_how_it_is_refused) {
  EXPECT_TRUE(only_embeds(400, R"({"error":"\"nomic-embed-text\" does not support generate"})"));
  EXPECT_FALSE(only_embeds(404, R"({"error":"\"nomic-embed-text\" does not support generate"})"));
  EXPECT_FALSE(only_embeds(400, R"({"error":"\"m\" does not support thinking"})"));
  EXPECT_FALSE(only_embeds(400, "does not support generate"));
}

TEST(ollama, what_it_says_of_a_failure_is_read) {
  EXPECT_EQ(parse_error(R"({"error":"model 'x' not found"})"), "model 'x' not found");
  for (const auto* const text : {"", "{}", "[]", R"({"error":7})", "no json"})
    EXPECT_EQ(parse_error(text), "") << text;
}

} // namespace
} // namespace logos::net::ollama
