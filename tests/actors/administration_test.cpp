// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"
#include "actors/administration/administration.hpp"
#include "actors/catalog/catalog.hpp"
#include "actors/supervision/supervisor.hpp"
#include "tests/actors/sqlite_system.hpp"
#include "tests/support/fake_exchange.hpp"

#include <simdjson.h>

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

/// Takes in snapshots as an INGRESS would.
class last_snapshot {
public:
  using handle = actors::follower_actor;
  last_snapshot(actors::self_pointer<last_snapshot> /*self*/, catalog::snapshot_ptr* to) : to_{to} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::adopt, const catalog::snapshot_ptr& s) { return adopt(s); }};
  }

private:
  std::uint64_t adopt(const catalog::snapshot_ptr& s) {
    *to_ = s;
    return s->version;
  }
  catalog::snapshot_ptr* to_;
};

/// An answer, taken apart.
struct reply {
  int status = 0;
  std::string body;
  std::string headers;
  std::string content_type;
  std::shared_ptr<simdjson::dom::parser> parser = std::make_shared<simdjson::dom::parser>();

  simdjson::dom::element json() const {
    simdjson::dom::element root;
    EXPECT_EQ(parser->parse(body).get(root), simdjson::SUCCESS) << body;
    return root;
  }
  std::string text(std::string_view name) const {
    std::string_view value;
    EXPECT_EQ(json()[name].get(value), simdjson::SUCCESS) << name << " in " << body;
    return std::string{value};
  }
  std::int64_t number(std::string_view name) const {
    std::int64_t value = 0;
    EXPECT_EQ(json()[name].get(value), simdjson::SUCCESS) << name << " in " << body;
    return value;
  }
  bool says(std::string_view words) const { return body.find(words) != std::string::npos; }
};

class administration_test : public sqlite_system {
protected:
  administration_test() {
    with_.registry = host<recording::registry_state>("registry", opener());
    catalog_ = host<catalog::catalog_state>("catalog", with_.registry, catalog::catalog_options{});
    follower_ = host<last_snapshot>("ingress", &snapshot_);
    tell(catalog_, atom::subscribe_v, follower_);
    with_.catalog = catalog_;
    with_.ledger = host<accounting::ledger_state>("ledger");
    with_.census = host<supervision::supervisor_state>("supervisor");
    administration::administration_options options;
    options.node = "node-a";
    options.version = "1.2.3";
    options.secret = std::make_shared<core::secret_key>(sqlite_secret());
    options.find_neighbours = [this] { return with_; };
    options.draining = [this] { return draining_; };
    options.clock = &clock();
    admin_ = host<administration::administration_state>("administration", options);
  }
  ~administration_test() override {
    for (const auto& actor : {caf::actor_cast<caf::actor>(admin_), caf::actor_cast<caf::actor>(catalog_)})
      kill(actor);
    with_ = {};
  }

  std::int64_t root_id() { return snapshot_->principals.at(0).process_id; }
  /// Whoever holds this key now; 0: nobody does.
  std::int64_t holder(const std::string& key) {
    const auto* who = snapshot_->find_key(sqlite_secret().hash(key), clock().wall());
    return who == nullptr ? 0 : who->process_id;
  }
  boost::intrusive_ptr<fake_exchange> start(std::string_view method, std::string_view target,
                                            std::string_view body = {}, std::int64_t caller = -1,
                                            std::vector<fake_exchange::line> headers = {}) {
    auto x = make_exchange(method, target, std::move(headers), body);
    tell(admin_, atom::handle_v, net::exchange_ptr{x}, snapshot_, caller == -1 ? root_id() : caller);
    return x;
  }
  reply call(std::string_view method, std::string_view target, std::string_view body = {}, std::int64_t caller = -1,
             std::vector<fake_exchange::line> headers = {}) {
    const auto answer = start(method, target, body, caller, std::move(headers))->answer();
    if (!answer) {
      ADD_FAILURE() << "no answer to " << method << " " << target;
      return {};
    }
    return {answer->status, answer->body, answer->headers, std::string{answer->content_type}};
  }
  reply make(std::string_view plural, std::string_view body) {
    auto made = call("POST", "/admin/v1/" + std::string{plural}, body);
    EXPECT_EQ(made.status, 201) << made.body;
    return made;
  }
  void make_gemma() { make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:9000/v1","models":["gemma"]})"); }

  administration::neighbours with_;
  actors::catalog_actor catalog_;
  actors::follower_actor follower_;
  actors::administration_actor admin_;
  catalog::snapshot_ptr snapshot_;
  bool draining_ = false;
};

