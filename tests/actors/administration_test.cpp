// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

class administration_test : public administration_fixture {};

/// A TOKENIZER that never comes to an end.
class silent_tokenizer {
public:
  using handle = actors::tokenizer_actor;
  explicit silent_tokenizer(actors::self_pointer<silent_tokenizer> self) : self_{self} {}
  handle::behavior_type make_behavior() {
    return {
        [](const actors::long_task&) {},
        [this](atom::handle, const net::exchange_ptr&, const catalog::snapshot_ptr&, std::int64_t) { return wait(); },
        [this](atom::status) { return self_->vitals("silent"); },
    };
  }

private:
  caf::result<void> wait() {
    waiting_.push_back(self_->make_response_promise<void>());
    return waiting_.back();
  }
  actors::self_pointer<silent_tokenizer> self_;
  std::vector<caf::typed_response_promise<void>> waiting_;
};

TEST_F(administration_test, the_tokenizer_answers_whoever_has_a_key) {
  const auto user = make("processes", R"({"name":"app"})").number("id");
  const auto counted = call("POST", "/extras/tokenize/count", R"({"input":"Hello world"})", user);
  EXPECT_EQ(counted.status, 200);
  EXPECT_EQ(counted.number("count"), 2);
  const auto refused = call("POST", "/extras/tokenize", R"({"inputs":"x"})", user);
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says(R"("param":"inputs")")) << refused.body;
  EXPECT_EQ(call("GET", "/extras/tokenize", {}, user).status, 405);
}

TEST_F(administration_test, too_many_texts_for_the_tokenizer_are_refused) {
  with_.tokenizer = host<silent_tokenizer>("tokenizer");
  const auto large = R"({"input":")" + std::string(40U << 20, 'a') + "\"}";
  const auto first = start("POST", "/extras/tokenize/count", large);
  const auto second = start("POST", "/extras/tokenize/count", large);
  EXPECT_FALSE(first->answer());
  EXPECT_EQ(second->status(), 429);
  EXPECT_NE(second->answer()->headers.find("retry-after: 1"), std::string::npos);
  const auto small = start("POST", "/extras/tokenize/count", R"({"input":"a"})");
  EXPECT_FALSE(small->answer()) << "there is room for it";
  advance(61s);
  EXPECT_EQ(first->status(), 504);
  EXPECT_FALSE(start("POST", "/extras/tokenize/count", large)->answer()) << "the room is free again";
}

TEST_F(administration_test, health_tells_what_was_seen_of_each_models_providers) {
  make_gemma();
  EXPECT_TRUE(call("GET", "/health", {}, 0).says(R"("name":"gemma","state":"unknown")"));
  actors::provider_observation seen;
  seen.provider_id = snapshot_->providers.at(0).id;
  tell(admin_, seen);
  EXPECT_TRUE(call("GET", "/health", {}, 0).says(R"("name":"gemma","state":"down")"));
  seen.reachable = true;
  tell(admin_, seen);
  const auto health = call("GET", "/health", {}, 0);
  EXPECT_EQ(health.status, 200);
  EXPECT_TRUE(health.says(R"("name":"gemma","state":"up","providers":[{"name":"gpu","state":"up"}])"));
  EXPECT_EQ(health.text("node"), "node-a");
}

TEST_F(administration_test, a_providers_state_tells_what_was_seen_and_learned_of_it) {
  make_gemma();
  const auto& p = snapshot_->providers.at(0);
  const auto path = "/admin/v1/providers/" + std::to_string(p.id) + "/state";
  EXPECT_TRUE(call("GET", path).says(R"("reachable":null)"));
  actors::provider_observation seen;
  seen.provider_id = p.id;
  seen.reachable = true;
  seen.server = "Ollama 0.11.4";
  seen.lists_memory = true;
  seen.loaded_models = {{.name = "gemma:latest", .bytes = 9, .vram_bytes = 8, .expires_in_us = 60'000'000}};
  actors::learned known;
  known.deployment_id = snapshot_->deployments.at(0).id;
  known.load_us = 4'000'000;
  known.first_token_us = 50'000;
  known.prompt_token_ns = 1'000'000;
  known.answer_token_ns = 20'000'000;
  known.error_permille = 5;
  known.calls = 1'000;
  seen.experience = {known};
  tell(admin_, seen);
  const auto state = call("GET", path);
  EXPECT_EQ(state.status, 200);
  EXPECT_EQ(state.text("server"), "Ollama 0.11.4");
  EXPECT_TRUE(state.says(R"("memory":[{"model":"gemma:latest","bytes":9,"vram_bytes":8,"expires_in_s":60}])"));
  EXPECT_TRUE(state.says(R"("running":null)"));
  EXPECT_TRUE(state.says(
      R"("residence":"automatic","calls":1000,"error_permille":5,"load_ms":4000,"memory_bytes":null,"prompt_tokens_per_s":1000,"answer_tokens_per_s":50,"first_token_ms":{"100":150,"1000":1050,"10000":10050}})"));
  EXPECT_EQ(call("GET", "/admin/v1/providers/999/state").status, 404);
}

