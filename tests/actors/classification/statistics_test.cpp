// SPDX-License-Identifier: MIT
#include "actors/classification/statistics.hpp"
#include "tests/actors/classification/fleet.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

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

class obeyed_test : public testing::Test {
protected:
  /// Told of a request under this policy; nothing: under none.
  std::string told(const petition& said, const catalog::policy* policy = nullptr) const {
    std::string out = "{";
    append_obeyed(out, {*catalog_, catalog_->principals[0], &profile_, policy, "", 0, {}}, said);
    return out.substr(2); // the comma before it
  }
  catalog::policy& add(std::int64_t id, core::policy_use use) {
    catalog::policy p;
    p.id = id;
    p.use = use;
    return catalog_->policies.emplace_back(p);
  }
  catalog::profile profile_{7, "own", true, {}};
  std::shared_ptr<catalog::snapshot> catalog_ = fleet({{"poet"}});
};

TEST_F(obeyed_test, nothing_is_told_where_nothing_holds) {
  EXPECT_EQ(told({}), R"("obeyed":{})");
  EXPECT_EQ(told({.by_name = wish{}}), R"("obeyed":{})") << "logos-v1";
}

TEST_F(obeyed_test, all_policies_that_hold_are_told_and_no_other) {
  add(1, core::policy_use::standard);
  add(2, core::policy_use::always);
  add(3, core::policy_use::always).process_id = 99;
  add(4, core::policy_use::always).profile_id = 7;
  add(5, core::policy_use::always).profile_id = 8;
  add(6, core::policy_use::named);
  EXPECT_EQ(told({}, &catalog_->policies[0]), R"("obeyed":{"policies":[1,2,4]})");
  EXPECT_EQ(told({.policy_id = 6, .wished_id = 2}, &catalog_->policies[5]),
            R"("obeyed":{"policies":[6,2,4],"named":6,"wished":2})");
  EXPECT_EQ(told({.wished_id = 6}, &catalog_->policies[0]), R"("obeyed":{"policies":[1,6,2,4],"wished":6})");
}

TEST_F(obeyed_test, the_policies_told_are_exactly_those_whose_thresholds_made_up_the_one_that_was_applied) {
  constexpr std::int32_t outstanding = 900;
  std::mt19937 random{19};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto told_policies = [&](const petition& said, const policy_ptr& applied) {
    std::vector<std::int64_t> out;
    simdjson::dom::parser parser;
    simdjson::dom::object root;
    simdjson::dom::array ids;
    if (parser.parse("{" + told(said, applied.get()) + "}").get(root) != simdjson::SUCCESS)
      ADD_FAILURE() << "no JSON";
    else if (root["obeyed"]["policies"].get(ids) == simdjson::SUCCESS)
      for (const auto id : ids)
        out.push_back(std::int64_t{id});
    return out;
  };
  const petitioner by{catalog_, &catalog_->principals[0], &profile_};
  int obeying = 0, refused = 0;
  for (int round = 0; round < 500; ++round) {
    catalog_->policies.clear();
    for (std::size_t i = 0, n = below(8); i < n; ++i) {
      auto& p = add(static_cast<std::int64_t>(i) + 1, std::array{core::policy_use::standard, core::policy_use::always,
                                                                 core::policy_use::named}[below(3)]);
      p.process_id = std::array{std::int64_t{0}, by.who->process_id, std::int64_t{99}}[below(3)];
      p.profile_id = std::array<std::int64_t, 4>{0, 0, 7, 8}[below(4)];
      p.threshold_quality = static_cast<std::int32_t>(below(100)) - 50;
    }
    petition said;
    if (below(2) == 0) said.policy_id = static_cast<std::int64_t>(below(9));
    if (below(2) == 0) said.wished_id = static_cast<std::int64_t>(below(9));
    if (below(3) == 0) said.by_name = wish{.quality = 3};
    const auto applied = policy_for(by, said, {});
    if (!applied) {
      ++refused;
      continue;
    }
    const auto listed = told_policies(said, *applied);
    // Whoever counts is seen in what comes of all of them when it alone says more than any.
    for (auto& p : catalog_->policies) {
      const auto was = std::exchange(p.threshold_quality, outstanding);
      const auto then = policy_for(by, said, {});
      const bool counts = then && *then != nullptr && (*then)->threshold_quality == outstanding;
      EXPECT_EQ(std::count(listed.begin(), listed.end(), p.id), counts ? 1 : 0) << "policy " << p.id << " in " << round;
      p.threshold_quality = was;
      obeying += counts ? 1 : 0;
    }
  }
  EXPECT_GT(obeying, 300);
  EXPECT_GT(refused, 50);
}

TEST_F(obeyed_test, thresholds_are_told_as_they_came_together_and_the_wish_by_itself) {
  catalog::policy p;
  p.threshold_privacy = core::privacy_level::local;
  p.threshold_latency = -3;
  p.threshold_cost = 9;
  p.threshold_quality = 1024;
  p.topic = "law \"and\" order";
  wish w;
  w.quality = 1024;
  w.cost = -1024;
  w.privacy = core::privacy_level::local;
  EXPECT_EQ(told({.by_name = w}, &p), R"("obeyed":{"privacy":"LOCAL","latency":-3,"cost":9,"quality":1024,)"
                                      R"("topic":"law \"and\" order",)"
                                      R"("wish":{"privacy":"LOCAL","cost":-1024,"quality":1024}})");
  w = {};
  w.topic = "law \"and\" order";
  EXPECT_EQ(told({.by_name = w}, &p), R"("obeyed":{"privacy":"LOCAL","latency":-3,"cost":9,"quality":1024,)"
                                      R"("wish":{"topic":true}})")
      << "a client's own words";
}

} // namespace
} // namespace logos::classification
