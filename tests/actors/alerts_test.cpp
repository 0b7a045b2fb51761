// SPDX-License-Identifier: MIT
#include "actors/alerting/alerts.hpp"
#include "actors/alerting/message.hpp"
#include "storage/store.hpp"
#include "tests/actors/sqlite_system.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;
using storage::alert_state;

/// Keeps what it is given until the test says how that ended.
class test_courier final : public alerting::courier {
public:
  void deliver(const alerting::letter& what, std::function<void(std::string)> done) override {
    letters.push_back(what);
    open.push_back(std::move(done));
    if (answers) std::exchange(open.back(), nullptr)(*answers);
  }

  std::vector<alerting::letter> letters;
  std::vector<std::function<void(std::string)>> open;
  std::optional<std::string> answers; // at once
};

/// ALERTS with the database, and a receiver played by the test.
class alerts_test : public sqlite_system {
protected:
  alerts_test() {
    storage::process p;
    p.name = "app";
    p.hash = sqlite_secret().hash("app");
    process_ = store().create(p)->id;
    registry_ = host<recording::registry_state>("registry", opener());
    parts_.find_registry = [this] { return registry_; };
    parts_.messenger = courier_;
  }
  ~alerts_test() override { registry_ = nullptr; }

  std::int64_t make_budget(const std::string& url, core::budget_period period = core::budget_period::total) {
    storage::budget b;
    b.scope_id = process_;
    b.period = period;
    b.amount = 100;
    b.currency = "EUR";
    b.alert_url = url;
    b.alert_secret = "a secret of its own";
    return store().create(b)->id;
  }
  void cross(std::int64_t budget, std::int64_t percent) {
    const std::vector passed{storage::crossing{budget, {}, percent, 100, percent, clock().wall()}};
    ASSERT_TRUE(store().note_crossings(passed));
  }
  void start() { alerts_ = actors::alerts_actor{host<alerting::alerts_state>("alerts", parts_, clock())}; }
  /// The alerts, the newest first.
  std::vector<storage::budget_alert> kept() { return *store().list_alerts({}, 0, 100); }
  /// Ends the oldest attempt that is under way.
  void answer(std::string why_not) {
    for (auto& done : courier_->open)
      if (done) {
        std::exchange(done, nullptr)(std::move(why_not));
        return run();
      }
    ADD_FAILURE() << "nothing is under way";
  }

  std::int64_t process_ = 0;
  actors::registry_actor registry_;
  std::shared_ptr<test_courier> courier_ = std::make_shared<test_courier>();
  alerting::alerts_parts parts_;
  actors::alerts_actor alerts_;
};

TEST_F(alerts_test, what_is_due_is_sent_signed_and_once) {
  const auto budget = make_budget("https://hooks.example.org/x");
  start();
  cross(budget, 50);
  tell(alerts_, atom::tick_v);
  ASSERT_EQ(courier_->letters.size(), 1U);
  const auto& sent = courier_->letters[0];
  EXPECT_EQ(sent.url, "https://hooks.example.org/x");
  EXPECT_EQ(sent.alert_id, kept().at(0).alert_id);
  EXPECT_NE(sent.body.find(R"("name":"app")"), std::string::npos) << sent.body;
  EXPECT_NE(sent.body.find(R"("threshold_percent":50)"), std::string::npos) << sent.body;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock().wall());
  EXPECT_EQ(sent.signature, alerting::signature_of("a secret of its own", now, sent.body));
  answer("");
  EXPECT_EQ(kept().at(0).state, alert_state::delivered);
  EXPECT_TRUE(kept().at(0).delivered_at);
  advance(24h);
  EXPECT_EQ(courier_->letters.size(), 1U);
  EXPECT_EQ(parts_.shown->delivered, 1U);
}

TEST_F(alerts_test, a_receiver_that_fails_is_tried_again_later_and_later) {
  const auto budget = make_budget("https://hooks.example.org/x");
  courier_->answers = "the receiver answered 500";
  start();
  cross(budget, 100);
  tell(alerts_, atom::tick_v);
  EXPECT_EQ(courier_->letters.size(), 1U);
  EXPECT_EQ(kept().at(0).last_error, "the receiver answered 500");
  advance(1min);
  const auto after_a_minute = courier_->letters.size();
  EXPECT_GE(after_a_minute, 4U);
  EXPECT_LE(after_a_minute, 6U);
  courier_->answers = "";
  advance(2min);
  EXPECT_EQ(kept().at(0).state, alert_state::delivered);
  EXPECT_EQ(kept().at(0).last_error, "");
  EXPECT_EQ(courier_->letters.front().alert_id, courier_->letters.back().alert_id) << "the receiver can tell";
}

TEST_F(alerts_test, after_a_day_it_is_given_up_and_shown) {
  const auto budget = make_budget("https://hooks.example.org/x");
  courier_->answers = "cannot connect to the receiver";
  start();
  cross(budget, 100);
  advance(20h);
  EXPECT_EQ(kept().at(0).state, alert_state::pending);
  advance(10h);
  EXPECT_EQ(kept().at(0).state, alert_state::failed);
  EXPECT_EQ(kept().at(0).last_error, "cannot connect to the receiver");
  EXPECT_EQ(parts_.shown->failed, 1U);
  const auto tried = courier_->letters.size();
  advance(24h);
  EXPECT_EQ(courier_->letters.size(), tried);
}