TEST_F(administration_test, ready_is_truthful_about_the_database_and_draining) {
  EXPECT_EQ(call("GET", "/ready", {}, 0).text("database"), "up");
  cannot_write_ = true;
  const auto full = call("GET", "/ready", {}, 0);
  EXPECT_EQ(full.status, 200) << "requests go on";
  EXPECT_EQ(full.text("database"), "away") << "though it can be read";
  EXPECT_EQ(full.text("status"), "degraded");
  cannot_write_ = false;
  kill(with_.registry);
  const auto away = call("GET", "/ready", {}, 0);
  EXPECT_EQ(away.status, 200) << "requests go on";
  EXPECT_EQ(away.text("database"), "away");
  EXPECT_EQ(away.text("status"), "degraded");
  draining_ = true;
  EXPECT_EQ(call("GET", "/ready", {}, 0).status, 503);
}

TEST_F(administration_test, ready_says_that_the_journal_has_no_room_and_what_to_do) {
  lacks_room_ = true;
  const auto full = call("GET", "/ready", {}, 0);
  EXPECT_EQ(full.status, 200);
  EXPECT_EQ(full.text("status"), "degraded");
  EXPECT_EQ(full.text("database"), "up");
  EXPECT_NE(full.text("detail").find("free space on the disk of data_dir"), std::string::npos) << full.body;
  cannot_write_ = true;
  const auto both = call("GET", "/ready", {}, 0);
  EXPECT_EQ(both.text("database"), "away");
  EXPECT_NE(both.text("detail").find("the journal has no room"), std::string::npos) << both.body;
  EXPECT_GT(both.text("detail").size(), full.text("detail").size()) << "either is told";
  cannot_write_ = lacks_room_ = false;
  EXPECT_EQ(call("GET", "/ready", {}, 0).text("status"), "ready");
}

TEST_F(administration_test, a_database_that_hangs_does_not_hang_a_readiness_probe) {
  // A REGISTRY that never answers.
  class mute {
  public:
    using handle = actors::registry_actor;
    explicit mute(actors::self_pointer<mute> self) : self_{self} {}
    handle::behavior_type make_behavior() {
      return {[this](const actors::store_job&) -> caf::result<actors::store_reply> {
                ++jobs;
                return self_->make_response_promise<actors::store_reply>();
              },
              [this](atom::status) { return self_->vitals("mute"); }};
    }
    int jobs = 0;

  private:
    actors::self_pointer<mute> self_;
  };
  with_.registry = host<mute>("mute");
  const auto first = start("GET", "/ready", {}, 0);
  const auto second = start("GET", "/ready", {}, 0);
  EXPECT_EQ(first->status(), 0);
  advance(2s);
  EXPECT_TRUE(first->body().find("away") != std::string::npos && second->body() == first->body());
  start("GET", "/ready", {}, 0);
  EXPECT_EQ(state_of<mute>(with_.registry).jobs, 1) << "one question at a time";
  advance(60s);
}

TEST_F(administration_test, metrics_have_usage_actors_and_the_sources) {
  make_gemma();
  actors::usage_entry used;
  used.process_id = root_id();
  used.model_id = snapshot_->models.at(0).id;
  used.provider_id = snapshot_->providers.at(0).id;
  used.requests = 3;
  tell(with_.ledger, std::vector{used});
  const auto text = call("GET", "/metrics");
  EXPECT_EQ(text.content_type, core::metrics_text::content_type);
  EXPECT_TRUE(text.says("# TYPE logos_requests_total counter"));
  EXPECT_TRUE(text.says(R"(model="gemma",)")) << text.body;
  EXPECT_TRUE(text.says(R"(logos_actor_restarts_total{actor="supervisor")"));
  EXPECT_TRUE(text.says(R"(logos_build_info{version="1.2.3",node="node-a"} 1)"));
}

