// SPDX-License-Identifier: MIT
#include "actors/administration/rights.hpp"
#include "tests/actors/rights_fixture.hpp"

#include <sqlite3.h>

namespace logos::tests {
namespace {

class credit_routes_test : public rights_test {
protected:
  std::int64_t budget_of(const person& p, std::string_view period = "day") {
    return make("budgets", R"({"scope":"process","scope_id":)" + std::to_string(p.key) + R"(,"period":")" +
                               std::string{period} + R"(","amount":"1","currency":"EUR"})")
        .number("id");
  }
  static std::string entry(std::int64_t budget, const std::string& amount, const std::string& more = {}) {
    return R"({"budget_id":)" + std::to_string(budget) + R"(,"amount":)" + amount +
           R"(,"reason":"the price was per token")" + more + "}";
  }
  static std::string at(std::int64_t id) { return path + "/" + std::to_string(id); }

  static inline const std::string path = "/admin/v1/credits";
};

TEST_F(credit_routes_test, a_credit_says_who_made_it_when_and_why) {
  const auto budget = budget_of(ann);
  const auto before = clock().wall();
  const auto made = call("POST", path, entry(budget, R"("-0.5")"), adam.key);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(made.says(R"("budget_id":)" + std::to_string(budget) +
                        R"(,"amount":"-0.5","reason":"the price was per token","reverses":null,"made_by":"app",)" +
                        R"("made_at":")" + core::to_iso8601(before)))
      << made.body;
  const auto id = made.number("id");
  EXPECT_EQ(call("GET", at(id)).body, made.body);
  EXPECT_EQ(call("GET", at(id + 1)).status, 404);
  const auto back = make("credits", entry(budget, "0.5", R"(,"reverses":)" + std::to_string(id)));
  EXPECT_TRUE(back.says(R"("amount":"0.5",)")) << back.body;
  EXPECT_EQ(back.number("reverses"), id);
  EXPECT_EQ(call("POST", path, entry(budget, "0.5", R"(,"reverses":)" + std::to_string(id))).status, 409);
}

TEST_F(credit_routes_test, what_is_wrong_is_refused_by_name) {
  const auto budget = budget_of(ann);
  const auto id = make("credits", entry(budget, "1")).number("id");
  struct bad {
    std::string body;
    const char* says;
  };
  const std::string long_reason(1001, 'x');
  for (const auto& each : {
           bad{entry(budget, "0"), "'amount' must be a decimal amount other than 0"},
           bad{entry(budget, R"("-0.0")"), "'amount' must be a decimal amount other than 0"},
           bad{entry(budget, R"("--1")"), "'amount' must be"},
           bad{entry(budget, R"("-")"), "'amount' must be"},
           bad{entry(budget, R"("0.0000000001")"), "at most nine places"},
           bad{entry(budget, R"("-9223372036.854775808")"), "-9223372036.854775807"},
           bad{entry(budget, "null"), "'amount' must be"},
           bad{entry(4711, "1"), "there is no budget 4711"},
           bad{R"({"amount":"1","reason":"x"})", "'budget_id' is required"},
           bad{R"({"budget_id":1,"reason":"x"})", "'amount' is required"},
           bad{R"({"budget_id":1,"amount":"1"})", "'reason' is required"},
           bad{R"({"budget_id":1,"amount":"1","reason":" "})", "1 to 1000 bytes"},
           bad{R"({"budget_id":1,"amount":"1","reason":")" + long_reason + "\"}", "1 to 1000 bytes"},
           bad{entry(budget, "1", R"(,"made_by":"me")"), "'made_by' cannot be set"},
           bad{entry(budget, "1", R"(,"made_at":"2020-01-01")"), "'made_at' cannot be set"},
           bad{entry(budget, "1", R"(,"resaon":"x")"), "did you mean 'reason'"},
           bad{entry(budget, "1", R"(,"currency":"EUR")"), "currency"},
           bad{entry(budget, "1", R"(,"reverses":)" + std::to_string(id)), "'amount' must be -1"},
           bad{entry(budget, "-1", R"(,"reverses":4711)"), "there is no credit 4711"},
       }) {
    const auto told = call("POST", path, each.body);
    EXPECT_EQ(told.status, 400) << each.body << told.body;
    EXPECT_NE(told.body.find(each.says), std::string::npos) << each.body << " → " << told.body;
  }
  EXPECT_EQ(count(call("GET", path)), 1U);
}

TEST_F(credit_routes_test, nothing_changes_a_credit) {
  const auto id = make("credits", entry(budget_of(ann), "1")).number("id");
  for (const auto* method : {"PATCH", "PUT", "DELETE"})
    for (const auto& target : {at(id), path}) {
      const auto told = call(method, target, R"({"amount":"2"})");
      EXPECT_EQ(told.status, 405) << method << " " << target;
      EXPECT_NE(told.body.find("A credit is never changed or removed: make another one that reverses it."),
                std::string::npos)
          << told.body;
    }
  EXPECT_TRUE(call("GET", at(id)).says(R"("amount":"1")"));
  EXPECT_EQ(call("PUT", "/admin/v1/budgets").body.find("credit"), std::string::npos);
}

TEST_F(credit_routes_test, users_read_those_of_their_own_budgets_and_make_none) {
  const auto mine = budget_of(ann), others = budget_of(bob);
  const auto hers = make("credits", entry(mine, "1")).number("id");
  const auto his = make("credits", entry(others, "1")).number("id");
  const auto seen = call("GET", path, {}, ann.key);
  EXPECT_EQ(count(seen), 1U) << seen.body;
  EXPECT_EQ(call("GET", at(hers), {}, ann.key).status, 200);
  EXPECT_EQ(call("GET", at(his), {}, ann.key).status, 404);
  EXPECT_EQ(count(call("GET", path + "?budget_id=" + std::to_string(others), {}, ann.key)), 0U);
  EXPECT_EQ(call("POST", path, entry(mine, "1"), ann.key).status, 403);
  EXPECT_EQ(count(call("GET", path)), 2U);
}