TEST_F(administration_test, a_new_key_works_at_once_and_a_removed_one_does_not) {
  const auto made = make("processes", R"({"name":"app","log":"BILLING"})");
  const auto key = made.text("key");
  EXPECT_TRUE(key.starts_with("lg-app-"));
  EXPECT_TRUE(made.text("key_prefix").size() < 20 && key.starts_with(made.text("key_prefix")));
  EXPECT_GT(made.number("profile_id"), 0);
  EXPECT_NE(made.headers.find("Location: /admin/v1/processes/"), std::string::npos);
  const auto id = made.number("id");
  EXPECT_EQ(holder(key), id);
  EXPECT_FALSE(call("GET", "/admin/v1/processes/" + std::to_string(id)).says(key)) << "shown once";
  EXPECT_EQ(call("DELETE", "/admin/v1/processes/" + std::to_string(id)).status, 204);
  EXPECT_EQ(holder(key), 0);
  EXPECT_EQ(call("GET", "/admin/v1/processes/" + std::to_string(id)).status, 404);
}

TEST_F(administration_test, a_rotated_key_replaces_the_old_one) {
  const auto made = make("processes", R"({"name":"app"})");
  const auto turned = call("POST", "/admin/v1/processes/" + std::to_string(made.number("id")) + "/rotate");
  EXPECT_EQ(turned.status, 200);
  EXPECT_EQ(holder(made.text("key")), 0);
  EXPECT_EQ(holder(turned.text("key")), made.number("id"));
}

TEST_F(administration_test, nobody_removes_the_key_in_use) {
  EXPECT_EQ(call("DELETE", "/admin/v1/processes/" + std::to_string(root_id())).status, 409);
}

TEST_F(administration_test, a_removal_that_is_not_in_force_everywhere_is_not_acknowledged) {
  const auto made = make("processes", R"({"name":"app"})");
  kill(catalog_);
  const auto gone = call("DELETE", "/admin/v1/processes/" + std::to_string(made.number("id")));
  EXPECT_EQ(gone.status, 503) << gone.body;
}

TEST_F(administration_test, permissions_name_a_model_or_all) {
  make_gemma();
  const auto process = make("processes", R"({"name":"app"})");
  const auto profile = std::to_string(process.number("profile_id"));
  const auto caller = process.number("id");
  EXPECT_EQ(call("GET", "/v1/models", {}, caller).body, R"({"object":"list","data":[]})");
  const auto one = make("permissions", R"({"profile_id":)" + profile + R"(,"model":"gemma"})");
  EXPECT_EQ(one.text("model"), "gemma");
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller).says(R"("id":"gemma","object":"model")"));
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 200);
  EXPECT_EQ(call("DELETE", "/admin/v1/permissions/" + std::to_string(one.number("id"))).status, 204);
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 404);
  make("permissions", R"({"profile_id":)" + profile + R"(,"model":"*"})");
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 200);
}

TEST_F(administration_test, a_permission_for_everything_must_be_meant) {
  const auto profile = std::to_string(make("processes", R"({"name":"app"})").number("profile_id"));
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":)" + profile + "}").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":)" + profile + R"(,"model_id":null})").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":)" + profile + R"(,"model":"nobody"})").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/permissions", R"({"profile_id":99999,"model":"*"})").status, 400);
}

TEST_F(administration_test, another_profile_is_chosen_by_header_if_it_is_the_keys_own) {
  make_gemma();
  const auto process = make("processes", R"({"name":"app"})");
  const auto caller = process.number("id");
  const auto second = make("profiles", R"({"name":"second","process_id":)" + std::to_string(caller) + "}");
  const auto id = std::to_string(second.number("id"));
  make("permissions", R"({"profile_id":)" + id + R"(,"model":"*"})");
  EXPECT_FALSE(call("GET", "/v1/models", {}, caller).says("gemma"));
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller, {{"use_profile", id}}).says("gemma"));
  EXPECT_EQ(call("GET", "/v1/models", {}, caller, {{"use_profile", "x"}}).status, 400);
  EXPECT_EQ(call("GET", "/v1/models", {}, caller, {{"use_profile", "99999"}}).status, 403);
}

