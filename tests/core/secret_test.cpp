// SPDX-License-Identifier: MIT
#include "core/secret.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

const secret_key one{"a secret of sufficient length"};
const secret_key other{"another secret, also long enough"};

TEST(secret_test, what_was_sealed_opens_with_the_same_key_only) {
  for (const std::string& plain :
       {std::string{}, std::string{"sk-1"}, std::string(100'000, 'x'), std::string("a\0b", 3)}) {
    const auto sealed = one.seal(plain);
    EXPECT_EQ(one.open(sealed), plain);
    EXPECT_FALSE(other.open(sealed));
  }
}

TEST(secret_test, the_same_text_never_seals_to_the_same_bytes) { EXPECT_NE(one.seal("sk-1"), one.seal("sk-1")); }

TEST(secret_test, a_changed_byte_anywhere_is_noticed) {
  const auto sealed = one.seal("provider key");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(one.open(changed), "provider key") << i;
  }
}

TEST(secret_test, nonsense_does_not_open) {
  for (const char* text :
       {"", "v1:", "v1:AAAA", "v2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1:****", "plain"})
    EXPECT_FALSE(one.open(text)) << text;
}

TEST(secret_test, hashes_depend_on_key_and_secret) {
  EXPECT_EQ(one.hash("lg-a"), one.hash("lg-a"));
  EXPECT_NE(one.hash("lg-a"), one.hash("lg-b"));
  EXPECT_NE(one.hash("lg-a"), other.hash("lg-a"));
  EXPECT_NE(one.verifier(), other.verifier());
  EXPECT_NE(one.verifier(), to_hex(one.hash("")));
}

TEST(secret_test, new_keys_differ_and_are_safe_in_a_header) {
  const auto key = new_logos_key("my app\r\nx: y");
  EXPECT_NE(key, new_logos_key("my app\r\nx: y"));
  EXPECT_TRUE(key.starts_with("lg-my_app__x__y-")) << key;
  EXPECT_EQ(key.find_first_of(" \r\n:"), std::string::npos);
  EXPECT_GE(key.size(), 43U);
}

TEST(secret_test, what_is_shown_of_a_key_tells_keys_apart_and_not_the_key) {
  const auto key = new_logos_key("app");
  EXPECT_EQ(shown_prefix(key), key.substr(0, 11)) << "lg-app- and four more";
  EXPECT_EQ(shown_prefix("hunter2-is-a-password-of-mine"), "");
  EXPECT_EQ(shown_prefix("sk-something-from-elsewhere-0123456789abcdef"), "");
  EXPECT_LE(shown_prefix("lg-short").size(), 2U);
  EXPECT_EQ(shown_prefix(""), "");
}

TEST(secret_test, a_key_follows_its_database_and_hands_on_what_the_next_start_needs) {
  const secret_key old{"a secret of sufficient length"};
  const auto sealed = old.seal("sk-1");
  secret_key both{"another secret, also long enough", "a secret of sufficient length"};
  ASSERT_TRUE(both.follow(old.verifier(), {}));
  EXPECT_EQ(both.hash("lg-app-1"), old.hash("lg-app-1"));
  EXPECT_EQ(old.open(both.seal("sk-2")), "sk-2") << "as long as the database belongs to the old one";
  EXPECT_EQ(both.sealed_heritage(), "");
  const auto fresh = both.renewed();
  EXPECT_EQ(fresh.verifier(), other.verifier());
  EXPECT_EQ(fresh.hash("lg-app-1"), old.hash("lg-app-1"));
  EXPECT_NE(fresh.authenticate("head"), old.authenticate("head"));
  EXPECT_FALSE(old.open(fresh.seal("sk-3")));
  secret_key alone{"another secret, also long enough"};
  EXPECT_FALSE(alone.open(sealed));
  ASSERT_TRUE(alone.follow(fresh.verifier(), fresh.sealed_heritage()));
  EXPECT_EQ(alone.open(sealed), "sk-1");
  EXPECT_FALSE(alone.open_strictly(sealed));
  EXPECT_EQ(alone.hash("lg-app-1"), old.hash("lg-app-1"));
}

TEST(secret_test, a_key_follows_no_other_and_no_heritage_that_is_not_its_own) {
  auto key = one;
  EXPECT_FALSE(key.follow(other.verifier(), {}));
  EXPECT_FALSE(key.follow(one.verifier(), other.seal(std::string(64, 'x'))));
  EXPECT_FALSE(key.follow(one.verifier(), one.seal("short")));
  EXPECT_EQ(key.hash("lg-app-1"), one.hash("lg-app-1"));
  EXPECT_EQ(one.open(key.seal("sk-1")), "sk-1");
}

} // namespace
} // namespace logos::core
