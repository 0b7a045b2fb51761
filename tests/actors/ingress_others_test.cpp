// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

/// Requests that name models beside the first, for gateways behind a provider to turn to.
class ingress_others_test : public ingress_test {
protected:
  ingress_others_test() { adopt(catalog_with(++version_)); }

  /// The small catalog, in which the cloud (3) is an aggregator: gpt, and gemma (permitted to the user's key) as
  /// g/emma.
  static std::shared_ptr<catalog::snapshot> catalog_with(std::uint64_t version, bool gemma_there = true,
                                                         accounting::rules rules = {},
                                                         accounting::price_book prices = {}) {
    const auto small = tests::small_catalog(version, std::move(rules), std::move(prices));
    auto s = std::make_shared<catalog::snapshot>(); // a snapshot is indexed once
    s->version = small->version;
    s->rules = small->rules;
    s->prices = small->prices;
    s->providers = small->providers;
    s->models = small->models;
    s->principals = small->principals;
    s->keys = small->keys;
    s->policies = small->policies;
    const auto add = [&](std::int64_t id, std::size_t model, std::size_t provider, std::string upstream) {
      auto d = small->deployments.at(2);
      d.id = id;
      d.model = &s->models.at(model);
      d.provider = &s->providers.at(provider);
      d.upstream_name = std::move(upstream);
      d.route = *net::route_of(
          {d.provider->type, d.provider->base_url, d.upstream_name, "", d.provider->api_key, "", "", ""});
      s->deployments.push_back(std::move(d));
    };
    add(1, 0, 0, "gemma3:27b");
    add(2, 0, 1, "gemma3:27b");
    add(3, 1, 2, "gpt");
    if (gemma_there) add(4, 0, 2, "g/emma");
    add(5, 0, 2, "g/emma-large");
    s->index();
    return s;
  }
  /// For gemma at the cloud, with further members.
  boost::intrusive_ptr<fake_exchange> ask_cloud(std::string_view key, const std::string& more) {
    return bring(key, R"({"model":"gemma","messages":[],)" + more + "}", "/v1/chat/completions",
                 {{"provider", "cloud"}});
  }

  std::uint64_t version_ = 1;
  std::uint64_t permit_ = 6;
};

TEST_F(ingress_others_test, what_is_permitted_at_the_provider_passes) {
  for (const std::string more : {R"("models":["g/emma-large","g/emma"],"route":"fallback")",
                                 R"("fallbacks":["g/emma"])", R"("fallbacks":[{"model":"g/emma"}])", R"("models":[])",
                                 R"("models":null)", R"("provider":{"order":["x"],"allow_fallbacks":true})",
                                 R"("providerOptions":{"gateway":{"models":["g/emma"]}})"}) {
    const auto before = logs_[3].tickets.size();
    const auto x = ask_cloud(tests::user_key, more);
    EXPECT_FALSE(x->answer().has_value()) << more << x->answer()->body;
    EXPECT_GT(logs_[3].tickets.size(), before) << more;
  }
}

TEST_F(ingress_others_test, what_is_not_permitted_is_refused_however_it_is_named) {
  for (const std::string more :
       {R"("models":["g/emma","gpt"])", R"("Models":["gpt"])", R"("model\u017f":["gpt"])", R"("fallbacks":["gpt"])",
        R"("fallbacks":[{"model":"gpt"}])", R"("fallback_models":"gpt")", R"("FALLBACKS":["gpt"])",
        R"("context_window_fallbacks":["gpt"])", R"("providerOptions":{"gateway":{"models":["gpt"]}})",
        R"("orq":{"fallbacks":[{"model":"gpt"}]})", R"("plugins":[{"id":"fusion","model":"gpt"}])",
        R"("models":["g/emma"],"models":["gpt"])"}) {
    const auto x = ask_cloud(tests::user_key, more);
    ASSERT_TRUE(x->answer().has_value()) << more;
    EXPECT_EQ(x->status(), 403) << more << x->answer()->body;
    EXPECT_NE(x->answer()->body.find("gpt"), std::string::npos) << x->answer()->body;
  }
  EXPECT_TRUE(logs_[3].tickets.empty());
}

