// SPDX-License-Identifier: MIT
#include "actors/administration/event_stats.hpp"
#include "actors/administration/logosdb.hpp"
#include "tests/actors/administration_fixture.hpp"

#include <algorithm>

namespace logos::tests {
namespace {

class logosdb_test : public administration_fixture {
protected:
  reply ask(std::string_view name, std::string_view body = "{}", std::int64_t caller = -1) {
    return call("POST", "/logosdb/" + std::string{name}, body, caller);
  }
  reply legacy(std::string_view name, std::string_view body = "{}", std::int64_t caller = -1) {
    return call("POST", "/logosdb/" + std::string{name}, body, caller,
                {{"accept", "application/vnd.logos.legacy+json"}});
  }
  const catalog::principal* principal(std::int64_t process) {
    const auto& all = snapshot_->principals;
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.process_id == process; });
    return at == all.end() ? nullptr : &*at;
  }
  std::int64_t add_gpu() {
    return ask("add_provider", R"({"provider_name":"gpu","base_url":"http://127.0.0.1:9000","api_key":"sk-kept",)"
                               R"("auth_name":"","auth_format":"","provider_type":"cloud"})")
        .number("provider-id");
  }
};

TEST_F(logosdb_test, a_script_of_upstreams_builds_what_serves) {
  const auto provider = std::to_string(add_gpu());
  const auto model = std::to_string(ask("add_model", R"({"name":"gemma"})").number("model_id"));
  EXPECT_EQ(ask("connect_model_provider", R"({"model_id":)" + model + R"(,"provider_id":)" + provider + "}").status,
            200);
  const auto made = ask("add_service", R"({"name":"app"})");
  const auto key = made.text("logos-key");
  EXPECT_EQ(holder(key), made.number("process-id")) << "in force when it was answered";
  const auto profile =
      ask("add_profile", R"({"profile_name":"p","process_id":)" + std::to_string(made.number("process-id")) + "}")
          .number("profile-id");
  const auto granted = ask("connect_process_provider",
                           R"({"profile_id":)" + std::to_string(profile) + R"(,"provider_id":)" + provider + "}");
  EXPECT_TRUE(granted.says("Permitted 1 model")) << granted.body;
  const auto* m = snapshot_->find_model("gemma");
  ASSERT_NE(m, nullptr);
  ASSERT_EQ(snapshot_->deployments_of(m->id).size(), 1U);
  EXPECT_NE(snapshot_->deployments_of(m->id)[0]->route.auth_line.find("sk-kept"), std::string::npos)
      << "upstream dropped the provider's key";
  EXPECT_EQ(store().find<storage::provider>(std::stoll(provider))->name, "gpu");
}

TEST_F(logosdb_test, the_first_profile_that_is_added_is_the_one_that_counts) {
  make_gemma();
  for (const auto* way : {"add_service", "connect_service_process"}) {
    const auto service = std::to_string(make("services", R"({"name":"of )" + std::string{way} + "\"}").number("id"));
    const auto made = ask(way, R"({"name":"app","process_name":"app","service_id":)" + service + "}");
    ASSERT_EQ(made.status, 200) << made.body;
    const auto process = std::to_string(made.number("process-id"));
    const auto add = [&](std::string_view name) {
      return ask("add_profile", R"({"profile_name":")" + std::string{name} + R"(","process_id":)" + process + "}")
          .number("profile-id");
    };
    const auto iris = add("iris");
    EXPECT_EQ(ask("connect_profile_model", R"({"profile_id":)" + std::to_string(iris) + R"(,"model_id":1})").status,
              200);
    const auto* who = principal(made.number("process-id"));
    ASSERT_NE(who, nullptr);
    ASSERT_EQ(who->profiles.size(), 1U) << way;
    EXPECT_EQ(who->profiles[0].id, iris);
    EXPECT_TRUE(ask("get_models", "{}", made.number("process-id")).says("gemma"));
    EXPECT_NE(add("second"), iris);
    EXPECT_EQ(store().find<storage::profile>(iris)->name, "iris");
  }
}

