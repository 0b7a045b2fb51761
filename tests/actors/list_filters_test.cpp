// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

class list_filters_test : public administration_fixture {
protected:
  list_filters_test() {
    make_gemma();
    const auto process = make("processes", R"({"name":"app","priority":"high","expires_at":"2099-01-01T00:00:00Z"})");
    const auto about = R"({"scope":"process","scope_id":)" + std::to_string(process.number("id"));
    const auto budget = make("budgets", about + R"(,"period":"month","amount":"25.00","currency":"EUR"})");
    make("credits", R"({"budget_id":)" + std::to_string(budget.number("id")) + R"(,"amount":"-5.0","reason":"r"})");
    make("prices", R"({"model":"gemma","token_type":"prompt_tokens","valid_from":"2026-01-01","currency":"EUR",)"
                   R"("price_per_k_token":"0.50"})");
    make("rates", R"({"currency":"USD","rate":"0.90","valid_from":"2026-01-01T00:00:00Z"})");
    make("examples", R"({"model":"gemma","text":"hello","worth":0.5})");
  }
  std::size_t found(const std::string& target) {
    const auto listed = call("GET", "/admin/v1/" + target);
    EXPECT_EQ(listed.status, 200) << target << ": " << listed.body;
    return listed.status == 200 ? listed.json()["data"].get_array().size() : 99;
  }
};

TEST_F(list_filters_test, find_a_value_however_it_is_spelled) {
  for (const std::string same :
       {"prices?valid_from=2026-01-01", "prices?valid_from=2026-01-01T00:00:00Z",
        "prices?valid_from=2026-01-01T00:00:00.000000Z", "prices?price_per_k_token=0.5",
        "prices?price_per_k_token=0.50", "processes?expires_at=2099-01-01T00:00:00Z", "processes?expires_at=2099-01-01",
        "processes?priority=high&name=app", "processes?priority=10&name=app", "budgets?amount=25",
        "budgets?amount=25.00", "credits?amount=-5", "credits?amount=-5.00", "rates?rate=0.9", "rates?rate=0.90",
        "examples?worth=0.5", "examples?worth=0.50", "examples?worth=5e-1", "providers?total_vram_mb=0"})
    EXPECT_EQ(found(same), 1U) << same;
  for (const std::string other :
       {"prices?valid_from=2026-01-02", "prices?price_per_k_token=0.51", "budgets?amount=25.01", "credits?amount=5",
        "examples?worth=-0.5", "processes?expires_at=2098-01-01"})
    EXPECT_EQ(found(other), 0U) << other;
  EXPECT_EQ(found("processes?expires_at=null&name=app"), 0U);
  EXPECT_EQ(found("prices?provider_id=null"), 1U);
}

TEST_F(list_filters_test, find_what_a_list_shows) {
  for (const auto* list : {"processes", "prices", "rates", "budgets", "credits", "examples"}) {
    const auto shown = call("GET", "/admin/v1/" + std::string{list});
    const auto row = shown.json()["data"].at(0);
    for (const auto* field : {"created_at", "updated_at", "expires_at", "valid_from", "made_at"}) {
      std::string_view time;
      if (row[field].get(time) != simdjson::SUCCESS) continue;
      EXPECT_GE(found(std::string{list} + "?" + field + "=" + std::string{time}), 1U) << list << " " << field;
    }
  }
}

TEST_F(list_filters_test, refuse_what_no_value_is_and_say_how_one_looks) {
  struct bad {
    const char* target;
    const char* words;
  };
  for (const auto& b : {bad{"prices?valid_from=soon", "2026-12-31T23:59:59Z"}, bad{"budgets?amount=much", "decimal"},
                        bad{"budgets?amount=-1", "decimal"}, bad{"credits?amount=x", "decimal amount"},
                        bad{"rates?rate=0", "more than 0"}, bad{"examples?worth=half", "a number"},
                        bad{"examples?worth=2", "from -1"}, bad{"examples?worth=%220.5%22", "a number"},
                        bad{"processes?priority=11", "1 to 10"}, bad{"limits?value=0.5", "a whole number"}}) {
    const auto refused = call("GET", std::string{"/admin/v1/"} + b.target);
    EXPECT_EQ(refused.status, 400) << b.target << ": " << refused.body;
    EXPECT_TRUE(refused.says("The filter '") && refused.says(b.words)) << b.target << ": " << refused.body;
  }
}

} // namespace
} // namespace logos::tests
