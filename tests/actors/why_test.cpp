// SPDX-License-Identifier: MIT
#include "tests/actors/rights_fixture.hpp"

#include <gtest/gtest.h>

namespace logos::tests {
namespace {

/// A NODE that answers as the test says, or never.
class probe_explainer {
public:
  using handle = actors::explainer_actor;
  probe_explainer(actors::self_pointer<probe_explainer> self, const actors::progress* answer, const bool* hangs)
      : self_{self},
        answer_{answer},
        hangs_{hangs} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::explain, const core::uuid& request) { return say(request); }};
  }

private:
  caf::result<actors::progress> say(const core::uuid& request) {
    auto promise = self_->make_response_promise<actors::progress>();
    auto p = request == answer_->request ? *answer_ : actors::progress{};
    p.silent = answer_->silent;
    if (!*hangs_) promise.deliver(std::move(p));
    return promise;
  }
  actors::self_pointer<probe_explainer> self_;
  const actors::progress* answer_;
  const bool* hangs_;
};

class why_test : public rights_test {
protected:
  why_test() {
    with_.explainer = host<probe_explainer>("node", &progress_, &hangs_);
    make_gemma();
    progress_.request = core::uuid::from_halves(1, 2);
    progress_.stage = static_cast<std::uint8_t>(actors::stage::waiting);
    progress_.node = "node-b";
    progress_.process_id = ann.key;
    progress_.user_id = ann.user;
    progress_.model = "gemma";
    progress_.candidates = {snapshot_->deployments.at(0).id};
    actors::outlook o;
    o.deployment_id = progress_.candidates[0];
    o.provider_id = snapshot_->deployments.at(0).provider->id;
    o.state = static_cast<std::uint8_t>(actors::ticket_state::waiting);
    o.ahead = 2;
    o.ahead_own_key = 1;
    o.places = 4;
    o.in_use = 4;
    o.blocked_by = "all 4 places of this model are in use";
    progress_.tickets = {o};
  }
  reply why(std::int64_t caller = -1) { return call("GET", path(), {}, caller); }
  std::string path() const { return "/admin/v1/requests/" + progress_.request.str() + "/why"; }
  /// It has ended, and is on the books.
  void end(std::int64_t process, std::int64_t user, const std::string& statistics = {}) {
    storage::finished row;
    row.classification_statistics = statistics;
    row.request_id = progress_.request;
    row.timestamp_request = row.timestamp_response = clock().wall();
    row.ids.process_id = process;
    row.owner.user_id = user;
    row.queue_wait_us = 1500;
    row.load_duration_us = 2'000'000;
    row.was_cold_start = true;
    row.attempts = 2;
    row.queue_depth_at_arrival = 3;
    row.http_status = 200;
    const auto decision = actors::with_weighing("failover; attempts=2", progress_.weighed);
    row.decision = decision;
    row.timestamp_forwarding = row.timestamp_request;
    row.ids.deployment_id = progress_.candidates[0];
    EXPECT_TRUE(store().write_batch({&row, 1}, {}, {}));
    progress_.stage = static_cast<std::uint8_t>(actors::stage::none);
  }

  actors::progress progress_;
  bool hangs_ = false;
};

TEST_F(why_test, tells_position_blocker_and_what_is_not_known_of_one_that_waits) {
  const auto r = why();
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.text("state"), "waiting");
  EXPECT_EQ(r.text("node"), "node-b");
  EXPECT_EQ(r.text("summary"), "It waits for a place, 2 go first: all 4 places of this model are in use.");
  const auto ticket = r.json()["tickets"].at(0);
  EXPECT_EQ(std::int64_t{ticket["position"]}, 3);
  EXPECT_EQ(std::int64_t{ticket["ahead_own_key"]}, 1);
  EXPECT_EQ(std::string_view{ticket["provider"]}, "gpu");
  EXPECT_TRUE(ticket["starts_in_us"].is_null());
  EXPECT_TRUE(ticket["places_at_provider"].is_null()) << "no limit";
  EXPECT_TRUE(r.says(R"("candidates":[{"deployment_id":)"));
}

TEST_F(why_test, tells_where_one_runs_and_whether_its_answer_has_begun) {
  progress_.stage = static_cast<std::uint8_t>(actors::stage::running);
  progress_.deployment_id = progress_.candidates[0];
  progress_.running_us = 12;
  progress_.tickets.clear();
  const auto r = why();
  EXPECT_EQ(r.text("state"), "running");
  EXPECT_EQ(std::int64_t{r.json()["running"]["since_us"]}, 12);
  EXPECT_FALSE(bool{r.json()["running"]["answering"]});
  EXPECT_EQ(std::string_view{r.json()["running"]["model"]}, "gemma");
}

TEST_F(why_test, one_that_has_ended_is_explained_from_the_books) {
  end(ann.key, ann.user);
  const auto r = why();
  EXPECT_EQ(r.status, 200) << r.body;
  EXPECT_EQ(r.text("state"), "ended");
  EXPECT_EQ(r.text("decision"), "failover; attempts=2");
  EXPECT_EQ(r.number("queue_us"), 1500);
  EXPECT_EQ(r.number("load_us"), 2'000'000);
  EXPECT_EQ(r.number("queue_depth_at_arrival"), 3);
  EXPECT_EQ(r.number("attempts"), 2);
}