TEST_F(logosdb_test, a_first_profile_that_is_in_use_stays_what_it_is) {
  make_gemma();
  const auto process = ask("add_service", R"({"name":"app"})").number("process-id");
  const auto first = store().load_catalog()->profiles.back();
  ASSERT_EQ(first.process_id, process);
  ask("connect_profile_model", R"({"profile_id":)" + std::to_string(first.id) + R"(,"model_id":1})");
  const auto added = ask("add_profile", R"({"profile_name":"iris","process_id":)" + std::to_string(process) + "}")
                         .number("profile-id");
  EXPECT_NE(added, first.id);
  EXPECT_EQ(store().find<storage::profile>(first.id)->name, "app");
}

TEST_F(logosdb_test, only_root_changes_and_others_see_only_their_own) {
  make_gemma();
  const auto made = make("processes", R"({"name":"app"})");
  const auto caller = made.number("id");
  for (const auto* name : {"add_model", "export", "delete_policy", "import"})
    EXPECT_EQ(ask(name, R"({"name":"x","id":1,"json_data":{}})", caller).status, 403) << name;
  EXPECT_EQ(ask("get_models", "{}", caller).body, R"({"result":[]})");
  EXPECT_EQ(ask("get_models").json()["result"].get_array().size(), 1U);
  EXPECT_EQ(ask("get_model", R"({"id":1})", caller).status, 404);
  EXPECT_EQ(ask("get_role", "{}", caller).text("role"), "entity");
  EXPECT_EQ(ask("get_role").text("role"), "root");
  EXPECT_EQ(ask("get_process_id", "{}", caller).number("result"), caller);
  EXPECT_EQ(ask("set_log", R"({"process_id":1,"set_log":"FULL"})", caller).status, 404);
  EXPECT_EQ(ask("set_log", R"({"process_id":)" + std::to_string(caller) + R"(,"set_log":"FULL"})", caller).status, 200);
}

TEST_F(logosdb_test, a_user_sees_and_changes_the_processes_of_that_user_only) {
  make_gemma();
  const auto user = std::to_string(make("users", R"({"username":"ann"})").number("id"));
  const auto first = make("processes", R"({"name":"a","user_id":)" + user + "}");
  const auto second = make("processes", R"({"name":"b","user_id":)" + user + "}").number("id");
  const auto other = make("processes", R"({"name":"c"})").number("id");
  make("permissions", R"({"profile_id":)" + std::to_string(first.number("profile_id")) + R"(,"model":"gemma"})");
  const auto caller = first.number("id");
  const auto set_log = [&](std::int64_t id, std::int64_t by) {
    return ask("set_log", R"({"process_id":)" + std::to_string(id) + R"(,"set_log":"FULL"})", by).status;
  };
  EXPECT_EQ(set_log(second, caller), 200);
  EXPECT_EQ(set_log(other, caller), 404);
  EXPECT_EQ(ask("generalstats", "{}", caller).number("users"), 2);
  EXPECT_EQ(ask("generalstats", "{}", caller).number("models"), 1);
  EXPECT_EQ(ask("generalstats", "{}", second).number("models"), 0);
  EXPECT_TRUE(ask("get_providers", "{}", caller).says(R"("name":"gpu","base_url":"")"));
  EXPECT_EQ(ask("get_general_provider_stats", "{}", second).number("totalProviders"), 0);
  EXPECT_TRUE(call("GET", "/logosdb/scheduler_state", {}, caller).says("gemma"));
  EXPECT_FALSE(call("GET", "/logosdb/scheduler_state", {}, second).says("gpu"));
  const auto admin = make("users", R"({"username":"adam","role":"admin"})").number("id");
  const auto administrator = make("processes", R"({"name":"d","user_id":)" + std::to_string(admin) + "}").number("id");
  EXPECT_EQ(set_log(other, administrator), 200);
  EXPECT_EQ(set_log(root_id(), administrator), 403) << "root's";
  EXPECT_TRUE(ask("get_providers", "{}", administrator).says("127.0.0.1:9000"));
  EXPECT_EQ(ask("add_model", R"({"name":"x"})", administrator).status, 403);
  EXPECT_EQ(call("GET", "/admin/v1/export", {}, administrator).status, 403);
  EXPECT_EQ(ask("get_role", "{}", administrator).text("role"), "entity");
}

