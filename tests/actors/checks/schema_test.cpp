// SPDX-License-Identifier: MIT
#include "actors/classification/checks/pattern.hpp"
#include "actors/classification/checks/schema.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace logos::checks {
namespace {

conformity conform(std::string_view value, std::string_view schema) {
  simdjson::dom::parser of_value, of_schema;
  return checks::conform(of_value.parse(simdjson::padded_string{value}).value(),
                         of_schema.parse(simdjson::padded_string{schema}).value());
}

void accepts(std::string_view schema, std::string_view value) {
  EXPECT_EQ(conform(value, schema), conformity::conforms) << value << " by " << schema;
}
void refuses(std::string_view schema, std::string_view value) {
  EXPECT_EQ(conform(value, schema), conformity::violates) << value << " by " << schema;
}

TEST(schema, tells_types_apart) {
  accepts(R"({"type":"string"})", R"("a")");
  refuses(R"({"type":"string"})", "1");
  accepts(R"({"type":"integer"})", "1.0");
  refuses(R"({"type":"integer"})", "1.5");
  accepts(R"({"type":"number"})", "1.5");
  accepts(R"({"type":["string","null"]})", "null");
  refuses(R"({"type":["string","null"]})", "false");
  accepts("true", "1");
  refuses("false", "1");
  accepts("{}", "[1]");
}

/// Clients write schemas, and other clients wait for the thread that looks at them.
TEST(schema, that_would_take_long_is_given_up) {
  std::string many = R"({"patternProperties":{)", names = "[", members = "{";
  for (int i = 0; i < 400; ++i)
    many += (i == 0 ? "\"" : ",\"") + std::string{"^(a|a|a)+$|x"} + std::to_string(i) + R"(":{"type":"string"})";
  many += "}}";
  for (int i = 3'000; i < 5'000; ++i)
    names += (i == 3'000 ? "\"n" : ",\"n") + std::to_string(i) + '"';
  for (int i = 0; i < 2'000; ++i)
    members += (i == 0 ? "\"n" : ",\"n") + std::to_string(4'999 - i) + "\":0";
  EXPECT_EQ(conform(R"({"aaaaaaaaaaaaaaaab":"1","aaaaaaaaaaaaaaaac":"2"})", many), conformity::undecided);
  EXPECT_EQ(conform(members + "}", R"({"required":)" + names + "]}"), conformity::undecided);
  std::string texts = "[", types = "[";
  for (int i = 0; i < 500; ++i)
    texts += (i == 0 ? "\"" : ",\"") + std::string{"aaaaaaaaaaaaaaab"} + '"';
  for (int i = 0; i < 60'000; ++i)
    types += i == 0 ? "\"null\"" : ",\"null\"";
  EXPECT_EQ(conform(texts + "]", R"({"items":{"pattern":"^(a|a|a)+$"}})"), conformity::undecided);
  EXPECT_EQ(conform("1", R"({"type":)" + types + "]}"), conformity::undecided);
  EXPECT_EQ(conform(R"(["ab","cd","ef"])", R"({"items":{"pattern":"^[a-z]+$"}})"), conformity::conforms);
}

TEST(schema, compares_values_deeply) {
  constexpr auto of_list = R"({"enum":[1,"a",{"b":[1,2],"c":null}]})";
  accepts(of_list, R"({"c":null,"b":[1.0,2]})");
  refuses(of_list, R"({"b":[1,2]})");
  accepts(of_list, "1.0");
  refuses(R"({"const":9007199254740993})", "9007199254740992");
  refuses(R"({"const":false})", "0");
}

TEST(schema, looks_at_members) {
  constexpr auto person = R"({"type":"object","properties":{"name":{"type":"string","minLength":1},"age":{"type":)"
                          R"("integer","minimum":0}},"required":["name","age"],"additionalProperties":false})";
  accepts(person, R"({"name":"Ann","age":3})");
  refuses(person, R"({"name":"Ann"})");
  refuses(person, R"({"name":"","age":3})");
  refuses(person, R"({"name":"Ann","age":-1})");
  refuses(person, R"({"name":"Ann","age":3,"more":1})");
  accepts(R"({"additionalProperties":{"type":"integer"},"properties":{"a":true}})", R"({"a":"x","b":1})");
  refuses(R"({"additionalProperties":{"type":"integer"},"properties":{"a":true}})", R"({"b":"x"})");
  refuses(R"({"patternProperties":{"^n_":{"type":"integer"}},"additionalProperties":false})", R"({"n_a":"x"})");
  accepts(R"({"patternProperties":{"^n_":{"type":"integer"}},"additionalProperties":false})", R"({"n_a":1})");
  refuses(R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})");
  refuses(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})");
  accepts(R"({"dependentRequired":{"a":["b"]}})", R"({"c":1})");
  refuses(R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"a":1})");
  refuses(R"({"dependencies":{"a":["b"],"c":{"maxProperties":1}}})", R"({"a":1})");
  refuses(R"({"dependencies":{"a":["b"],"c":{"maxProperties":1}}})", R"({"c":1,"d":1})");
  refuses(R"({"minProperties":2})", R"({"a":1})");
}

TEST(schema, looks_at_items) {
  refuses(R"({"items":{"type":"integer"}})", R"([1,"a"])");
  accepts(R"({"prefixItems":[{"type":"string"}],"items":{"type":"integer"}})", R"(["a",1,2])");
  refuses(R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a",1])");
  refuses(R"({"items":[{"type":"string"}],"additionalItems":false})", R"(["a",1])");
  refuses(R"({"minItems":1})", "[]");
  refuses(R"({"uniqueItems":true})", "[1,2,1.0]");
  accepts(R"({"uniqueItems":true})", R"([1,"1",[1]])");
  refuses(R"({"contains":{"const":1}})", "[2,3]");
  accepts(R"({"contains":{"const":1},"minContains":0})", "[2,3]");
  refuses(R"({"contains":{"const":1},"maxContains":1})", "[1,1]");
}

TEST(schema, looks_at_texts_and_numbers) {
  accepts(R"({"maxLength":3})", "\"\xc3\xa4\xc3\xb6\xc3\xbc\""); // characters, not bytes
  refuses(R"({"maxLength":2})", R"("abc")");
  accepts(R"({"pattern":"^[A-Z]{2}\\d+$"})", R"("AB12")");
  refuses(R"({"pattern":"^[A-Z]{2}\\d+$"})", R"("AB")");
  refuses(R"({"exclusiveMinimum":1})", "1");
  refuses(R"({"exclusiveMaximum":1})", "1");
  refuses(R"({"maximum":1.5})", "2");
  accepts(R"({"multipleOf":0.01})", "19.99");
  refuses(R"({"multipleOf":2})", "3");
}

TEST(schema, combines) {
  refuses(R"({"allOf":[{"type":"integer"},{"minimum":2}]})", "1");
  accepts(R"({"anyOf":[{"type":"string"},{"minimum":2}]})", "2");
  refuses(R"({"anyOf":[{"type":"string"},{"minimum":2}]})", "1");
  refuses(R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "3");
  accepts(R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "1");
  refuses(R"({"not":{"type":"integer"}})", "1");
  refuses(R"({"if":{"type":"integer"},"then":{"minimum":2},"else":{"type":"string"}})", "1");
  accepts(R"({"if":{"type":"integer"},"then":{"minimum":2},"else":{"type":"string"}})", R"("a")");
}

TEST(schema, follows_references_into_itself) {
  constexpr auto tree = R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","required":["v"],"properties":{"v":)"
                        R"({"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}}}}})";
  accepts(tree, R"({"v":1,"next":{"v":2,"next":null}})");
  refuses(tree, R"({"v":1,"next":{"v":"2"}})");
  accepts(R"({"properties":{"a":{"$ref":"#"}},"additionalProperties":false})", R"({"a":{"a":{}}})");
  refuses(R"({"properties":{"a":{"$ref":"#"}},"additionalProperties":false})", R"({"a":{"b":{}}})");
  refuses(R"({"$ref":"#/$defs/a%20b","$defs":{"a b":{"type":"string"}}})", "1");
  accepts(R"({"$ref":"https://example.com/other"})", "1"); // nothing is fetched
}

TEST(schema, lets_pass_what_it_does_not_know) {
  accepts(R"({"format":"date-time"})", R"("no date")");
  accepts(R"({"type":"strange"})", "1");
  accepts(R"({"pattern":"("})", R"("a")");
  accepts(R"({"required":"name","properties":7,"minLength":"x","enum":3})", R"({"a":1})");
}

TEST(schema, does_not_go_on_for_ever) {
  EXPECT_EQ(conform("1", R"({"$ref":"#"})"), conformity::undecided);
  EXPECT_EQ(conform("1", R"({"allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]})"), conformity::undecided);
  EXPECT_EQ(conform("1", R"({"not":{"$ref":"#"}})"), conformity::undecided);
  EXPECT_EQ(conform("1", "7"), conformity::undecided);
  std::string many = "[0";
  for (int i = 1; i < 20'000; ++i)
    many += "," + std::to_string(i);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(conform(many + "]", R"({"uniqueItems":true})"), conformity::undecided);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{5});
}

TEST(pattern, is_given_up_when_it_takes_too_long) {
  EXPECT_EQ(matches("a+b", "caab"), true);
  EXPECT_EQ(matches("^b", "ab"), false);
  EXPECT_EQ(matches("(", "ab"), std::nullopt);
  EXPECT_EQ(matches("^(a+)+$", std::string(60, 'a') + "!"), std::nullopt);
  EXPECT_EQ(matches(".", "\xff"), std::nullopt) << "no text";
  EXPECT_EQ(matches(std::string(3'000, 'a'), "a"), std::nullopt);
}

} // namespace
} // namespace logos::checks
