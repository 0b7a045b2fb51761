// SPDX-License-Identifier: MIT
#include "core/name_text.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

TEST(name_text, names_are_of_any_script_and_may_have_blanks_within) {
  for (const std::string text : {"a", "Ann Example", "qwen3:30b-a3b", "org/model", "Müller", "模型", "😀", "a\xc2\xa0z"})
    EXPECT_TRUE(is_name(text)) << text;
  EXPECT_TRUE(is_name(std::string(256, 'x')));
}

TEST(name_text, no_name_is_empty_or_too_long_or_has_blanks_at_its_ends_or_control_characters) {
  for (const std::string_view text :
       {std::string_view{""}, std::string_view{" "}, std::string_view{" a"}, std::string_view{"a "},
        std::string_view{"\ta"}, std::string_view{"a\n"}, std::string_view{"a\0b", 3}, std::string_view{"a\x7f"},
        std::string_view{"\xc2\xa0"
                         "a"},
        std::string_view{"a\xe3\x80\x80"}, std::string_view{"a\xe2\x80\x8b"},
        std::string_view{"\xef\xbb\xbf"
                         "a"},
        std::string_view{"a\xc2\x85z"}, std::string_view{"a\xe2\x80\xaez"}, std::string_view{"\xff"},
        std::string_view{"a\xc3"}})
    EXPECT_FALSE(is_name(text)) << json_string(text);
  EXPECT_FALSE(is_name(std::string(257, 'x')));
}

TEST(name_text, what_is_wrong_is_said_with_the_field) {
  EXPECT_EQ(check_name("name", "fine").code, ec::none);
  const auto bad = check_name("username", "bob ");
  EXPECT_EQ(bad.code, ec::bad_field);
  EXPECT_EQ(bad.param, "username");
  EXPECT_EQ(bad.message, "'username' must be " + std::string{name_rule} + ", not a string \"bob \".");
}

TEST(name_text, folded_names_are_equal_when_only_case_or_blanks_around_them_differ) {
  const auto same = [](std::string_view a, std::string_view b) { return folded_name(a) == folded_name(b); };
  EXPECT_TRUE(same("Bob", "bOB"));
  EXPECT_TRUE(same(" bob", "BOB\t"));
  EXPECT_TRUE(same("MÜLLER", "müller"));
  EXPECT_TRUE(same("ŁÓDŹ", "łódź"));
  EXPECT_TRUE(same("ЁЖ", "ёж"));
  EXPECT_TRUE(same("ΣΟΦΟΣ", "σοφος"));
  EXPECT_TRUE(same("\xe3\x80\x80GPU", "gpu"));
  EXPECT_FALSE(same("bob", "b ob"));
  EXPECT_FALSE(same("bob", "bób"));
  EXPECT_FALSE(same("×", "÷")) << "no letters";
  EXPECT_EQ(folded_name("模型 A"), "模型 a");
  EXPECT_EQ(folded_name(" \t "), "");
}

} // namespace
} // namespace logos::core
