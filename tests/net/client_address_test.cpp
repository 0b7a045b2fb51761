// SPDX-License-Identifier: MIT
#include "net/client_address.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

trusted_proxies networks(const std::vector<std::string>& texts) {
  trusted_proxies out;
  for (const auto& text : texts)
    out.push_back(*core::parse_network(text));
  return out;
}

const trusted_proxies ours = networks({"10.0.0.0/8", "fd00::/8"});
constexpr std::string_view peer = "10.0.0.1";

std::string behind(const std::vector<header_view>& headers) { return client_behind(peer, headers, ours); }
std::string listed(std::string_view value) { return behind({{"Host", "x"}, {"X-Forwarded-For", value}}); }
std::string forwarded(std::string_view value) { return behind({{"forwarded", value}}); }

TEST(client_address, only_peers_in_the_list_are_trusted_also_where_ipv4_comes_over_ipv6) {
  for (const std::string_view address : {"10.0.0.1", "::ffff:10.1.2.3", "fd00::1", "fd00::1%eth0"})
    EXPECT_TRUE(is_trusted(address, ours)) << address;
  for (const std::string_view address : {"11.0.0.1", "::ffff:11.0.0.1", "2001:db8::1", "", "unknown"})
    EXPECT_FALSE(is_trusted(address, ours)) << address;
  EXPECT_FALSE(is_trusted("10.0.0.1", {}));
}

TEST(client_address, the_client_is_the_last_that_is_no_trusted_proxy) {
  EXPECT_EQ(listed("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(listed("192.0.2.7, 10.9.9.9,10.0.0.2"), "192.0.2.7");
  EXPECT_EQ(listed("198.51.100.1, 192.0.2.7 , 10.0.0.2"), "192.0.2.7")
      << "what stands before, the client may have said";
  EXPECT_EQ(listed("rubbish, 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(listed("192.0.2.7,, "), "192.0.2.7");
  EXPECT_EQ(behind({{"x-forwarded-for", "198.51.100.1"}, {"X-FORWARDED-FOR", "192.0.2.7"}}), "192.0.2.7");
  EXPECT_EQ(behind({{"x-forwarded-for", "192.0.2.7"}, {"X-Forwarded-For", "10.0.0.2"}}), "192.0.2.7");
}

TEST(client_address, ports_brackets_and_mapped_addresses_are_understood) {
  for (const std::string_view text : {"192.0.2.7:4711", "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:80"})
    EXPECT_EQ(listed(text), "192.0.2.7") << text;
  for (const std::string_view text : {"2001:DB8::7", "[2001:db8::7]", "[2001:db8::7]:443"})
    EXPECT_EQ(listed(text), "2001:db8::7") << text;
  EXPECT_EQ(listed("192.0.2.7, [fd00::2]:80, ::ffff:10.0.0.3"), "192.0.2.7");
}

TEST(client_address, without_a_hop_the_peer_is_the_client) {
  EXPECT_EQ(behind({}), peer);
  EXPECT_EQ(listed(""), peer);
  EXPECT_EQ(listed("10.0.0.2, 10.0.0.3"), peer);
  EXPECT_EQ(forwarded("for=10.0.0.2"), peer);
}

TEST(client_address, what_is_no_address_leaves_the_client_unknown) {
  for (const std::string_view text :
       {"rubbish", "192.0.2.7, rubbish", "192.0.2.7, unknown, 10.0.0.2", "192.0.2", "192.0.2.7:", "192.0.2.7:x",
        "192.0.2.7:123456", "[192.0.2.7]", "[2001:db8::7", "[2001:db8::7]x", "2001:db8::7]", "192.0.2.7 10.0.0.2",
        "0x7f000001", "127.1", "\"192.0.2.7\"", "192.0.2.7;10.0.0.2"})
    EXPECT_EQ(listed(text), unknown_client) << text;
  for (const std::string_view text :
       {"for=unknown", "for=_hidden", "for=", "proto=http", "for", "for=\"192.0.2.7", "for=192.0.2.7;for=10.0.0.1",
        "for=192.0.2.7 for=10.0.0.1", "for=\"192.0.2.7\"x", "for=192.0.2.7, by=10.0.0.1",
        "for=198.51.100.1;x=\", for=\"192.0.2.7:80\"", "=192.0.2.7", "for=\"192\\.0.2.7\"", "for=\"x\\"})
    EXPECT_EQ(forwarded(text), unknown_client) << text;
}

TEST(client_address, forwarded_is_read_where_there_is_no_x_forwarded_for) {
  EXPECT_EQ(forwarded("for=192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(forwarded("For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1"), "2001:db8::7");
  EXPECT_EQ(forwarded("for=198.51.100.1, proto=http ; for=192.0.2.7;host=\"a,b;c\" , for=10.0.0.2"), "192.0.2.7");
  EXPECT_EQ(behind({{"forwarded", "for=\""}, {"forwarded", "for=192.0.2.7"}}), "192.0.2.7")
      << "a line that a proxy added stands for itself";
  EXPECT_EQ(behind({{"forwarded", "for=192.0.2.7"}, {"x-forwarded-for", "198.51.100.1"}}), "198.51.100.1");
  EXPECT_EQ(behind({{"forwarded", "for=192.0.2.7"}, {"x-forwarded-for", "10.0.0.2"}}), peer);
}

} // namespace
} // namespace logos::net