TEST_F(administration_test, a_provider_brings_its_models_and_what_follows_from_its_address) {
  const auto made = make("providers", R"({"name":"cloud","type":"openai","base_url":"https://api.example.org/v1",)"
                                      R"("api_key":"sk-secret","models":["gpt",{"name":"mini","upstream":"mini-2",)"
                                      R"("aliases":["small"],"quality":3}]})");
  EXPECT_EQ(made.text("privacy"), "CLOUD_NOT_IN_EU_BY_US_PROVIDER");
  EXPECT_EQ(made.number("parallel"), 64);
  EXPECT_FALSE(made.says("sk-secret"));
  EXPECT_TRUE(made.says(R"("has_api_key":true)"));
  const auto* small = snapshot_->find_model("small");
  ASSERT_NE(small, nullptr);
  ASSERT_EQ(snapshot_->deployments_of(small->id).size(), 1U);
  EXPECT_EQ(snapshot_->deployments_of(small->id)[0]->upstream_name, "mini-2");
  const auto again = make("providers", R"({"name":"other","base_url":"http://10.0.0.1:8000","models":["gpt"]})");
  EXPECT_EQ(again.text("privacy"), "LOCAL");
  EXPECT_EQ(snapshot_->deployments_of(snapshot_->find_model("gpt")->id).size(), 2U);
}

TEST_F(administration_test, models_and_deployments_can_be_made_by_name) {
  make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:11434"})");
  EXPECT_EQ(snapshot_->providers.at(0).type, core::provider_type::ollama) << "its port says so";
  make("models", R"({"name":"a","tags":"chat","accuracy":4})");
  const auto d = make("deployments", R"({"model":"a","provider":"gpu","upstream":"a:27b"})");
  EXPECT_EQ(d.text("provider"), "gpu");
  const auto both = make("models", R"({"name":"b","provider":"gpu","upstream":"b:1b"})");
  EXPECT_GT(both.number("deployment_id"), 0);
  EXPECT_EQ(snapshot_->deployments.size(), 2U);
  EXPECT_EQ(call("POST", "/admin/v1/deployments", R"({"model":"a"})").status, 400);
  EXPECT_EQ(call("POST", "/admin/v1/deployments", R"({"model":"a","provider":"gpu"})").status, 409);
}

TEST_F(administration_test, a_change_needs_the_version_that_if_match_names) {
  const auto made = make("users", R"({"username":"ann","name":"Ann"})");
  const auto at = "/admin/v1/users/" + std::to_string(made.number("id"));
  const auto version = std::to_string(made.number("version"));
  EXPECT_NE(made.headers.find("ETag: \"" + version + "\""), std::string::npos);
  EXPECT_EQ(call("PATCH", at, R"({"prename":"A."})", -1, {{"If-Match", "\"" + version + "\""}}).status, 200);
  EXPECT_EQ(call("PATCH", at, R"({"prename":"B."})", -1, {{"If-Match", "\"" + version + "\""}}).status, 412);
  EXPECT_EQ(call("PATCH", at, R"({"prename":"C."})", -1, {{"If-Match", "rubbish"}}).status, 412);
  const auto free = call("PATCH", at, R"({"prename":"D."})");
  EXPECT_EQ(free.text("prename"), "D.");
  EXPECT_EQ(free.text("username"), "ann") << "the rest stays";
  EXPECT_EQ(call("PATCH", at, R"({"id":77})").status, 400) << "read-only";
  EXPECT_EQ(call("PATCH", at, free.body).status, 200) << "what was read may be sent back";
}

TEST_F(administration_test, lists_go_page_by_page_and_are_filtered) {
  for (int i = 0; i < 5; ++i)
    make("services", R"({"name":"service-)" + std::to_string(i) + "\"}");
  const auto first = call("GET", "/admin/v1/services?limit=2");
  EXPECT_EQ(first.json()["data"].get_array().size(), 2U);
  const auto second = call("GET", "/admin/v1/services?limit=4&cursor=" + first.text("next"));
  EXPECT_EQ(second.json()["data"].get_array().size(), 3U);
  EXPECT_TRUE(second.says(R"("next":null)"));
  const auto one = call("GET", "/admin/v1/services?name=service-3");
  EXPECT_EQ(one.json()["data"].get_array().size(), 1U);
  EXPECT_TRUE(one.says("service-3"));
}