TEST_F(ingress_others_test, a_tools_model_is_a_model) {
  const auto x = ask_cloud(tests::user_key, R"("tools":[{"type":"image_generation","model":"gpt"}])");
  ASSERT_TRUE(x->answer().has_value());
  EXPECT_EQ(x->status(), 403) << x->answer()->body;
  EXPECT_TRUE(logs_[3].tickets.empty());
  EXPECT_FALSE(ask_cloud(tests::user_key, R"("tools":[{"type":"x","model":"g/emma"}])")->answer().has_value());
  EXPECT_FALSE(ask_cloud(tests::root_key, R"("tools":[{"type":"x","model":"gpt"}])")->answer().has_value());
}

TEST_F(ingress_others_test, a_form_names_no_further_models) {
  const auto form = [](const std::string& field) {
    return "--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngemma\r\n--B\r\nContent-Disposition: "
           "form-data; name=\"" +
           field + "\"\r\n\r\ngpt\r\n--B--\r\n";
  };
  const auto send = [&](const std::string& field) {
    auto x = make_exchange("POST", "/v1/audio/transcriptions",
                           {{"content-type", "multipart/form-data; boundary=B"},
                            {"authorization", "Bearer " + std::string{tests::user_key}}},
                           form(field));
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  };
  const auto refused = send("models[]");
  ASSERT_TRUE(refused->answer().has_value());
  EXPECT_EQ(refused->status(), 400) << refused->answer()->body;
  EXPECT_NE(refused->answer()->body.find("models[]"), std::string::npos);
  EXPECT_FALSE(send("prompt")->answer().has_value());
}

TEST_F(ingress_others_test, what_has_rules_of_its_own_is_asked_for_by_itself) {
  accounting::rules rules;
  rules.limits.push_back({1, core::scope::model, 2, core::limit_kind::requests_per_minute, 0});
  adopt(catalog_with(++version_, true, std::move(rules)));
  const auto x = ask_cloud(tests::root_key, R"("models":["gpt"])");
  ASSERT_TRUE(x->answer().has_value());
  EXPECT_EQ(x->status(), 403) << x->answer()->body;
  rules = {};
  rules.budgets.push_back({1, core::scope::model, 1, core::budget_period::total, 1'000'000'000, true});
  adopt(catalog_with(++version_, true, std::move(rules)));
  EXPECT_FALSE(ask_cloud(tests::root_key, R"("models":["g/emma-large"])")->answer().has_value()) << "the same model";
}

TEST_F(ingress_others_test, what_is_not_there_is_answered_as_what_is_not_permitted) {
  const auto text = [&](const std::string& name) {
    auto body = ask_cloud(tests::user_key, R"("models":[")" + name + "\"]")->answer()->body;
    for (auto at = body.find(name); at != body.npos; at = body.find(name))
      body.replace(at, name.size(), "NAME");
    return body;
  };
  EXPECT_EQ(text("gpt"), text("nothing/at-all"));
}

TEST_F(ingress_others_test, names_are_the_providers_for_it_reads_them_as_they_are) {
  EXPECT_EQ(ask_cloud(tests::user_key, R"("models":["gemma"])")->status(), 403);
  EXPECT_EQ(ask_cloud(tests::root_key, R"("models":["gemma3:27b"])")->status(), 403) << "at another provider";
  EXPECT_EQ(ask_cloud(tests::user_key, R"("models":["G/EMMA"])")->status(), 403);
  EXPECT_FALSE(ask_cloud(tests::root_key, R"("models":["gpt"])")->answer().has_value());
}

TEST_F(ingress_others_test, only_providers_that_have_them_all_are_asked) {
  bring(tests::user_key, R"({"model":"gemma","messages":[],"models":["g/emma"]})");
  EXPECT_TRUE(logs_[1].tickets.empty());
  EXPECT_TRUE(logs_[2].tickets.empty());
  EXPECT_FALSE(logs_[3].tickets.empty());
}

TEST_F(ingress_others_test, changes_to_the_request_that_cannot_be_accounted_for_are_refused) {
  const auto x = ask_cloud(tests::user_key, R"("fallbacks":[{"model":"g/emma","max_tokens":1000000}])");
  EXPECT_EQ(x->status(), 400) << x->answer()->body;
  EXPECT_NE(x->answer()->body.find("fallbacks"), std::string::npos);
}

TEST_F(ingress_others_test, what_is_withdrawn_while_the_request_waits_counts) {
  const auto x = ask_cloud(tests::user_key, R"("models":["g/emma"])");
  ASSERT_FALSE(logs_[3].tickets.empty());
  adopt(catalog_with(++version_, false)); // g/emma is gone, g/emma-large is there
  for (auto& t : logs_[3].tickets)
    t.deployment_id = 5;
  offer_for(3);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_others_test, what_is_held_covers_the_dearest_of_them) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
  adopt(catalog_with(++version_, true, std::move(rules),
                     accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000}}}));
  const std::string body = R"("max_tokens":10)";
  ask_cloud(tests::root_key, body);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].hold, 0) << "gemma has no price";
  ask_cloud(tests::root_key, body + R"(,"models":["gpt"])");
  ASSERT_EQ(accounts_.claims.size(), 2U);
  EXPECT_EQ(accounts_.claims[1].hold, 10'000);
}