TEST_F(logosdb_test, requests_of_others_are_not_counted_for_a_user) {
  const auto mine = make("processes", R"({"name":"a"})").number("id");
  const auto other = make("processes", R"({"name":"b"})").number("id");
  std::vector<storage::finished> rows(2);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].request_id = core::uuid::from_halves(0x7000, i + 1);
    rows[i].timestamp_request = clock().wall() - std::chrono::minutes{1};
    rows[i].queue_depth_at_arrival = 0;
    rows[i].ids.process_id = other;
  }
  ASSERT_TRUE(store().write_batch(rows, {}, {}));
  for (const auto& [caller, seen] : {std::pair{root_id(), 2}, {other, 2}, {mine, 0}}) {
    const auto stats = ask("request_event_stats", "{}", caller);
    EXPECT_EQ(stats.json()["stats"]["totals"]["requests"].get_int64().value(), seen) << stats.body;
    EXPECT_EQ(stats.json()["stats"]["queueDepth"].is_null(), seen == 0);
    EXPECT_EQ(ask("latest_requests", "{}", caller).json()["requests"].get_array().size(), seen);
    EXPECT_EQ(ask("generalstats", "{}", caller).number("requests"), seen);
  }
}

TEST_F(logosdb_test, the_free_memory_of_requests_is_averaged_where_it_was_known) {
  std::vector<storage::finished> rows(3);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].request_id = core::uuid::from_halves(0x7000, i + 1);
    rows[i].timestamp_request = clock().wall() - std::chrono::minutes{1};
    rows[i].ids.process_id = root_id();
  }
  rows[0].available_vram_mb = 500;
  rows[1].available_vram_mb = 1000;
  ASSERT_TRUE(store().write_batch(rows, {}, {}));
  const auto stats = ask("request_event_stats");
  EXPECT_TRUE(stats.says(R"("total":3,"avgRunSeconds":null,"avgVram":750})")) << stats.body;
  EXPECT_TRUE(stats.says(R"("total":0,"avgRunSeconds":null,"avgVram":null})")) << "an empty bucket";
}

TEST_F(logosdb_test, who_accepts_the_legacy_type_gets_the_pair_and_positional_rows) {
  make_gemma();
  const auto models = legacy("get_models");
  EXPECT_EQ(models.status, 200);
  EXPECT_TRUE(models.body.starts_with(R"([[[1,"gemma","LOCAL",)")) << models.body;
  EXPECT_TRUE(models.body.ends_with(",200]")) << models.body;
  const auto wrong = legacy("add_model", R"({})");
  EXPECT_EQ(wrong.status, 200);
  EXPECT_EQ(wrong.body, R"([{"error":"'name' is required."},400])");
  const auto refused = legacy("add_model", R"({"name":"x"})", make("processes", R"({"name":"app"})").number("id"));
  EXPECT_TRUE(refused.body.ends_with(",403]")) << refused.body;
}

