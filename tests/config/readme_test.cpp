// SPDX-License-Identifier: MIT
#include "config/catalogue.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace logos::config {
namespace {

std::string readme() {
  std::ifstream file{LOGOS_README};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(readme, has_the_table_of_all_settings) {
  const auto text = readme();
  constexpr std::string_view opening = "<!-- settings: ", closing = "<!-- /settings -->";
  const auto begin = text.find('\n', text.find(opening)) + 1;
  const auto end = text.find(closing);
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(text.substr(begin, end - begin), describe_settings()) << "put what is expected into README.md";
}

TEST(readme, has_every_error_with_its_status) {
  const auto text = readme();
  for (auto i = 1; i <= static_cast<int>(core::ec::last_); ++i) {
    const auto& row = core::facts(static_cast<core::ec>(i));
    const auto cells = "| " + std::to_string(row.status) + " | `" + std::string{row.openai} + "` |";
    EXPECT_NE(text.find(cells), std::string::npos) << cells;
  }
}

} // namespace
} // namespace logos::config
