// SPDX-License-Identifier: MIT
#include "actors/ingress/client_key.hpp"
#include "core/secret.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace logos::ingress {
namespace {

std::string key_in(std::vector<net::header_view> headers) {
  net::request_view request;
  request.headers = headers;
  return std::string{find_client_key(request)};
}

TEST(client_key, is_read_where_the_clients_of_the_providers_put_it) {
  EXPECT_EQ(key_in({{"Authorization", "Bearer sk-1"}}), "sk-1");
  EXPECT_EQ(key_in({{"authorization", " bEARER  sk-1 "}}), "sk-1");
  EXPECT_EQ(key_in({{"Api-Key", "abc"}}), "abc");
  EXPECT_EQ(key_in({{"x-api-key", "sk-ant-1"}}), "sk-ant-1");
  EXPECT_EQ(key_in({{"authorization", "Bearer sk-1"}, {"x-api-key", "k"}}), "sk-1");
}

TEST(client_key, is_nothing_that_could_not_travel_in_a_header_of_another_form) {
  EXPECT_EQ(key_in({}), "");
  for (const auto* value :
       {"sk-1", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer two words", "Bearer k\x01", "Bearer k\xC3\xA9"})
    EXPECT_EQ(key_in({{"authorization", value}}), "") << value;
  EXPECT_EQ(key_in({{"authorization", "Basic dXNlcjpwYXNz"}, {"x-api-key", "k"}}), "");
  EXPECT_EQ(key_in({{"x-api-key", std::string(8193, 'k')}}), "");
}

TEST(client_key, is_no_logos_key_however_badly_it_was_copied) {
  for (const auto* text : {"lg-app-abc", "LG-APP", "Lg_app", "lg%2Dapp", "\"lg-app\"", "'lg-app", "--lg-app",
                           "key=lg-app", "logos:lg-app", "Bearer lg-app", "<lg-app>"}) {
    EXPECT_TRUE(resembles_logos_key(text)) << text;
    EXPECT_EQ(key_in({{"x-api-key", text}}), "") << text;
    EXPECT_EQ(key_in({{"authorization", "Bearer " + std::string{text}}}), "") << text;
    EXPECT_EQ(key_in({{"authorization", "Bearer sk-1"}, {"api-key", text}}), "") << text;
  }
}

TEST(client_key, may_look_as_providers_make_theirs) {
  for (const auto* text :
       {"sk-proj-lg-Zx_lg_9", "sk-algo", "lgtm", "lg", "0123456789abcdef", "algorithm-lg-x", "gsk_lg-"})
    EXPECT_FALSE(resembles_logos_key(text)) << text;
}

TEST(client_key, is_none_where_a_logos_key_was_meant) {
  EXPECT_EQ(key_in({{"logos_key", "anything"}, {"authorization", "Bearer sk-1"}}), "");
  EXPECT_EQ(key_in({{"logos-key", "sk-1"}}), "");
}

TEST(client_key, was_made_by_logos_only_if_it_has_the_random_part_of_one) {
  for (const auto* name : {"app", "", "with-dashes-", "root"}) {
    const auto made = core::new_logos_key(name);
    EXPECT_TRUE(was_made_by_logos(made)) << made;
    EXPECT_FALSE(was_made_by_logos(made.substr(0, made.size() - 1))) << made;
    EXPECT_FALSE(was_made_by_logos(made + "=")) << made;
    EXPECT_FALSE(was_made_by_logos(made.substr(1))) << made;
  }
  for (const auto* key : {"", "lg-", "lg-user-key", "correct horse battery staple correct horse battery staple",
                          "lg-app-a key with blanks, as long as a random one is!"})
    EXPECT_FALSE(was_made_by_logos(key)) << key;
}

} // namespace
} // namespace logos::ingress
