// SPDX-License-Identifier: MIT
#include "actors/alerting/guard.hpp"
#include "actors/alerting/message.hpp"

#include <gtest/gtest.h>

namespace logos::alerting {
namespace {

using namespace std::chrono_literals;

/// Why nothing may be sent to `url` when its host has this address; empty: it may.
std::string refusal(std::string_view url, std::string_view address, const trusted_places& trusted = {}) {
  const auto to = parse_destination(url, trusted);
  return to ? objection(to->at, core::parse_ip(address).value(), trusted) : to.error().message;
}

std::string refusal(std::string_view url, const trusted_places& trusted = {}) {
  const auto to = parse_destination(url, trusted);
  return to ? std::string{} : to.error().message;
}

TEST(guard, lets_https_to_the_public_internet_through) {
  for (const auto* url : {"https://hooks.example.org/x", "https://hooks.example.org", "https://hooks.example.org:8443/",
                          "HTTPS://Hooks.Example.Org/x?y=z", "https://8.8.8.8/", "https://[2606:4700::1111]/x"})
    EXPECT_EQ(refusal(url), "") << url;
  EXPECT_EQ(refusal("https://hooks.example.org/x", "93.184.216.34"), "");
}

TEST(guard, refuses_by_form_what_can_never_be_right) {
  for (const auto* url : {"",
                          "hooks.example.org",
                          "ftp://hooks.example.org/",
                          "file:///etc/passwd",
                          "gopher://example.org/",
                          "//x/y",
                          "javascript:alert(1)",
                          "http://hooks.example.org/x",
                          "https://",
                          "https:///x",
                          "https://user@example.org/",
                          "https://user:pass@example.org/",
                          "https://@example.org/",
                          "https://example.org@169.254.169.254/",
                          "https://example.org/#x",
                          "https://example.org/ x",
                          "https://example.org/\r\nhost: x",
                          "https://exa mple.org/",
                          "https://example.org:0/",
                          "https://example.org:99999/",
                          "https://example.org:80:80/",
                          "https://[::1/",
                          "https://localhost/",
                          "https://LOCALHOST./",
                          "https://a.localhost/",
                          "https://127.0.0.1/",
                          "https://169.254.169.254/latest/meta-data",
                          "https://10.0.0.1/",
                          "https://[::1]/",
                          "https://[fe80::1]/",
                          "https://[::ffff:127.0.0.1]/",
                          "https://[64:ff9b::7f00:1]/",
                          "https://[fd00::1]:8443/",
                          "https://0.0.0.0/",
                          "https://2130706433/",
                          "https://127.1/",
                          "https://127.0.0.1./"})
    EXPECT_NE(refusal(url), "") << url;
}

TEST(guard, refuses_a_name_by_what_it_stands_for) {
  for (const auto* address : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
                              "0.0.0.0", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "224.0.0.1", "255.255.255.255",
                              "192.0.0.8", "198.51.100.7", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1"})
    EXPECT_NE(refusal("https://rebind.example.org/x", address), "") << address;
  // Spellings that only a resolver understands end here, too.
  EXPECT_NE(refusal("https://0x7f000001/", "127.0.0.1"), "");
}

TEST(guard, lets_through_what_the_operator_trusts) {
  const trusted_places trusted{{"127.0.0.0/8", "::1", "Hooks.Internal"}};
  EXPECT_EQ(refusal("http://127.0.0.1:9000/x", trusted), "");
  EXPECT_EQ(refusal("https://[::1]/x", trusted), "");
  EXPECT_EQ(refusal("https://[::ffff:127.0.0.1]/x", trusted), "") << "the same address";
  EXPECT_EQ(refusal("http://localhost/x", "127.0.0.1", trusted), "");
  EXPECT_EQ(refusal("http://hooks.internal./x", "10.9.8.7", trusted), "");
  EXPECT_EQ(refusal("https://hooks.internal/x", "fd00::7", trusted), "");
}

TEST(guard, trusts_nothing_beside_it) {
  const trusted_places trusted{{"127.0.0.1", "hooks.internal"}};
  EXPECT_NE(refusal("https://127.0.0.2/", trusted), "");
  EXPECT_NE(refusal("https://10.0.0.1/", trusted), "");
  EXPECT_NE(refusal("https://evil-hooks.internal/", "10.0.0.1", trusted), "");
  EXPECT_NE(refusal("https://hooks.internal.example.org/", "10.0.0.1", trusted), "");
  EXPECT_NE(refusal("http://example.org/", "93.184.216.34", trusted), "") << "not encrypted";
  EXPECT_NE(refusal("https://example.org/", "169.254.169.254", trusted), "");
}

TEST(guard, keeps_the_path_as_it_was_written) {
  const auto target = [](std::string_view url) { return parse_destination(url, {})->target; };
  EXPECT_EQ(target("https://example.org"), "/");
  EXPECT_EQ(target("https://example.org?a=b"), "/?a=b");
  EXPECT_EQ(target("https://example.org/a/b/?c=%20d"), "/a/b/?c=%20d");
}

TEST(signature, is_what_others_make_of_the_same_text) {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
  EXPECT_EQ(signature_of("whsec_test", std::chrono::sys_seconds{1'700'000'000s}, R"({"a":1})"),
            "t=1700000000,v1=38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789");
}

TEST(signature, depends_on_secret_time_and_body) {
  const std::chrono::sys_seconds t{1'700'000'000s};
  const auto one = signature_of("secret", t, "body");
  EXPECT_EQ(one, signature_of("secret", t, "body"));
  for (const auto& other :
       {signature_of("other", t, "body"), signature_of("secret", t + 1s, "body"), signature_of("secret", t, "bodx")})
    EXPECT_NE(one.substr(one.find("v1=")), other.substr(other.find("v1=")));
}

storage::due_alert sample_alert() {
  storage::due_alert a;
  a.alert_id = "alert_x";
  a.budget_id = 3;
  a.period = core::budget_period::month;
  a.period_start = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 2 / 1}};
  a.threshold_percent = 50;
  a.amount = 1'000'000'000;
  a.spent = 510'000'000;
  a.at = a.period_start + 1h;
  a.scope_id = 7;
  a.currency = "EUR";
  a.name = "app \"x\"";
  a.hard = true;
  return a;
}

TEST(message, says_what_was_spent_of_what_and_when) {
  EXPECT_EQ(body_of(sample_alert()),
            R"({"type":"budget.threshold","id":"alert_x","occurred_at":"2026-02-01T01:00:00.000000Z","budget_id":3,)"
            R"("name":"app \"x\"","scope":"process","scope_id":7,"hard":true,"period":"month",)"
            R"("period_start":"2026-02-01T00:00:00.000000Z","period_end":"2026-03-01T00:00:00.000000Z",)"
            R"("threshold_percent":50,"amount_nano":1000000000,"spent_nano":510000000,"currency":"EUR"})");
}

TEST(message, of_a_budget_for_ever_has_no_period_and_of_a_test_no_threshold) {
  auto a = sample_alert();
  a.period = core::budget_period::total;
  a.threshold_percent = 0;
  const auto text = body_of(a);
  EXPECT_TRUE(text.starts_with(R"({"type":"budget.test")"));
  for (const auto* part : {R"("period_start":null)", R"("period_end":null)", R"("threshold_percent":null)"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(pause, doubles_up_to_an_hour_and_ends_after_a_day) {
  EXPECT_EQ(pause_after(1, 0.5), 2s);
  EXPECT_EQ(pause_after(2, 0.5), 4s);
  EXPECT_EQ(pause_after(5, 0.5), 32s);
  EXPECT_EQ(pause_after(20, 0.5), 1h);
  std::chrono::milliseconds waited{0};
  std::int64_t attempts = 1;
  while (const auto pause = pause_after(attempts, 0.5)) {
    waited += *pause;
    ++attempts;
  }
  EXPECT_GT(waited, 22h);
  EXPECT_LE(waited, 24h);
  EXPECT_FALSE(pause_after(attempts + 1000, 0));
}

TEST(pause, is_spread_by_half) {
  EXPECT_EQ(pause_after(20, 0), 45min);
  EXPECT_EQ(pause_after(20, 1), 75min);
}

TEST(alert_percentages, have_a_default_that_depends_on_the_budget) {
  storage::budget b;
  EXPECT_TRUE(storage::alert_percentages(b).empty()) << "a hard one tells by refusing";
  b.alert_url = "https://example.org";
  EXPECT_EQ(storage::alert_percentages(b), std::vector<std::int64_t>{100});
  b.alert_url.clear();
  b.hard = false;
  EXPECT_EQ(storage::alert_percentages(b), std::vector<std::int64_t>{100});
  b.alert_at_percent = "[80, 50, 100]"; // as PostgreSQL gives it back
  EXPECT_EQ(storage::alert_percentages(b), (std::vector<std::int64_t>{50, 80, 100}));
  b.alert_at_percent = "[]";
  EXPECT_TRUE(storage::alert_percentages(b).empty());
}

} // namespace
} // namespace logos::alerting
