// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

#include <random>

namespace logos::ingress {
namespace {

using catalog::policy;
using core::capability;
using core::policy_use;
using core::privacy_level;

constexpr std::array privacies{privacy_level::local, privacy_level::cloud_in_eu_by_eu_provider,
                               privacy_level::cloud_in_eu_by_us_provider,
                               privacy_level::cloud_not_in_eu_by_us_provider};

constexpr std::string_view not_answered =
    R"({"choices":[{"message":{"content":"I'm sorry, but I can't help with that."},"finish_reason":"stop"}]})";

/// What a request says, as far as a policy is about it.
struct asked {
  boost::intrusive_ptr<fake_exchange> x;
  bool root = false;
  std::int64_t policy_id = 0; // in its header
  std::string model;          // named; empty: chosen
  std::optional<privacy_level> privacy;
  std::optional<int> cost;
  bool vision = false;
  std::string provider; // in its header
  std::size_t seen = 0; // relays that were looked at
};

/// Catalogs, requests and what becomes of them, at random. What may be sent is worked out here a second time, each
/// policy by itself.
class ingress_policy : public ingress_test {
protected:
  int number(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }
  privacy_level privacy() { return privacies[static_cast<std::size_t>(number(0, 3))]; }

  /// Ids mean the same in all catalogs; what stands behind them does not.
  std::shared_ptr<catalog::snapshot> world() {
    const auto small = tests::small_catalog();
    auto s = std::make_shared<catalog::snapshot>();
    s->version = ++version_;
    s->keys = small->keys;
    s->principals = small->principals;
    s->providers = small->providers;
    for (auto& p : s->providers)
      p.privacy = privacy();
    for (std::int64_t id = 1; id <= 3; ++id) {
      catalog::model m;
      m.id = id;
      m.name = "model-" + std::to_string(id);
      m.weight_cost = number(-3, 3);
      if (chance(30)) m.privacy = privacy();
      m.weight_quality = number(0, 9);
      if (chance(30)) m.capabilities = {capability::chat};
      if (chance(30)) m.capabilities = {capability::chat, capability::vision};
      s->models.push_back(std::move(m));
    }
    std::int64_t id = 0;
    for (auto& m : s->models)
      for (auto& p : s->providers) {
        ++id;
        if (!chance(80)) continue;
        auto d = small->deployments[0];
        d.id = id;
        d.model = &m;
        d.provider = &p;
        s->deployments.push_back(std::move(d));
      }
    auto& somebody = s->principals[1];
    somebody.profiles[0].models.clear();
    for (std::int64_t m = 1; m <= 3; ++m)
      if (chance(75)) somebody.profiles[0].models.push_back(m);
    for (auto* who : {&s->principals[0], &somebody}) {
      auto& list = who->profiles[0].providers;
      list.clear();
      for (const std::int64_t p : {1, 2, 3, 99}) // 99 is gone
        if (chance(45)) list.push_back(p);
      if (chance(50)) list.clear();
    }
    for (std::int64_t each = 1; each <= 5; ++each)
      if (chance(80)) s->policies.push_back(any_policy(each));
    s->index();
    return s;
  }

  policy any_policy(std::int64_t id) {
    policy p;
    p.id = id;
    p.name = "policy-" + std::to_string(id);
    p.use = chance(60) ? policy_use::named : chance(60) ? policy_use::standard : policy_use::always;
    if (chance(30)) p.process_id = number(1, 3);
    if (p.process_id == 0 && chance(20)) p.profile_id = 10 * number(1, 2);
    p.threshold_privacy = chance(50) ? privacy_level::cloud_not_in_eu_by_us_provider : privacy();
    p.threshold_cost = chance(60) ? -1024 : chance(15) ? 1024 : number(-3, 3);
    if (chance(40)) p.cascade = {{core::answer_check::refusal}, 500, number(2, 3)};
    return p;
  }

