// SPDX-License-Identifier: MIT
#include "tokenization/encoding.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace logos::tokenization {
namespace {

const encoding* const all[] = {&o200k_base(), &o200k_harmony(), &cl100k_base()};

TEST(encoding, gives_back_any_bytes) {
  std::mt19937 random{1};
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (auto length = random() % 300; length > 0; --length)
      switch (i % 4) {
      case 0: text += static_cast<char>(random() % 256); break;
      case 1: text += static_cast<char>(random() % 128); break;
      case 2: text += std::string_view{"\xE6\x97\xA5\xF0\x9F\x98\x80 a\xCC\x81"}[random() % 11]; break; // torn UTF-8
      default: text += static_cast<char>(0xB0 + random() % 0x50); break;
      }
    for (const auto* e : all) {
      const auto tokens = e->encode(text);
      ASSERT_EQ(e->decode(tokens), text) << e->name();
      ASSERT_EQ(e->count(text), tokens.size()) << e->name();
    }
  }
}

TEST(encoding, takes_invalid_utf_8_apart_and_the_text_around_it_as_it_is) {
  const auto& e = o200k_base();
  for (const std::string bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\x97", "\x80\x80\x80"}) {
    auto expected = e.encode("Hello");
    const auto middle = e.encode(bad), end = e.encode(" world");
    expected.insert(expected.end(), middle.begin(), middle.end());
    expected.insert(expected.end(), end.begin(), end.end());
    EXPECT_EQ(e.encode("Hello" + bad + " world"), expected);
  }
}

TEST(encoding, reads_special_tokens_only_as_text_but_writes_them) {
  for (const auto* e : all) {
    const auto tokens = e->encode("<|endoftext|>");
    EXPECT_GT(tokens.size(), 3U) << e->name();
    EXPECT_EQ(e->decode(tokens), "<|endoftext|>");
  }
  EXPECT_EQ(o200k_base().bytes(199999), "<|endoftext|>");
  EXPECT_EQ(cl100k_base().bytes(100257), "<|endoftext|>");
  EXPECT_EQ(o200k_harmony().bytes(199998), "<|startoftext|>");
  EXPECT_EQ(o200k_harmony().bytes(200006), "<|start|>");
  EXPECT_EQ(o200k_harmony().bytes(200012), "<|call|>");
  EXPECT_EQ(o200k_harmony().bytes(200013), "<|reserved_200013|>");
  EXPECT_EQ(o200k_harmony().bytes(201087), "<|reserved_201087|>");
}

TEST(encoding, knows_what_is_no_token) {
  EXPECT_FALSE(o200k_base().bytes(199998));
  EXPECT_FALSE(o200k_base().bytes(200000));
  EXPECT_FALSE(o200k_harmony().bytes(201088));
  EXPECT_FALSE(cl100k_base().bytes(100256));
  EXPECT_FALSE(cl100k_base().bytes(100261));
  EXPECT_FALSE(cl100k_base().bytes(no_token));
  EXPECT_FALSE(cl100k_base().decode(std::vector<token>{1, 2, 100256}));
}

TEST(encoding, survives_whatever_is_long) {
  for (const std::string_view unit :
       {"a", "A", " ", "\n", "1", "!", "\xff", "\xCC\x81", "\xE6\x97\xA5", "\xff\x61", "'s"}) {
    std::string text;
    while (text.size() < 60'000)
      text += unit;
    for (const auto* e : all)
      EXPECT_EQ(e->decode(e->encode(text)), text) << e->name() << " " << unit;
  }
}

} // namespace
} // namespace logos::tokenization
