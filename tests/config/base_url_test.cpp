// SPDX-License-Identifier: MIT
#include "config/base_url.hpp"

#include <gtest/gtest.h>

namespace logos::config {
namespace {

using core::provider_type;

std::string normal(provider_type type, std::string_view text) {
  const auto address = normalise_base_url(type, text);
  return address ? address->str() : "refused: " + address.error().message;
}

TEST(base_url, a_v1_at_the_end_is_dropped_once) {
  for (const auto* text : {"http://h", "http://h/", "http://h/v1", "http://h/v1/", "http://h//v1//"})
    EXPECT_EQ(normal(provider_type::openai, text), "http://h") << text;
  EXPECT_EQ(normal(provider_type::vllm, "http://h/api/v1"), "http://h/api");
  EXPECT_EQ(normal(provider_type::vllm, "http://h/v1/v1"), "http://h/v1");
  EXPECT_EQ(normal(provider_type::vllm, "http://h/xv1"), "http://h/xv1");
  EXPECT_EQ(normal(provider_type::openwebui, "http://h/v1/x"), "http://h/v1/x");
}

TEST(base_url, every_form_of_an_azure_address_is_the_resource) {
  for (const auto* text :
       {"https://x.openai.azure.com", "https://x.openai.azure.com/", "https://x.openai.azure.com/openai",
        "https://x.openai.azure.com/openai/deployments", "https://x.openai.azure.com/openai/deployments/",
        "https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com/openai/deployments/gpt/chat/completions"})
    EXPECT_EQ(normal(provider_type::azure, text), "https://x.openai.azure.com") << text;
  EXPECT_EQ(normal(provider_type::azure, "https://gw/openai-eu/openai/deployments"), "https://gw/openai-eu");
  EXPECT_EQ(normal(provider_type::azure, "https://x/openai?api-version=1"), "https://x?api-version=1");
  EXPECT_EQ(normal(provider_type::azure, "https://x/openai?a=1").substr(0, 8), "refused:");
  EXPECT_EQ(normal(provider_type::custom, "https://x/openai/v1"), "https://x/openai");
}

TEST(base_url, the_models_place_is_kept) {
  EXPECT_EQ(normal(provider_type::custom, "http://h/{model}/v1"), "http://h/{model}");
  EXPECT_EQ(normal(provider_type::custom, "http://h/a/{model}/b/"), "http://h/a/{model}/b");
  for (const auto* text :
       {"http://h/{name}", "http://h/{model", "http://h/}", "http://{model}/", "http://h/?m={model}"})
    EXPECT_EQ(normal(provider_type::custom, text).substr(0, 8), "refused:") << text;
}

TEST(provider_type, is_guessed_from_the_address) {
  const auto guess = [](std::string_view text) { return guess_provider_type(*core::parse_url(text)); };
  EXPECT_EQ(guess("http://h:11434"), provider_type::ollama);
  EXPECT_EQ(guess("https://api.openai.com/v1"), provider_type::openai);
  EXPECT_EQ(guess("https://x.openai.azure.com"), provider_type::azure);
  EXPECT_EQ(guess("https://api.anthropic.com"), provider_type::anthropic);
  EXPECT_EQ(guess("http://localhost:8000"), provider_type::custom);
}

} // namespace
} // namespace logos::config