TEST_F(alerts_test, what_was_open_at_a_restart_is_sent) {
  const auto budget = make_budget("https://hooks.example.org/x");
  cross(budget, 50);
  cross(budget, 100);
  courier_->answers = "";
  start();
  advance(10s);
  EXPECT_EQ(courier_->letters.size(), 2U);
}

TEST_F(alerts_test, what_its_holder_did_not_settle_is_due_when_the_lease_has_run_out) {
  const auto budget = make_budget("https://hooks.example.org/x");
  cross(budget, 50);
  start();
  tell(alerts_, atom::tick_v);
  ASSERT_EQ(courier_->letters.size(), 1U);
  kill(alerts_); // with the attempt under way
  start();
  advance(1min);
  EXPECT_EQ(courier_->letters.size(), 1U) << "the other one may be at it";
  advance(90s);
  ASSERT_EQ(courier_->letters.size(), 2U);
  answer("the first attempt, late"); // nobody hears it
  answer("");
  EXPECT_EQ(kept().at(0).state, alert_state::delivered);
}

TEST_F(alerts_test, an_attempt_that_never_ends_is_forgotten_with_its_lease) {
  const auto budget = make_budget("https://hooks.example.org/x");
  cross(budget, 50);
  start();
  advance(3min);
  EXPECT_EQ(courier_->letters.size(), 2U);
  answer("the receiver answered 500");
  EXPECT_EQ(kept().at(0).last_error, "") << "too late to count";
  answer("");
  EXPECT_EQ(kept().at(0).state, alert_state::delivered);
}

TEST_F(alerts_test, one_receiver_that_hangs_does_not_hold_up_the_others) {
  for (const auto period : {core::budget_period::hour, core::budget_period::day})
    cross(make_budget("https://hooks.example.org/x", period), 50);
  start();
  tell(alerts_, atom::tick_v);
  EXPECT_EQ(courier_->letters.size(), 2U) << "both are under way";
}

TEST_F(alerts_test, more_than_fit_at_once_follow) {
  const auto budget = make_budget("https://hooks.example.org/x");
  for (int percent = 1; percent <= 20; ++percent)
    cross(budget, percent);
  courier_->answers = "";
  start();
  tell(alerts_, atom::tick_v);
  EXPECT_EQ(courier_->letters.size(), 20U);
  EXPECT_EQ(store().list_alerts({0, alert_state::delivered}, 0, 100)->size(), 20U);
}

TEST_F(alerts_test, without_an_address_of_its_own_the_installations_is_used) {
  parts_.url = "https://all.example.org/";
  parts_.secret = "the installation's secret";
  const auto budget = make_budget("");
  start();
  cross(budget, 50);
  tell(alerts_, atom::tick_v);
  ASSERT_EQ(courier_->letters.size(), 1U);
  EXPECT_EQ(courier_->letters[0].url, "https://all.example.org/");
  const auto now = std::chrono::floor<std::chrono::seconds>(clock().wall());
  EXPECT_EQ(courier_->letters[0].signature,
            alerting::signature_of("the installation's secret", now, courier_->letters[0].body));
}

TEST_F(alerts_test, without_any_address_it_is_only_shown) {
  const auto budget = make_budget("");
  cross(budget, 50);
  start();
  advance(1h);
  EXPECT_TRUE(courier_->letters.empty());
  EXPECT_EQ(kept().at(0).state, alert_state::unaddressed);
}

TEST_F(alerts_test, of_a_budget_that_was_removed_nobody_is_told) {
  const auto budget = make_budget("https://hooks.example.org/x");
  cross(budget, 50);
  ASSERT_TRUE(store().remove<storage::budget>(budget));
  start();
  advance(1min);
  EXPECT_TRUE(courier_->letters.empty());
  EXPECT_EQ(kept().at(0).state, alert_state::failed);
}

TEST_F(alerts_test, a_test_is_tried_once) {
  const auto made = store().make_test_alert(make_budget("https://hooks.example.org/x"), clock().wall());
  courier_->answers = "the receiver answered 404";
  start();
  advance(1min);
  EXPECT_EQ(courier_->letters.size(), 1U);
  EXPECT_EQ(store().find_alert(made->id)->state, alert_state::failed);
  EXPECT_EQ(store().find_alert(made->id)->last_error, "the receiver answered 404");
}

TEST_F(alerts_test, what_was_delivered_while_the_database_was_away_is_settled_when_it_is_back) {
  const auto budget = make_budget("https://hooks.example.org/x");
  cross(budget, 50);
  start();
  tell(alerts_, atom::tick_v);
  auto gone = std::exchange(registry_, nullptr);
  answer("");
  EXPECT_EQ(kept().at(0).state, alert_state::pending);
  registry_ = gone;
  advance(10s);
  EXPECT_EQ(kept().at(0).state, alert_state::delivered);
  advance(10min);
  EXPECT_EQ(courier_->letters.size(), 1U);
}

} // namespace
} // namespace logos::tests
