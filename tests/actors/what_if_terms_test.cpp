// SPDX-License-Identifier: MIT
// What a changed policy would have made of decisions that obeyed more than it, or that catalog and policies have left
// behind.
#include "tests/actors/what_if_fixture.hpp"

#include <random>

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

class what_if_terms_test : public what_if_test {
protected:
  what_if_terms_test() {
    make("providers", R"({"name":"cloud","base_url":"http://127.0.0.1:9002/v1",)"
                      R"("privacy":"CLOUD_IN_EU_BY_EU_PROVIDER","models":["gemma3"]})");
    make("providers", R"({"name":"desk","base_url":"http://127.0.0.1:9003/v1","privacy":"LOCAL","models":["gemma3"]})");
    make("prices", R"({"model":"gemma3","provider":"cloud","token_type":"prompt_tokens",)"
                   R"("valid_from":"2025-01-01T00:00:00Z","price_per_k_token":"5","currency":"EUR"})");
    gemma_ = model("gemma3", R"({"quality":0,"accuracy":0})");
  }
  std::int64_t policy(const std::string& name, const std::string& applies, const std::string& privacy = open) {
    return make("policies", R"({"name":")" + name + R"(","applies":")" + applies + R"(","threshold_privacy":")" +
                                privacy + R"(","threshold_cost":-1024})")
        .number("id");
  }
  void change(std::int64_t id, const std::string& to) {
    EXPECT_EQ(call("PATCH", "/admin/v1/policies/" + std::to_string(id), to).status, 200) << to;
  }
  reply ask_of(std::int64_t id, const std::string& change, const std::string& more = {}) {
    return call("POST", "/admin/v1/what-if",
                R"({"policy":)" + std::to_string(id) + R"(,"change":)" + change + more + "}");
  }
  static std::string under(std::initializer_list<std::int64_t> policies, const std::string& rest = {}) {
    std::string ids;
    for (const auto id : policies)
      ids += (ids.empty() ? "" : ",") + std::to_string(id);
    return R"("policies":[)" + ids + "]" + (rest.empty() ? "" : "," + rest);
  }
  /// As a request that named `plain` obeyed it when it was made.
  std::string plainly(const std::string& rest = R"("accuracy":-1024,"quality":-1024)") const {
    return under({policy_}, R"("named":)" + std::to_string(policy_) + "," + rest);
  }
  void serve(const std::string& statistics, std::uint64_t number, std::int64_t served, std::int64_t policy) {
    const bool here = served == small_;
    decide_at(statistics, number, deployment(served, here ? "here" : "there"), 100ms,
              here ? 1'000'000'000 : 5'000'000'000, policy);
  }
  static void expect_unmoved(const reply& r, std::int64_t decisions) {
    EXPECT_EQ(r.number("decisions"), decisions) << r.body;
    EXPECT_EQ(r.number("changed"), 0) << r.body;
    EXPECT_EQ(r.number("refused"), 0) << r.body;
    EXPECT_EQ(r.text("difference"), "0") << r.body;
  }

  static constexpr auto open = "CLOUD_NOT_IN_EU_BY_US_PROVIDER";
  static constexpr auto local = R"({"threshold_privacy":"LOCAL"})";
  std::int64_t gemma_ = 0;
};

