// SPDX-License-Identifier: MIT
#include "sample.hpp"

#include <gtest/gtest.h>

namespace logos::config {
namespace {

using testing::complaints;
using testing::load_text;
using namespace std::chrono_literals;

// The example of the contract, word for word, with what it elides filled in.
constexpr const char* whole = R"(
listen: 0.0.0.0:8080
data_dir: ./data
storage: postgresql://user:password@host:5432/logosdb
tls: { certificate: cert.pem, key: key.pem }
secret_key: env:LOGOS_SECRET_KEY
passthrough: false                     # relay clients' own provider keys
cors: ['*']
providers:
  - name: gpu-1
    type: ollama
    base_url: http://127.0.0.1:11434
    api_key: env:GPU1_KEY
    auth: { header: Authorization, format: "Bearer {}" }
    privacy: LOCAL
    parallel: 4
    max_in_flight: 16
    total_vram_mb: 24576
    max_loaded_models: 2
    reachable_from: [node-a]
    models:
      - qwen3:30b-a3b
      - { name: gemma3, upstream: "gemma3:27b", aliases: [gemma], tags: "chat german", description: "…", accuracy: 4, quality: 3, latency: 2, cost: 8 }
policies: [ { name: cheap-and-local, threshold_privacy: LOCAL, threshold_cost: 0, priority: 5 } ]
prices:   [ { model: gemma3, token_type: prompt_tokens, valid_from: 2026-01-01, price_per_k_token: 0.0002, currency: EUR } ]
limits:   { request_body: 32MiB, queue_per_model: 1000, queue_per_key: 1000, queue_wait: 300s, first_token: 120s, idle: 60s, total: 30m, drain: 25s }
cluster:  { name: prod, node: node-a, listen: 10.0.0.1:4242, tls: { certificate: c.pem, key: k.pem, ca: ca.pem } }
metrics:  { public: true }
rates:    { USD: 0.92 }
)";

TEST(load, takes_every_key_of_the_contract) {
  const auto result = load_text(whole, {{"LOGOS_SECRET_KEY", "sixteen-and-more-bytes"}, {"GPU1_KEY", "sk-local"}});
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(complaints(result), "");
  const auto& s = *result.value;
  EXPECT_EQ(s.listen, (endpoint{"0.0.0.0", 8080}));
  EXPECT_EQ(s.data_dir, "./data");
  EXPECT_EQ(s.storage.engine, storage_settings::kind::postgresql);
  EXPECT_EQ(s.storage.url.reveal(), "postgresql://user:password@host:5432/logosdb");
  EXPECT_EQ(s.tls, (tls_settings{"cert.pem", "key.pem"}));
  EXPECT_EQ(s.secret_key.reveal(), "sixteen-and-more-bytes");
  EXPECT_FALSE(s.passthrough);
  EXPECT_EQ(s.cors, std::vector<std::string>{"*"});
  ASSERT_EQ(s.providers.size(), 1u);
  const auto& p = s.providers[0];
  EXPECT_EQ(p.name, "gpu-1");
  EXPECT_EQ(p.type, core::provider_type::ollama);
  EXPECT_EQ(p.address.str(), "http://127.0.0.1:11434");
  EXPECT_EQ(p.api_key.reveal(), "sk-local");
  EXPECT_EQ(p.auth, (auth_settings{"Authorization", "Bearer {}"}));
  EXPECT_EQ(p.privacy, core::privacy_level::local);
  EXPECT_EQ(p.parallel, 4u);
  EXPECT_EQ(p.max_in_flight, 16u);
  EXPECT_EQ(p.total_vram_mb, 24576u);
  EXPECT_EQ(p.max_loaded_models, 2u);
  EXPECT_EQ(p.reachable_from, std::vector<std::string>{"node-a"});
  ASSERT_EQ(p.models.size(), 2u);
  EXPECT_EQ(p.models[0].name, "qwen3:30b-a3b");
  EXPECT_EQ(p.models[0].upstream, "qwen3:30b-a3b");
  EXPECT_EQ(p.models[1].upstream, "gemma3:27b");
  EXPECT_EQ(p.models[1].aliases, std::vector<std::string>{"gemma"});
  EXPECT_EQ(p.models[1].tags, "chat german");
  EXPECT_EQ(p.models[1].accuracy, 4);
  EXPECT_EQ(p.models[1].quality, 3);
  EXPECT_EQ(p.models[1].latency, 2);
  EXPECT_EQ(p.models[1].cost, 8);
  ASSERT_EQ(s.policies.size(), 1u);
  EXPECT_EQ(s.policies[0].priority, 5);
  ASSERT_EQ(s.prices.size(), 1u);
  EXPECT_EQ(s.prices[0].price_per_k_token_nano, 200'000);
  EXPECT_EQ(core::to_iso8601(s.prices[0].valid_from), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(s.limits, limits_settings{}); // the example shows the defaults
  ASSERT_TRUE(s.cluster);
  EXPECT_EQ(s.cluster->listen, (endpoint{"10.0.0.1", 4242}));
  EXPECT_EQ(s.cluster->tls, (cluster_tls_settings{"c.pem", "k.pem", "ca.pem"}));
  EXPECT_TRUE(s.metrics.public_);
  EXPECT_EQ(s.rates_nano.at("USD"), 920'000'000);
}

TEST(load, nothing_at_all_is_the_defaults) {
  for (const auto* text : {"", "\n", "# only a comment\n", "---\n", "~\n", "providers:\n"}) {
    const auto result = load_text(text);
    ASSERT_TRUE(result.value) << text << complaints(result);
    EXPECT_EQ(*result.value, settings{});
  }
}

TEST(load, an_unknown_key_names_file_line_key_and_the_nearest_known_one) {
  const auto result = load_text("listen: 127.0.0.1:1\nproviders:\n  - name: a\n    base_ulr: http://127.0.0.1:1\n");
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(complaints(result), "logos.yaml:4: providers[0].base_ulr: unknown key; did you mean 'base_url'?\n");
  EXPECT_EQ(result.problems[0].nearest, "base_url");
  EXPECT_EQ(result.problems[0].column, 5);
  EXPECT_FALSE(result.value);
}

TEST(load, a_key_that_there_once_was_says_what_takes_its_place) {
  const auto result = load_text("providers:\n  - name: a\n    base_url: http://127.0.0.1:1\n    models:\n      - b\n"
                                "      - { name: c, weight: 5 }\n");
  EXPECT_FALSE(result.value);
  EXPECT_EQ(complaints(result),
            "logos.yaml:6: providers[0].models[1].weight: there is no such setting any more: nothing ever went by it, "
            "so leave it out; accuracy, quality, latency and cost say which model is preferred, and prices which "
            "provider\n");
  EXPECT_EQ(complaints("weight: 5\n").find("any more"), std::string::npos) << "it never was one there";
}

TEST(load, a_key_of_another_section_is_sent_there) {
  EXPECT_EQ(complaints("queue_wait: 3s\n"),
            "logos.yaml:1: queue_wait: unknown key here; did you mean 'limits.queue_wait'?\n");
}

TEST(load, an_outlandish_key_still_names_the_nearest) {
  EXPECT_NE(complaints("zzzzzzzz: 3s\n").find("unknown key; the nearest known one is '"), std::string::npos);
}

TEST(load, every_problem_is_reported_in_the_order_of_the_file) {
  EXPECT_EQ(
      complaints("listen: nowhere\n"
                 "limits: { idle: 60, request_body: 32Mb, queue_per_key: -1, total: [1], connect: 99d }\n"
                 "passthrough: perhaps\n"
                 "providers:\n"
                 "  - { type: olama, base_url: 'ftp://x' }\n"
                 "log: { level: loud }\n"
                 "prices: [ { token_type: prompt_tokens, valid_from: 2026-02-30, price_per_k_token: 1e3 } ]\n"),
      "logos.yaml:1: listen: expected host:port, for example 127.0.0.1:8080\n"
      "logos.yaml:2: limits.idle: expected a duration with its unit, such as 500ms, 300s, 30m or 1h30m, found '60'\n"
      "logos.yaml:2: limits.request_body: expected a size such as 32MiB, 64KiB or plain bytes, found '32Mb'\n"
      "logos.yaml:2: limits.queue_per_key: '-1' is out of range: 0 to 1000000\n"
      "logos.yaml:2: limits.total: expected a duration with its unit, such as 500ms, 300s, 30m or 1h30m, found a list\n"
      "logos.yaml:2: limits.connect: '99d' is out of range: 1ms to 24h\n"
      "logos.yaml:3: passthrough: expected true or false, found 'perhaps'\n"
      "logos.yaml:5: providers[0].type: 'olama' is not known; one of openai, azure, ollama, vllm, openwebui, "
      "anthropic, custom; did you mean 'ollama'?\n"
      "logos.yaml:5: providers[0].name: is missing\n"
      "logos.yaml:5: providers[0].base_url: the scheme 'ftp' is not http or https\n"
      "logos.yaml:6: log.level: 'loud' is not known; one of debug, info, warning, error\n"
      "logos.yaml:7: prices[0].valid_from: expected a date or time in UTC, such as 2026-01-01 or "
      "2026-01-01T12:00:00Z, found '2026-02-30'\n"
      "logos.yaml:7: prices[0].price_per_k_token: expected an amount of 0 or more with at most nine decimals, such as "
      "0.50, found '1e3'\n");
}

TEST(load, a_number_beyond_its_bounds_is_told_them) {
  EXPECT_EQ(complaints("prices:\n"
                       "  - { token_type: prompt_tokens, valid_from: 2026-02-03, price_per_k_token: 99999999999 }\n"
                       "  - { token_type: prompt_tokens, valid_from: 2026-02-04, price_per_k_token: 0.0000000001 }\n"
                       "limits: { queue_per_key: 99999999999999999999, request_body: 99999999999TiB }\n"),
            "logos.yaml:2: prices[0].price_per_k_token: expected an amount of at most 9223372036.854775807, found "
            "'99999999999'\n"
            "logos.yaml:3: prices[1].price_per_k_token: expected an amount with at most nine decimals: what is less "
            "than 0.000000001 cannot be kept, so round it, found '0.0000000001'\n"
            "logos.yaml:4: limits.queue_per_key: '99999999999999999999' is out of range: 0 to 1000000\n"
            "logos.yaml:4: limits.request_body: '99999999999TiB' is out of range: 1 to 4GiB\n");
}

TEST(load, as_many_estimates_are_kept_as_the_operator_says) {
  EXPECT_EQ(settings{}.learning.most_estimates, 128u);
  const auto result = load_text("learning: { most_estimates: 4096 }\n");
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(result.value->learning.most_estimates, 4096u);
  EXPECT_EQ(complaints("learning: { most_estimates: 4097 }\n"),
            "logos.yaml:1: learning.most_estimates: '4097' is out of range: 2 to 4096\n");
}

TEST(load, a_key_given_twice_is_an_error_that_names_the_first) {
  EXPECT_EQ(complaints("demo: true\nlisten: 127.0.0.1:1\ndemo: false\n"),
            "logos.yaml:3: demo: given twice; the first is in line 1\n");
  EXPECT_EQ(complaints("rates:\n  USD: 1\n  USD: 2\n"),
            "logos.yaml:3: rates.USD: given twice; the first is in line 2\n");
}

TEST(load, a_wrong_shape_says_what_is_expected) {
  EXPECT_EQ(complaints("- a\n"), "logos.yaml:1: expected a map of settings, found a list\n");
  EXPECT_EQ(complaints("providers: { name: a }\n"), "logos.yaml:1: providers: expected a list, found a map\n");
  EXPECT_EQ(complaints("limits: 5\n"), "logos.yaml:1: limits: expected a map of settings, found a single value\n");
  EXPECT_EQ(complaints("listen: [1]\n"), "logos.yaml:1: listen: expected host:port, found a list\n");
  EXPECT_EQ(complaints("? [a, b]\n: 1\n"), "logos.yaml:1: a key must be a single word, found a list\n");
}

TEST(load, a_secret_is_taken_from_the_environment_or_a_file) {
  sources from;
  from.text = "secret_key: file:/run/secret\nroot_key: env:ROOT\n";
  from.variables = {{"ROOT", "lg-root-key"}};
  from.files = [](const std::string& path) -> std::optional<std::string> {
    return path == "/run/secret" ? std::optional<std::string>{"0123456789abcdef\n"} : std::nullopt;
  };
  const auto result = load(from);
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(result.value->secret_key.reveal(), "0123456789abcdef");
  EXPECT_EQ(result.value->root_key.reveal(), "lg-root-key");
}

TEST(load, a_secret_that_is_not_there_is_an_error_with_key_and_line) {
  EXPECT_EQ(complaints("demo: true\nsecret_key: env:NOT_SET\nroot_key: file:/not/there\n"),
            "logos.yaml:2: secret_key: the environment variable 'NOT_SET' is not set\n"
            "logos.yaml:3: root_key: the file '/not/there' cannot be read\n");
}

TEST(load, a_secret_never_prints_itself) {
  std::ostringstream out;
  out << secret_text("hunter2");
  EXPECT_EQ(out.str(), "(secret)");
  const auto said = complaints("storage: mysql://root:hunter2@h/db\nsecret_key: hunter2\nroot_key: hunter2\n"
                               "providers: [ { name: a, base_url: 'http://u:hunter2@h', api_key: \"hunter2\\n\" } ]\n");
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 5) << said;
}

TEST(load, what_a_provider_does_not_say_follows_from_its_address_and_type) {
  const auto result =
      load_text("providers:\n"
                "  - { name: a, base_url: 'http://10.1.2.3:11434' }\n"
                "  - { name: b, base_url: 'https://api.openai.com/v1' }\n"
                "  - { name: c, base_url: 'https://x.openai.azure.com/openai/deployments/?api-version=2025-01-01' }\n"
                "  - { name: d, base_url: 'https://api.anthropic.com' }\n"
                "  - { name: e, base_url: 'http://vllm:8000/v1/', type: vllm }\n"
                "  - { name: f, base_url: 'https://llm.example.org', auth: { header: x-key } }\n");
  ASSERT_TRUE(result.value) << complaints(result);
  const auto& p = result.value->providers;
  using core::provider_type;
  EXPECT_EQ(p[0].type, provider_type::ollama);
  EXPECT_EQ(p[0].privacy, core::privacy_level::local);
  EXPECT_EQ(p[0].parallel, 0u) << "its server says";
  EXPECT_EQ(p[1].type, provider_type::openai);
  EXPECT_EQ(p[1].address.str(), "https://api.openai.com");
  EXPECT_EQ(p[1].privacy, core::privacy_level::cloud_not_in_eu_by_us_provider);
  EXPECT_EQ(p[1].parallel, 64u);
  EXPECT_EQ(p[2].type, provider_type::azure);
  EXPECT_EQ(p[2].address.str(), "https://x.openai.azure.com");
  EXPECT_EQ(p[2].api_version, "2025-01-01");
  EXPECT_EQ(p[2].auth, (auth_settings{"api-key", "{}"}));
  EXPECT_EQ(p[3].auth, (auth_settings{"x-api-key", "{}"}));
  EXPECT_EQ(p[4].address.str(), "http://vllm:8000");
  EXPECT_EQ(p[4].parallel, 0u);
  EXPECT_EQ(p[4].privacy, core::privacy_level::local);
  EXPECT_EQ(p[5].type, provider_type::custom);
  EXPECT_EQ(p[5].parallel, 0u);
  EXPECT_EQ(p[5].auth, (auth_settings{"x-key", "{}"}));
}

TEST(load, a_list_of_one_and_words_may_be_written_either_way) {
  const auto result =
      load_text("cors: https://a.example\nproviders:\n"
                "  - { name: a, base_url: 'http://127.0.0.1:1', models: [ { name: m, tags: [chat, code] } ] }\n");
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(result.value->cors, std::vector<std::string>{"https://a.example"});
  EXPECT_EQ(result.value->providers[0].models[0].tags, "chat code");
}

TEST(load, the_number_of_problems_is_bounded) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "k" + std::to_string(i) + ": 1\n";
  const auto result = load_text(text);
  EXPECT_EQ(result.problems.size(), most_problems + 1);
  EXPECT_FALSE(result.value);
}

} // namespace
} // namespace logos::config