TEST_F(ingress_others_test, the_model_that_has_answered_is_billed) {
  const auto prices = [] {
    return accounting::price_book{{{8, 1, 0, core::token_type::completion, {}, 1'000'000},
                                   {9, 2, 0, core::token_type::completion, {}, 5'000'000}}};
  };
  const auto booked_as = [&](const std::string& more, const std::string& said) {
    adopt(catalog_with(++version_, true, {}, prices()));
    logs_[3].tickets.clear();
    const auto x = ask_cloud(tests::root_key, R"("max_tokens":10)" + more);
    const auto ticket = logs_[3].tickets.front();
    answer(ticket, 3, ++permit_);
    EXPECT_EQ(x->relayed.size(), 1U);
    EXPECT_EQ(x->relayed.at(0).call.tells_model, !more.empty());
    auto outcome = whole_answer();
    outcome.model = said;
    x->relayed.at(0).observer->ending(outcome);
    x->relayed.at(0).observer->ended(outcome);
    x->relayed.clear();
    run();
    const auto row = rows().back();
    return std::to_string(row.ids.model_id) + " " + std::to_string(row.cost_nano);
  };
  EXPECT_EQ(booked_as("", "gpt"), "1 4000") << "a server may call its model as it likes";
  EXPECT_EQ(booked_as(R"(,"models":["gpt"])", "gpt"), "2 20000");
  EXPECT_EQ(booked_as(R"(,"models":["gpt"])", "openai/gpt-2026-01-01"), "2 20000");
  EXPECT_EQ(booked_as(R"(,"models":["gpt"])", "g/emma"), "1 4000");
  EXPECT_EQ(booked_as(R"(,"models":["gpt"])", "something else"), "1 4000");
  EXPECT_EQ(booked_as(R"(,"models":["gpt"])", ""), "1 4000");
}

TEST_F(ingress_others_test, a_provider_of_no_use_to_the_key_is_answered_as_one_that_does_not_exist) {
  adopt(tests::small_catalog(++version_)); // the cloud has gpt only
  const auto refusal = [&](const std::string& provider) {
    const auto x =
        bring(tests::user_key, R"({"model":"gemma","messages":[]})", "/v1/chat/completions", {{"provider", provider}});
    auto body = x->answer()->body;
    if (const auto at = body.find(provider); at != body.npos) body.replace(at, provider.size(), "NAME");
    return std::to_string(x->status()) + " " + body;
  };
  EXPECT_EQ(refusal("cloud"), refusal("nobody"));
  EXPECT_EQ(refusal("CLOUD"), refusal("nobody"));
}

} // namespace
} // namespace logos::ingress
