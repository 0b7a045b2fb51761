// SPDX-License-Identifier: MIT
#include "actors/catalog/passages.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view clients_key = "sk-of-the-client";
constexpr std::string_view prioritised = R"({"model":"gpt-4o","messages":[],"priority":10})";

/// OpenAI (1) with the model gpt (gpt-4o there) and Azure (2), which take clients' keys, and an Ollama (3) with gemma,
/// which takes none. The user's key may use both models.
std::shared_ptr<catalog::snapshot> town(std::uint64_t version, bool azure_takes_keys = true) {
  auto s = std::make_shared<catalog::snapshot>();
  s->version = version;
  const auto provider = [&](std::int64_t id, std::string name, core::provider_type type) {
    catalog::provider p;
    p.id = id;
    p.name = std::move(name);
    p.type = type;
    p.base_url = "http://127.0.0.1:" + std::to_string(9000 + id);
    p.api_key = "key-of-ours";
    p.privacy = core::privacy_level::cloud_not_in_eu_by_us_provider;
    p.target = std::make_shared<net::upstream_target>();
    s->providers.push_back(std::move(p));
  };
  provider(1, "openai", core::provider_type::openai);
  provider(2, "azure", core::provider_type::azure);
  provider(3, "gpu", core::provider_type::ollama);
  s->models.resize(2);
  s->models[0].id = 1;
  s->models[0].name = "gpt";
  s->models[1].id = 2;
  s->models[1].name = "gemma";
  const auto deployment = [&](std::int64_t id, std::size_t model, std::size_t p, std::string upstream) {
    catalog::deployment d;
    d.id = id;
    d.model = &s->models[model];
    d.provider = &s->providers[p];
    d.upstream_name = std::move(upstream);
    d.route = *net::route_of({d.provider->type, d.provider->base_url, d.upstream_name, "", "key-of-ours", "", "", ""});
    d.target = d.provider->target;
    s->deployments.push_back(std::move(d));
  };
  deployment(1, 0, 0, "gpt-4o");
  deployment(2, 1, 2, "gemma3");
  s->deployments.push_back(catalog::passage_to(s->providers[0]));
  if (azure_takes_keys) s->deployments.push_back(catalog::passage_to(s->providers[1]));
  catalog::principal who;
  who.process_id = 2;
  who.profiles.push_back({20, "default", true, {}});
  s->keys.emplace(tests::test_secret().hash(tests::user_key), 0);
  s->principals.push_back(std::move(who));
  catalog::policy local;
  local.id = 1;
  local.name = "local-only";
  local.threshold_privacy = core::privacy_level::local;
  s->policies.push_back(local);
  s->index();
  return s;
}

class ingress_visitors_test : public ingress_test {
protected:
  ingress_visitors_test() {
    at_->rules.visitors = std::make_shared<execution::visitors>(2);
    adopt(town(2));
  }
  std::string last_head() const { return brought_.back()->relayed.at(0).call.head; }
  std::string last_body() const {
    std::string all;
    for (const auto piece : brought_.back()->relayed.at(0).call.body)
      all += piece;
    return all;
  }
  boost::intrusive_ptr<fake_exchange> bring_other(std::string_view method, std::string_view path,
                                                  std::vector<fake_exchange::line> headers) {
    auto x = make_exchange(method, path, std::move(headers));
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  }
};

TEST_F(ingress_visitors_test, get_a_permit_and_their_own_key_goes_to_the_provider) {
  const auto x = bring(clients_key, prioritised);
  EXPECT_TRUE(x->relayed.empty()) << "before the permit";
  ASSERT_EQ(logs_[1].tickets.size(), 1U);
  offer_for(1);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_NE(last_head().find("Authorization: Bearer sk-of-the-client\r\n"), std::string::npos) << last_head();
  EXPECT_EQ(last_head().find("key-of-ours"), std::string::npos);
  EXPECT_NE(last_body().find("\"gpt-4o\""), std::string::npos) << "the client speaks the provider's names";
  EXPECT_EQ(last_body().find("priority"), std::string::npos);
}

TEST_F(ingress_visitors_test, are_not_let_in_where_the_operator_does_not_say_so) {
  at_->rules.visitors = nullptr;
  EXPECT_EQ(bring(clients_key, prioritised)->status(), 401);
  EXPECT_TRUE(logs_[1].tickets.empty());
}