TEST_F(administration_test, actors_and_nodes_are_listed) {
  const auto all = call("GET", "/admin/v1/actors");
  EXPECT_EQ(all.json()["actors"].get_array().size(), 1U);
  EXPECT_TRUE(all.says(R"("name":"supervisor","kind":"supervisor","node":"local")")) << all.body;
  EXPECT_TRUE(call("GET", "/admin/v1/nodes").says(R"("node":"node-a")"));
}

TEST_F(administration_test, requests_and_usage_are_read_from_the_books) {
  storage::finished row;
  row.timestamp_request = clock().wall();
  row.request_id = core::uuid_source{1}.next(row.timestamp_request);
  row.ids.process_id = root_id();
  row.usage.prompt_tokens = 11;
  row.http_status = 200;
  row.path = "/v1/chat/completions";
  ASSERT_TRUE(store().write_batch({&row, 1}, {}, {}));
  const auto list = call("GET", "/admin/v1/requests?limit=5&process_id=" + std::to_string(root_id()));
  EXPECT_TRUE(list.says(R"("prompt_tokens":11)")) << list.body;
  const auto one = call("GET", "/admin/v1/requests/" + row.request_id.str());
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.text("request_id"), row.request_id.str());
  EXPECT_EQ(one.text("received_at"), "2026-01-01T00:00:00.000000Z");
  const auto usage = call("GET", "/admin/v1/usage?group_by=process,day&from=2026-01-01&to=2027-01-01T00:00:00Z");
  EXPECT_EQ(usage.status, 200) << usage.body;
  EXPECT_TRUE(usage.says(R"("process_id":)" + std::to_string(root_id()))) << usage.body;
  EXPECT_TRUE(call("GET", "/admin/v1/usage").says(R"("requests":1)"));
}

TEST_F(administration_test, the_database_being_away_is_a_503) {
  kill(with_.registry);
  const auto r = call("GET", "/admin/v1/users");
  EXPECT_GE(r.status, 500);
  away_ = true;
  with_.registry = host<recording::registry_state>("late", opener());
  EXPECT_EQ(call("GET", "/admin/v1/users").status, 503);
  EXPECT_EQ(call("GET", "/v1/models").status, 200) << "what the catalog knows goes on";
}

TEST_F(administration_test, where_the_database_is_only_who_administers_is_told) {
  const auto app = make("processes", R"({"name":"app"})").number("id");
  kill(with_.registry);
  const recording::store_factory nowhere = []() -> storage::result<std::unique_ptr<storage::store>> {
    return core::failure{core::ec::storage_away,
                         "PostgreSQL: connection to server at \"127.0.0.1\", port 15999 failed"};
  };
  with_.registry = host<recording::registry_state>("late", nowhere);
  EXPECT_TRUE(call("GET", "/admin/v1/users").says("127.0.0.1")) << "root mends it";
  for (const auto* path : {"/admin/v1/processes", "/jobs", "/jobs/1", "/logosdb/scheduler_state"}) {
    const auto r = call("GET", path, {}, app);
    EXPECT_FALSE(r.says("127.0.0.1") || r.says("PostgreSQL")) << path << r.body;
  }
  const auto job = call("GET", "/jobs/1", {}, app);
  EXPECT_EQ(job.status, 503) << job.body;
  EXPECT_TRUE(job.says("The database is away.")) << job.body;
  EXPECT_TRUE(call("GET", "/admin/v1/processes", {}, app).says("The database is away."));
  const auto ready = call("GET", "/ready", {}, 0);
  EXPECT_EQ(ready.text("database"), "away");
  EXPECT_FALSE(ready.says("127.0.0.1") || ready.says("PostgreSQL")) << ready.body;
}

TEST_F(administration_test, the_description_is_served_without_a_key) {
  EXPECT_EQ(call("GET", "/openapi.json", {}, 0).text("openapi"), "3.1.0");
  const auto page = call("GET", "/docs", {}, 0);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_FALSE(page.says("https://")) << "nothing from elsewhere";
}

TEST_F(administration_test, errors_outside_the_admin_api_have_openais_shape) {
  EXPECT_TRUE(call("GET", "/v1/models", {}, 0).says(R"({"error":{"message":)"));
  EXPECT_TRUE(call("DELETE", "/v1/models/x").says(R"("code":"method_not_allowed")"));
}

} // namespace
} // namespace logos::tests
