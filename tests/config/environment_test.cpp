// SPDX-License-Identifier: MIT
#include "config/catalogue.hpp"
#include "sample.hpp"

#include <gtest/gtest.h>

#include <set>

namespace logos::config {
namespace {

using testing::complaints;
using testing::load_text;
using namespace std::chrono_literals;

TEST(environment, a_flag_beats_a_variable_beats_the_file_beats_the_default) {
  const std::string file = "listen: 127.0.0.1:1\nlimits: { queue_wait: 1s, idle: 1s }\n";
  const environment variables{{"LOGOS_LISTEN", "127.0.0.1:2"}, {"LOGOS_LIMITS_QUEUE_WAIT", "2s"}};
  const auto all = load_text(file, variables, {{"listen", "127.0.0.1:3"}});
  ASSERT_TRUE(all.value) << complaints(all);
  EXPECT_EQ(all.value->listen.port, 3);
  EXPECT_EQ(all.value->limits.queue_wait, 2s);
  EXPECT_EQ(all.value->limits.idle, 1s);
  EXPECT_EQ(all.value->limits.connect, 10s);
}

TEST(environment, sections_and_lists_need_no_file) {
  const auto result = load_text("", {{"LOGOS_STORAGE", "postgresql://h/db"},
                                     {"LOGOS_CLUSTER_NAME", "prod"},
                                     {"LOGOS_CLUSTER_NODE", "a"},
                                     {"LOGOS_CLUSTER_LISTEN", "127.0.0.1:4242"},
                                     {"LOGOS_CORS", "https://a.example, https://b.example"},
                                     {"LOGOS_METRICS_PUBLIC", "1"},
                                     {"LOGOS_RATES", "{USD: 0.5}"},
                                     {"LOGOS_ROOT_KEY", "lg-root-from-env"},
                                     {"LOGOS_PROVIDERS", "[{name: a, base_url: 'http://127.0.0.1:1', models: [m]}]"}});
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(result.value->cluster->node, "a");
  EXPECT_EQ(result.value->cors, (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_TRUE(result.value->metrics.public_);
  EXPECT_EQ(result.value->rates_nano.at("USD"), 500'000'000);
  EXPECT_EQ(result.value->root_key.reveal(), "lg-root-from-env");
  EXPECT_EQ(result.value->providers.at(0).models.at(0).name, "m");
}

TEST(environment, a_wrong_value_names_the_variable_or_the_flag) {
  EXPECT_EQ(complaints("", {{"LOGOS_LISTEN", "x"}}),
            "LOGOS_LISTEN: listen: expected host:port, for example 127.0.0.1:8080\n");
  EXPECT_EQ(complaints("", {}, {{"limits.idle", "x"}}).substr(0, 28), "--limits.idle: limits.idle: ");
  EXPECT_EQ(complaints("", {}, {{"lisen", "x"}}), "--lisen: no such setting\n");
  EXPECT_EQ(complaints("", {{"LOGOS_CLUSTER_NODE", "a"}, {"LOGOS_STORAGE", "postgresql://h/db"}}),
            "LOGOS_CLUSTER_NODE: cluster.name: is missing\nLOGOS_CLUSTER_NODE: cluster.listen: is missing\n");
  EXPECT_EQ(complaints("", {{"LOGOS_PROVIDERS", "[{"}}).substr(0, 17), "LOGOS_PROVIDERS:1");
  EXPECT_EQ(complaints("", {{"LOGOS_DATA_DIR", "\xff"}}), "LOGOS_DATA_DIR: data_dir: not UTF-8 text\n");
}

TEST(environment, an_empty_variable_says_nothing) {
  const auto result = load_text("", {{"LOGOS_LISTEN", ""}, {"PROVIDER_NAME", ""}, {"BASE_URL", ""}});
  ASSERT_TRUE(result.value);
  EXPECT_EQ(*result.value, settings{});
}

TEST(environment, a_variable_that_looks_like_a_typing_mistake_is_a_warning) {
  const auto result = load_text("", {{"LOGOS_LISTNE", "x"}, {"LOGOS_CONFIG", "x"}, {"LOGOS_SERVICE_HOST", "x"}});
  EXPECT_TRUE(result.value);
  EXPECT_EQ(complaints(result), "LOGOS_LISTNE: warning: no such setting; did you mean 'LOGOS_LISTEN'?\n");
}

TEST(environment, provider_name_and_base_url_make_a_provider) {
  const auto result =
      load_text("", {{"PROVIDER_NAME", "mine"}, {"BASE_URL", "http://127.0.0.1:11434/v1"}, {"PROVIDER_API_KEY", "k"}});
  ASSERT_TRUE(result.value) << complaints(result);
  ASSERT_EQ(result.value->providers.size(), 1u);
  const auto& p = result.value->providers[0];
  EXPECT_EQ(p.name, "mine");
  EXPECT_EQ(p.type, core::provider_type::ollama);
  EXPECT_EQ(p.address.str(), "http://127.0.0.1:11434");
  EXPECT_EQ(p.api_key.reveal(), "k");
}

TEST(environment, the_first_provider_joins_those_of_the_file_and_overrides_its_namesake) {
  const std::string file = "providers: [ { name: a, base_url: 'http://127.0.0.1:1', parallel: 7 } ]\n";
  const auto joined =
      load_text(file, {{"PROVIDER_NAME", "b"}, {"BASE_URL", "http://127.0.0.1:2"}, {"PROVIDER_TYPE", "vllm"}});
  ASSERT_TRUE(joined.value) << complaints(joined);
  ASSERT_EQ(joined.value->providers.size(), 2u);
  EXPECT_EQ(joined.value->providers[1].type, core::provider_type::vllm);
  const auto same = load_text(file, {{"PROVIDER_NAME", "a"}, {"BASE_URL", "http://127.0.0.1:2"}});
  ASSERT_TRUE(same.value) << complaints(same);
  ASSERT_EQ(same.value->providers.size(), 1u);
  EXPECT_EQ(same.value->providers[0].address.port, 2);
  EXPECT_EQ(same.value->providers[0].parallel, 7u);
}

TEST(environment, provider_name_alone_is_a_warning_and_base_url_alone_nothing) {
  EXPECT_EQ(complaints("", {{"PROVIDER_NAME", "a"}}),
            "PROVIDER_NAME: warning: set without BASE_URL: no provider is configured by it\n");
  EXPECT_EQ(complaints("", {{"BASE_URL", "not even a URL"}}), "");
}

TEST(catalogue, every_setting_has_a_sentence_and_its_own_variable) {
  std::set<std::string> variables, paths;
  for (const auto& s : catalogue()) {
    EXPECT_TRUE(paths.insert(s.path).second) << s.path;
    EXPECT_FALSE(s.description.empty()) << s.path;
    EXPECT_EQ(s.description.back(), '.') << s.path;
    const bool in_list = s.path.find("[]") != std::string::npos;
    EXPECT_EQ(s.environment.empty(), in_list || s.form == shape::section) << s.path;
    EXPECT_TRUE(s.environment.empty() || variables.insert(s.environment).second) << s.environment;
  }
  EXPECT_TRUE(variables.contains("LOGOS_CLUSTER_TLS_CA"));
  EXPECT_TRUE(paths.contains("providers[].models[].name"));
}

TEST(catalogue, the_defaults_it_shows_are_the_defaults) {
  environment variables;
  for (const auto& s : catalogue())
    if (!s.environment.empty() && !s.default_text.empty() && s.default_text.find("made in") == std::string::npos)
      // These sections are off, and who turns one on has to say more.
      if (!s.path.starts_with("cluster.") && !s.path.starts_with("classification.embeddings.") &&
          s.form == shape::value)
        variables[s.environment] = s.default_text;
  EXPECT_GT(variables.size(), 20u);
  const auto result = load_text("", variables);
  ASSERT_TRUE(result.value) << complaints(result);
  settings defaults;
  defaults.currency_said = true; // by the variable
  EXPECT_EQ(*result.value, defaults);
}

TEST(catalogue, describes_itself_as_a_table) {
  const auto table = describe_settings();
  EXPECT_NE(table.find("| `limits.queue_wait` | `LOGOS_LIMITS_QUEUE_WAIT` | `300s` | Longest wait in a queue. |\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("| `providers[].base_url` |  | required |"), std::string::npos);
}

} // namespace
} // namespace logos::config
