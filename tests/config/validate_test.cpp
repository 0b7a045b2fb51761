// SPDX-License-Identifier: MIT
#include "config/validate.hpp"
#include "sample.hpp"

#include <gtest/gtest.h>

namespace logos::config {
namespace {

using testing::complaints;

std::string two_providers(std::string_view first, std::string_view second) {
  return "providers:\n  - { name: a, base_url: 'http://127.0.0.1:1', models: " + std::string(first) +
         " }\n  - { name: b, base_url: 'http://127.0.0.1:2', models: " + std::string(second) + " }\n";
}

TEST(validate, the_defaults_are_valid) { EXPECT_TRUE(validate(settings{}).empty()); }

TEST(validate, a_cluster_with_sqlite_is_an_error_that_says_so) {
  EXPECT_EQ(complaints("demo: true\ncluster: { name: p, node: a, listen: 127.0.0.1:1 }\n"),
            "logos.yaml:2: cluster: needs PostgreSQL (storage: postgresql://…): with SQLite a node stands alone\n");
}

TEST(validate, a_node_must_be_reachable_by_the_others) {
  const std::string text = "storage: postgresql://h/d\ncluster: { name: p, node: a, listen: '0.0.0.0:1'";
  EXPECT_NE(complaints(text + " }\n").find("logos.yaml:2: cluster.listen: other nodes cannot connect to 0.0.0.0"),
            std::string::npos);
  EXPECT_EQ(complaints(text + ", advertise: '10.0.0.1:1', tls: { certificate: c, key: k, ca: a } }\n"), "");
  EXPECT_NE(complaints(text + ", advertise: '10.0.0.1:1' }\n").find("warning: cluster.tls: is not set"),
            std::string::npos);
}

TEST(validate, a_cascade_needs_a_check_and_a_probability) {
  const auto with = [](std::string_view cascade) {
    return complaints("policies: [ { name: p, cascade: " + std::string{cascade} + " } ]\n");
  };
  EXPECT_EQ(with("{ checks: [refusal, truncated], min_confidence: 0.625, most_steps: 5 }"), "");
  EXPECT_NE(with("{ min_confidence: 0.6 }").find("policies[0].cascade"), std::string::npos);
  EXPECT_NE(with("{ checks: [] }").find("policies[0].cascade.checks: a cascade needs a check"), std::string::npos);
  EXPECT_NE(with("{ checks: [refusals] }").find("'refusals' is no check of answers; those are refusal, schema,"),
            std::string::npos);
  EXPECT_NE(with("{ checks: [refusal], min_confidence: 1.1 }").find("cascade.min_confidence: a number from 0 to 1"),
            std::string::npos);
  EXPECT_NE(with("{ checks: [refusal], min_confidence: 0.1234 }").find("at most three decimals"), std::string::npos);
  EXPECT_NE(with("{ checks: [refusal], most_steps: 1 }").find("policies[0].cascade.most_steps"), std::string::npos);
}

TEST(validate, a_name_may_be_given_once) {
  EXPECT_EQ(complaints("providers:\n  - { name: a, base_url: 'http://127.0.0.1:1' }\n"
                       "  - { name: a, base_url: 'http://127.0.0.1:2' }\n"),
            "logos.yaml:3: providers[1].name: 'a' names two providers\n");
  EXPECT_EQ(complaints("policies: [ { name: p } ,\n { name: p } ]\n"),
            "logos.yaml:2: policies[1].name: 'p' names two policies\n");
  EXPECT_EQ(complaints(two_providers("[m, m]", "[m]")),
            "logos.yaml:2: providers[0].models[1].name: 'm' names two models of this provider\n");
  EXPECT_EQ(complaints("prices:\n"
                       "  - { token_type: prompt_tokens, valid_from: 2026-01-01, price_per_k_token: 1 }\n"
                       "  - { token_type: prompt_tokens, valid_from: 2026-01-01T00:00Z, price_per_k_token: 2 }\n"),
            "logos.yaml:3: prices[1]: is a second price for the same model, token type and date\n");
}

TEST(validate, a_price_may_be_about_a_token_type_of_the_operators_own) {
  const auto price_of = [](const std::string& type) {
    return complaints("prices: [ { token_type: " + type + ", valid_from: 2026-01-01, price_per_k_token: 1 } ]\n");
  };
  EXPECT_EQ(price_of("web_searches"), "") << "whether it is there, only the database knows";
  EXPECT_EQ(price_of("promt_tokens"),
            "logos.yaml:1: prices[0].token_type: 'promt_tokens' is no token type; did you mean 'prompt_tokens'?\n");
  for (const std::string bad : {"total_tokens", "'Web Searches'", "''"})
    EXPECT_NE(price_of(bad).find("has no price; these have: prompt_tokens, "), std::string::npos) << bad;
}

TEST(validate, a_name_differs_from_others_in_more_than_the_case_of_letters) {
  EXPECT_EQ(complaints("providers:\n  - { name: a, base_url: 'http://127.0.0.1:1' }\n"
                       "  - { name: A, base_url: 'http://127.0.0.1:2' }\n"),
            "logos.yaml:3: providers[1].name: 'A' and 'a' name two providers: names must differ in more than the case "
            "of letters\n");
  EXPECT_NE(complaints("policies: [ { name: p } ,\n { name: P } ]\n").find("'P' and 'p' name two policies"),
            std::string::npos);
  EXPECT_NE(complaints(two_providers("[m, M]", "[m]")).find("'M' and 'm' name two models of this provider"),
            std::string::npos);
  EXPECT_EQ(complaints(two_providers("[m]", "[M]")),
            "logos.yaml:3: providers[1].models[0].name: 'M' is written 'm' elsewhere: names must differ in more than "
            "the case of letters\n");
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [M] }]", "[m]")), "") << "its own in another case";
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [x] }]", "[{ name: n, aliases: [X] }]")),
            "logos.yaml:3: providers[1].models[0].aliases: 'X' already leads to 'm'\n");
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [N] }]", "[n]")),
            "logos.yaml:2: providers[0].models[0].aliases: 'N' is also the name of a model\n");
  EXPECT_NE(complaints("policies: [ { name: \"p\\u00a0\" } ]\n").find("nor start or end with a space"),
            std::string::npos);
}

