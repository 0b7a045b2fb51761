// SPDX-License-Identifier: MIT
#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

TEST(utf8_length, is_that_of_the_first_character_and_0_for_what_is_none) {
  const std::pair<std::string_view, std::size_t> cases[] = {{"", 0},
                                                            {"a", 1},
                                                            {"\xC3\xA9x", 2},
                                                            {"\xE6\x97\xA5", 3},
                                                            {"\xF0\x9F\x98\x80", 4},
                                                            {"\x80", 0},
                                                            {"\xC0\x80", 0},
                                                            {"\xC3", 0},
                                                            {"\xE0\x80\x80", 0},
                                                            {"\xED\xA0\x80", 0},
                                                            {"\xE6\x97", 0},
                                                            {"\xF4\x90\x80\x80", 0},
                                                            {"\xF0\x80\x80\x80", 0},
                                                            {"\xF5\x80\x80\x80", 0},
                                                            {"\xFF", 0}};
  for (const auto& [text, length] : cases)
    EXPECT_EQ(utf8_length(text), length) << text;
}

} // namespace
} // namespace logos::core
