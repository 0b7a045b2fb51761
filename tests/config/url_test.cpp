// SPDX-License-Identifier: MIT
#include "core/url.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

url url_of(std::string_view text) {
  const auto parsed = parse_url(text);
  if (parsed) return *parsed;
  ADD_FAILURE() << text << ": " << parsed.error().message;
  return {};
}

endpoint endpoint_of(std::string_view text) {
  const auto parsed = parse_endpoint(text);
  if (parsed) return *parsed;
  ADD_FAILURE() << text << ": " << parsed.error().message;
  return {};
}

TEST(url, is_taken_apart_and_put_together) {
  const auto u = url_of("HTTPS://Example.ORG:8443/a/b//?x=1");
  EXPECT_EQ(u.scheme, "https");
  EXPECT_EQ(u.host, "example.org");
  EXPECT_EQ(u.port, 8443);
  EXPECT_EQ(u.path, "/a/b");
  EXPECT_EQ(u.query, "x=1");
  EXPECT_EQ(u.str(), "https://example.org:8443/a/b?x=1");
}

TEST(url, has_the_port_of_its_scheme_and_does_not_show_it) {
  EXPECT_EQ(url_of("http://h").port, 80);
  EXPECT_EQ(url_of("https://h/").port, 443);
  EXPECT_EQ(url_of("https://h:443").str(), "https://h");
  EXPECT_EQ(url_of("http://h:443").str(), "http://h:443");
}

TEST(url, an_ipv6_literal_stands_in_brackets) {
  const auto u = url_of("http://[::1]:11434/v1");
  EXPECT_EQ(u.host, "::1");
  EXPECT_EQ(u.authority(), "[::1]:11434");
}

TEST(url, refuses_what_is_none) {
  for (const auto* bad : {"",
                          "h",
                          "h:80",
                          "ftp://h",
                          "http://",
                          "http:///x",
                          "http://:80",
                          "http://u:p@h",
                          "http://h#f",
                          "http://h:0",
                          "http://h:65536",
                          "http://h:x",
                          "http://h:80:80",
                          "http://::1",
                          "http://[::1",
                          "http://[x]",
                          "http://[::1]x",
                          "http://a b",
                          "http://a/\n",
                          "http://ä",
                          "http://a..b",
                          "http://.a",
                          "http://1.2.3",
                          "http://256.1.1.1",
                          "http://a{b}"})
    EXPECT_FALSE(parse_url(bad)) << bad;
}

TEST(endpoint, is_a_host_and_a_port) {
  EXPECT_EQ(endpoint_of("127.0.0.1:8080"), (endpoint{"127.0.0.1", 8080}));
  EXPECT_EQ(endpoint_of("[::1]:0"), (endpoint{"::1", 0}));
  EXPECT_EQ(endpoint_of(":8080"), (endpoint{"0.0.0.0", 8080}));
  EXPECT_EQ(endpoint_of("[::]:80").str(), "[::]:80");
  for (const auto* bad : {"", "h", "8080", "h:", "h:65536", "::1:80", "h:-1", "a b:1", "h:1x"})
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

TEST(private_host, is_the_machine_or_its_site) {
  for (const auto* host : {"localhost", "127.0.0.5", "::1", "10.0.0.1", "172.16.0.1", "172.31.0.1", "192.168.1.1",
                           "169.254.1.1", "fd00::1", "fe80::1", "ollama"})
    EXPECT_TRUE(is_private_host(host)) << host;
  for (const auto* host : {"", "8.8.8.8", "172.32.0.1", "2001:db8::1", "example.org", "11.0.0.1"})
    EXPECT_FALSE(is_private_host(host)) << host;
}

} // namespace
} // namespace logos::core