TEST(validate, an_alias_leads_to_one_model) {
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [x] }]", "[{ name: m, aliases: [x] }]")), "");
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [x] }]", "[{ name: n, aliases: [x] }]")),
            "logos.yaml:3: providers[1].models[0].aliases: 'x' already leads to 'm'\n");
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [n] }]", "[n]")),
            "logos.yaml:2: providers[0].models[0].aliases: 'n' is also the name of a model\n");
}

TEST(validate, alerts_go_where_they_may_and_are_signed) {
  const std::string secret = ", secret: a secret of its own }\n";
  EXPECT_EQ(complaints("alerts: { url: 'https://hooks.example.org/x'" + secret), "");
  EXPECT_EQ(complaints("alerts: { url: 'http://hooks.internal/x', allow: [hooks.internal, 10.0.0.0/8, '::1']" + secret),
            "");
  EXPECT_EQ(complaints("alerts: { url: 'https://hooks.example.org/x' }\n"),
            "logos.yaml:1: alerts.secret: is missing: receivers know by it that an alert is from this gateway\n");
  EXPECT_NE(complaints("alerts: { url: 'http://hooks.example.org/x'" + secret).find("alerts.url: is not encrypted"),
            std::string::npos);
  EXPECT_NE(complaints("alerts: { url: hooks.example.org" + secret).find("alerts.url: "), std::string::npos);
  EXPECT_NE(complaints("alerts: { secret: short }\n").find("alerts.secret: shorter than 16"), std::string::npos);
  for (const std::string place : {"'https://x'", "10.0.0.0/99", "10.1.0.0/8", "'a b'", "'host:80'", "''"})
    EXPECT_NE(complaints("alerts: { allow: [" + place + "] }\n").find("alerts.allow[0]"), std::string::npos) << place;
}

TEST(validate, a_model_cannot_be_called_like_the_classifier) {
  EXPECT_NE(complaints(two_providers("[logos-v1.0]", "[]")).find("ask the classifier to choose"), std::string::npos);
  EXPECT_NE(complaints(two_providers("[{ name: m, aliases: [logos-v1] }]", "[]")).find("ask the classifier"),
            std::string::npos);
}