TEST_F(logosdb_test, faults_have_true_statuses_and_name_the_field) {
  EXPECT_EQ(ask("add_model", "not json").status, 400);
  const auto missing = ask("add_profile", R"({"profile_name":"p"})");
  EXPECT_EQ(missing.status, 400);
  EXPECT_TRUE(missing.says("process_id")) << missing.body;
  EXPECT_EQ(ask("delete_model", R"({"id":999})").status, 404);
  EXPECT_EQ(ask("add_model", R"({"name":"m"})").status, 200);
  EXPECT_EQ(ask("add_model", R"({"name":"m"})").status, 409);
  EXPECT_EQ(ask("update_model", R"({"id":1,"category":"beauty","value":1})").status, 400);
  EXPECT_EQ(ask("nothing_here").status, 404);
  EXPECT_EQ(call("GET", "/logosdb/add_model").status, 405);
  EXPECT_EQ(ask("setup", R"({"base_url":"http://x","provider_name":"x","provider_type":"cloud"})", 0).status, 409);
}

TEST_F(logosdb_test, a_text_that_is_blank_is_none_and_a_number_may_be_a_text) {
  const auto refused = ask("add_provider", R"({"provider_name":"p","base_url":"http://127.0.0.1:1","api_key":"",)"
                                           R"("auth_name":"","auth_format":"","provider_type":" "})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says("'provider_type'")) << refused.body;
  const auto id = std::to_string(ask("add_model", R"({"name":"m"})").number("model_id"));
  for (const std::string value : {"5", "\"-5\""})
    EXPECT_EQ(ask("update_model", R"({"id":)" + id + R"(,"category":"cost","value":)" + value + "}").status, 200);
  for (const std::string value : {"\"x\"", "\"\"", "\"5x\"", "5.5"})
    EXPECT_EQ(ask("update_model", R"({"id":)" + id + R"(,"category":"cost","value":)" + value + "}").status, 400);
}

TEST_F(logosdb_test, a_policy_of_a_process_that_is_not_there_names_upstreams_field) {
  const auto refused = ask("add_policy", R"({"entity_id":99,"name":"p","description":"","threshold_privacy":"LOCAL",)"
                                         R"("threshold_latency":0,"threshold_accuracy":0,"threshold_cost":0,)"
                                         R"("threshold_quality":0,"priority":0,"topic":""})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says(R"("param":"entity_id")")) << refused.body;
}

TEST_F(logosdb_test, a_policy_is_made_changed_shown_and_removed) {
  const std::string rest =
      R"("entity_id":1,"description":"","threshold_privacy":"LOCAL","threshold_latency":0,)"
      R"("threshold_accuracy":0,"threshold_cost":0,"threshold_quality":0,"priority":0,"topic":""})";
  const auto id = std::to_string(ask("add_policy", R"({"name":"a",)" + rest).number("policy-id"));
  EXPECT_EQ(ask("update_policy", R"({"id":)" + id + R"(,"name":"b",)" + rest).status, 200);
  EXPECT_EQ(ask("get_policy", R"({"id":)" + id + "}").text("name"), "b");
  EXPECT_EQ(ask("delete_policy", R"({"id":)" + id + "}").status, 200);
  EXPECT_EQ(ask("get_policy", R"({"id":)" + id + "}").status, 404);
}

TEST_F(logosdb_test, a_full_model_stands_between_the_worse_and_the_better_ones) {
  const auto add = [&](const std::string& name, const std::string& worse) {
    return ask("add_full_model", R"({"name":")" + name + R"(","weight_privacy":"LOCAL","worse_accuracy":)" + worse +
                                     R"(,"worse_quality":null,"worse_latency":null,"worse_cost":null,"tags":"",)"
                                     R"("parallel":1,"description":""})")
        .number("model_id");
  };
  const auto a = add("a", "null");
  const auto c = add("c", std::to_string(a));
  const auto b = add("b", std::to_string(a));
  const auto weight = [&](std::int64_t id) { return store().find<storage::model>(id)->weight_accuracy; };
  EXPECT_LT(weight(a), weight(b));
  EXPECT_LT(weight(b), weight(c));
  EXPECT_EQ(ask("update_model", R"({"id":)" + std::to_string(a) + R"(,"category":"accuracy","value":100})").status,
            200);
  EXPECT_GT(weight(a), weight(c));
}

TEST_F(logosdb_test, feedback_moves_a_model_past_others_as_upstream_does) {
  std::vector<std::int64_t> ids;
  const auto add = [&](const std::string& name, std::size_t above) {
    const auto worse = above == 0 ? "null" : std::to_string(ids[above - 1]);
    ids.push_back(ask("add_full_model", R"({"name":")" + name + R"(","weight_privacy":"LOCAL","worse_accuracy":)" +
                                            worse +
                                            R"(,"worse_quality":null,"worse_latency":null,"worse_cost":null,)"
                                            R"("tags":"","parallel":1,"description":""})")
                      .number("model_id"));
  };
  const auto weights = [&] {
    std::vector<std::int64_t> out;
    for (const auto id : ids)
      if (const auto m = store().find<storage::model>(id)) out.push_back(m->weight_accuracy);
    return out;
  };
  const auto move = [&](std::size_t which, const std::string& by) {
    const auto done = ask("update_model", R"({"id":)" + std::to_string(ids[which - 1]) +
                                              R"(,"category":"accuracy","value":)" + by + "}");
    EXPECT_EQ(done.status, 200) << done.body;
  };
  using list = std::vector<std::int64_t>;
  add("one", 0);
  add("two", 1);
  add("three", 1);
  add("four", 0);
  add("five", 2);
  EXPECT_EQ(weights(), (list{-8, 8, 0, -16, 16}));
  move(1, "6");
  EXPECT_EQ(weights(), (list{-2, 8, 0, -16, 16}));
  move(5, "-20");
  EXPECT_EQ(weights(), (list{0, 10, 2, -22, -10}));
  EXPECT_EQ(ask("delete_model", R"({"id":)" + std::to_string(ids[2]) + "}").status, 200);
  EXPECT_EQ(weights(), (list{5, 7, -17, -5}));
  EXPECT_EQ(
      ask("update_model", R"({"id":)" + std::to_string(ids[0]) + R"(,"category":"accuracy","value":9999999})").status,
      400);
}

TEST_F(logosdb_test, statistics_have_upstreams_shape) {
  const auto stats = ask("request_event_stats");
  EXPECT_EQ(stats.status, 200) << stats.body;
  EXPECT_EQ(stats.json()["stats"]["totals"]["requests"].get_int64().value(), 0);
  EXPECT_TRUE(stats.json()["stats"]["queueDepth"].is_null());
  EXPECT_EQ(ask("request_event_stats", R"({"start_date":"2026-02-01","end_date":"2026-01-01"})").status, 400);
  EXPECT_EQ(ask("latest_requests").body, R"({"requests":[]})");
  EXPECT_EQ(ask("get_ollama_vram_stats", R"({"day":"2026-01-01"})").status, 404);
  EXPECT_EQ(ask("get_ollama_vram_stats", R"({"day":"soon"})").status, 400);
  EXPECT_EQ(ask("generalstats").number("requests"), 0);
  EXPECT_EQ(call("GET", "/logosdb/scheduler_state").number("queue_total"), 0);
}

TEST_F(logosdb_test, the_forwarded_host_is_told) {
  EXPECT_EQ(call("GET", "/forward_host", {}, 0).body, R"({"host":null})");
  EXPECT_EQ(call("GET", "/forward_host", {}, 0, {{"x-forwarded-host", "llm.example.org"}}).text("host"),
            "llm.example.org");
}

TEST_F(logosdb_test, an_export_is_taken_in_again_and_makes_nothing) {
  make_gemma();
  const auto whole = call("GET", "/admin/v1/export");
  EXPECT_EQ(whole.status, 200);
  EXPECT_FALSE(whole.says("secret_key_verifier"));
  EXPECT_FALSE(whole.says("logos_key"));
  EXPECT_FALSE(call("GET", "/admin/v1/events?action=export").says(R"("resource":"catalog")"));
  EXPECT_TRUE(call("GET", "/admin/v1/export?secrets=true").says("logos_key"));
  EXPECT_TRUE(call("GET", "/admin/v1/events?action=export").says(R"("resource":"catalog")"));
  const auto again = call("POST", "/admin/v1/import", whole.body);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_FALSE(again.says(R"("made":1)")) << again.body;
}

TEST_F(logosdb_test, every_change_is_on_the_audit_log_with_its_author) {
  const auto count = [&] { return store().list_events({}, 0, 1000)->size(); };
  const auto before = count();
  add_gpu();
  ask("add_service", R"({"name":"app"})");
  ask("import", R"({"json_data":{"users":[{"id":40,"username":"old"}]}})");
  const auto events = store().list_events({}, 0, 1000);
  ASSERT_EQ(events->size(), before + 5) << "provider; service, process, profile; user";
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ((*events)[i].by.process_id, 1) << (*events)[i].resource;
  EXPECT_EQ((*events)[0].name, "old");
  ask("import", R"({"dry_run":true,"json_data":{"users":[{"id":41,"username":"older"}]}})");
  ask("add_full_model", R"({"name":"app","weight_privacy":"LOCAL","worse_accuracy":99,"worse_quality":null,)"
                        R"("worse_latency":null,"worse_cost":null,"tags":"","parallel":1,"description":""})");
  EXPECT_EQ(count(), before + 5) << "what was taken back leaves no event";
  EXPECT_EQ(std::string{events->at(4).after}.find("sk-kept"), std::string::npos);
}

TEST_F(logosdb_test, what_is_imported_is_in_force_when_it_is_answered) {
  const std::string body = R"({"json_data":{"process":[{"id":40,"logos_key":"lg-old-key","name":"old"}]}})";
  const auto dry = ask("import", R"({"dry_run":true,)" + body.substr(1));
  EXPECT_EQ(dry.status, 200) << dry.body;
  EXPECT_EQ(holder("lg-old-key"), 0);
  const auto done = ask("import", body);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(holder("lg-old-key"), 40);
  const auto bad = ask("import", R"({"json_data":{"process":[{"id":"x","logos_key":"k","name":"old"}]}})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_TRUE(bad.says("table process, row 1, field id")) << bad.body;
}

} // namespace
} // namespace logos::tests