TEST_F(ingress_visitors_test, may_name_the_provider_whose_form_the_key_gets_then) {
  const auto x = bring(clients_key, prioritised, "/v1/chat/completions", {{"provider", "Azure"}});
  ASSERT_EQ(logs_[2].tickets.size(), 1U);
  offer_for(2);
  EXPECT_NE(last_head().find("api-key: sk-of-the-client\r\n"), std::string::npos) << last_head();
  EXPECT_NE(last_head().find("POST /openai/deployments/gpt-4o/chat/completions?api-version="), std::string::npos);
  EXPECT_EQ(last_head().find("Authorization"), std::string::npos);
  EXPECT_EQ(last_head().find("rovider:"), std::string::npos) << "meant for the gateway";
  EXPECT_EQ(last_head().find("key-of-ours"), std::string::npos);
}

TEST_F(ingress_visitors_test, with_what_may_be_a_logos_key_stay_401) {
  auto s = town(3);
  s->keys.emplace(tests::test_secret().hash("chosen-by-the-operator"), 0);
  s->principals[0].expires = core::wall_time{1s};
  s->ending_keys.emplace(tests::test_secret().hash("before-its-rotation"), catalog::snapshot::ending_key{});
  adopt(s);
  for (const auto* key :
       {"lg-user-kez", "LG-user-key", "\"lg-user-key", "chosen-by-the-operator", "before-its-rotation"})
    EXPECT_EQ(bring(key, prioritised)->status(), 401) << key;
  bring_other("POST", "/v1/chat/completions", {{"logos_key", "sk-of-the-client"}});
  EXPECT_EQ(brought_.back()->status(), 401);
  EXPECT_TRUE(logs_[1].tickets.empty());
}

TEST_F(ingress_visitors_test, reach_no_server_that_asks_for_no_key) {
  for (const auto* name : {"gpu", "ollama", "nobody"}) {
    const auto x =
        bring(clients_key, R"({"model":"gemma3","messages":[]})", "/v1/chat/completions", {{"provider", name}});
    EXPECT_EQ(x->status(), 404) << name;
    EXPECT_EQ(x->body().find("key-of"), std::string::npos);
    EXPECT_EQ(x->body().find(clients_key), std::string::npos);
  }
  EXPECT_TRUE(logs_[3].tickets.empty());
}

TEST_F(ingress_visitors_test, try_no_keys_uncounted_by_naming_a_provider_that_does_not_exist) {
  at_->rules.wrong_keys = std::make_shared<execution::wrong_keys>(3, clock(), nullptr);
  const auto guess = [&](std::string_view key) {
    return bring(key, prioritised, "/v1/chat/completions", {{"provider", "nobody"}})->status();
  };
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(guess("sk-" + std::to_string(i)), 404);
  EXPECT_EQ(at_->rules.wrong_keys->seen(), 3U);
  EXPECT_EQ(guess("sk-3"), 429);
  EXPECT_EQ(guess(tests::user_key), 429) << "nothing tells that this one is right";
}

