// SPDX-License-Identifier: MIT
#include "tests/actors/rights_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

namespace logos::tests {
namespace {

/// A NODE that notes what it is asked, and answers as the test says.
class probe_overseer {
public:
  using handle = actors::overseer_actor;
  struct script {
    actors::queue_page page;
    actors::order_report report;
    std::vector<actors::queue_question> asked;
    std::vector<std::tuple<std::int64_t, std::int64_t, bool>> orders;
  };
  probe_overseer(actors::self_pointer<probe_overseer> /*self*/, script* s) : script_{s} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::explain, const actors::queue_question& asked) {
              script_->asked.push_back(asked);
              return script_->page;
            },
            [this](atom::order, std::int64_t provider, std::int64_t deployment, bool load) {
              script_->orders.emplace_back(provider, deployment, load);
              return script_->report;
            }};
  }

private:
  script* script_;
};

class queue_list_test : public rights_test {
protected:
  queue_list_test() {
    with_.overseer = host<probe_overseer>("node", &node_);
    make("providers", R"({"name":"gpu","type":"ollama","base_url":"http://127.0.0.1:9000","models":["gemma"]})");
    make("providers", R"({"name":"cloud","type":"openai","base_url":"http://127.0.0.1:9001","models":["gpt"]})");
  }
  const catalog::deployment& of(std::string_view provider) {
    for (const auto& d : snapshot_->deployments)
      if (d.provider->name == provider) return d;
    throw std::logic_error{"no such deployment"};
  }
  actors::queued_ticket ticket(std::uint64_t n, std::int64_t process) {
    actors::queued_ticket t;
    t.request = core::uuid::from_halves(1, n);
    t.process_id = process;
    t.priority = 5;
    t.counts_as = 10;
    t.expects.deployment_id = of("gpu").id;
    t.expects.provider_id = of("gpu").provider->id;
    t.expects.state = static_cast<std::uint8_t>(actors::ticket_state::waiting);
    t.expects.ahead = 3;
    t.expects.waited_us = 2'000'000;
    t.expects.starts_in_us = 7;
    t.expects.blocked_by = "its model is being loaded";
    return t;
  }
  reply order(std::string_view provider, std::string_view what, std::int64_t caller = -1) {
    return call("POST", "/admin/v1/deployments/" + std::to_string(of(provider).id) + "/" + std::string{what}, {},
                caller);
  }

  probe_overseer::script node_;
};

TEST_F(queue_list_test, tells_who_waits_where_since_when_and_for_what) {
  node_.page = {{ticket(1, ann.key)}, {of("cloud").provider->id}};
  const auto r = call("GET", "/admin/v1/queue");
  ASSERT_EQ(r.status, 200) << r.body;
  const auto row = r.json()["data"].at(0);
  EXPECT_EQ(std::string_view{row["request_id"]}, core::uuid::from_halves(1, 1).str());
  EXPECT_EQ(std::string_view{row["provider"]}, "gpu");
  EXPECT_EQ(std::string_view{row["model"]}, "gemma");
  EXPECT_EQ(std::int64_t{row["process_id"]}, ann.key);
  EXPECT_EQ(std::int64_t{row["position"]}, 4);
  EXPECT_EQ(std::int64_t{row["priority"]}, 5);
  EXPECT_EQ(std::int64_t{row["counts_as"]}, 10);
  EXPECT_EQ(std::int64_t{row["starts_in_us"]}, 7);
  EXPECT_TRUE(row["first_token_in_us"].is_null());
  EXPECT_EQ(std::string_view{row["blocked_by"]}, "its model is being loaded");
  EXPECT_EQ(std::string_view{row["since"]}, core::to_iso8601(clock().wall() - std::chrono::seconds{2}));
  EXPECT_TRUE(r.json()["next"].is_null());
  EXPECT_TRUE(r.says(R"("silent":["cloud"])")) << r.body;
}

TEST_F(queue_list_test, upstreams_view_counts_who_waits_and_runs_at_each_model) {
  permit(ann, "gemma");
  auto high = ticket(1, ann.key), low = ticket(2, bob.key), aside = ticket(3, bob.key);
  low.priority = low.counts_as = core::priority_low;
  aside.deferred = true;
  node_.page = {{high, low, aside}, {}};
  outlooks_->of(of("gpu").id)->taken = 2;
  const auto model = std::to_string(of("gpu").model->id), provider = std::to_string(of("gpu").provider->id);
  const auto r = call("GET", "/logosdb/scheduler_state");
  ASSERT_EQ(r.status, 200) << r.body;
  const auto shown = r.json()["ollama"]["providers"][provider]["models"][model];
  EXPECT_EQ(std::string_view{shown["model_name"]}, "gemma");
  EXPECT_EQ(std::int64_t{shown["active"]}, 2);
  EXPECT_EQ(std::int64_t{shown["queue_depth"]}, 2) << "who is put aside waits elsewhere";
  EXPECT_EQ(simdjson::minify(shown["queue_depth_breakdown"]), R"({"low":1,"normal":0,"high":1})");
  EXPECT_EQ(shown["active_request_ids"].get_array().value().size(), 0U);
  const auto tracked = r.json()["tracked_requests"];
  EXPECT_EQ(tracked.get_object().value().size(), 3U) << r.body;
  const auto one = tracked[high.request.str()];
  EXPECT_EQ(std::to_string(std::int64_t{one["model_id"]}), model);
  EXPECT_EQ(std::to_string(std::int64_t{one["provider_id"]}), provider);
  EXPECT_EQ(std::int64_t{one["priority"]}, 5);
  EXPECT_EQ(double{one["arrival_age_s"]}, 2.0);
  EXPECT_TRUE(one["processing_age_s"].is_null());
  const auto own = call("GET", "/logosdb/scheduler_state", {}, ann.key);
  EXPECT_EQ(own.json()["tracked_requests"].get_object().value().size(), 1U) << own.body;
  EXPECT_TRUE(own.says(high.request.str()));
  EXPECT_TRUE(own.says(R"("queue_depth":2)")) << "how full it is concerns everybody who may use it";
}

TEST_F(queue_list_test, the_way_for_clients_own_keys_is_no_model_of_upstreams_view) {
  const auto r = call("GET", "/logosdb/scheduler_state");
  EXPECT_TRUE(r.says(R"("model_name":"gpt")")) << r.body;
  EXPECT_FALSE(r.says(R"("model_name":"")")) << r.body;
}

TEST_F(queue_list_test, nobody_has_a_position_while_the_scheduler_is_away) {
  auto t = ticket(1, ann.key);
  t.expects.state = static_cast<std::uint8_t>(actors::ticket_state::asked);
  node_.page = {{t}, {of("gpu").provider->id}};
  const auto r = call("GET", "/admin/v1/queue");
  EXPECT_TRUE(r.json()["data"].at(0)["position"].is_null()) << r.body;
  EXPECT_EQ(std::string_view{r.json()["data"].at(0)["state"]}, "waiting");
}

TEST_F(queue_list_test, a_page_goes_on_where_the_one_before_ended) {
  node_.page = {{ticket(1, ann.key), ticket(2, ann.key), ticket(3, ann.key)}, {}};
  const auto first = call("GET", "/admin/v1/queue?limit=2");
  EXPECT_EQ(count(first), 2U);
  EXPECT_EQ(node_.asked.back().limit, 3U) << "one more, to know whether there is one";
  const auto second = call("GET", "/admin/v1/queue?limit=2&cursor=" + first.text("next"));
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(node_.asked.back().after_deployment, of("gpu").id);
  EXPECT_EQ(node_.asked.back().after_request, core::uuid::from_halves(1, 2));
  for (const std::string wrong : {"7", "x.y", "7.", ".", "7.01890000", "-"})
    EXPECT_EQ(call("GET", "/admin/v1/queue?cursor=" + wrong).status, 400) << wrong;
}

TEST_F(queue_list_test, filters_narrow_it_and_others_are_refused) {
  const auto provider = std::to_string(of("gpu").provider->id), model = std::to_string(of("gpu").model->id);
  EXPECT_EQ(call("GET", "/admin/v1/queue?provider_id=" + provider).status, 200);
  EXPECT_EQ(node_.asked.back().deployments, std::vector{of("gpu").id});
  EXPECT_EQ(call("GET", "/admin/v1/queue?model_id=" + model + "&process_id=" + std::to_string(bob.key)).status, 200);
  EXPECT_EQ(node_.asked.back().deployments, std::vector{of("gpu").id});
  EXPECT_EQ(node_.asked.back().processes, std::vector{bob.key});
  EXPECT_EQ(call("GET", "/admin/v1/queue?provider=gpu").status, 400);
  EXPECT_EQ(call("GET", "/admin/v1/queue?model_id=gemma").status, 400);
}

TEST_F(queue_list_test, everybody_asks_for_their_own_only) {
  EXPECT_EQ(call("GET", "/admin/v1/queue", {}, adam.key).status, 200);
  EXPECT_TRUE(node_.asked.back().processes.empty());
  EXPECT_EQ(call("GET", "/admin/v1/queue", {}, ann.key).status, 200);
  EXPECT_EQ(node_.asked.back().processes, std::vector{ann.key});
  EXPECT_EQ(call("GET", "/admin/v1/queue?process_id=" + std::to_string(bob.key), {}, ann.key).status, 200);
  EXPECT_EQ(node_.asked.back().processes, std::vector<std::int64_t>{0}) << "nobody's";
}

TEST_F(queue_list_test, a_model_is_loaded_and_thrown_out_by_hand_and_that_is_on_the_audit_log) {
  node_.report.state = "loading";
  const auto r = order("gpu", "load", adam.key);
  EXPECT_EQ(r.status, 202) << r.body;
  EXPECT_EQ(r.text("state"), "loading");
  EXPECT_EQ(r.text("model"), "gemma");
  EXPECT_EQ(order("gpu", "unload").text("action"), "unload");
  const auto provider = of("gpu").provider->id;
  using orders = std::vector<std::tuple<std::int64_t, std::int64_t, bool>>;
  EXPECT_EQ(node_.orders, (orders{{provider, of("gpu").id, true}, {provider, of("gpu").id, false}}));
  const auto events = call("GET", "/admin/v1/events?resource=deployment&action=load");
  ASSERT_EQ(count(events), 1U) << events.body;
  EXPECT_TRUE(events.says("gemma at gpu"));
  EXPECT_TRUE(events.says(R"("actor_id":)" + std::to_string(adam.key)));
}

TEST_F(queue_list_test, what_cannot_be_loaded_is_refused_with_the_reason) {
  EXPECT_EQ(order("cloud", "load").status, 409);
  EXPECT_TRUE(order("cloud", "load").says("only a provider of type ollama loads on demand"));
  EXPECT_EQ(call("POST", "/admin/v1/deployments/999/load").status, 404);
  EXPECT_EQ(call("POST", "/admin/v1/deployments/x/load").status, 400);
  EXPECT_EQ(order("gpu", "load", ann.key).status, 403);
  const auto at = "/admin/v1/deployments/" + std::to_string(of("gpu").id);
  EXPECT_EQ(call("PATCH", at, R"({"residence":"drained"})").status, 200);
  EXPECT_TRUE(order("gpu", "load").says("is drained"));
  EXPECT_EQ(call("PATCH", at, R"({"residence":"pinned"})").status, 200);
  EXPECT_TRUE(order("gpu", "unload").says("is pinned"));
  EXPECT_TRUE(node_.orders.empty());
  EXPECT_EQ(count(call("GET", "/admin/v1/events?action=load")), 0U);
  node_.report = {static_cast<std::uint8_t>(core::ec::no_provider), "The provider's scheduler does not answer.", {}};
  EXPECT_EQ(order("gpu", "load").status, 503);
}

TEST_F(queue_list_test, a_keys_weight_is_set_changed_and_checked) {
  EXPECT_EQ(call("GET", ann.key_at).number("weight"), 1);
  EXPECT_EQ(call("PATCH", ann.key_at, R"({"weight":7})").status, 200);
  const auto weight = [&] {
    const auto& all = snapshot_->principals;
    return std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.process_id == ann.key; })->weight;
  };
  EXPECT_EQ(weight(), 7U) << "in force without a restart";
  for (const std::string wrong : {"0", "1001", "-3", "1.5", "\"x\"", "null"}) {
    const auto r = call("PATCH", ann.key_at, R"({"weight":)" + wrong + "}");
    EXPECT_EQ(r.status, 400) << wrong;
    EXPECT_TRUE(r.says("1 to 1000")) << r.body;
  }
  EXPECT_EQ(call("PATCH", ann.key_at, R"({"weight":1000})", ann.key).status, 403) << "not by whoever holds it";
  EXPECT_EQ(new_key(ann).number("weight"), 7) << "a key has its maker's";
  EXPECT_EQ(weight(), 7U);
}

} // namespace
} // namespace logos::tests
