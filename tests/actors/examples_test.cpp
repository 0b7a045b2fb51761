// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

class examples_test : public administration_fixture {};

TEST_F(examples_test, an_example_is_of_a_model_or_of_a_topic) {
  make("models", R"({"name":"poet"})");
  const auto made = make("examples", R"({"model":"poet","text":"Write a sonnet","worth":0.5})");
  EXPECT_TRUE(made.says(R"("model":"poet")") && made.says(R"("topic":"","text":"Write a sonnet","worth":0.5)"))
      << made.body;
  const auto path = "/admin/v1/examples/" + std::to_string(made.number("id"));
  EXPECT_TRUE(call("PATCH", path, R"({"model":null,"topic":"verse","worth":-1})").says(R"("topic":"verse")"));
  for (const auto* wrong : {R"({"model":"poet"})", R"({"topic":null})", R"({"topic":"two words"})", R"({"worth":0})",
                            R"({"worth":1.5})", R"({"worth":0.0001})", R"({"text":" "})", R"({"model":"nobody"})"})
    EXPECT_EQ(call("PATCH", path, wrong).status / 100, 4) << wrong;
  EXPECT_EQ(call("POST", "/admin/v1/examples", R"({"text":"x"})").status, 400);
  EXPECT_EQ(call("DELETE", path).status, 204);
}

} // namespace
} // namespace logos::tests