TEST_F(why_test, tells_the_alternatives_by_what_was_weighed_while_it_waits_and_after_it_has_ended) {
  const auto id = progress_.candidates[0];
  progress_.weighed.equal_up_to_us = 425'000;
  progress_.weighed.of = {{id, 300'000, 100'000, 50'000, 150'000, 0, 1'200'000, 30, 250, true, true, true},
                          {id + 1000, 60'000'000, 0, 0, 0, 59'700'000, 0, 0, 0, true, false, false}};
  auto r = why();
  const auto check = [&](bool chosen) {
    EXPECT_EQ(r.status, 200) << r.body;
    EXPECT_EQ(r.number("equal_up_to_us"), 425'000);
    const auto first = r.json()["alternatives"].at(0), second = r.json()["alternatives"].at(1);
    EXPECT_EQ(std::int64_t{first["rank"]}, 1);
    EXPECT_EQ(std::string_view{first["provider"]}, "gpu");
    EXPECT_EQ(std::int64_t{first["expected_us"]}, 300'000);
    EXPECT_EQ(std::int64_t{first["wait_us"]}, 100'000);
    EXPECT_EQ(std::int64_t{first["load_us"]}, 50'000);
    EXPECT_EQ(std::int64_t{first["first_token_us"]}, 150'000);
    EXPECT_EQ(std::int64_t{first["failed_permille"]}, 30);
    EXPECT_EQ(std::string_view{first["price"]}, "0.0012");
    EXPECT_TRUE(bool{first["as_good_as_the_best"]});
    EXPECT_EQ(bool{first["chosen"]}, chosen);
    EXPECT_FALSE(bool{second["open"]});
    EXPECT_FALSE(bool{second["as_good_as_the_best"]});
    EXPECT_EQ(std::int64_t{second["deferred_us"]}, 59'700'000);
    EXPECT_TRUE(second["provider"].is_null()) << "it is gone from the catalog";
  };
  check(false);
  end(ann.key, ann.user);
  r = why();
  check(true);
  EXPECT_EQ(r.text("decision"), "failover; attempts=2");
  EXPECT_EQ(r.text("summary"), "It ended: failover; attempts=2.");
  const auto row = call("GET", "/admin/v1/requests/" + progress_.request.str());
  EXPECT_EQ(row.text("decision"), "failover; attempts=2");
}

TEST_F(why_test, a_ticket_that_is_put_aside_says_what_it_waits_for_and_when_it_joins) {
  auto& o = progress_.tickets[0];
  o.state = static_cast<std::uint8_t>(actors::ticket_state::deferred);
  o.joins_in_us = 1'500'000;
  o.starts_in_us = 2'000'000;
  o.blocked_by = "an answer is expected sooner elsewhere";
  const auto r = why();
  const auto ticket = r.json()["tickets"].at(0);
  EXPECT_EQ(std::string_view{ticket["state"]}, "deferred");
  EXPECT_EQ(std::int64_t{ticket["joins_in_us"]}, 1'500'000);
  EXPECT_EQ(std::int64_t{ticket["starts_in_us"]}, 2'000'000);
  EXPECT_EQ(r.text("summary"), "It waits for a place: an answer is expected sooner elsewhere.");
}

TEST_F(why_test, says_why_what_was_read_of_the_prompt_is_missing) {
  const std::string decided = R"({"candidate_count":0,"candidates":[],"balance":{}})";
  const std::string reason =
      R"("features":null,"features_missing":"What was read of a prompt is kept on the books at log )"
      R"(level FULL only)";
  progress_.statistics = decided;
  EXPECT_TRUE(why().says(reason)) << why().body;
  progress_.statistics = storage::with_features(decided, R"({"code":1})");
  EXPECT_TRUE(why().says(R"("features":{"code":1}})")) << why().body;
  progress_.statistics = R"({"balance":{},"unread":"no JSON"})";
  EXPECT_TRUE(why().says(R"("unread":"no JSON","features":null})")) << why().body;
  progress_.statistics = R"({"classification_time":0.1})";
  EXPECT_TRUE(why().says(R"({"classification_time":0.1})")) << "an import's";
  end(ann.key, ann.user, decided);
  EXPECT_TRUE(why().says(reason)) << why().body;
  const auto row = call("GET", "/admin/v1/requests/" + progress_.request.str());
  EXPECT_TRUE(row.says(reason)) << row.body;
}

TEST_F(why_test, everybody_sees_their_own_and_administrators_all) {
  EXPECT_EQ(why(ann.key).status, 200);
  EXPECT_EQ(why(adam.key).status, 200);
  EXPECT_EQ(why(bob.key).status, 404);
  end(ann.key, ann.user);
  EXPECT_EQ(why(ann.key).status, 200);
  EXPECT_EQ(why(adam.key).status, 200);
  EXPECT_EQ(why(bob.key).status, 404);
}

TEST_F(why_test, what_is_nowhere_is_404_and_what_may_be_somewhere_is_not) {
  EXPECT_EQ(call("GET", "/admin/v1/requests/00000000-0000-0001-0000-0000000000ff/why").status, 404);
  EXPECT_EQ(call("GET", "/admin/v1/requests/no-uuid/why").status, 404);
  progress_.silent = {"node-c"};
  const auto r = call("GET", "/admin/v1/requests/00000000-0000-0001-0000-0000000000ff/why");
  EXPECT_EQ(r.status, 503);
  EXPECT_TRUE(r.says("node-c"));
}

TEST_F(why_test, a_node_that_hangs_is_not_waited_for_longer_than_some_seconds) {
  hangs_ = true;
  const auto x = start("GET", path());
  EXPECT_EQ(x->status(), 0);
  advance(std::chrono::seconds{4});
  EXPECT_EQ(x->status(), 503);
  end(ann.key, ann.user);
  const auto ended = start("GET", path());
  advance(std::chrono::seconds{4});
  EXPECT_EQ(ended->status(), 200) << "the books know it";
}

} // namespace
} // namespace logos::tests
