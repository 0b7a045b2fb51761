// SPDX-License-Identifier: MIT
#include "net/dialect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace logos::net {
namespace {

using core::ec;
using core::provider_type;

deployment_settings settings_of(provider_type type, std::string url, std::string model = "m") {
  deployment_settings out;
  out.type = type;
  out.base_url = std::move(url);
  out.upstream_model = std::move(model);
  return out;
}

std::string target_of(const deployment_settings& settings, std::string_view path, std::string_view query = {}) {
  const auto route = route_of(settings);
  if (!route) return "route: " + route.error().message;
  const auto made = build(*route, {.method = "POST", .path = path, .query = query, .headers = {}});
  return made ? made->target : std::string{to_string(made.error().code)};
}

std::string lines_of(const deployment_settings& settings, const std::vector<header_view>& headers = {},
                     bool own = false) {
  const auto route = route_of(settings);
  if (!route) return "route: " + route.error().message;
  return build(*route, {.method = "POST", .path = "x", .query = {}, .headers = headers, .own_credentials = own})
      ->header_lines;
}

TEST(dialect, openai_compatible_paths_follow_the_base_url) {
  const std::pair<std::string, std::string> cases[] = {
      {"https://api.openai.com", "/v1/chat/completions"},
      {"https://api.openai.com/", "/v1/chat/completions"},
      {"https://api.openai.com/v1", "/v1/chat/completions"},
      {"https://api.openai.com/v1///", "/v1/chat/completions"},
      {"https://openrouter.ai/api/v1", "/api/v1/chat/completions"},
      {"http://h/proxy", "/proxy/v1/chat/completions"},
      {"https://generativelanguage.googleapis.com/v1beta/openai/", "/v1beta/openai/chat/completions"},
      {"https://api.z.ai/api/paas/v4", "/api/paas/v4/chat/completions"},
      {"https://h/client/v4/accounts/a/ai/v1", "/client/v4/accounts/a/ai/v1/chat/completions"},
      {"http://h/models/{model}/v1", "/models/org%2Fm%201/v1/chat/completions"},
      {"http://h/{model}", "/org%2Fm%201/v1/chat/completions"}};
  for (const auto type : {provider_type::openai, provider_type::vllm, provider_type::custom})
    for (const auto& [url, target] : cases)
      EXPECT_EQ(target_of(settings_of(type, url, "org/m 1"), "chat/completions"), target) << url;
}

TEST(dialect, open_webui_serves_below_api) {
  EXPECT_EQ(target_of(settings_of(provider_type::openwebui, "http://h:3000"), "chat/completions"),
            "/api/chat/completions");
  EXPECT_EQ(target_of(settings_of(provider_type::openwebui, "http://h:3000/api"), "chat/completions"),
            "/api/chat/completions");
  EXPECT_EQ(target_of(settings_of(provider_type::openwebui, "http://h:3000/api/v1"), "chat/completions"),
            "/api/v1/chat/completions");
}

TEST(dialect, the_query_goes_along_but_for_azures_version) {
  const auto openai = settings_of(provider_type::openai, "http://h");
  EXPECT_EQ(target_of(openai, "files", "purpose=x&limit=2"), "/v1/files?purpose=x&limit=2");
  EXPECT_EQ(target_of(openai, "files", "api-version=2024-10-21&limit=2"), "/v1/files?limit=2");
  EXPECT_EQ(target_of(settings_of(provider_type::custom, "http://h/v1?key=1"), "files", "a=b"), "/v1/files?key=1&a=b");
}

TEST(dialect, an_endpoint_of_its_own_replaces_the_path) {
  auto settings = settings_of(provider_type::custom, "http://h/base");
  settings.endpoint = "special/chat?x=1";
  EXPECT_EQ(target_of(settings, "chat/completions", "y=2"), "/base/special/chat?x=1&y=2");
  settings.endpoint = "https://other:8443/v1/chat/completions";
  const auto route = route_of(settings);
  ASSERT_TRUE(route);
  EXPECT_EQ(route->host_header, "other:8443");
  EXPECT_TRUE(route->address.tls);
  EXPECT_EQ(target_of(settings, "embeddings"), "/v1/chat/completions");
}

TEST(dialect, azure_deployment_paths) {
  for (const auto url :
       {"https://r.openai.azure.com", "https://r.openai.azure.com/openai",
        "https://r.openai.azure.com/openai/deployments", "https://r.openai.azure.com/openai/deployments/",
        "https://r.openai.azure.com/openai/deployments/other"}) {
    const auto azure = settings_of(provider_type::azure, url, "gpt 4o");
    EXPECT_EQ(target_of(azure, "chat/completions"),
              "/openai/deployments/gpt%204o/chat/completions?api-version=2024-10-21")
        << url;
    EXPECT_EQ(target_of(azure, "responses", "a=b"), "/openai/responses?a=b&api-version=2024-10-21") << url;
    EXPECT_EQ(target_of(azure, "files/f1/content"), "/openai/files/f1/content?api-version=2024-10-21");
    EXPECT_EQ(target_of(azure, "audio/transcriptions", "api-version=2025-01-01"),
              "/openai/deployments/gpt%204o/audio/transcriptions?api-version=2025-01-01");
  }
}

TEST(dialect, azure_versions_and_stored_endpoints) {
  auto azure = settings_of(provider_type::azure, "https://r.openai.azure.com", "gpt-4o");
  azure.api_version = "2025-03-01-preview";
  EXPECT_EQ(target_of(azure, "embeddings"), "/openai/deployments/gpt-4o/embeddings?api-version=2025-03-01-preview");
  azure.api_version.clear();
  azure.endpoint =
      "https://other.openai.azure.com/openai/deployments/stored/chat/completions?api-version=2024-08-01-preview";
  EXPECT_EQ(target_of(azure, "embeddings"), "/openai/deployments/stored/embeddings?api-version=2024-08-01-preview");
  EXPECT_EQ(route_of(azure)->host_header, "other.openai.azure.com");
  azure.endpoint = "/openai/deployments/rel/chat/completions?api-version=v9";
  EXPECT_EQ(target_of(azure, "completions"), "/openai/deployments/rel/completions?api-version=v9");
  EXPECT_EQ(target_of(settings_of(provider_type::azure, "https://r.openai.azure.com/openai/v1/"), "chat/completions"),
            "/openai/v1/chat/completions");
  EXPECT_FALSE(route_of(settings_of(provider_type::azure, "https://r.openai.azure.com", "")));
}

TEST(dialect, credentials_are_spelled_as_each_provider_wants_them) {
  const auto line = [](provider_type type, std::string header = {}, std::string format = {}) {
    auto settings = settings_of(type, "http://h", "m");
    settings.api_key = "K";
    settings.auth_header = std::move(header);
    settings.auth_format = std::move(format);
    return route_of(settings)->auth_line;
  };
  EXPECT_EQ(line(provider_type::openai), "Authorization: Bearer K\r\n");
  EXPECT_EQ(line(provider_type::ollama), "Authorization: Bearer K\r\n");
  EXPECT_EQ(line(provider_type::azure), "api-key: K\r\n");
  EXPECT_EQ(line(provider_type::azure, "Authorization"), "Authorization: Bearer K\r\n");
  EXPECT_EQ(line(provider_type::anthropic), "x-api-key: K\r\n");
  EXPECT_EQ(line(provider_type::custom, "X-Token", "Token token={};"), "X-Token: Token token=K;\r\n");
  EXPECT_EQ(route_of(settings_of(provider_type::openai, "http://h"))->auth_line, "");
}

TEST(dialect, header_lines_begin_with_ours_and_keep_the_clients) {
  auto settings = settings_of(provider_type::openai, "http://[::1]:8080");
  settings.api_key = "K";
  const std::vector<header_view> headers{
      {"Host", "evil"}, {"Authorization", "Bearer lg-1"}, {"Content-Type", "application/json"}};
  EXPECT_EQ(
      lines_of(settings, headers),
      "Host: [::1]:8080\r\nAuthorization: Bearer K\r\nAccept-Encoding: identity\r\nContent-Type: application/json\r\n");
  EXPECT_EQ(lines_of(settings, headers, true), lines_of(settings, headers)) << "whosever key the settings have";
}

TEST(dialect, clients_never_leave_v1_of_an_ollama) {
  const auto ollama = settings_of(provider_type::ollama, "http://h:11434/v1");
  EXPECT_EQ(target_of(ollama, "chat/completions"), "/v1/chat/completions");
  EXPECT_EQ(target_of(ollama, "api/pull"), "/v1/api/pull");
  EXPECT_EQ(target_of(ollama, "/api/pull"), "/v1/api/pull");
  EXPECT_EQ(target_of(settings_of(provider_type::ollama, "http://h/v2"), "x"), "/v2/v1/x");
  for (const std::string_view path :
       {"../api/pull", "..%2fapi/pull", "%2e%2e/api/pull", "%2e%2e%2fapi%2fpull", "x/../../api/pull", "..\\api\\pull",
        "%2e%2e%5capi", "..;/api/pull", "%252e%252e/api/pull", "x/..", "."})
    EXPECT_EQ(target_of(ollama, path), "bad_request") << path;
}

TEST(dialect, neither_path_nor_query_can_alter_the_request) {
  const auto openai = settings_of(provider_type::openai, "http://h");
  for (const std::string_view path :
       {"a HTTP/1.1\r\nHost: evil\r\n\r\n", "a b", "a\tb", "a\nb", "a%0d%0ab", "a%00b", "a?x", "a#x", "\x7f", "\xffx"})
    EXPECT_EQ(target_of(openai, path), "bad_request") << path;
  EXPECT_EQ(target_of(openai, std::string_view{"a\0b", 3}), "bad_request");
  for (const std::string_view query : {"a b", "a\r\nHost: evil", "a#b", "a\tb", "\x7f", "\xe9"})
    EXPECT_EQ(target_of(openai, "x", query), "bad_request") << query;
  // An absolute form is only a strange path below ours.
  EXPECT_EQ(target_of(openai, "http://evil/x"), "/v1/http://evil/x");
  EXPECT_EQ(target_of(openai, "//evil/x"), "/v1/evil/x");
}

TEST(dialect, settings_that_cannot_work_are_refused_by_name) {
  const auto param = [](deployment_settings settings) {
    const auto route = route_of(settings);
    return route ? std::string{"accepted"} : route.error().param;
  };
  for (const auto url : {"", "h", "ftp://h", "http://", "http:///x", "http://u:p@h", "http://h:0", "http://h:99999",
                         "http://h:x", "http://h:1:2", "http://h h", "http://h/../x", "http://h/a b", "http://h/#x",
                         "http://[::1", "http://[h]", "http://[::1]x", "http://h\r\n", "http://h?a b"})
    EXPECT_EQ(param(settings_of(provider_type::openai, url)), "base_url") << url;
  auto settings = settings_of(provider_type::openai, "http://h");
  settings.api_key = "K\r\nX: y";
  EXPECT_EQ(param(settings), "api_key");
  settings = settings_of(provider_type::openai, "http://h");
  settings.auth_header = "X Y";
  EXPECT_EQ(param(settings), "auth.header");
  settings = settings_of(provider_type::openai, "http://h");
  settings.auth_format = "Bearer";
  EXPECT_EQ(param(settings), "auth.format");
  settings = settings_of(provider_type::openai, "http://h");
  settings.endpoint = "../x";
  EXPECT_EQ(param(settings), "endpoint");
  EXPECT_EQ(param(settings_of(provider_type::openai, "http://h/{model}", "..")), "upstream");
}

TEST(dialect, base_urls_are_taken_apart) {
  const auto url = parse_base_url("https://API.example.com:8443/a/b/v1/?x=y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->address, (endpoint_address{true, "API.example.com", "8443"}));
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "x=y");
  EXPECT_TRUE(url->versioned);
  EXPECT_EQ(parse_base_url("http://h")->address.port, "80");
  EXPECT_EQ(parse_base_url("https://[2001:db8::1]")->address.host, "2001:db8::1");
}

} // namespace
} // namespace logos::net
