// SPDX-License-Identifier: MIT
#include "actors/classification/statistics.hpp"
#include "tests/actors/classification/fleet.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace logos::classification {
namespace {

ranked with(double policy, double semantic) {
  ranked r;
  r.given[part::policy] = policy;
  r.given[part::semantic] = semantic;
  return r;
}

TEST(statistics, the_part_that_decided_is_that_by_which_the_first_is_most_ahead) {
  EXPECT_EQ(advantage(std::vector{with(1, 1)}), "");
  EXPECT_EQ(advantage(std::vector{with(1, 1), with(1, 1)}), "");
  EXPECT_EQ(advantage(std::vector{with(4, 1), with(3, 0.5)}), "policy");
  EXPECT_EQ(advantage(std::vector{with(4, 1), with(4.2, 0.5)}), "semantic");
}

TEST(statistics, decimals_have_three_digits_at_most_and_are_json) {
  const auto shown = [](double value) {
    std::string out;
    append_decimal(out, value);
    return out;
  };
  EXPECT_EQ(shown(1.25), "1.25");
  EXPECT_EQ(shown(-0.0374), "-0.037");
  EXPECT_EQ(shown(12), "12");
  EXPECT_EQ(shown(0.0004), "0");
  EXPECT_EQ(shown(1.005), "1.005");
  EXPECT_EQ(shown(-3.1), "-3.1");
  EXPECT_EQ(shown(std::numeric_limits<double>::quiet_NaN()), "0");
  EXPECT_EQ(shown(std::numeric_limits<double>::infinity()), "0");
}

TEST(statistics, a_long_name_is_cut_between_characters) {
  std::string name = "a";
  for (int i = 0; i < 200; ++i)
    name += "ü";
  const auto s = fleet({{name}});
  const std::vector<allowed_model> models{{&s->models[0], {1}}};
  ranked r;
  r.model_id = 1;
  const auto weights = default_balance();
  const auto text = describe({*s, models, std::vector{r}, false, weights, name}, 50) + "}";
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(text).get(root), simdjson::SUCCESS) << text;
  EXPECT_EQ(std::string_view{root["candidates"].at(0)["model"]}.size(), 255U);
}

} // namespace
} // namespace logos::classification
