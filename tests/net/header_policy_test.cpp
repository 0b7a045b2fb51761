// SPDX-License-Identifier: MIT
#include "net/header_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace logos::net {
namespace {

std::string forwarded(const std::vector<header_view>& headers, std::string_view auth = {}, bool own = false) {
  std::string out;
  append_forwarded_headers(out, headers, auth, own);
  return out;
}

std::string answered(const std::vector<header_view>& headers) {
  std::string out;
  append_answer_headers(out, headers);
  return out;
}

TEST(header_policy, end_to_end_headers_go_through_as_they_are) {
  EXPECT_EQ(forwarded({{"Content-Type", "application/json"},
                       {"OpenAI-Beta", "assistants=v2"},
                       {"Accept", "a, b"},
                       {"X-Custom", ""}}),
            "Content-Type: application/json\r\nOpenAI-Beta: assistants=v2\r\nAccept: a, b\r\nX-Custom: \r\n");
}

TEST(header_policy, what_is_not_the_providers_business_stays_here) {
  for (const std::string_view name : {"Connection",
                                      "Keep-Alive",
                                      "TE",
                                      "Trailer",
                                      "Transfer-Encoding",
                                      "Upgrade",
                                      "Proxy-Authorization",
                                      "Proxy-Connection",
                                      "Host",
                                      "Content-Length",
                                      "Accept-Encoding",
                                      "Expect",
                                      "Authorization",
                                      "API-Key",
                                      "X-API-Key",
                                      "Cookie",
                                      "X-HTTP-Method-Override",
                                      "X-HTTP-Method",
                                      "X-Method-Override",
                                      "logos_key",
                                      "Logos-Key",
                                      "use_profile",
                                      "policy",
                                      "provider",
                                      "X-Logos-Priority",
                                      "x-logos-metadata",
                                      "Forwarded",
                                      "X-Forwarded-For",
                                      "x-forwarded-anything",
                                      "X-Real-IP",
                                      "Origin",
                                      "Referer",
                                      "Sec-Fetch-Mode",
                                      "HTTP2-Settings",
                                      "OpenAI-Organization"})
    EXPECT_EQ(forwarded({{name, "secret"}}), "") << name;
}

TEST(header_policy, what_connection_lists_is_dropped_too) {
  EXPECT_EQ(forwarded({{"Connection", "close, X-Hop ,  x-other"},
                       {"x-hop", "1"},
                       {"X-Other", "2"},
                       {"connection", "third"},
                       {"Third", "3"},
                       {"X-Stay", "4"}}),
            "X-Stay: 4\r\n");
}

TEST(header_policy, nothing_ends_a_line_early) {
  EXPECT_EQ(forwarded({{"X-A", "a\r\nAuthorization: x"},
                       {"X-B", std::string_view{"a\0b", 3}},
                       {"X C", "v"},
                       {"X:D", "v"},
                       {"", "v"},
                       {"X-E", "a\tb \xC3\xA9"}}),
            "X-E: a\tb \xC3\xA9\r\n");
}

TEST(header_policy, a_clients_account_is_named_only_with_the_clients_key_and_its_key_is_never_copied) {
  const std::vector<header_view> headers{
      {"Authorization", "Bearer k"}, {"OpenAI-Organization", "o"}, {"x-api-key", "k"}, {"logos_key", "lg"}};
  EXPECT_EQ(forwarded(headers, {}, true), "OpenAI-Organization: o\r\n");
  EXPECT_EQ(forwarded(headers), "");
  EXPECT_EQ(forwarded({{"X-My-Auth", "client's"}}, "x-my-auth"), "");
}

TEST(header_policy, answers_lose_what_is_ours_to_say) {
  EXPECT_EQ(answered({{"Content-Type", "text/event-stream"},
                      {"Content-Length", "5"},
                      {"Transfer-Encoding", "chunked"},
                      {"Set-Cookie", "a"},
                      {"Server", "nginx"},
                      {"Date", "now"},
                      {"Alt-Svc", "h3"},
                      {"Strict-Transport-Security", "x"},
                      {"Connection", "x-hop"},
                      {"X-Hop", "1"},
                      {"X-RateLimit-Remaining-Tokens", "7"},
                      {"Retry-After", "3"},
                      {"openai-processing-ms", "12"}}),
            "Content-Type: text/event-stream\r\nX-RateLimit-Remaining-Tokens: 7\r\nRetry-After: "
            "3\r\nopenai-processing-ms: 12\r\n");
}

TEST(header_policy, our_names_come_back_as_the_providers) {
  EXPECT_EQ(answered({{"X-Request-Id", "r"}, {"x-logos-model", "m"}, {"Access-Control-Allow-Origin", "*"}}),
            "x-upstream-Request-Id: r\r\nx-upstream-logos-model: m\r\nx-upstream-Access-Control-Allow-Origin: *\r\n");
}

} // namespace
} // namespace logos::net
