// SPDX-License-Identifier: MIT
#include "tests/actors/rights_fixture.hpp"

/// What a user is shown beside what is theirs: prices, alerts, when keys were used and how far limits are.
namespace logos::tests {
namespace {

class own_view_test : public rights_test {
protected:
  std::string listed(const std::string& what, const person& by) {
    const auto r = call("GET", "/admin/v1/" + what, {}, by.key);
    EXPECT_EQ(r.status, 200) << r.body;
    return r.body;
  }
  std::int64_t price(const std::string& about) {
    return make("prices", "{" + about +
                              R"("token_type":"prompt_tokens","valid_from":"2026-01-01T00:00:00Z",)"
                              R"("price_per_k_token":"1","currency":"EUR"})")
        .number("id");
  }
};

TEST_F(own_view_test, shows_the_prices_of_models_that_the_user_may_use) {
  make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:9000/v1","api_key":"sk-secret","models":["gemma"]})");
  make("providers", R"({"name":"hidden","base_url":"http://127.0.0.1:9001/v1","models":["qwen"]})");
  permit(ann, "gemma");
  std::map<std::string, std::int64_t> ids;
  for (const std::string about :
       {R"("model":"gemma",)", R"("model":"qwen",)", "", R"("provider":"gpu",)", R"("provider":"hidden",)",
        R"("model":"gemma","provider":"gpu",)", R"("model":"gemma","provider":"hidden",)"})
    ids[about] = price(about);
  const auto all = listed("prices", ann);
  EXPECT_EQ(count(call("GET", "/admin/v1/prices", {}, ann.key)), 4U) << all;
  EXPECT_EQ(all.find("qwen"), all.npos);
  EXPECT_EQ(all.find("hidden"), all.npos);
  EXPECT_EQ(all.find("sk-secret"), all.npos);
  EXPECT_EQ(count(call("GET", "/admin/v1/prices", {}, bob.key)), 1U) << "who may use nothing sees what is everybody's";
  EXPECT_EQ(count(call("GET", "/admin/v1/prices")), 7U);
  const auto at = [](std::int64_t id) { return "/admin/v1/prices/" + std::to_string(id); };
  EXPECT_EQ(call("GET", at(ids[R"("model":"gemma",)"]), {}, ann.key).status, 200);
  EXPECT_EQ(call("GET", at(ids[R"("model":"qwen",)"]), {}, ann.key).status, 404);
  EXPECT_EQ(call("PATCH", at(ids[R"("model":"gemma",)"]), R"({"price_per_k_token":"0"})", ann.key).status, 403);
  EXPECT_EQ(call("DELETE", at(ids[R"("model":"gemma",)"]), {}, ann.key).status, 403);
}

TEST_F(own_view_test, shows_no_price_of_a_provider_that_may_not_serve_the_user) {
  const auto provider = [&](const std::string& name) {
    make("providers", R"({"name":")" + name + R"(","base_url":"http://127.0.0.1:9000/v1","models":["gemma"]})");
  };
  provider("gpu");
  provider("other");
  permit(ann, "gemma");
  price(R"("model":"gemma","provider":"gpu",)");
  const auto of_other = price(R"("model":"gemma","provider":"other",)");
  price(R"("provider":"other",)");
  EXPECT_EQ(count(call("GET", "/admin/v1/prices", {}, ann.key)), 3U);
  EXPECT_EQ(
      call("PATCH", "/admin/v1/profiles/" + std::to_string(ann.profile), R"({"allowed_providers":["gpu"]})").status,
      200);
  EXPECT_EQ(count(call("GET", "/admin/v1/prices", {}, ann.key)), 1U);
  EXPECT_EQ(call("GET", "/admin/v1/prices/" + std::to_string(of_other), {}, ann.key).status, 404);
}

TEST_F(own_view_test, shows_the_alerts_of_the_users_own_budgets_without_the_way_that_they_went) {
  const auto budget = [&](const std::string& scope, std::int64_t of) {
    return make("budgets", R"({"scope":")" + scope + R"(","scope_id":)" + std::to_string(of) +
                               R"(,"period":"total","amount":"1.00","currency":"EUR"})")
        .number("id");
  };
  const auto pass = [&](std::int64_t of, std::int64_t percent) {
    const std::vector passed{storage::crossing{of, {}, percent, 1'000'000'000, 500'000'000, clock().wall()}};
    ASSERT_TRUE(store().note_crossings(passed));
  };
  const auto hers = budget("user", ann.user), her_keys = budget("process", ann.key), his = budget("user", bob.user);
  for (const std::int64_t percent : {10, 20, 30}) {
    pass(hers, percent);
    pass(his, percent);
  }
  pass(her_keys, 50);
  const auto mine = call("GET", "/admin/v1/alerts", {}, ann.key);
  EXPECT_EQ(count(mine), 4U) << mine.body;
  EXPECT_FALSE(mine.says(R"("scope_id":)" + std::to_string(bob.user) + R"(,"period")")) << mine.body;
  const auto first = call("GET", "/admin/v1/alerts?limit=3", {}, ann.key);
  EXPECT_EQ(count(first), 3U);
  const auto rest = call("GET", "/admin/v1/alerts?limit=3&cursor=" + first.text("next"), {}, ann.key);
  EXPECT_EQ(count(rest), 1U) << rest.body;
  EXPECT_TRUE(rest.says(R"("next":null)"));
  EXPECT_EQ(count(call("GET", "/admin/v1/alerts?budget_id=" + std::to_string(his), {}, ann.key)), 0U);
  EXPECT_EQ(count(call("GET", "/admin/v1/alerts")), 7U);
  const auto claimed = store().claim_alerts(clock().wall(), std::chrono::minutes{2}, 1);
  ASSERT_TRUE(claimed && claimed->alerts.size() == 1U);
  const auto& due = claimed->alerts.front();
  ASSERT_TRUE(store().settle_alert(
      {due.id, due.attempts, storage::alert_state::failed, clock().wall(), "10.1.2.3: connection refused"}));
  const auto at = "/admin/v1/alerts/" + std::to_string(due.id);
  EXPECT_TRUE(call("GET", at).says("10.1.2.3"));
  const auto& whose = due.scope_id == bob.user && due.scope == core::scope::user ? bob : ann;
  const auto seen = call("GET", at, {}, whose.key);
  EXPECT_EQ(seen.status, 200) << seen.body;
  EXPECT_FALSE(seen.says("10.1.2.3")) << seen.body;
  EXPECT_EQ(call("GET", at, {}, whose.key == ann.key ? bob.key : ann.key).status, 404);
}

TEST_F(own_view_test, shows_when_a_key_was_used_last_and_passes_over_what_is_sent_back_of_it) {
  const auto shown = call("GET", ann.key_at, {}, ann.key);
  EXPECT_TRUE(shown.says(R"("last_used_at":null)")) << shown.body;
  storage::finished row;
  for (std::uint64_t n = 1; n <= 2; ++n) {
    row.timestamp_request = clock().wall() + std::chrono::seconds{n};
    row.request_id = core::uuid_source{n}.next(row.timestamp_request);
    row.ids.process_id = ann.key;
    row.owner.user_id = ann.user;
    row.path = "/v1/chat/completions";
    ASSERT_TRUE(store().write_batch({&row, 1}, {}, {}));
  }
  const auto words = R"("last_used_at":")" + core::to_iso8601(row.timestamp_request) + "\"";
  EXPECT_TRUE(call("GET", ann.key_at, {}, ann.key).says(words));
  const auto list = call("GET", "/admin/v1/processes", {}, ann.key);
  EXPECT_EQ(count(list), 1U);
  EXPECT_TRUE(list.says(words)) << list.body;
  const auto changed = call("PATCH", ann.key_at, R"({"name":"renamed","last_used_at":null})", ann.key);
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_TRUE(changed.says(words)) << changed.body;
  EXPECT_EQ(call("GET", "/admin/v1/processes?last_used_at=null").status, 400) << "it is no filter";
}

TEST_F(own_view_test, shows_how_far_each_limit_is_used_as_the_ledger_knows) {
  const auto limit = [&](const std::string& kind, std::int64_t value) {
    return make("limits", R"({"scope":"process","scope_id":)" + std::to_string(ann.key) + R"(,"kind":")" + kind +
                              R"(","value":)" + std::to_string(value) + "}")
        .number("id");
  };
  const auto tokens = limit("tokens_per_minute", 1000);
  limit("parallel_requests", 4);
  const auto at = "/admin/v1/limits/" + std::to_string(tokens);
  EXPECT_TRUE(call("GET", at).says(R"("use":null)")) << "no catalog has come to the LEDGER";
  tell(with_.ledger, atom::adopt_v, snapshot_);
  const auto one = core::uuid::from_halves(1, 1);
  tell(with_.ledger, accounting::claim{one, {ann.key}, 300, 0, clock().wall()}, actors::claimant_actor{});
  const auto running = call("GET", "/admin/v1/limits", {}, ann.key);
  EXPECT_TRUE(running.says(R"("use":{"used":300,"reserved":300,"remaining":700})")) << running.body;
  EXPECT_TRUE(running.says(R"("use":{"used":1,"reserved":1,"remaining":3})")) << running.body;
  EXPECT_TRUE(running.says(R"("next":null)"));
  tell(with_.ledger, accounting::settlement{one, 120, 0});
  EXPECT_TRUE(call("GET", at, {}, ann.key).says(R"("use":{"used":120,"reserved":0,"remaining":880})"));
  EXPECT_EQ(call("GET", at, {}, bob.key).status, 404);
  const auto changed = call("PATCH", at, R"({"value":500,"use":null})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  const auto gone = with_.ledger;
  with_.ledger = nullptr;
  EXPECT_TRUE(call("GET", at).says(R"("use":null)"));
  with_.ledger = gone;
}

TEST_F(own_view_test, shows_what_requests_that_run_hold_of_a_budget_as_the_ledger_knows) {
  const auto budget = make("budgets", R"({"scope":"process","scope_id":)" + std::to_string(ann.key) +
                                          R"(,"period":"day","amount":"1","currency":"EUR"})")
                          .number("id");
  const auto at = "/admin/v1/budgets/" + std::to_string(budget) + "/balance";
  const auto early = call("GET", at);
  EXPECT_TRUE(early.says(R"("spent":"0","held":null,"remaining":null,"left":"1")")) << early.body;
  EXPECT_NE(early.text("unknown").find("just been started"), std::string::npos) << early.body;
  tell(with_.ledger, atom::adopt_v, snapshot_);
  const auto hold = [&](std::uint64_t n, core::nano amount) {
    tell(with_.ledger, accounting::claim{core::uuid::from_halves(1, n), {ann.key}, 0, amount, clock().wall()},
         actors::claimant_actor{});
  };
  hold(1, 300'000'000);
  hold(2, 500'000'000);
  tell(with_.ledger, accounting::settlement{core::uuid::from_halves(1, 1), 0, 250'000'001});
  const auto running = call("GET", at, {}, ann.key);
  EXPECT_TRUE(running.says(R"("spent":"0.250000001","held":"0.5","remaining":"0.249999999","left":"0.749999999")"))
      << running.body;
  EXPECT_TRUE(running.says(R"("unknown":null)")) << running.body;
  EXPECT_EQ(call("GET", at, {}, bob.key).status, 404);
  call("PATCH", "/admin/v1/budgets/" + std::to_string(budget), R"({"amount":"0.5"})");
  EXPECT_TRUE(call("GET", at).says(R"("held":"0.5","remaining":"0","left":"0.249999999")")) << call("GET", at).body;
  const auto gone = with_.ledger;
  with_.ledger = nullptr;
  const auto alone = call("GET", at);
  EXPECT_TRUE(alone.says(R"("held":null,"remaining":null)")) << alone.body;
  EXPECT_NE(alone.text("unknown").find("being started"), std::string::npos) << alone.body;
  with_.ledger = gone;
}

TEST_F(own_view_test, lists_the_limits_of_settings_beside_those_that_were_made) {
  call("PATCH", ann.key_at, R"({"settings":{"rate_limit_rpm":7,"rate_limit_tpm":900,"team":"x"}})");
  const auto of_bob = "/admin/v1/processes/" + std::to_string(bob.key);
  call("PATCH", of_bob, R"({"settings":{"rate_limit_tpm":50}})");
  const auto limit = [&](std::int64_t process) {
    return make("limits", R"({"scope":"process","scope_id":)" + std::to_string(process) +
                              R"(,"kind":"parallel_requests","value":4})")
        .number("id");
  };
  const auto one = limit(ann.key), two = limit(bob.key);
  tell(with_.ledger, atom::adopt_v, snapshot_);
  const auto rpm = -2 * ann.key, tpm = rpm - 1, of_bobs = -2 * bob.key - 1;
  using ids = std::vector<std::int64_t>;
  const auto pages = [&](std::string_view filter, int size, std::int64_t who) {
    ids all;
    for (std::string cursor; all.size() < 9;) {
      const auto page =
          call("GET", "/admin/v1/limits?limit=" + std::to_string(size) + std::string{filter} + cursor, {}, who);
      EXPECT_EQ(page.status, 200) << page.body;
      const simdjson::dom::array data = page.json()["data"];
      for (const auto each : data)
        all.push_back(std::int64_t{each["id"]});
      if (page.json()["next"].is_null()) break;
      cursor = "&cursor=" + page.text("next");
    }
    return all;
  };
  auto whole = ann.key < bob.key ? ids{one, two, rpm, tpm, of_bobs} : ids{one, two, of_bobs, rpm, tpm};
  for (const int size : {1, 2, 3, 100}) {
    EXPECT_EQ(pages("", size, root_id()), whole) << size;
    EXPECT_EQ(pages("", size, ann.key), (ids{one, rpm, tpm})) << size;
    EXPECT_EQ(pages("&source=settings&scope_id=" + std::to_string(ann.key), size, root_id()), (ids{rpm, tpm})) << size;
    EXPECT_EQ(pages("&source=limits", size, root_id()), (ids{one, two})) << size;
    EXPECT_EQ(pages("&value=900", size, root_id()), ids{tpm}) << size;
    EXPECT_EQ(pages("&kind=requests_per_minute", size, ann.key), ids{rpm}) << size;
  }
  tell(with_.ledger, accounting::claim{core::uuid::from_halves(1, 1), {ann.key}, 300, 0, clock().wall()},
       actors::claimant_actor{});
  const auto at = "/admin/v1/limits/" + std::to_string(tpm);
  const auto shown = call("GET", at, {}, ann.key);
  EXPECT_TRUE(shown.says(R"("kind":"tokens_per_minute","value":900,"source":"settings")")) << shown.body;
  EXPECT_TRUE(shown.says(R"("use":{"used":300,"reserved":300,"remaining":600})")) << shown.body;
  EXPECT_EQ(call("GET", at, {}, bob.key).status, 404);
  for (const auto* method : {"PATCH", "DELETE"}) {
    const auto refused = call(method, at, *method == 'P' ? R"({"value":5})" : "");
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_TRUE(refused.says("'settings.rate_limit_tpm' with PATCH /admin/v1/processes/" + std::to_string(ann.key)))
        << refused.body;
  }
  call("PATCH", ann.key_at, R"({"settings":{}})");
  EXPECT_EQ(call("GET", at).status, 404);
  EXPECT_EQ(pages("", 100, ann.key), ids{one});
  EXPECT_EQ(call("GET", "/admin/v1/limits/0").status, 400);
  EXPECT_EQ(call("GET", "/admin/v1/limits/-1").status, 404);
  EXPECT_EQ(call("GET", "/admin/v1/budgets/-2").status, 400);
}

} // namespace
} // namespace logos::tests