  void ask_any() {
    asked a;
    a.root = chance(30);
    std::vector<fake_exchange::line> headers;
    if (chance(40)) {
      a.policy_id = number(1, 5);
      headers.push_back({"policy", chance(50) ? std::to_string(a.policy_id) : "policy-" + std::to_string(a.policy_id)});
    }
    if (chance(15)) {
      a.provider = std::array{"local-1", "local-2", "cloud"}.at(static_cast<std::size_t>(number(0, 2)));
      headers.push_back({"provider", a.provider});
    }
    std::string model;
    if (chance(40)) {
      a.model = model = "model-" + std::to_string(number(1, 3));
    } else if (chance(60)) {
      model = "logos-v1__policy_default=true";
      if (chance(60)) model += "_privacy=" + std::string{to_string(*(a.privacy = privacy()))};
      if (chance(40)) model += "_cost=" + std::to_string(*(a.cost = number(-3, 3)));
    }
    a.vision = chance(25);
    const std::string content =
        a.vision ? R"([{"type":"image_url","image_url":{"url":"https://x.test/a.png"}}])" : R"("hello")";
    const auto body = "{" + (model.empty() ? "" : R"("model":")" + model + "\",") +
                      R"("messages":[{"role":"user","content":)" + content + "}]}";
    a.x = bring(a.root ? tests::root_key : tests::user_key, body, "/v1/chat/completions", std::move(headers));
    requests_.push_back(std::move(a));
    judge();
  }

  static bool concerns(const policy& p, const asked& a) {
    const std::int64_t process = a.root ? 1 : 2;
    return p.profile_id != 0 ? p.profile_id == process * 10 : p.process_id == 0 || p.process_id == process;
  }

  /// Every policy that such a request has to obey now; nothing when one that it named is not there.
  std::optional<std::vector<policy>> obeyed(const asked& a) const {
    std::vector<policy> out;
    const policy* named = nullptr;
    const policy* usual = nullptr;
    const auto near = [](const policy& p) { return p.profile_id != 0 ? 2 : p.process_id != 0 ? 1 : 0; };
    for (const auto& p : now_->policies) {
      if (!concerns(p, a)) continue;
      if (p.id == a.policy_id) named = &p;
      if (p.use == policy_use::standard && (usual == nullptr || near(p) > near(*usual))) usual = &p;
      if (p.use == policy_use::always) out.push_back(p);
    }
    if (a.policy_id != 0 && named == nullptr) return std::nullopt;
    if (named != nullptr)
      out.push_back(*named);
    else if (usual != nullptr && a.policy_id == 0)
      out.push_back(*usual);
    return out;
  }

  const catalog::profile& profile_of(const asked& a) const { return now_->principals[a.root ? 0 : 1].profiles[0]; }
  bool may_use(const asked& a, const catalog::model& m) const { return a.root || profile_of(a).permits(m.id); }
  bool may_ask(const asked& a, const catalog::provider& p) const {
    const auto& list = profile_of(a).providers;
    return list.empty() || std::find(list.begin(), list.end(), p.id) != list.end();
  }

  static bool can_do(const asked& a, const catalog::model& m) {
    return !a.vision || m.capabilities.empty() || m.capabilities.has(capability::vision);
  }

  /// Why the provider must not have had it; empty: it may.
  std::string offence(const asked& a, const catalog::provider& p, const catalog::model& m) const {
    const auto rules = obeyed(a);
    if (!rules) return "the policy that it named is gone";
    auto strictest = privacy_level::cloud_not_in_eu_by_us_provider;
    for (const auto& rule : *rules)
      strictest = std::min(strictest, rule.threshold_privacy);
    for (const auto& rule : *rules) {
      if (std::max(p.privacy, m.privacy) > rule.threshold_privacy)
        return "privacy of policy " + std::to_string(rule.id);
      if (rule.threshold_cost == -1024) continue;
      auto least = rule.threshold_cost;
      if (least == 1024) {
        least = -1024;
        for (const auto& d : now_->deployments)
          if (may_use(a, *d.model) && may_ask(a, *d.provider) && can_do(a, *d.model) &&
              std::max(d.provider->privacy, d.model->privacy) <= std::min(strictest, a.privacy.value_or(strictest)))
            least = std::max(least, d.model->weight_cost);
      }
      if (m.weight_cost < least) return "cost of policy " + std::to_string(rule.id);
    }
    if (a.privacy && std::max(p.privacy, m.privacy) > *a.privacy) return "privacy of the model's name";
    if (a.cost && m.weight_cost < *a.cost) return "cost of the model's name";
    if (!may_use(a, m)) return "permission";
    if (!may_ask(a, p)) return "the profile's providers";
    if (!a.provider.empty() && a.provider != p.name) return "another provider";
    if (!can_do(a, m)) return "capability";
    if (!a.model.empty() && a.model != m.name) return "another model";
    return {};
  }

