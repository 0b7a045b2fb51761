// SPDX-License-Identifier: MIT
#include "net/path_text.hpp"
#include "net/routes.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

struct expectation {
  std::string_view method, path;
  route to;
  std::string_view rest{};
};

TEST(routes, each_path_has_its_route) {
  const expectation cases[] = {{"POST", "/v1/chat/completions", route::inference, "chat/completions"},
                               {"POST", "/openai/chat/completions", route::inference, "chat/completions"},
                               {"POST", "/openai/v1/responses", route::inference, "responses"},
                               {"DELETE", "/v1/files/f-1", route::inference, "files/f-1"},
                               {"OPTIONS", "/v1/chat/completions", route::inference, "chat/completions"},
                               {"GET", "/v1/models", route::models_list},
                               {"GET", "/v1/models/", route::models_list},
                               {"HEAD", "/openai/models", route::models_list},
                               {"GET", "/v1/models/a", route::model_one, "a"},
                               {"GET", "/v1/models/org%2Fname:7b", route::model_one, "org%2Fname:7b"},
                               {"GET", "/v1/models/org/name", route::model_one, "org/name"},
                               {"DELETE", "/v1/models/ft:x", route::inference, "models/ft:x"},
                               {"POST", "/v1/feedback", route::feedback},
                               {"POST", "/openai/feedback", route::inference, "feedback"},
                               {"POST", "/jobs/v1/chat/completions", route::job_submit, "chat/completions"},
                               {"POST", "/jobs/openai/embeddings", route::job_submit, "embeddings"},
                               {"GET", "/jobs", route::jobs_list},
                               {"GET", "/jobs/17", route::job_one, "17"},
                               {"DELETE", "/jobs/17", route::job_one, "17"},
                               {"POST", "/extras/tokenize", route::extras},
                               {"POST", "/extras/tokenize/count/", route::extras},
                               {"POST", "/extras/detokenize", route::extras},
                               {"POST", "/extras", route::unknown},
                               {"POST", "/extras/tokenize/counts", route::unknown},
                               {"GET", "/health", route::health},
                               {"GET", "/ready", route::ready},
                               {"GET", "/metrics", route::metrics},
                               {"GET", "/docs", route::docs},
                               {"GET", "/openapi.json", route::openapi_json},
                               {"PATCH", "/admin/v1/processes/1", route::admin, "processes/1"},
                               {"POST", "/logosdb/add_model", route::logosdb, "add_model"},
                               {"GET", "/forward_host", route::forward_host},
                               {"GET", "/", route::console},
                               {"GET", "/assets/app.js", route::console, "app.js"},
                               {"GET", "/%76%31/models", route::models_list},
                               {"GET", "/v2/models", route::unknown},
                               {"GET", "/v1", route::unknown},
                               {"GET", "/v1/", route::unknown},
                               {"GET", "/api/v1/models", route::unknown},
                               {"GET", "/healthz", route::unknown},
                               {"GET", "/V1/models", route::unknown},
                               {"GET", "//v1/models", route::unknown},
                               {"GET", "/v1%2Fmodels", route::unknown},
                               {"GET", "/jobs/1/2", route::unknown},
                               {"GET", "/jobs/v1/", route::unknown},
                               {"POST", "/openai/deployments/x", route::unknown},
                               {"POST", "/openai/deployments//chat", route::unknown}};
  for (const auto& c : cases) {
    const auto match = classify(c.method, c.path);
    EXPECT_EQ(static_cast<int>(match.to), static_cast<int>(c.to)) << c.method << ' ' << c.path;
    EXPECT_EQ(match.rest, c.rest) << c.path;
    EXPECT_TRUE(match.method_allowed) << c.method << ' ' << c.path;
    EXPECT_FALSE(match.bad_path) << c.path;
  }
}

TEST(routes, a_deployment_in_the_path_is_found) {
  const auto match = classify("POST", "/openai/deployments/gpt-4%20o/chat/completions");
  EXPECT_EQ(match.to, route::inference);
  EXPECT_EQ(match.deployment, "gpt-4%20o");
  EXPECT_EQ(match.rest, "chat/completions");
}

TEST(routes, a_wrong_method_is_told_the_right_ones) {
  EXPECT_FALSE(classify("POST", "/health").method_allowed);
  EXPECT_EQ(classify("POST", "/health").allow, "GET, HEAD");
  EXPECT_FALSE(classify("PUT", "/jobs/1").method_allowed);
  EXPECT_EQ(classify("PUT", "/jobs/1").allow, "GET, HEAD, DELETE");
  EXPECT_FALSE(classify("HEAD", "/jobs/v1/chat/completions").method_allowed);
  EXPECT_FALSE(classify("POST", "/v1/models").method_allowed);
  EXPECT_FALSE(classify("GET, HEAD", "/health").method_allowed);
  EXPECT_FALSE(classify("", "/health").method_allowed);
  EXPECT_TRUE(classify("BREW", "/v1/coffee").method_allowed);
}

TEST(routes, only_what_is_public_needs_no_key) {
  for (const auto path : {"/health", "/ready", "/docs", "/openapi.json", "/", "/assets/x"})
    EXPECT_FALSE(classify("GET", path).needs_key) << path;
  for (const auto path : {"/metrics", "/v1/models", "/v1/x", "/admin/v1/x", "/logosdb/x", "/jobs", "/jobs/1"})
    EXPECT_TRUE(classify("GET", path).needs_key) << path;
  EXPECT_EQ(classify("OPTIONS", "/v1/x", true).to, route::preflight);
  EXPECT_FALSE(classify("OPTIONS", "/v1/x", true).needs_key);
}

TEST(routes, paths_that_could_mean_something_else_are_refused) {
  for (const std::string_view path : {"",
                                      "v1/models",
                                      "*",
                                      "http://h/v1/models",
                                      "/v1/../admin/v1/x",
                                      "/v1/..",
                                      "/v1/.",
                                      "/v1/./x",
                                      "/v1/%2e%2e/x",
                                      "/v1/%2E%2E%2Fx",
                                      "/v1/.%2e/x",
                                      "/v1/x%2f..%2fy",
                                      "/v1/%252e%252e/x",
                                      "/v1/%252fx",
                                      "/v1/..;/x",
                                      "/v1/..;a=b/x",
                                      "/v1/%5c..",
                                      "/v1/a\\b",
                                      "/v1/a b",
                                      "/v1/%00",
                                      "/v1/%0d%0aHost:x",
                                      "/v1/a\r\nb",
                                      "/v1/%zz",
                                      "/v1/%",
                                      "/v1/%4",
                                      "/v1/x#y",
                                      "/v1/\xff",
                                      "/admin/v1/keys%2f1"})
    EXPECT_TRUE(classify("GET", path).bad_path) << path;
  for (const std::string_view path :
       {"/v1/...", "/v1/a..b", "/v1/.well-known/x", "/v1/a%20b", "/v1/%25", "/v1/a;b", "/v1/%C3%A9"})
    EXPECT_FALSE(classify("GET", path).bad_path) << path;
}

TEST(path_text, query_parameters_are_found_and_removed) {
  EXPECT_EQ(query_value("a=1&api-version=2024&b", "api-version"), "2024");
  EXPECT_EQ(query_value("xapi-version=1", "api-version"), "");
  EXPECT_EQ(query_without("a=1&api-version=2024&b", "api-version"), "a=1&b");
  EXPECT_EQ(query_without("api-version=2024", "api-version"), "");
}

} // namespace
} // namespace logos::net