TEST_F(credit_routes_test, only_root_credits_what_is_roots) {
  const auto root_user = store().list<storage::user>(0, 1)->at(0).id;
  const auto budget = make("budgets", R"({"scope":"user","scope_id":)" + std::to_string(root_user) +
                                          R"(,"period":"day","amount":"1","currency":"EUR"})")
                          .number("id");
  EXPECT_EQ(call("POST", path, entry(budget, "1"), adam.key).status, 403);
  EXPECT_EQ(call("POST", path, entry(budget, "1")).status, 201);
}

TEST_F(credit_routes_test, nobody_credits_a_budget_that_cannot_be_read) {
  administration::call by;
  by.snapshot = snapshot_;
  for (const auto& who : snapshot_->principals)
    if (who.process_id == adam.key) by.who = &who;
  ASSERT_NE(by.who, nullptr);
  storage::credit wanted;
  wanted.budget_id = budget_of(ann);
  const auto refusal = [&] {
    return administration::check_change<storage::credit>(store(), nullptr, &wanted, by).code;
  };
  EXPECT_EQ(refusal(), core::ec::none);
  sqlite3* connection = nullptr;
  sqlite3_open((folder_ / "logos.db").c_str(), &connection);
  EXPECT_EQ(sqlite3_exec(connection, "alter table budgets rename to lost", nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(connection);
  sqlite3_close(connection);
  EXPECT_NE(refusal(), core::ec::none);
}

TEST_F(credit_routes_test, lists_have_pages_and_filters) {
  const auto one = budget_of(ann), two = budget_of(ann, "total");
  for (int i = 0; i < 3; ++i)
    make("credits", entry(one, std::to_string(i + 1)));
  make("credits", entry(two, "9"));
  const auto first = call("GET", path + "?limit=2&budget_id=" + std::to_string(one));
  EXPECT_EQ(count(first), 2U);
  const auto rest = call("GET", path + "?limit=2&budget_id=" + std::to_string(one) + "&cursor=" + first.text("next"));
  EXPECT_EQ(count(rest), 1U);
  EXPECT_TRUE(rest.says(R"("next":null)"));
  EXPECT_EQ(count(call("GET", path + "?amount=9")), 1U);
  EXPECT_EQ(call("GET", path + "?budget=1").status, 400);
  EXPECT_EQ(call("GET", path + "?budget_id=none").status, 400);
}

TEST_F(credit_routes_test, the_balance_has_the_credits_of_the_period_that_runs) {
  const auto budget = budget_of(ann);
  const auto balance = "/admin/v1/budgets/" + std::to_string(budget) + "/balance";
  make("credits", entry(budget, "0.75"));
  make("credits", entry(budget, "-0.25"));
  tell(with_.ledger, atom::adopt_v, snapshot_);
  tell(with_.ledger, accounting::claim{core::uuid::from_halves(1, 1), {ann.key}, 0, 1'200'000'000, clock().wall()},
       actors::claimant_actor{});
  const auto now = call("GET", balance, {}, ann.key);
  EXPECT_TRUE(now.says(
      R"("amount":"1","credits":"0.5","spent":"0","held":"1.2","remaining":"0.3","left":"1.5","unknown":null)"))
      << now.body;
  make("credits", entry(budget, "-5"));
  tell(with_.ledger, atom::adopt_v, snapshot_);
  const auto nothing = call("GET", balance);
  EXPECT_TRUE(nothing.says(R"("credits":"-4.5","spent":"0","held":"1.2","remaining":"0","left":"0")")) << nothing.body;
  advance(std::chrono::hours{24});
  tell(with_.ledger, atom::adopt_v, snapshot_);
  EXPECT_TRUE(call("GET", balance).says(R"("amount":"1","credits":"0","spent":"0")")) << call("GET", balance).body;
}

TEST_F(credit_routes_test, a_reversal_counts_in_the_period_of_what_it_reverses) {
  const auto budget = budget_of(ann);
  const auto balance = "/admin/v1/budgets/" + std::to_string(budget) + "/balance";
  const auto made = make("credits", entry(budget, "0.5")).number("id");
  advance(std::chrono::hours{24});
  const auto back = make("credits", entry(budget, "-0.5", R"(,"reverses":)" + std::to_string(made))).number("id");
  EXPECT_TRUE(call("GET", balance).says(R"("credits":"0","spent":"0")")) << call("GET", balance).body;
  EXPECT_TRUE(call("GET", balance).says(R"("left":"1")"));
  make("credits", entry(budget, "0.5", R"(,"reverses":)" + std::to_string(back)));
  EXPECT_TRUE(call("GET", balance).says(R"("credits":"0","spent":"0")")) << call("GET", balance).body;
  make("credits", entry(budget, "0.25"));
  EXPECT_TRUE(call("GET", balance).says(R"("credits":"0.25","spent":"0")")) << call("GET", balance).body;
}

TEST_F(credit_routes_test, a_credit_stands_in_the_audit_log) {
  const auto id = make("credits", entry(budget_of(ann), "1")).number("id");
  const auto events = call("GET", "/admin/v1/events?resource=credit&id=" + std::to_string(id));
  EXPECT_EQ(count(events), 1U) << events.body;
  EXPECT_TRUE(events.says(R"("reason":"the price was per token")")) << events.body;
}

} // namespace
} // namespace logos::tests
