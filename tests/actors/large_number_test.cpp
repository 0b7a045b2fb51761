// SPDX-License-Identifier: MIT
#include "actors/administration/large_number.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace logos::administration {
namespace {

TEST(large_number, is_named_by_its_member) {
  const std::vector<std::string> numbers{"99999999999999999999", "-9223372036854775809", "1e400", "-1.5E+999",
                                         std::string(5000, '7'), "18446744073709551616"};
  for (const auto& number : numbers) {
    const auto found = find_large_number(R"({"name":"a \"b\":1e999","list":[1,2.5],"amount": )" + number + "}");
    EXPECT_EQ(found.code, core::ec::bad_field) << number;
    EXPECT_EQ(found.param, "amount") << found.message;
    EXPECT_NE(found.message.find("9223372036.854775807"), std::string::npos) << found.message;
    EXPECT_LT(found.message.size(), 250U);
  }
  EXPECT_EQ(find_large_number(R"({"settings":{"rate_limit_rpm":1,"rate_limit_tpm":1e999}})").param, "rate_limit_tpm");
}

TEST(large_number, is_none_that_can_be_read_or_stands_in_a_text) {
  for (const std::string json :
       {R"({"a":18446744073709551615,"b":-9223372036854775808,"c":1e308,"d":1e-999,"e":"99999999999999999999"})",
        R"({"99999999999999999999":1})", R"({"a":"\"99999999999999999999)", R"({"a":"x\)", R"({"a":)", "", "-", "{"})
    EXPECT_EQ(find_large_number(json).code, core::ec::none) << json;
}

} // namespace
} // namespace logos::administration
