// SPDX-License-Identifier: MIT
#include "config/document.hpp"
#include "sample.hpp"

#include <gtest/gtest.h>

namespace logos::config {
namespace {

using namespace std::string_literals;
using testing::complaints;

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

TEST(document, keeps_the_place_of_every_value) {
  std::vector<problem> problems;
  const auto root = parse_document("a: 1\nb:\n  - x\n  - 'null'\n", "f", problems);
  ASSERT_TRUE(root) << to_string(problems);
  ASSERT_TRUE(root->find("b"));
  EXPECT_EQ(root->find("b")->items[0].line, 3);
  EXPECT_EQ(root->find("b")->items[0].column, 5);
  EXPECT_EQ(root->find("b")->items[1].text, "null"); // quoted: a text, not nothing
  EXPECT_EQ(root->find("c"), nullptr);
}

TEST(document, a_syntax_error_has_its_line) {
  EXPECT_EQ(complaints("listen: 127.0.0.1:1\ncors: [a\nx: }\n").substr(0, 24), "logos.yaml:3: not YAML: ");
  EXPECT_NE(complaints("\tlisten: x\n"), "");
  EXPECT_NE(complaints("a: *unknown\n").find("logos.yaml:1: not YAML: "), std::string::npos);
}

TEST(document, bytes_that_are_no_text_are_refused_with_their_line) {
  EXPECT_EQ(complaints("demo: true\nlisten: \xff\n"), "logos.yaml:2: not UTF-8; save the file as UTF-8\n");
  EXPECT_EQ(complaints("demo: true\nlisten: a\0b\n"s), "logos.yaml:2: a NUL byte\n");
  EXPECT_EQ(complaints("demo: \x1b[31m\n"), "logos.yaml:1: a control character that YAML does not allow\n");
  EXPECT_EQ(complaints("\xff\xfe"
                       "d\0e\0"s),
            "logos.yaml:1: not UTF-8; save the file as UTF-8\n"); // UTF-16
}

TEST(document, only_shortest_forms_of_real_characters_are_utf8) {
  for (const auto* good : {"", "plain", "ä", "…", "😀", "\xf4\x8f\xbf\xbf"})
    EXPECT_FALSE(first_bad_utf8(good)) << good;
  for (const auto* bad :
       {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82", "\xf8"})
    EXPECT_EQ(first_bad_utf8(bad), 0u) << bad;
  EXPECT_EQ(first_bad_utf8("ab\xff"), 2u);
}

TEST(document, a_byte_order_mark_is_skipped) {
  EXPECT_EQ(complaints("\xef\xbb\xbf"
                       "demo: true\n"),
            "");
}

TEST(document, depth_is_bounded) {
  EXPECT_EQ(complaints(repeated("[", 100'000)), "logos.yaml:1: nested more than 32 deep\n");
  EXPECT_EQ(complaints(repeated("{a: ", 1000)), "logos.yaml:1: nested more than 32 deep\n");
  EXPECT_NE(complaints(repeated("- ", 1000) + "a\n").find("nested more than 32 deep"), std::string::npos);
}

TEST(document, an_alias_bomb_is_refused) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const auto before = "*a" + std::to_string(i - 1) + ", ";
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(before, 9) + "1]\n";
  }
  EXPECT_NE(complaints(bomb).find("too large: more than"), std::string::npos) << complaints(bomb).substr(0, 200);
  EXPECT_NE(complaints("a: &x [*x]\n"), "");
}

TEST(document, an_anchor_is_put_where_its_alias_stands) {
  const auto result =
      testing::load_text("providers:\n  - { name: a, base_url: 'http://127.0.0.1:1', models: &m [x, y] }\n"
                         "  - { name: b, base_url: 'http://127.0.0.1:2', models: *m }\n");
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(result.value->providers[1].models.at(1).name, "y");
}

TEST(document, size_and_number_of_documents_are_bounded) {
  EXPECT_NE(complaints(std::string(most_text_bytes + 1, ' ')).find("larger than"), std::string::npos);
  EXPECT_NE(complaints("cors: [" + repeated("a,", 60'000) + "a]\n").find("too large"), std::string::npos);
  EXPECT_EQ(complaints("demo: true\n---\ndemo: false\n"),
            "logos.yaml: more than one YAML document ('---'); only one is read\n");
}

} // namespace
} // namespace logos::config