TEST_F(administration_test, what_is_malformed_is_refused_with_words) {
  struct bad {
    const char* method;
    const char* target;
    const char* body;
    int status;
    const char* words;
  };
  const std::string deep(5000, '[');
  for (const auto& b : {
           bad{"POST", "/admin/v1/processes", "", 400, "empty"},
           bad{"POST", "/admin/v1/processes", "{", 400, "JSON"},
           bad{"POST", "/admin/v1/processes", "[]", 400, "JSON object"},
           bad{"POST", "/admin/v1/processes", deep.c_str(), 400, "JSON"},
           bad{"POST", "/admin/v1/processes", "{\"name\":\"\xff\"}", 400, "JSON"},
           bad{"POST", "/admin/v1/processes", "{}", 400, "'name' is required"},
           bad{"POST", "/admin/v1/processes", R"({"nam":"x"})", 400, "did you mean 'name'?"},
           bad{"POST", "/admin/v1/processes", R"({"name":5})", 400, "not a number 5"},
           bad{"POST", "/admin/v1/processes", R"({"name":"a\u0000b"})", 400, "control characters"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","log":"SOME"})", 400, "BILLING or FULL"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","priority":11})", 400, "1 to 10"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","expires_at":"soon"})", 400, "time"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","key_prefix":"lg"})", 400, "cannot be set"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","user_id":9999})", 400, "user"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"ftp://x"})", 400, "base_url"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","api_key":"env:X"})", 400, "env:"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","auth":{"heder":"X"}})", 400,
               "auth.heder"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","models":[5]})", 400, "models"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","parallel":-1})", 400, "0 or more"},
           bad{"POST", "/admin/v1/models", R"({"name":"x","accuracy":99999999999999999999})", 400, ""},
           bad{"GET", "/admin/v1/processes/abc", "", 400, "positive integer"},
           bad{"GET", "/admin/v1/processes/99999999999999999999", "", 400, "positive integer"},
           bad{"GET", "/admin/v1/processes/99999", "", 404, ""},
           bad{"GET", "/admin/v1/processes?limit=0", "", 400, "limit"},
           bad{"GET", "/admin/v1/processes?cursor=x", "", 400, "cursor"},
           bad{"GET", "/admin/v1/processes?nme=x", "", 400, "did you mean 'name'?"},
           bad{"GET", "/admin/v1/processes?name=%zz", "", 400, "encoded"},
           bad{"GET", "/admin/v1/requests/not-there", "", 404, ""},
           bad{"GET", "/admin/v1/requests?from=x", "", 400, "time"},
           bad{"GET", "/admin/v1/requests?cursor=rubbish", "", 400, ""},
           bad{"GET", "/admin/v1/requests?result=odd", "", 400, "success"},
           bad{"GET", "/admin/v1/usage?group_by=colour", "", 400, "group_by"},
           bad{"GET", "/admin/v1/nothing", "", 404, "/docs"},
           bad{"PUT", "/admin/v1/processes", "{}", 405, "GET, HEAD, POST"},
       }) {
    const auto r = call(b.method, b.target, b.body);
    EXPECT_EQ(r.status, b.status) << b.method << " " << b.target << " " << b.body << ": " << r.body;
    EXPECT_TRUE(r.says(b.words)) << b.target << " " << b.body << ": " << r.body;
    EXPECT_EQ(r.content_type, "application/problem+json") << b.target;
  }
  EXPECT_NE(call("PUT", "/admin/v1/processes", "{}").headers.find("Allow: GET, HEAD, POST\r\n"), std::string::npos);
}

TEST_F(administration_test, names_are_taken_once) {
  make("services", R"({"name":"one"})");
  EXPECT_EQ(call("POST", "/admin/v1/services", R"({"name":"one"})").status, 409);
}

TEST_F(administration_test, what_a_file_declares_is_changed_in_the_file) {
  storage::config_declarations declared;
  declared.node = "node-a";
  declared.file = "/etc/logos/logos.yaml";
  declared.live_nodes = {"node-a"};
  storage::provider p;
  p.name = "gpu";
  p.base_url = "http://127.0.0.1:9000";
  declared.providers.push_back(p);
  ASSERT_TRUE(store().sync_config(declared));
  const auto id = std::to_string(store().list<storage::provider>(0, 1)->at(0).id);
  for (const auto& r :
       {call("PATCH", "/admin/v1/providers/" + id, R"({"parallel":2})"), call("DELETE", "/admin/v1/providers/" + id)}) {
    EXPECT_EQ(r.status, 409);
    EXPECT_TRUE(r.says("logos.yaml")) << r.body;
  }
}

TEST_F(administration_test, only_root_administers) {
  const auto user = make("processes", R"({"name":"app"})").number("id");
  for (const auto& r : administration::all_routes()) {
    if (r.by == administration::service::relayed) continue;
    std::string target{r.pattern};
    if (const auto brace = target.find('{'); brace != std::string::npos)
      target = target.substr(0, brace) + "1" + (target.ends_with("/rotate") ? "/rotate" : "");
    const auto nobody = call(r.method, target, "{}", 0).status;
    const auto anyone = call(r.method, target, "{}", user).status;
    const auto stranger = call(r.method, target, "{}", 99'999).status;
    using administration::access;
    EXPECT_EQ(nobody == 401, r.who != access::open) << r.method << " " << target;
    EXPECT_EQ(anyone == 403, r.who == access::root) << r.method << " " << target;
    EXPECT_EQ(stranger == 401, r.who != access::open) << r.method << " " << target;
  }
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

TEST_F(administration_test, ready_is_truthful_about_the_database_and_draining) {
  EXPECT_EQ(call("GET", "/ready", {}, 0).text("database"), "up");
  kill(with_.registry);
  const auto away = call("GET", "/ready", {}, 0);
  EXPECT_EQ(away.status, 200) << "requests go on";
  EXPECT_EQ(away.text("database"), "away");
  EXPECT_EQ(away.text("status"), "degraded");
  draining_ = true;
  EXPECT_EQ(call("GET", "/ready", {}, 0).status, 503);
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
  row.request_id = core::uuid::from_halves(0x7000, 1);
  row.timestamp_request = clock().wall();
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