TEST_F(what_if_terms_test, a_model_that_has_to_go_to_another_provider_costs_and_takes_what_it_does_there) {
  const auto alone = told_of({{gemma_, 1.0}}, plainly());
  decide_at(alone, 1, deployment(gemma_, "cloud"), 500ms, 5'000'000'000, policy_);
  decide_at(alone, 2, deployment(gemma_, "desk"), 100ms, 0, policy_);
  expect_unmoved(ask("{}"), 2);
  const auto kept = ask(local);
  EXPECT_EQ(kept.number("changed"), 1) << kept.body;
  EXPECT_EQ(kept.text("cost_before"), "5");
  EXPECT_EQ(kept.text("cost_after"), "0");
  EXPECT_EQ(kept.text("difference"), "-5");
  EXPECT_TRUE(kept.says(R"("moves":[{"from":"gemma3","to":"gemma3","requests":1,"difference":"-5"}])")) << kept.body;
  EXPECT_TRUE(kept.says(R"("first_token_ms_before":300,"first_token_ms_after":100)")) << kept.body;
}

TEST_F(what_if_terms_test, what_the_models_name_wished_for_holds_whatever_the_policy_becomes) {
  serve(told_of(1.0, 1.5, plainly(R"("accuracy":-1024,"quality":1024,"wish":{"quality":1024})")), 1, large_, policy_);
  expect_unmoved(ask("{}"), 1);
  expect_unmoved(ask(R"({"threshold_quality":-20})"), 1);
  EXPECT_EQ(ask(local).number("changed"), 1) << "of that it said nothing";
}

TEST_F(what_if_terms_test, a_privacy_that_was_wished_for_chooses_the_provider) {
  const auto told =
      told_of({{small_, 1.0}, {gemma_, 0.95}},
              plainly(R"("privacy":"LOCAL","accuracy":-1024,"quality":-1024,"wish":{"privacy":"LOCAL"})"));
  serve(told, 1, small_, policy_);
  ASSERT_LT(deployment(gemma_, "cloud"), deployment(gemma_, "desk"));
  const auto better = ask(R"({"threshold_quality":-10})");
  EXPECT_TRUE(better.says(R"("from":"small","to":"gemma3")")) << better.body;
  EXPECT_EQ(better.text("difference"), "-1") << "at the desk it costs nothing";
  EXPECT_EQ(better.number("wider"), 0) << better.body;
}

TEST_F(what_if_terms_test, a_policy_that_always_holds_has_the_decisions_that_are_told_by_another) {
  const auto usual = policy("usual", "default"), strict = policy("strict", "always");
  serve(told_of(1.0, 1.5, under({usual, strict})), 1, large_, usual);
  serve(told_of(1.0, 1.5, under({usual})), 2, large_, usual);
  expect_unmoved(ask_of(strict, "{}"), 1);
  const auto kept = ask_of(strict, local);
  EXPECT_EQ(kept.number("decisions"), 1) << kept.body;
  EXPECT_EQ(kept.number("changed"), 1) << kept.body;
  EXPECT_EQ(ask_of(usual, local).number("changed"), 2) << "which all are under";
}

TEST_F(what_if_terms_test, for_all_a_policy_that_always_holds_joins_the_default_and_another_takes_its_place) {
  const auto usual = policy("usual", "default", "LOCAL"), strict = policy("strict", "always");
  serve(told_of({{small_, 1.0}}, under({usual}, R"("privacy":"LOCAL")")), 1, small_, usual);
  const auto joined = ask_of(strict, R"({"threshold_latency":5})", R"(,"all":true)");
  EXPECT_EQ(joined.number("decisions"), 1) << joined.body;
  EXPECT_EQ(joined.number("wider"), 0) << joined.body;
  const auto instead = ask("{}", R"(,"all":true)");
  EXPECT_EQ(instead.number("decisions"), 1) << instead.body;
  EXPECT_EQ(instead.number("wider"), 1) << instead.body;
}

TEST_F(what_if_terms_test, models_that_are_weighed_anew_move_nothing_by_themselves) {
  serve(told_of(2.0, 1.0, plainly()), 1, small_, policy_);
  model("large", R"({"quality":500})");
  expect_unmoved(ask("{}"), 1);
  expect_unmoved(ask(R"({"name":"plainer"})"), 1);
  expect_unmoved(ask(R"({"threshold_quality":-10})"), 1);
}

TEST_F(what_if_terms_test, policies_that_have_come_or_gone_since_do_not_hide_what_the_change_does) {
  const auto usual = policy("usual", "default"), strict = policy("strict", "always");
  serve(told_of(1.0, 1.5, under({usual, strict})), 1, large_, usual);
  policy("late", "always", "LOCAL");
  EXPECT_EQ(call("DELETE", "/admin/v1/policies/" + std::to_string(usual)).status / 100, 2);
  expect_unmoved(ask_of(strict, "{}"), 1);
  EXPECT_EQ(ask_of(strict, local).number("changed"), 1);
}

TEST_F(what_if_terms_test, a_named_policy_that_would_be_gone_refuses_and_a_default_does_not) {
  const auto usual = policy("usual", "default");
  serve(told_of(1.0, 1.5, plainly()), 1, large_, policy_);
  serve(told_of(1.0, 1.5, under({usual})), 2, large_, usual);
  EXPECT_EQ(ask(R"({"enabled":false})").number("refused"), 1);
  expect_unmoved(ask_of(usual, R"({"enabled":false})"), 1);
}

TEST_F(what_if_terms_test, who_is_not_there_any_more_leaves_it_open_what_a_stricter_policy_had_done) {
  serve(told_of(1.0, 1.5, plainly()), 1, large_, policy_);
  EXPECT_EQ(call("PATCH",
                 "/admin/v1/providers/" + std::to_string(snapshot_->find_provider(std::string_view{"there"})->id),
                 R"({"enabled":false})")
                .status,
            200);
  expect_unmoved(ask("{}"), 1);
  const auto kept = ask(local);
  EXPECT_EQ(kept.number("undecided"), 1) << kept.body;
  EXPECT_EQ(kept.number("decisions"), 0) << kept.body;
}

TEST_F(what_if_terms_test, of_what_older_versions_wrote_scores_that_the_policy_did_not_make_are_undecided) {
  const auto older = [&](double small, double large) {
    return R"({"candidates":[{"model_id":)" + std::to_string(small_) + R"(,"contributions":{"tags":9,"policy":)" +
           std::to_string(small) + R"(}},{"model_id":)" + std::to_string(large_) + R"(,"contributions":{"policy":)" +
           std::to_string(large) + R"(}}],"balance":{"policy":3.4,"tags":1.9}})";
  };
  serve(older(5.1, 7.172), 1, small_, policy_);
  serve(older(3.543, 5.615), 2, small_, policy_); // as `quality=1024` in the model's name made them
  const auto changed = ask(R"({"threshold_quality":0})");
  EXPECT_EQ(changed.number("decisions"), 1) << changed.body;
  EXPECT_EQ(changed.number("undecided"), 1) << changed.body;
  expect_unmoved(ask("{}"), 2);
}

TEST_F(what_if_terms_test, a_change_of_nothing_changes_nothing_of_any_decision) {
  const auto usual = policy("usual", "default"), strict = policy("strict", "always");
  std::mt19937 random{7};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::vector<std::string> levels{"LOCAL", "CLOUD_IN_EU_BY_EU_PROVIDER", open};
  const auto weights = [&] {
    std::string out;
    for (const auto* name : {"latency", "accuracy", "cost", "quality"})
      if (below(2) == 0)
        out += std::string{R"(,")"} + name + R"(":)" +
               std::to_string(below(4) == 0 ? 1024 : static_cast<int>(below(100)) - 50);
    if (below(2) == 0) out += R"(,"privacy":")" + levels[below(levels.size())] + "\"";
    return out;
  };
  const std::vector<std::int64_t> places{deployment(small_, "here"), deployment(large_, "there"),
                                         deployment(gemma_, "cloud"), deployment(gemma_, "desk"), 0};
  constexpr std::int64_t decisions = 300;
  for (std::uint64_t i = 1; i <= decisions; ++i) {
    std::string obeyed = below(2) == 0 ? under({policy_, strict, 999}) : under({usual, policy_});
    if (below(2) == 0) obeyed += R"(,"named":)" + std::to_string(policy_);
    if (below(3) == 0) obeyed += R"(,"wished":)" + std::to_string(below(2) == 0 ? usual : 998);
    obeyed += weights();
    if (below(4) == 0) obeyed += R"(,"topic":"law")";
    if (const auto wish = weights(); !wish.empty() && below(2) == 0) obeyed += R"(,"wish":{)" + wish.substr(1) + "}";
    const auto points = [&] { return static_cast<double>(below(2000)) / 1000; };
    decide_at(told_of({{small_, points()}, {large_, points()}, {gemma_, points()}}, obeyed), i,
              places[below(places.size())], 100ms, static_cast<core::nano>(below(5)) * 1'000'000'000, policy_);
  }
  const auto unmoved = [&] { expect_unmoved(ask_of(policy_, "{}"), decisions); };
  unmoved();
  change(policy_, R"({"threshold_privacy":"LOCAL","threshold_quality":1024,"threshold_cost":50,"topic":"law"})");
  unmoved();
  change(strict, R"({"applies":"named","threshold_privacy":"LOCAL"})");
  model("large", R"({"quality":-500,"cost":1000,"tags":"law"})");
  unmoved();
  policy("late", "always", "LOCAL");
  change(policy_, R"({"threshold_cost":1024,"applies":"always"})");
  unmoved();
}

} // namespace
} // namespace logos::tests
