// SPDX-License-Identifier: MIT
#include "core/network.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

std::string_view purpose(std::string_view text) {
  const auto address = parse_ip(text);
  return address ? reserved_for(*address) : std::string_view{"no address"};
}

TEST(network, the_public_internet_is_not_reserved) {
  for (const auto* text :
       {"1.1.1.1",        "8.8.8.8",          "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255",  "128.0.0.1",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0",       "192.0.1.0",       "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",       "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    EXPECT_EQ(purpose(text), "") << text;
}

TEST(network, everything_else_is_reserved) {
  for (const auto* text :
       {"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        // IPv6
        "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "fc00::", "fd12:3456::1", "fdff:ffff::", "fe80::1", "febf::1",
        "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "2001::1", "2001:10::1", "100::1", "4000::1", "5f00::1",
        "64:ff9b:1::1",
        // IPv4 in IPv6
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::ffff:0.0.0.0",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::192.168.1.1", "2002:7f00:1::1",
        "2002:a9fe:a9fe::", "2002:c0a8:101::1"})
    EXPECT_NE(purpose(text), "") << text;
  EXPECT_EQ(purpose("169.254.169.254"), "link-local");
  EXPECT_EQ(purpose("::ffff:127.0.0.1"), "loopback");
}

TEST(network, an_address_has_one_spelling) {
  for (const auto* text : {"", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", " 127.0.0.1", "1.2.3",
                           "256.0.0.1", "fe80::1%lo", "[::1]", "::1/128", "1.2.3.4.5", ":::1"})
    EXPECT_FALSE(parse_ip(text)) << text;
  EXPECT_EQ(parse_ip("2001:DB8::0:1")->str(), "2001:db8::1");
}

TEST(network, contains_what_begins_with_its_bits) {
  struct row {
    std::string_view network, address;
    bool inside;
  };
  for (const auto& [network, address, inside] :
       {row{"10.0.0.0/8", "10.255.0.1", true}, row{"10.0.0.0/8", "11.0.0.0", false},
        row{"100.64.0.0/10", "100.127.255.255", true}, row{"100.64.0.0/10", "100.128.0.0", false},
        row{"192.168.7.9", "192.168.7.9", true}, row{"192.168.7.9", "192.168.7.8", false},
        row{"0.0.0.0/0", "8.8.8.8", true}, row{"0.0.0.0/0", "::1", false}, row{"fd00::/8", "fdff::1", true},
        row{"fd00::/8", "fc00::1", false}, row{"::1", "::1", true}, row{"fe80::/10", "febf::", true},
        row{"fe80::/10", "fec0::", false}})
    EXPECT_EQ(parse_network(network)->contains(*parse_ip(address)), inside) << network << " " << address;
}

TEST(network, is_written_with_its_length) {
  EXPECT_EQ(parse_network("10.0.0.0/8")->str(), "10.0.0.0/8");
  EXPECT_EQ(parse_network("192.0.2.1")->str(), "192.0.2.1/32");
  EXPECT_EQ(parse_network("2001:DB8::/32")->str(), "2001:db8::/32");
}

TEST(network, covers_what_is_no_wider_and_begins_alike) {
  struct row {
    std::string_view outer, inner;
    bool covered;
  };
  for (const auto& [outer, inner, covered] :
       {row{"10.0.0.0/8", "10.0.0.0/8", true}, row{"10.0.0.0/8", "10.1.0.0/16", true},
        row{"10.1.0.0/16", "10.0.0.0/8", false}, row{"10.0.0.0/8", "11.0.0.0/16", false},
        row{"0.0.0.0/0", "::/0", false}, row{"2001:db8::/32", "2001:db8:1::/48", true}})
    EXPECT_EQ(parse_network(outer)->covers(*parse_network(inner)), covered) << outer << " " << inner;
}

TEST(network, a_peer_over_ipv6_may_be_one_of_ipv4_and_its_zone_does_not_count) {
  EXPECT_EQ(parse_peer("::ffff:10.0.0.1")->str(), "10.0.0.1");
  EXPECT_EQ(parse_peer("fe80::1%eth0")->str(), "fe80::1");
  EXPECT_FALSE(parse_peer(""));
}

TEST(network, that_is_none_is_refused) {
  for (const auto* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.1.0.0/8", "::1/129",
                           "localhost", "10.0.0.0/255.0.0.0"})
    EXPECT_FALSE(parse_network(text)) << text;
  EXPECT_NE(parse_network("10.1.2.3/8").error().message.find("the network is 10.0.0.0/8"), std::string::npos);
}

} // namespace
} // namespace logos::core
