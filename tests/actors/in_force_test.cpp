// SPDX-License-Identifier: MIT
// What is said of a change that is stored and not in force everywhere.
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

/// A NODE one of whose peers may not have confirmed a catalog.
class doubtful_node {
public:
  using handle = actors::refresher_actor;
  doubtful_node(actors::self_pointer<doubtful_node> /*self*/, const bool* confirms) : confirms_{confirms} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::refresh) { return refresh(); }};
  }

private:
  caf::result<std::uint64_t> refresh() const {
    if (!*confirms_) return caf::make_error(caf::sec::request_timeout);
    return std::uint64_t{1};
  }
  const bool* confirms_;
};

class in_force_test : public administration_fixture {
protected:
  /// From here on there is a node that does not confirm what is changed.
  void doubt() { with_.catalog = host<doubtful_node>("node", &confirms_); }
  std::string made(const std::string& plural, const std::string& body) {
    return "/admin/v1/" + plural + "/" + std::to_string(make(plural, body).number("id"));
  }
  static bool doubts(const reply& r) { return r.headers.find("x-logos-in-force: no\r\n") != std::string::npos; }

  bool confirms_ = false;
};

TEST_F(in_force_test, what_narrows_is_refused_until_every_node_has_confirmed_it) {
  const auto key = made("processes", R"({"name":"app"})");
  const auto id = key.substr(key.rfind('/') + 1);
  const auto of_key = R"("scope":"process","scope_id":)" + id;
  const auto limit = made("limits", "{" + of_key + R"(,"kind":"requests_per_minute","value":60})");
  const auto budget = made("budgets", "{" + of_key + R"(,"period":"total","amount":"10","currency":"EUR"})");
  const auto policy = made("policies", R"({"name":"p","threshold_privacy":"CLOUD_IN_EU_BY_EU_PROVIDER"})");
  doubt();
  const std::vector<std::pair<std::string, std::string>> changes{
      {key, R"({"allowed_endpoints":["/v1/chat/completions"]})"},
      {key, R"({"expires_at":"2026-01-02T00:00:00Z"})"},
      {limit, R"({"value":1})"},
      {budget, R"({"amount":"0"})"},
      {policy, R"({"threshold_privacy":"LOCAL"})"},
  };
  for (const auto& [path, change] : changes) {
    confirms_ = false;
    const auto before = call("GET", path).body;
    const auto told = call("PATCH", path, change);
    EXPECT_EQ(told.status, 503) << path << told.body;
    EXPECT_TRUE(told.says("The change is stored, but not every node has confirmed")) << told.body;
    EXPECT_NE(call("GET", path).body, before) << "it is stored";
    EXPECT_EQ(call("PATCH", path, change).status, 503) << "nothing is left to change, and it is still not in force";
    confirms_ = true;
    EXPECT_EQ(call("PATCH", path, change).status, 200) << path;
  }
}

TEST_F(in_force_test, what_is_removed_is_gone_when_every_node_has_confirmed_it) {
  const auto key = made("processes", R"({"name":"app"})");
  doubt();
  const auto told = call("DELETE", key);
  EXPECT_EQ(told.status, 503);
  EXPECT_TRUE(told.says("It is removed, but not every node has confirmed")) << told.body;
  EXPECT_EQ(call("DELETE", key).status, 503) << "it may still be accepted somewhere";
  confirms_ = true;
  EXPECT_EQ(call("DELETE", key).status, 404);
}

TEST_F(in_force_test, a_rotation_hands_out_the_key_and_says_that_the_old_one_may_still_open) {
  const auto key = made("processes", R"({"name":"app"})");
  doubt();
  const auto told = call("POST", key + "/rotate");
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_TRUE(doubts(told)) << told.headers;
  EXPECT_TRUE(told.says(R"("in_force":false)")) << told.body;
  advance(1s); // CATALOG looks by itself
  EXPECT_EQ(key, "/admin/v1/processes/" + std::to_string(holder(told.text("key"))));
  confirms_ = true;
  const auto sure = call("POST", key + "/rotate");
  EXPECT_FALSE(doubts(sure));
  EXPECT_FALSE(sure.says("in_force")) << sure.body;
}

TEST_F(in_force_test, what_is_made_is_told_with_a_header_that_not_every_node_has_it) {
  doubt();
  const auto told = call("POST", "/admin/v1/processes", R"({"name":"app"})");
  EXPECT_EQ(told.status, 201) << told.body;
  EXPECT_TRUE(told.text("key").starts_with("lg-app-"));
  EXPECT_TRUE(doubts(told)) << told.headers;
  confirms_ = true;
  EXPECT_FALSE(doubts(call("POST", "/admin/v1/processes", R"({"name":"other"})")));
}

TEST_F(in_force_test, a_secret_that_is_shown_once_is_not_lost_with_a_change_that_is_not_in_force) {
  const auto budget = made("budgets", R"({"scope":"process","scope_id":)" + std::to_string(root_id()) +
                                          R"(,"period":"total","amount":"10","currency":"EUR"})");
  doubt();
  const auto told = call("PATCH", budget, R"({"alert_url":"https://hooks.example.org/x"})");
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_TRUE(told.says("whsec_") && told.says(R"("in_force":false)") && doubts(told)) << told.body;
}

TEST_F(in_force_test, upstreams_paths_tell_it_alike) {
  const auto key = made("processes", R"({"name":"app"})");
  doubt();
  const auto level = R"({"process_id":)" + key.substr(key.rfind('/') + 1) + R"(,"set_log":"FULL"})";
  EXPECT_EQ(call("POST", "/logosdb/set_log", level).status, 503);
  const auto added = call("POST", "/logosdb/add_service", R"({"name":"app"})");
  EXPECT_EQ(added.status, 200) << added.body;
  EXPECT_TRUE(doubts(added) && added.text("logos-key").starts_with("lg-app-")) << added.body;
}

} // namespace
} // namespace logos::tests