  static std::string line_of(const std::string& headers, std::string_view name) {
    const auto at = headers.find(std::string{name} + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 2;
    return headers.substr(begin, headers.find('\r', begin) - begin);
  }

  /// Looks at every byte that was sent since the last time.
  void judge() {
    for (auto& a : requests_)
      for (; a.seen < a.x->relayed.size(); ++a.seen) {
        ++sent_;
        const auto& headers = a.x->relayed[a.seen].call.answer_headers;
        const auto* p = now_->find_provider(line_of(headers, "x-logos-provider"));
        const auto* m = now_->find_model(line_of(headers, "x-logos-model"));
        ASSERT_TRUE(p != nullptr && m != nullptr) << headers;
        narrowed_ += profile_of(a).providers.empty() ? 0 : 1;
        escalated_ += headers.find("; step=2;") == std::string::npos ? 0 : 1;
        EXPECT_EQ(offence(a, *p, *m), "") << p->name << ' ' << m->name << " in catalog " << now_->version;
      }
  }

  void change_world() {
    now_ = world();
    adopt(now_);
    judge();
  }

  /// Some SCHEDULER has a place; sometimes the catalog changes between its offer and the first byte.
  void offer_any() {
    const std::int64_t provider = number(1, 3);
    auto& tickets = logs_[provider].tickets;
    if (tickets.empty()) return;
    const auto& t = tickets[static_cast<std::size_t>(number(0, static_cast<int>(tickets.size()) - 1))];
    caf::anon_send(logs_[provider].requester, offer_of(t, ++permits_));
    if (chance(40)) {
      now_ = world();
      caf::anon_send(ingress_, atom::adopt_v, catalog::snapshot_ptr{now_});
    }
    run();
    judge();
  }

  /// A call ends: with an answer, or so that another provider is asked.
  void end_any() {
    for (auto& a : requests_) {
      if (a.x->relayed.empty() || !chance(30)) continue;
      const auto observer = a.x->relayed.back().observer;
      if (observer == nullptr) continue;
      if (a.x->relayed.back().call.hold_back != 0 && chance(60) &&
          observer->judge(not_answered, net::content_kind::json, true) == net::judgement::drop) {
        a.x->relayed.back().observer = nullptr;
        auto outcome = whole_answer();
        outcome.answered = false;
        outcome.dropped = true;
        observer->ended(outcome);
        run();
        continue;
      }
      a.x->relayed.back().observer = nullptr;
      net::call_outcome failed;
      failed.error = core::ec::upstream_unreachable;
      observer->ended(chance(80) ? failed : whole_answer());
      run();
    }
    judge();
  }

  void forget() {
    for (auto& a : requests_)
      a.x->relayed.clear();
    for (const auto& a : requests_)
      refused_ += a.x->status() == 403 ? 1 : 0;
    requests_.clear();
    brought_.clear();
    for (auto& [id, log] : logs_)
      log.tickets.clear();
  }

  std::mt19937 random_{20'260'801};
  std::uint64_t version_ = 1;
  std::uint64_t permits_ = 100;
  std::shared_ptr<catalog::snapshot> now_;
  std::vector<asked> requests_;
  int sent_ = 0;
  int narrowed_ = 0;  // of these, for profiles that have a list of providers
  int escalated_ = 0; // as a cascade's second step
  int refused_ = 0;
};

TEST_F(ingress_policy, no_deployment_that_a_policy_or_a_profile_forbids_receives_a_byte) {
  for (int round = 0; round < 900 && !HasFailure(); ++round) {
    change_world();
    for (int i = 0; i < 8; ++i)
      ask_any();
    for (int step = 0; step < 25; ++step) {
      if (chance(20)) change_world();
      if (chance(15)) ask_any();
      offer_any();
      if (chance(50)) end_any();
    }
    forget();
  }
  EXPECT_GT(sent_, 600) << "else it shows nothing";
  EXPECT_GT(narrowed_, 200);
  EXPECT_GT(escalated_, 10);
  EXPECT_GT(refused_, 200);
}

TEST_F(ingress_policy, a_catalog_that_comes_between_the_permit_and_the_first_byte_is_heeded) {
  adopt(permitting(privacy_level::cloud_not_in_eu_by_us_provider, 2));
  const auto x = bring(tests::root_key, R"({"model":"gpt"})", "/v1/chat/completions", {{"policy", "local-only"}});
  offer_and_adopt(3, tests::small_catalog(3));
  EXPECT_TRUE(x->relayed.empty());
  EXPECT_EQ(x->status(), 403);
  EXPECT_EQ(logs_[3].releases.size(), 1U) << "the permit has ended";
}

TEST_F(ingress_policy, a_policy_inside_the_models_name_chooses_and_is_obeyed) {
  bring(tests::root_key, R"({"model":"logos-v1__policy_privacy=LOCAL","messages":[]})");
  EXPECT_EQ(logs_[1].tickets.size() + logs_[2].tickets.size(), 2U);
  EXPECT_TRUE(logs_[3].tickets.empty());
  bring(tests::root_key, R"({"model":"logos-v1.0__policy_default=true","messages":[]})");
  EXPECT_EQ(logs_[3].tickets.size(), 1U) << "gpt weighs more";
  bring(tests::root_key, R"({"model":"logos-v1__policy_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER","messages":[]})",
        "/v1/chat/completions", {{"policy", "local-only"}});
  EXPECT_EQ(logs_[3].tickets.size(), 1U) << "it cannot loosen the header's";
  const auto wrong = bring(tests::root_key, R"({"model":"logos-v1__policy_cost=cheap","messages":[]})");
  EXPECT_EQ(wrong->status(), 400);
  EXPECT_NE(wrong->body().find("at character 23"), std::string::npos) << wrong->body();
}

TEST_F(ingress_policy, its_priority_holds_where_neither_request_nor_key_names_one) {
  auto s = tests::small_catalog(2);
  s->policies[0].priority = 9;
  adopt(s);
  const std::vector<fake_exchange::line> named{{"policy", "local-only"}};
  bring(tests::user_key, R"({"model":"gemma","messages":[]})", "/v1/chat/completions", named);
  EXPECT_EQ(logs_[1].tickets.back().priority, 9);
  bring(tests::user_key, R"({"model":"gemma","messages":[],"priority":"low"})", "/v1/chat/completions", named);
  EXPECT_EQ(logs_[1].tickets.back().priority, 1);
  auto keyed = tests::small_catalog(3);
  keyed->policies[0].priority = 1;
  for (auto& p : keyed->principals)
    p.priority = 9;
  adopt(keyed);
  bring(tests::user_key, R"({"model":"gemma","messages":[]})", "/v1/chat/completions", named);
  EXPECT_EQ(logs_[1].tickets.back().priority, 9) << "a key's own goes before the policy's";
}

TEST_F(ingress_policy, a_model_that_cannot_do_what_is_asked_is_not_asked) {
  auto s = tests::small_catalog(2);
  s->models[1].capabilities = {capability::chat};
  adopt(s);
  const std::string image =
      R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.test/a.png"}}]}]})";
  bring(tests::root_key, "{" + image);
  EXPECT_TRUE(logs_[3].tickets.empty());
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
  const auto named = bring(tests::root_key, R"({"model":"gpt",)" + image);
  EXPECT_EQ(named->status(), 400);
  EXPECT_NE(named->body().find("vision"), std::string::npos) << named->body();
  for (const auto* more : {R"("tools":[{"type":"function","function":{"name":"f"}}])", R"("functions":[{"name":"f"}])",
                           R"("response_format":{"type":"json_schema","json_schema":{"name":"a"}})"})
    EXPECT_EQ(bring(tests::root_key, R"({"model":"gpt","messages":[],)" + std::string{more} + "}")->status(), 400)
        << more;
  for (const auto* more : {R"("tools":[])", R"("response_format":{"type":"json_object"})", R"("tools":null)"})
    EXPECT_EQ(bring(tests::root_key, R"({"model":"gpt","messages":[],)" + std::string{more} + "}")->status(), 0)
        << more;
  EXPECT_EQ(bring(tests::root_key, R"({"model":"gpt","input":"a"})", "/v1/embeddings")->status(), 400);
}

} // namespace
} // namespace logos::ingress
