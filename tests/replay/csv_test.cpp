// SPDX-License-Identifier: MIT
#include "replay/csv.hpp"

#include <gtest/gtest.h>

namespace logos::replay {
namespace {

std::string why(std::string_view text) {
  const auto records = read_csv(text);
  return records ? "nothing" : records.error().message;
}

TEST(csv, quotes_commas_and_line_ends_stand_in_fields) {
  const auto records = read_csv("\xEF\xBB\xBF"
                                "a,\"b \"\"c\"\", d\",\"e\r\nf\"\r\n\r\n  \ng,,h");
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ((*records)[0].fields, (std::vector<std::string>{"a", "b \"c\", d", "e\r\nf"}));
  EXPECT_EQ((*records)[0].line, 1U);
  EXPECT_EQ((*records)[1].fields, (std::vector<std::string>{"g", "", "h"}));
  EXPECT_EQ((*records)[1].line, 5U);
}

TEST(csv, what_is_wrong_is_named_with_its_line_and_column) {
  EXPECT_EQ(why("a,b\n1,2\"3\n").substr(0, 17), "line 2, column 4:");
  EXPECT_EQ(why("a,b\n1,\"2\n3\n4\n").substr(0, 17), "line 2, column 1:");
  EXPECT_EQ(why("a,b\n1,\xFFz\n").substr(0, 17), "line 2, column 3:");
}

TEST(csv, what_was_written_is_read_again) {
  const std::vector<std::string> fields{"plain", "a,b", "say \"hi\"", "two\nlines", "", "ümlaut"};
  std::string text;
  append_record(text, fields);
  append_record(text, {"x"});
  const auto records = read_csv(text);
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->front().fields, fields);
}

} // namespace
} // namespace logos::replay