TEST(validate, examples_of_the_classifier_are_about_something_and_say_something) {
  const auto example = [](const std::string& members) {
    return complaints("classification: { examples: [ { " + members + " } ] }\n");
  };
  EXPECT_EQ(example("topic: law, text: 'Is this contract void?', worth: -0.5"), "");
  EXPECT_EQ(complaints(two_providers("[{ name: m, aliases: [x] }]", "[]") +
                       "classification: { examples: [ { model: X, text: a }, { model: m, text: b } ] }\n"),
            "");
  EXPECT_NE(example("model: m, text: a").find("classification.examples[0].model: 'm' is not a model of this file"),
            std::string::npos);
  for (const std::string both : {"text: a", "model: m, topic: law, text: a"})
    EXPECT_NE(example(both).find("classification.examples[0]: must have either 'model' or 'topic'"), std::string::npos);
  EXPECT_NE(example("topic: law").find("text"), std::string::npos);
  EXPECT_NE(example("topic: law, text: ' '").find("examples[0].text: must not be empty"), std::string::npos);
  EXPECT_NE(example("topic: two words, text: a").find("examples[0].topic: must be one tag"), std::string::npos);
  EXPECT_NE(example("topic: law, text: a, worth: 0").find("examples[0].worth: must not be 0"), std::string::npos);
  EXPECT_NE(example("topic: law, text: a, worth: 2").find("out of range: -1 to 1"), std::string::npos);
}

TEST(validate, an_embedding_model_has_a_name_a_process_and_bounds) {
  const auto embeddings = [](const std::string& members) {
    return complaints(two_providers("[{ name: reader, aliases: [r] }]", "[]") + "classification: { embeddings: { " +
                      members + " } }\n");
  };
  EXPECT_EQ(embeddings("model: R, process: librarian"), "");
  EXPECT_EQ(embeddings("model: reader, process: 7, timeout: 2s, cache: 1000000"), "");
  EXPECT_NE(embeddings("model: nobody, process: 7")
                .find("classification.embeddings.model: 'nobody' is not a model of this file"),
            std::string::npos);
  EXPECT_NE(embeddings("process: 7").find("classification.embeddings.model: is missing"), std::string::npos);
  EXPECT_NE(embeddings("model: reader").find("classification.embeddings.process: is missing"), std::string::npos);
  EXPECT_NE(embeddings("model: reader, process: ''").find("embeddings.process: must not be empty"), std::string::npos);
  for (const std::string bad : {"timeout: 0ms", "timeout: 3s", "cache: 0", "cache: 1000001"})
    EXPECT_NE(embeddings("model: reader, process: 7, " + bad).find("is out of range"), std::string::npos) << bad;
  EXPECT_NE(embeddings("model: reader, process: 7, timeout: 50").find("classification.embeddings.timeout: expected a"),
            std::string::npos);
}

TEST(validate, parts_of_the_balance_are_known_by_name_and_are_numbers) {
  const auto balance = [](const std::string& members) {
    return complaints("classification: { balance: { " + members + " } }\n");
  };
  EXPECT_EQ(balance("policy: 3.4, tags: 1.9, semantic: 1, features: 0, time: 0, price: 0, learned: 0"), "");
  EXPECT_NE(balance("semntic: 2").find("did you mean 'semantic'"), std::string::npos) << balance("semntic: 2");
  for (const std::string value : {"-1", "1001", "many", "1e3", "nan", "inf", "''"})
    EXPECT_NE(balance("price: " + value).find("classification.balance.price"), std::string::npos) << value;
}

TEST(validate, a_model_cannot_be_called_like_every_model) {
  EXPECT_EQ(complaints(two_providers("['*']", "[]")),
            "logos.yaml:2: providers[0].models[0].name: '*' stands for every model\n");
}

TEST(validate, a_price_in_another_currency_needs_its_rate) {
  const std::string price =
      "prices: [ { token_type: prompt_tokens, valid_from: 2026-01-01, price_per_k_token: 1, currency: USD } ]\n";
  EXPECT_EQ(complaints(price),
            "logos.yaml:1: prices[0].currency: is not EUR: what one USD is worth must stand in rates.USD\n");
  EXPECT_EQ(complaints(price + "rates: { USD: 0.92 }\n"), "");
  EXPECT_EQ(complaints(price + "currency: USD\n"), "");
  EXPECT_NE(complaints("rates: { USD: 0, EUR: 1, Dollar: 1 }\n"), "");
}

TEST(validate, what_travels_in_a_header_can_travel_in_a_header) {
  const auto provider = [](std::string_view more) {
    return complaints("providers: [ { name: a, base_url: 'http://127.0.0.1:1', " + std::string(more) + " } ]\n");
  };
  EXPECT_NE(provider("auth: { header: 'X Key' }").find("providers[0].auth.header: 'X Key' is not a header's name"),
            std::string::npos);
  EXPECT_NE(provider("auth: { format: Bearer }").find("must hold {} once"), std::string::npos);
  EXPECT_NE(provider("auth: { format: \"{}\\r\\nx: {}\" }"), "");
  EXPECT_NE(provider("api_key: \"a\\nb\"").find("line break"), std::string::npos);
  EXPECT_NE(provider("api_key: schlüssel").find("must be ASCII"), std::string::npos);
  EXPECT_NE(complaints("root_key: 'with a space'\n").find("without spaces"), std::string::npos);
}