TEST_F(ingress_visitors_test, are_told_each_time_by_the_provider_that_their_key_has_expired_which_is_no_429_of_ours) {
  std::vector<std::string> told;
  at_->rules.wrong_keys =
      std::make_shared<execution::wrong_keys>(3, clock(), [&told](const std::string& text) { told.push_back(text); });
  for (int i = 0; i < 10; ++i) {
    const auto x = bring(clients_key, prioritised);
    offer_for(1);
    ASSERT_EQ(x->relayed.size(), 1U) << i;
    EXPECT_TRUE(x->relayed[0].observer->head(401, {})) << "is relayed";
    net::call_outcome outcome;
    outcome.status = 401;
    outcome.sent_whole = outcome.answered = outcome.complete = true;
    outcome.ended = clock().wall();
    x->relayed[0].observer->ending(outcome);
    x->relayed[0].observer->ended(outcome);
    run();
    x->relayed.clear();
    brought_.pop_back(); // and its seat is free
  }
  EXPECT_EQ(at_->rules.wrong_keys->seen(), 10U);
  EXPECT_EQ(at_->rules.wrong_keys->unanswered(), 0U);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(bring("sk-of-somebody-else", prioritised)->status(), 429);
  EXPECT_EQ(at_->rules.wrong_keys->unanswered(), 1U);
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(ingress_visitors_test, get_nothing_but_what_is_relayed) {
  for (const auto* path : {"/admin/v1/processes", "/metrics", "/jobs", "/logosdb/get_models", "/v1/feedback",
                           "/jobs/v1/chat/completions", "/extras/tokenize"}) {
    const bool posts = std::string_view{path}.find("/extras") == 0 ||
                       std::string_view{path}.find("/v1/f") != std::string_view::npos ||
                       std::string_view{path}.find("/jobs/v1") == 0;
    const auto x = bring_other(posts ? "POST" : "GET", path, {{"authorization", "Bearer sk-of-the-client"}});
    EXPECT_EQ(x->status(), 401) << path;
  }
  EXPECT_TRUE(callers_.empty());
}

TEST_F(ingress_visitors_test, are_shown_the_providers_models_not_ours) {
  const std::pair<const char*, const char*> cases[] = {{"/v1/models", "GET /v1/models HTTP"},
                                                       {"/v1/models/gpt-4o", "GET /v1/models/gpt-4o HTTP"},
                                                       {"/openai/v1/models/a%20b", "GET /v1/models/a%20b HTTP"}};
  for (const auto& [path, line] : cases) {
    bring_other("GET", path, {{"authorization", "Bearer sk-of-the-client"}});
    offer_for(1);
    EXPECT_TRUE(last_head().starts_with(line)) << last_head();
    brought_.back()->relayed.clear();
    brought_.pop_back();
  }
  EXPECT_TRUE(callers_.empty());
}

TEST_F(ingress_visitors_test, wait_in_the_queue_of_their_model_under_the_number_of_their_key) {
  bring(clients_key, prioritised);
  bring("sk-of-another", R"({"model":"o3","messages":[]})");
  const auto& tickets = logs_[1].tickets;
  ASSERT_EQ(tickets.size(), 2U);
  EXPECT_EQ(tickets[0].deployment_id, 1) << "it counts among those of the deployment with that model";
  EXPECT_EQ(tickets[1].deployment_id, -1) << "no deployment has it";
  EXPECT_LT(tickets[0].process_id, 0) << "no process";
  EXPECT_NE(tickets[0].process_id, tickets[1].process_id);
  EXPECT_LE(tickets[0].priority, core::priority_mid) << "nobody answers for a visitor's priority";
}

TEST_F(ingress_visitors_test, are_bounded_per_address_and_their_seats_are_given_back) {
  auto first = bring(clients_key, prioritised);
  bring("sk-made-up-1", prioritised);
  EXPECT_EQ(bring("sk-made-up-2", prioritised)->status(), 429);
  EXPECT_EQ(logs_[1].tickets.size(), 2U);
  answer(logs_[1].tickets[0], 1, 7);
  first->relayed.at(0).observer->ended(whole_answer());
  first->relayed.clear();
  first = nullptr;
  brought_.erase(brought_.begin());
  EXPECT_EQ(bring("sk-made-up-3", prioritised)->status(), 0);
  EXPECT_EQ(logs_[1].tickets.size(), 3U);
}

TEST_F(ingress_visitors_test, are_on_the_books_without_a_process_a_cost_or_their_key) {
  accounting::price dear;
  dear.id = 9;
  dear.model_id = 1;
  dear.per_k_tokens = core::nano_per_unit;
  auto s = town(3);
  s->prices = accounting::price_book{{dear}};
  adopt(s);
  const auto x = bring(clients_key, prioritised);
  offer_for(1);
  const auto outcome = whole_answer();
  x->relayed[0].observer->ending(outcome);
  x->relayed[0].observer->ended(outcome);
  const auto all = rows();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].ids.process_id, 0);
  EXPECT_EQ(all[0].ids.provider_id, 1);
  EXPECT_EQ(all[0].ids.model_id, 1);
  EXPECT_EQ(all[0].usage.total_tokens, 7);
  EXPECT_EQ(all[0].cost_nano, 0);
  EXPECT_EQ(all[0].log, core::log_level::billing);
  EXPECT_TRUE(accounts_.claims.empty()) << "no budget is about it";
}

