// SPDX-License-Identifier: MIT
#include "actors/administration/csv.hpp"

#include <gtest/gtest.h>

namespace logos::administration {
namespace {

TEST(csv_text, is_quoted_only_where_it_must_be) {
  EXPECT_EQ(csv_text("plain"), "plain");
  EXPECT_EQ(csv_text(""), "");
  EXPECT_EQ(csv_text("a,b"), R"("a,b")");
  EXPECT_EQ(csv_text(R"(say "hi")"), R"("say ""hi""")");
  EXPECT_EQ(csv_text("two\r\nlines"), "\"two\r\nlines\"");
  EXPECT_EQ(csv_text(" spaced "), " spaced ");
}

TEST(csv_text, is_no_formula) {
  EXPECT_EQ(csv_text("=1+1"), "'=1+1");
  EXPECT_EQ(csv_text("+49"), "'+49");
  EXPECT_EQ(csv_text("-x"), "'-x");
  EXPECT_EQ(csv_text("@sum"), "'@sum");
  EXPECT_EQ(csv_text("\t=1"), "'\t=1");
  EXPECT_EQ(csv_text("=A1&\"x\",1"), R"("'=A1&""x"",1")");
  EXPECT_EQ(csv_text("a=b"), "a=b");
}

TEST(csv_text, is_no_formula_behind_blanks_or_in_full_width_either) {
  for (const std::string blank :
       {" ", "  ", "\t ", "\v", "\f", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x8b", "\xef\xbb\xbf"})
    for (const std::string sign : {"=", "+", "-", "@", "＝", "＋", "－", "＠"})
      EXPECT_EQ(csv_text(blank + sign + "1+1"), "'" + blank + sign + "1+1");
  EXPECT_EQ(csv_text("\r =1"), "\"'\r =1\"");
  EXPECT_EQ(csv_text("＝1"), "'＝1");
  EXPECT_EQ(csv_text("\u22121"), "'\u22121") << "a minus sign";
  EXPECT_EQ(csv_text(" a=b"), " a=b");
  EXPECT_EQ(csv_text("\x01=1"), "\x01=1") << "no blank";
}

TEST(csv_row, leaves_numbers_as_they_are) {
  csv_row row;
  row.add("count", std::int64_t{-5}).text("name", "-5").id("owner", 0).add("yes", true);
  row.add("at", core::wall_time{}).add("cost", std::string{"0.5"});
  EXPECT_EQ(row.names(), "count,name,owner,yes,at,cost\r\n");
  EXPECT_EQ(row.cells(), "-5,'-5,,true,,0.5\r\n");
}

} // namespace
} // namespace logos::administration
