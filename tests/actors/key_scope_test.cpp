// SPDX-License-Identifier: MIT
#include "actors/catalog/key_scope.hpp"

#include <gtest/gtest.h>

namespace logos::catalog {
namespace {

using core::ec;

bool lets_in(std::vector<std::string> addresses, std::string_view client) {
  return key_scope{{}, {}, addresses}.check("/v1/models", client).code == ec::none;
}
bool allows(std::vector<std::string> endpoints, std::string_view path) {
  return key_scope{{}, std::move(endpoints), {}}.check(path, "127.0.0.1").code == ec::none;
}

TEST(allowed_address, is_read_in_cidr_notation_or_as_one_address) {
  for (const auto* good : {"10.0.0.0/8", "0.0.0.0/0", "192.168.1.7", "192.168.1.7/32", "2001:db8::/32", "::1", "::/0"})
    EXPECT_TRUE(parse_allowed_address(good)) << good;
  for (const auto* bad : {"", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08x", "10.0.0.0/8 ",
                          "2001:db8::/129", "fe80::1%eth0", "here", "10.0.0.1/8", "2001:db8::1/32", "::ffff:10.0.0.1",
                          "::ffff:10.0.0.0/104", "010.0.0.1/8"})
    EXPECT_FALSE(parse_allowed_address(bad)) << bad;
  EXPECT_NE(parse_allowed_address("10.1.2.3/8").error().message.find("the network is 10.0.0.0/8"), std::string::npos);
}

TEST(key_scope, lets_in_clients_of_its_networks_only) {
  EXPECT_TRUE(lets_in({}, "203.0.113.9"));
  EXPECT_TRUE(lets_in({"10.0.0.0/8"}, "10.255.0.1"));
  EXPECT_FALSE(lets_in({"10.0.0.0/8"}, "11.0.0.1"));
  EXPECT_TRUE(lets_in({"10.0.0.0/8", "192.0.2.7"}, "192.0.2.7"));
  EXPECT_FALSE(lets_in({"192.0.2.7"}, "192.0.2.8"));
  EXPECT_TRUE(lets_in({"2001:db8::/33"}, "2001:db8:7fff::1"));
  EXPECT_FALSE(lets_in({"2001:db8::/33"}, "2001:db8:8000::1"));
  EXPECT_FALSE(lets_in({"0.0.0.0/0"}, "2001:db8::1")) << "every IPv4 address is no IPv6 address";
  EXPECT_FALSE(lets_in({"::/0"}, "10.0.0.1"));
}

TEST(key_scope, takes_ipv4_over_ipv6_for_ipv4_and_no_zone_for_part_of_an_address) {
  EXPECT_TRUE(lets_in({"10.0.0.0/8"}, "::ffff:10.0.0.1"));
  EXPECT_FALSE(lets_in({"::/0"}, "::ffff:10.0.0.1"));
  EXPECT_TRUE(lets_in({"fe80::/10"}, "fe80::1%eth0"));
}

TEST(key_scope, lets_nobody_in_by_what_it_cannot_read) {
  std::vector<std::string> complaints;
  const key_scope odd{{}, {}, {"rubbish"}, &complaints};
  EXPECT_EQ(complaints.size(), 1U);
  EXPECT_EQ(odd.check("/v1/models", "127.0.0.1").code, ec::out_of_scope);
  EXPECT_FALSE(lets_in({"10.0.0.0/8"}, "")) << "an address that is not known";
  const auto unknown = key_scope{{}, {}, {"0.0.0.0/0", "::/0"}}.check("/v1/models", "unknown");
  EXPECT_EQ(unknown.code, ec::out_of_scope);
  EXPECT_NE(unknown.message.find("is not known: the proxy"), std::string::npos);
}

TEST(key_scope, allows_endpoints_by_path_or_by_their_beginning) {
  EXPECT_TRUE(allows({}, "/v1/anything"));
  EXPECT_TRUE(allows({"/v1/chat/completions"}, "/v1/chat/completions"));
  EXPECT_TRUE(allows({"/v1/chat/completions"}, "/v1/chat/completions/"));
  EXPECT_TRUE(allows({"/v1/embeddings*"}, "/v1/embeddings"));
  EXPECT_TRUE(allows({"/openai/*"}, "/openai/deployments/a/chat/completions"));
  for (const auto* path : {"/v1/chat", "/v1/chat/completions/x", "/v1/chat/completions2", "/V1/chat/completions",
                           "/v1/%63hat/completions", "//v1/chat/completions", "/admin/v1/users", ""})
    EXPECT_FALSE(allows({"/v1/chat/completions"}, path)) << path;
}

TEST(key_scope, says_what_it_allows) {
  const key_scope s{{}, {"/v1/embeddings*", "/v1/models"}, {"10.0.0.0/8", "::1"}};
  const auto where = s.check("/v1/files", "10.0.0.1");
  EXPECT_EQ(where.code, ec::out_of_scope);
  EXPECT_NE(where.message.find("/v1/files"), std::string::npos);
  EXPECT_NE(where.message.find("/v1/embeddings*, /v1/models"), std::string::npos);
  EXPECT_NE(s.check("/v1/models", "192.0.2.1").message.find("10.0.0.0/8, ::1/128"), std::string::npos);
}

TEST(key_scope, knows_when_another_allows_more) {
  const key_scope all{{}, {}, {}};
  const key_scope outer{{1, 2}, {"/v1/*"}, {"10.0.0.0/8"}};
  EXPECT_EQ(outer.exceeds(all), "");
  EXPECT_EQ(outer.exceeds(outer), "");
  EXPECT_EQ(all.exceeds(outer), "allowed_models");
  EXPECT_EQ((key_scope{{1, 3}, {"/v1/*"}, {"10.0.0.0/8"}}.exceeds(outer)), "allowed_models");
  EXPECT_EQ((key_scope{{1}, {"/v*"}, {"10.0.0.0/8"}}.exceeds(outer)), "allowed_endpoints");
  EXPECT_EQ((key_scope{{1}, {}, {"10.0.0.0/8"}}.exceeds(outer)), "allowed_endpoints");
  EXPECT_EQ((key_scope{{1}, {"/v1/chat*"}, {"10.0.0.0/7"}}.exceeds(outer)), "allowed_addresses");
  EXPECT_EQ((key_scope{{1}, {"/v1/chat*"}, {"::1"}}.exceeds(outer)), "allowed_addresses");
  EXPECT_EQ((key_scope{{1}, {"/v1/chat*"}, {}}.exceeds(outer)), "allowed_addresses");
  EXPECT_EQ((key_scope{{2}, {"/v1/models"}, {"10.1.0.0/16", "10.0.0.1"}}.exceeds(outer)), "");
}

TEST(check_pattern, takes_paths_with_a_star_at_the_end_only) {
  for (const auto* good : {"/", "/*", "/v1/chat/completions", "/v1/embeddings*", "/openai/deployments/a-b_c.d/*"})
    EXPECT_EQ(check_pattern(good).code, ec::none) << good;
  for (const auto* bad : {"", "*", "v1/chat", "/v1/*/x", "/v1/**", "/v1?x", "/v1/ a", "/v1\n", "/v1/#", "/v1\\x", "/ü"})
    EXPECT_EQ(check_pattern(bad).code, ec::bad_field) << bad;
}

} // namespace
} // namespace logos::catalog