TEST_F(ingress_visitors_test, do_not_stop_the_provider_for_others_when_their_key_is_told_to_wait) {
  const auto x = bring(clients_key, prioritised);
  offer_for(1);
  EXPECT_FALSE(x->relayed[0].call.tells_refusal) << "it waits for nobody's account";
  auto outcome = whole_answer();
  outcome.status = 429;
  outcome.retry_after_s = 600;
  x->relayed[0].observer->ended(outcome);
  run();
  ASSERT_EQ(logs_[1].releases.size(), 1U);
  EXPECT_EQ(logs_[1].releases[0].retry_after_s, 0U);
  EXPECT_EQ(logs_[1].releases[0].status, 429);
  EXPECT_TRUE(logs_[1].releases[0].visitor) << "it was not us whom it refused";
}

TEST_F(ingress_visitors_test, are_not_tried_elsewhere_when_their_call_fails) {
  const auto x = bring(clients_key, prioritised);
  offer_for(1);
  net::call_outcome lost;
  lost.error = core::ec::upstream_unreachable;
  lost.message = "no connection";
  x->relayed[0].observer->ended(lost);
  run();
  EXPECT_EQ(x->status(), 502);
  EXPECT_EQ(logs_[1].tickets.size() + logs_[2].tickets.size(), 1U);
}

TEST_F(ingress_visitors_test, who_wait_are_refused_when_it_is_no_longer_allowed) {
  const std::vector<std::function<void()>> changes{[this] { adopt(town(4, false)); },
                                                   [this] { at_->rules.visitors = nullptr; },
                                                   [this] {
                                                     auto s = town(5);
                                                     s->keys.emplace(tests::test_secret().hash(clients_key), 0);
                                                     adopt(s);
                                                   }};
  for (const auto& change : changes) {
    at_->rules.visitors = std::make_shared<execution::visitors>(0);
    adopt(town(3));
    const auto x = bring(clients_key, prioritised, "/v1/chat/completions", {{"provider", "azure"}});
    change();
    offer_for(2);
    EXPECT_EQ(x->status(), 403);
    EXPECT_TRUE(x->relayed.empty());
  }
}

TEST_F(ingress_visitors_test, are_held_to_the_policy_that_they_name) {
  const auto x = bring(clients_key, prioritised, "/v1/chat/completions", {{"policy", "local-only"}});
  EXPECT_EQ(x->status(), 403);
  EXPECT_TRUE(logs_[1].tickets.empty());
}

TEST_F(ingress_visitors_test, and_owners_of_logos_keys_are_told_apart_on_one_connection) {
  const auto ask = [&](std::string_view key, std::unique_ptr<net::connection_memo> memo) {
    auto x = make_exchange("POST", "/v1/chat/completions",
                           {{"content-type", "application/json"}, {"authorization", "Bearer " + std::string{key}}},
                           R"({"model":"gpt","messages":[]})");
    x->memo() = std::move(memo);
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return std::move(x->memo());
  };
  auto memo = ask(tests::user_key, nullptr);
  memo = ask(clients_key, std::move(memo));
  memo = ask(tests::user_key, std::move(memo));
  const auto& tickets = logs_[1].tickets;
  ASSERT_EQ(tickets.size(), 3U);
  EXPECT_EQ(tickets[0].process_id, 2);
  EXPECT_LT(tickets[1].process_id, 0);
  EXPECT_EQ(tickets[2].process_id, 2);
}

TEST_F(ingress_visitors_test, need_a_model_that_can_stand_in_a_path_where_it_does) {
  const auto x = bring(clients_key, R"({"model":"..","messages":[]})", "/v1/chat/completions", {{"provider", "azure"}});
  offer_for(2);
  EXPECT_EQ(x->status(), 400);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_visitors_test, with_a_logos_key_choose_a_provider_by_name_or_type_among_those_permitted) {
  const auto with = [&](std::string_view provider, std::string_view model) {
    return bring(tests::user_key, R"({"model":")" + std::string{model} + R"(","messages":[]})", "/v1/chat/completions",
                 {{"provider", std::string{provider}}})
        ->status();
  };
  EXPECT_EQ(with("OpenAI", "gpt"), 0);
  EXPECT_EQ(with("ollama", "gemma"), 0);
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
  EXPECT_EQ(with("nobody", "gpt"), 404);
  EXPECT_EQ(with("gpu", "gpt"), 404) << "it does not have that model";
  EXPECT_EQ(with("gpu", "unknown"), 404);
}

} // namespace
} // namespace logos::ingress
