// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <atomic>
#include <set>
#include <thread>

namespace logos::test {
namespace {

using namespace std::chrono_literals;
using namespace storage;
using core::ec;

class alerts : public store_suite {
protected:
  alerts() {
    process p;
    p.name = "app";
    p.hash = secret().hash("app");
    process_ = take(store_->create(p)).id;
    budget b;
    b.scope_id = process_;
    b.period = core::budget_period::month;
    b.amount = 1000;
    b.currency = "EUR";
    b.alert_at_percent = "[50,100]";
    b.alert_url = "https://hooks.example.org/x";
    b.alert_secret = "a secret of its own";
    budget_ = take(store_->create(b)).id;
  }
  std::size_t note(std::int64_t percent, core::wall_time period = start) {
    return take(store_->note_crossings(std::vector{crossing{budget_, period, percent, 1000, 700, now}}));
  }
  std::vector<due_alert> claim(core::wall_time at, int limit = 10) {
    return take(store_->claim_alerts(at, 60s, limit)).alerts;
  }
  budget_alert only() { return take(store_->list_alerts({}, 0, 10)).at(0); }

  std::int64_t process_ = 0;
  std::int64_t budget_ = 0;
  static constexpr core::wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};
  static constexpr core::wall_time now = start + 100h;
};

TEST_P(alerts, a_budget_keeps_whom_to_tell_and_seals_its_secret) {
  const auto found = take(store_->find<budget>(budget_));
  EXPECT_EQ(alert_percentages(found), (std::vector<std::int64_t>{50, 100}));
  EXPECT_EQ(found.alert_url, "https://hooks.example.org/x");
  EXPECT_EQ(found.alert_secret, "a secret of its own");
  EXPECT_EQ(query("select alert_secret from budgets").find("a secret of its own"), std::string::npos);
  auto changed = found;
  changed.alert_secret = "another one";
  take(store_->update(changed, 0));
  event_filter of_budgets;
  of_budgets.resource = "budget";
  for (const auto& event : take(store_->list_events(of_budgets, 0, 10))) {
    EXPECT_EQ(event.after.find("another one"), std::string::npos);
    EXPECT_EQ(event.after.find("of its own"), std::string::npos);
    EXPECT_NE(event.after.find(event.action == "create" ? R"("alert_secret":"set")" : R"("alert_secret":"changed")"),
              std::string::npos)
        << event.after;
  }
}

TEST_P(alerts, the_address_of_a_hook_is_sealed_and_the_audit_log_tells_its_host) {
  EXPECT_EQ(query("select alert_url from budgets").find("hooks.example.org"), std::string::npos);
  auto changed = take(store_->find<budget>(budget_));
  changed.alert_url = "https://hooks.example.org/y";
  changed = take(store_->update(changed, 0));
  EXPECT_EQ(take(store_->update(changed, 0)).version, changed.version) << "nothing is new";
  changed.alert_url.clear();
  take(store_->update(changed, 0));
  event_filter of_budgets;
  of_budgets.resource = "budget";
  const auto events = take(store_->list_events(of_budgets, 0, 10));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_NE(events[2].after.find(R"("alert_url":"https://hooks.example.org/…")"), std::string::npos) << events[2].after;
  EXPECT_NE(events[1].after.find(R"x("alert_url":"https://hooks.example.org/… (changed)")x"), std::string::npos)
      << events[1].after;
  EXPECT_NE(events[0].after.find(R"("alert_url":null)"), std::string::npos) << events[0].after;
}

TEST_P(alerts, an_address_that_a_former_version_kept_in_clear_is_read) {
  query("update budgets set alert_url = 'https://hooks.example.org/old'");
  EXPECT_EQ(take(store_->find<budget>(budget_)).alert_url, "https://hooks.example.org/old");
  note(50);
  EXPECT_EQ(claim(now).at(0).url, "https://hooks.example.org/old");
  auto changed = take(store_->find<budget>(budget_));
  changed.amount = 2000;
  take(store_->update(changed, 0));
  EXPECT_EQ(query("select alert_url from budgets").find("hooks.example.org"), std::string::npos) << "sealed by then";
  EXPECT_EQ(take(store_->find<budget>(budget_)).alert_url, "https://hooks.example.org/old");
}

TEST_P(alerts, a_threshold_is_passed_once_in_a_period) {
  EXPECT_EQ(note(50), 1u);
  EXPECT_EQ(note(50), 0u);
  EXPECT_EQ(note(100), 1u);
  EXPECT_EQ(note(50, start + 31 * 24h), 1u) << "the next month";
  EXPECT_EQ(take(store_->list_alerts({}, 0, 10)).size(), 3u);
}

TEST_P(alerts, of_many_who_see_it_one_writes_it_down) {
  std::atomic<std::size_t> fresh{0};
  std::vector<std::thread> nodes;
  for (int i = 0; i < 4; ++i)
    nodes.emplace_back([&] {
      const auto own = open();
      for (std::int64_t percent = 1; percent <= 10; ++percent)
        fresh += take(own->note_crossings(std::vector{crossing{budget_, start, percent, 1000, 700, now}}));
    });
  for (auto& each : nodes)
    each.join();
  EXPECT_EQ(fresh, 10u);
}

TEST_P(alerts, a_crossing_of_a_budget_that_is_gone_is_left_out) {
  take(store_->remove<budget>(budget_));
  EXPECT_EQ(note(50), 0u);
}

TEST_P(alerts, a_claim_has_what_is_to_be_told_and_whom) {
  note(50);
  const auto claimed = take(store_->claim_alerts(now, 60s, 10));
  EXPECT_EQ(claimed.pending, 1);
  ASSERT_EQ(claimed.alerts.size(), 1u);
  const auto& a = claimed.alerts[0];
  EXPECT_EQ(a.budget_id, budget_);
  EXPECT_EQ(a.period_start, start);
  EXPECT_EQ(a.period, core::budget_period::month);
  EXPECT_EQ(a.threshold_percent, 50);
  EXPECT_EQ(a.amount, 1000);
  EXPECT_EQ(a.spent, 700);
  EXPECT_EQ(a.at, now);
  EXPECT_EQ(a.currency, "EUR");
  EXPECT_EQ(a.scope, core::scope::process);
  EXPECT_EQ(a.scope_id, process_);
  EXPECT_EQ(a.name, "app");
  EXPECT_EQ(a.url, "https://hooks.example.org/x");
  EXPECT_EQ(a.secret, "a secret of its own");
  EXPECT_TRUE(a.hard);
  EXPECT_FALSE(a.budget_gone);
  EXPECT_EQ(a.attempts, 1);
  EXPECT_TRUE(a.alert_id.starts_with("alert_"));
}

TEST_P(alerts, what_is_claimed_is_nobody_elses_until_the_lease_ends) {
  note(50);
  ASSERT_EQ(claim(now).size(), 1u);
  EXPECT_TRUE(claim(now + 59s).empty());
  const auto again = claim(now + 60s);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].attempts, 2);
  take(store_->settle_alert({again[0].id, 1, alert_state::failed, now + 61s, "too late"}));
  EXPECT_EQ(only().state, alert_state::pending) << "that attempt has lost its lease";
  take(store_->settle_alert({again[0].id, 2, alert_state::pending, now + 90s, "500"}));
  EXPECT_TRUE(claim(now + 89s).empty());
  EXPECT_EQ(only().last_error, "500");
  ASSERT_EQ(claim(now + 90s).size(), 1u);
  take(store_->settle_alert({again[0].id, 1, alert_state::delivered, now + 91s}));
  EXPECT_EQ(only().state, alert_state::delivered) << "however late";
  EXPECT_EQ(only().delivered_at, now + 91s);
  take(store_->settle_alert({again[0].id, 3, alert_state::failed, now + 92s, "500"}));
  EXPECT_EQ(only().state, alert_state::delivered);
  EXPECT_EQ(take(store_->claim_alerts(now + 1000s, 60s, 10)).pending, 0);
}

TEST_P(alerts, of_many_who_claim_each_gets_others) {
  for (std::int64_t percent = 1; percent <= 40; ++percent)
    note(percent);
  std::array<std::vector<due_alert>, 4> got;
  std::vector<std::thread> nodes;
  for (auto& mine : got)
    nodes.emplace_back([&] {
      const auto own = open();
      for (int i = 0; i < 10; ++i)
        for (auto& a : take(own->claim_alerts(now, 60s, 3)).alerts)
          mine.push_back(std::move(a));
    });
  for (auto& each : nodes)
    each.join();
  std::set<std::int64_t> different;
  std::size_t all = 0;
  for (const auto& mine : got)
    for (const auto& a : mine) {
      different.insert(a.id);
      ++all;
    }
  EXPECT_EQ(all, 40u);
  EXPECT_EQ(different.size(), 40u);
}

TEST_P(alerts, of_a_budget_that_is_gone_say_so) {
  note(50);
  take(store_->remove<budget>(budget_));
  EXPECT_TRUE(claim(now).at(0).budget_gone);
}

TEST_P(alerts, are_listed_the_newest_first) {
  for (const std::int64_t percent : {10, 20, 30})
    note(percent);
  const auto first = take(store_->list_alerts({}, 0, 2));
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].threshold_percent, 30);
  EXPECT_EQ(take(store_->list_alerts({}, first[1].id, 2)).at(0).threshold_percent, 10);
  take(store_->settle_alert({first[0].id, 0, alert_state::delivered, now}));
  EXPECT_EQ(take(store_->list_alerts({budget_, alert_state::delivered}, 0, 10)).size(), 1u);
  EXPECT_TRUE(take(store_->list_alerts({budget_ + 1, {}}, 0, 10)).empty());
  EXPECT_EQ(store_->find_alert(9999).error().code, ec::resource_not_found);
}

TEST_P(alerts, what_a_receiver_says_is_kept_short_and_clean) {
  note(50);
  const auto id = claim(now).at(0).id;
  take(store_->settle_alert({id, 1, alert_state::pending, now, std::string(10'000, 'x') + "\xff"}));
  EXPECT_EQ(only().last_error.size(), 500u);
  claim(now);
  take(store_->settle_alert({id, 2, alert_state::failed, now, std::string{"a\0b\xff", 4}}));
  EXPECT_EQ(only().state, alert_state::failed);
}

TEST_P(alerts, a_test_is_an_alert_and_an_event_each_time) {
  const auto one = take(store_->make_test_alert(budget_, now));
  const auto other = take(store_->make_test_alert(budget_, now + 1us));
  EXPECT_NE(one.id, other.id);
  EXPECT_EQ(one.threshold_percent, 0);
  EXPECT_EQ(claim(now + 1s).size(), 2u);
  event_filter tests;
  tests.action = "test_alert";
  EXPECT_EQ(take(store_->list_events(tests, 0, 10)).size(), 2u);
  EXPECT_EQ(store_->make_test_alert(9999, now).error().code, ec::resource_not_found);
}

LOGOS_ON_BOTH(alerts);

} // namespace
} // namespace logos::test