TEST(validate, a_key_does_not_travel_in_a_header_that_frames_the_request) {
  for (const std::string name : {"Content-Length", "transfer-encoding", "HOST", "Connection", "Upgrade", "TE",
                                 "Trailer", "Keep-Alive", "Proxy-Authorization", "proxy-connection"})
    EXPECT_NE(complaints("providers: [ { name: a, base_url: 'http://127.0.0.1:1', auth: { header: " + name + " } } ]\n")
                  .find("providers[0].auth.header: '" + name + "' frames the request"),
              std::string::npos)
        << name;
  EXPECT_EQ(complaints("providers: [ { name: a, base_url: 'http://127.0.0.1:1', auth: { header: X-Hostess } } ]\n"),
            "");
}

TEST(validate, a_limit_is_not_larger_than_a_million) {
  EXPECT_NE(complaints("providers: [ { name: a, base_url: 'http://127.0.0.1:1', max_in_flight: 4294967297 } ]\n"), "");
  EXPECT_NE(complaints("providers: [ { name: a, base_url: 'http://127.0.0.1:1', max_in_flight: 1000001 } ]\n"), "");
  EXPECT_EQ(complaints("providers: [ { name: a, base_url: 'http://127.0.0.1:1', max_in_flight: 1000000 } ]\n"), "");
}

TEST(validate, keys_have_a_least_length) {
  EXPECT_EQ(
      complaints("secret_key: short\nroot_key: tiny\n"),
      "logos.yaml:1: secret_key: shorter than 16 characters\nlogos.yaml:2: root_key: shorter than 8 characters\n");
}

TEST(validate, origins_are_origins) {
  EXPECT_EQ(complaints("cors: ['*', 'https://a.example:8443']\n"), "");
  EXPECT_EQ(complaints("cors: ['*',\n 'a.example']\n"),
            "logos.yaml:2: cors[1]: 'a.example' is not an origin such as https://app.example.org\n");
  EXPECT_NE(complaints("cors: ['https://a.example/']\n"), "");
  EXPECT_EQ(complaints("trusted_proxies: [10.0.0.0/8, '::1']\n"), "");
  EXPECT_EQ(complaints("trusted_proxies: [10.0.0.1,\n proxy]\n"),
            "logos.yaml:2: trusted_proxies[1]: 'proxy' is neither an address nor a network such as 10.0.0.0/8 or "
            "2001:db8::/32.\n");
  EXPECT_NE(complaints("trusted_proxies: ['::ffff:10.0.0.0/104']\n"), "");
  EXPECT_NE(complaints("trusted_proxies: [0.0.0.0/0]\n").find("trusts everybody"), std::string::npos);
}

TEST(validate, a_key_sent_in_the_clear_is_a_warning) {
  const auto result =
      testing::load_text("providers: [ { name: a, base_url: 'http://llm.example.org', api_key: k } ]\n");
  EXPECT_TRUE(result.value);
  EXPECT_EQ(complaints(result), "logos.yaml:1: warning: providers[0].base_url: sends the key unencrypted; use https\n");
}

TEST(validate, a_server_that_asks_for_no_key_cannot_take_clients_keys) {
  const auto with = [](std::string_view provider) {
    return complaints("passthrough: true\nproviders: [ { name: a, " + std::string{provider} + " } ]\n");
  };
  EXPECT_EQ(
      with("base_url: 'http://127.0.0.1:1', type: ollama, passthrough: true"),
      "logos.yaml:2: providers[0].passthrough: a server of this type asks for no key unless it was given one: set "
      "api_key\n");
  EXPECT_EQ(with("base_url: 'http://127.0.0.1:1', type: vllm, passthrough: true, api_key: k"), "");
  EXPECT_EQ(with("base_url: 'http://127.0.0.1:1', type: ollama"), "");
  EXPECT_NE(with("base_url: 'http://127.0.0.1:1', type: openai").find("warning: providers[0].passthrough: is true by"),
            std::string::npos);
  for (const auto* settled : {"passthrough: false", "passthrough: true", "api_key: k", "enabled: false"})
    EXPECT_EQ(with("base_url: 'http://127.0.0.1:1', type: openai, " + std::string{settled}), "") << settled;
  EXPECT_EQ(with("base_url: 'https://api.openai.com', type: openai"), "");
}

} // namespace
} // namespace logos::config
