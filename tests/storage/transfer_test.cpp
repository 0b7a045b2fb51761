// SPDX-License-Identifier: MIT
#include "tests/storage/transfer_fixture.hpp"

#include <map>

namespace logos::test {
namespace {

LOGOS_ON_BOTH(import_suite);

const std::string upstream = R"([{"result":{
 "users":[{"id":1,"username":"root","prename":"root","name":"root"},{"id":2,"username":"ann","prename":"A","name":"Ann"}],
 "services":[{"id":1,"name":"tutor"}],
 "process":[{"id":1,"logos_key":"lg-root-k","name":"root","user_id":1,"service_id":null,"log":"BILLING","settings":null},
            {"id":7,"logos_key":"lg-tutor-k","name":"tutor","user_id":null,"service_id":1,"log":"FULL","settings":{"rate_limit_rpm":5}}],
 "profiles":[{"id":3,"name":"main","process_id":7},{"id":4,"name":"lost","process_id":null}],
 "providers":[{"id":2,"name":"azure","base_url":"https://x.openai.azure.com/openai/deployments/","provider_type":"azure",
   "auth_name":"api-key","auth_format":"{}","api_key":"sk-azure","parallel_capacity":1}],
 "models":[{"id":9,"name":"gpt","weight_privacy":"CLOUD_IN_EU_BY_US_PROVIDER","weight_cost":3,"tags":null,"parallel":1}],
 "model_provider":[{"id":1,"provider_id":2,"model_id":9}],
 "model_api_keys":[{"id":1,"model_id":9,"provider_id":2,"api_key":"sk-own","endpoint":"gpt-4o/chat/completions?api-version=1"}],
 "profile_model_permissions":[{"id":1,"profile_id":3,"model_id":9},{"id":2,"profile_id":3,"model_id":9}],
 "policies":[{"id":5,"entity_id":7,"name":"p","threshold_privacy":"LOCAL","priority":0}],
 "token_types":[{"id":1,"name":"prompt_tokens"},{"id":2,"name":"completion_tokens"},{"id":3,"name":"strange"}],
 "token_prices":[{"id":1,"type_id":1,"valid_from":"2025-01-01T00:00:00+00:00","price_per_k_token":0.00001}],
 "log_entry":[{"id":1,"timestamp_request":"2025-06-01T14:00:00.5+02:00","timestamp_response":"2025-06-01T12:00:02",
   "privacy_level":"FULL","process_id":7,"provider_id":2,"model_id":9,"request_id":"not-a-uuid","client_ip":"10.0.0.1",
   "headers":{"Authorization":"Bearer lg-tutor-k","x":"y"},"input_payload":{"a":1}}],
 "usage_tokens":[{"id":1,"type_id":1,"log_entry_id":1,"token_count":11},{"id":2,"type_id":3,"log_entry_id":1,"token_count":4}],
 "jobs":[{"id":1,"status":"success","process_id":7,"profile_id":3,"request_payload":{"path":"chat/completions",
   "headers":{"logos_key":"lg-tutor-k"}},"result_payload":{"status_code":429,"data":{"ok":1}},
   "created_at":"2025-06-01T12:00:00Z","updated_at":"2025-06-01T12:01:00Z"},
  {"id":2,"status":"pending","process_id":7,"profile_id":3,"request_payload":{},"created_at":"2025-06-01T12:00:00Z"}]
}},200])";

TEST_P(import_suite, an_upstream_export_is_taken_over_whole) {
  bring(upstream);
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.processes.size(), 2U);
  const auto& tutor = all.processes[1];
  EXPECT_EQ(tutor.id, 7) << "a free id is kept";
  EXPECT_EQ(tutor.hash, secret().hash("lg-tutor-k"));
  EXPECT_EQ(tutor.log, core::log_level::full);
  ASSERT_EQ(all.providers.size(), 1U);
  EXPECT_EQ(all.providers[0].api_key, "sk-azure");
  EXPECT_EQ(all.providers[0].privacy, core::privacy_level::cloud_in_eu_by_us_provider);
  ASSERT_EQ(all.deployments.size(), 1U);
  EXPECT_EQ(all.deployments[0].upstream_name, "gpt-4o");
  EXPECT_EQ(all.deployments[0].api_key, "sk-own");
  EXPECT_EQ(all.permissions.size(), 1U);
  EXPECT_EQ(all.prices.at(0).per_k_tokens, 10'000);
  const auto row = take(store_->list_requests({}, {}, 10)).rows.at(0);
  EXPECT_EQ(row.usage.prompt_tokens, 11);
  EXPECT_EQ(core::to_iso8601(row.timestamp_request), "2025-06-01T12:00:00.500000Z");
  EXPECT_EQ(row.owner.service_id, tutor.service_id) << "whose the key is";
  EXPECT_NE(row.owner.service_id, 0);
  const std::vector by{storage::usage_group::service};
  EXPECT_EQ(take(store_->usage(by, {}, core::system_clock().wall())).at(0).keys.at(0),
            std::to_string(tutor.service_id));
  const auto whole = take(store_->find_request(row.request_id_text));
  EXPECT_EQ(whole.headers.find("lg-tutor-k"), std::string::npos) << whole.headers;
  simdjson::dom::parser parser;
  EXPECT_EQ(std::string_view{parser.parse(whole.metadata)["imported_request_id"]}, "not-a-uuid");
  EXPECT_EQ(query("select status, process_id, path, http_status, request_payload from jobs"),
            "failed|7|/v1/chat/completions|429|");
  EXPECT_EQ(take(store_->jobs().find(1, 7)).result, R"({"ok":1})");
  EXPECT_EQ(query("select count(*) from jobs where result_payload like '%\"ok\"%'"), "0") << "sealed";
  EXPECT_EQ(query("select count(*) from providers where api_key like '%sk-azure%'"), "0") << "sealed";
}

TEST_P(import_suite, what_was_read_of_a_prompt_comes_along_at_log_level_full_only) {
  const std::string whole = upstream, told = R"("classification_statistics":{"candidates":[],"features":{"code":1}},)";
  auto full = whole, billing = whole;
  const std::string level = R"("privacy_level":"FULL",)";
  const auto at = whole.find(level);
  ASSERT_NE(at, whole.npos);
  billing.replace(at, level.size(), told + R"("privacy_level":"BILLING",)");
  bring(billing);
  const auto statistics = [&] { return query("select classification_statistics from log_entry"); };
  EXPECT_NE(statistics().find("candidates"), std::string::npos);
  EXPECT_EQ(statistics().find("features"), std::string::npos) << statistics();
  query("delete from log_entry");
  full.insert(at, told);
  bring(full);
  EXPECT_NE(statistics().find("features"), std::string::npos) << statistics();
}

TEST_P(import_suite, the_books_are_counted_for_charts) {
  bring(upstream);
  const core::wall_time day{std::chrono::sys_days{std::chrono::year{2025} / 6 / 1}};
  const auto groups = take(store_->count_events(day, day + std::chrono::days{1}, std::chrono::minutes{5}));
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].bucket_s,
            std::chrono::duration_cast<std::chrono::seconds>(day.time_since_epoch()).count() + 43200);
  EXPECT_EQ(groups[0].requests, 1);
  EXPECT_EQ(groups[0].model, "gpt");
  EXPECT_FALSE(groups[0].local);
  EXPECT_EQ(groups[0].result, "success");
  EXPECT_TRUE(take(store_->count_events(day - std::chrono::days{1}, day, std::chrono::minutes{5})).empty());
}

TEST_P(import_suite, the_same_file_again_makes_nothing) {
  EXPECT_GT(made(bring(upstream)), 0U);
  const auto before = exported(true);
  EXPECT_EQ(made(bring(upstream)), 0U);
  EXPECT_EQ(exported(true), before);
  EXPECT_EQ(query("select (select count(*) from log_entry), (select count(*) from jobs)"), "1|1");
}

TEST_P(import_suite, a_dry_run_says_the_same_and_changes_nothing) {
  const auto before = exported(true);
  const auto dry = bring(upstream, true);
  EXPECT_EQ(exported(true), before);
  EXPECT_EQ(query("select count(*) from log_entry"), "0");
  EXPECT_EQ(made(dry), made(bring(upstream)));
}

TEST_P(import_suite, the_audit_log_tells_of_all_that_is_made_and_of_no_secret) {
  store_->act_as({3, "boss", {}});
  bring(upstream, true);
  EXPECT_EQ(query("select count(*) from audit_log"), "0") << "a dry run";
  const auto done = bring(upstream);
  std::map<std::string, std::size_t> told;
  for (const auto& each : take(store_->list_events({}, 0, 1000))) {
    EXPECT_EQ(each.by.name, "boss");
    ++told[each.action + " " + each.resource];
  }
  EXPECT_EQ(told, (std::map<std::string, std::size_t>{{"create user", 2},
                                                      {"create service", 1},
                                                      {"create process", 2},
                                                      {"create profile", 1},
                                                      {"create provider", 1},
                                                      {"create model", 1},
                                                      {"create deployment", 1},
                                                      {"create permission", 1},
                                                      {"create policy", 1},
                                                      {"create token_type", 1},
                                                      {"create price", 1},
                                                      {"import request", 1},
                                                      {"import job", 1}}));
  const auto everything = query("select * from audit_log");
  for (const auto& hidden : {std::string{"sk-"}, std::string{"lg-tutor-k"}, core::to_hex(secret().hash("lg-tutor-k"))})
    EXPECT_EQ(everything.find(hidden), std::string::npos) << hidden;
  bring(upstream);
  EXPECT_EQ(query("select count(*) from audit_log"), "15") << "nothing was made";
  EXPECT_EQ(take(store_->check_events({}, 1000)).wrong, 0);
}

TEST_P(import_suite, a_file_that_fails_leaves_no_event) {
  EXPECT_NE(
      trouble(R"({"services":[{"id":1,"name":"a"}],"models":[{"id":1,"name":"m"},{"id":2,"name":"m","aliases":"x"}],)"
              R"("profiles":[{"id":1,"name":"p","process_id":9}]})"),
      "");
  EXPECT_EQ(query("select count(*) from audit_log"), "0");
}

TEST_P(import_suite, ids_that_are_taken_are_mapped) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  bring(R"({"process":[{"id":1,"logos_key":"k","name":"other"}],"profiles":[{"id":1,"name":"p","process_id":1}]})");
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.processes.size(), 2U);
  EXPECT_EQ(all.profiles.back().process_id, all.processes.back().id);
  EXPECT_EQ(all.profiles.back().name, "p");
  storage::service next;
  next.name = "after";
  EXPECT_TRUE(store_->create(next)) << "the sequence of ids goes on";
}

TEST_P(import_suite, a_fault_names_its_place_and_nothing_is_made) {
  EXPECT_EQ(trouble(R"({"users":[{"id":1,"username":"a"}],"models":[{"id":1,"name":""}]})"),
            "table models, row 1, field name: is missing or empty.");
  EXPECT_EQ(trouble(R"({"users":[{"id":1,"username":"a"}],"profiles":[{"id":1,"name":"p","process_id":9}]})"),
            "table profiles, row 1, field process_id: the file has no process 9.");
  EXPECT_TRUE(trouble(R"({"providers":[{"id":1,"name":"p","base_url":"nonsense"}]})")
                  .starts_with("table providers, row 1, field base_url: "));
  EXPECT_TRUE(take(store_->load_catalog()).users.empty());
}

TEST_P(import_suite, our_own_export_with_secrets_comes_back_equal) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  bring(upstream);
  storage::limit l;
  l.scope_id = 7;
  l.value = 60;
  take(store_->create(l));
  storage::user ruth;
  ruth.username = "ruth";
  ruth.role = core::role::admin;
  take(store_->create(ruth));
  auto tutor = take(store_->find<storage::process>(7));
  tutor.previous_hash = secret().hash("lg-tutor-before");
  tutor.previous_until = core::wall_time{std::chrono::sys_days{std::chrono::year{2999} / 1 / 1}};
  tutor.allowed_models = {9};
  tutor.allowed_endpoints = {"/v1/*"};
  tutor.allowed_addresses = {"10.0.0.0/8"};
  take(store_->update(tutor, 0));
  storage::budget b;
  b.scope_id = 7;
  b.amount = 5;
  b.currency = "EUR";
  b.alert_at_percent = "[50,90]";
  b.alert_url = "https://hooks.example.org/x";
  b.alert_secret = "whsec-of-the-alerts";
  take(store_->create(b));
  const auto before = exported(true);
  const auto bare = exported(false);
  for (const auto* text : {"sk-azure", "whsec-of-the-alerts", "hooks.example.org"})
    EXPECT_EQ(bare.find(text), std::string::npos) << text;
  for (const auto* key : {"lg-tutor-k", "lg-tutor-before"}) {
    EXPECT_EQ(bare.find(core::to_hex(secret().hash(key))), std::string::npos) << key;
    EXPECT_NE(before.find(core::to_hex(secret().hash(key))), std::string::npos) << key;
  }
  store_fixture_copy other{GetParam()};
  take(other.store().migrate());
  auto c = read(before);
  take(transfer::unload(other.store(), c, {}));
  EXPECT_EQ(transfer::write_own(take(other.store().load_catalog()), true, secret()), before);
  auto again = read(before);
  EXPECT_EQ(made(take(transfer::unload(other.store(), again, {}))), 0U);
}

TEST_P(import_suite, a_key_that_was_rotated_since_is_not_taken_in_again) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  bring(upstream);
  auto tutor = take(store_->find<storage::process>(7));
  const auto leaked = tutor.hash;
  tutor.previous_hash = leaked;
  tutor.previous_until = core::wall_time{std::chrono::sys_days{std::chrono::year{2025} / 1 / 1}};
  tutor.hash = secret().hash("lg-tutor-anew");
  take(store_->update(tutor, 0));
  const auto done = bring(upstream);
  EXPECT_EQ(made(done), 0U);
  EXPECT_TRUE(
      told(done.notes, R"(table process, row 2: the key of the process "tutor" was rotated here since (id 7))"));
  for (const auto& p : take(store_->load_catalog()).processes)
    EXPECT_NE(p.hash, leaked);
}

TEST_P(import_suite, what_is_left_out_of_the_past_is_told) {
  auto c = read(upstream);
  const auto report = take(transfer::unload(*store_, c, {}));
  EXPECT_FALSE(told(report.notes, "table usage_tokens: ")) << "every type is counted here";
  EXPECT_TRUE(told(report.notes, "table jobs: the gateway keeps ended jobs for as long as jobs.keep says"));
}

TEST_P(import_suite, an_address_that_an_export_left_out_is_told_and_may_be_missing) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  bring(upstream);
  storage::budget b;
  b.scope_id = 7;
  b.amount = 5;
  b.currency = "EUR";
  b.alert_url = "https://hooks.example.org/x";
  take(store_->create(b));
  b.period = core::budget_period::day;
  b.alert_url.clear();
  take(store_->create(b));
  store_fixture_copy other{GetParam()};
  take(other.store().migrate());
  take(other.store().first_start(secret().hash("root"), "lg-root"));
  auto c = read(exported(false));
  const auto report = take(transfer::unload(other.store(), c, {}));
  const auto told = std::count_if(report.notes.begin(), report.notes.end(), [](const std::string& note) {
    return note.starts_with("table budgets, row 1: the budget's alert_url is a secret");
  });
  EXPECT_EQ(told, 1);
  const auto budgets = take(other.store().load_catalog()).budgets;
  ASSERT_EQ(budgets.size(), 2U);
  EXPECT_EQ(budgets[0].alert_url, "");
}

TEST_P(import_suite, a_scope_follows_its_models_and_never_grows) {
  storage::model here;
  here.name = "here";
  here = take(store_->create(here)); // takes the id 1
  bring(R"({"format":"logos-export","version":1,"models":[{"id":1,"name":"gpt"}],"process":[
    {"id":8,"name":"a","logos_key":")" +
        core::to_hex(secret().hash("a")) + R"(","allowed_models":[1]},
    {"id":9,"name":"b","logos_key":")" +
        core::to_hex(secret().hash("b")) + R"(","allowed_models":[55]}]})");
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.models.size(), 2U);
  EXPECT_EQ(all.processes.at(0).allowed_models, std::vector{all.models[1].id});
  EXPECT_EQ(all.processes.at(1).allowed_models, (std::vector<std::int64_t>{-55})) << "no model, and never one";
}

TEST_P(import_suite, a_profiles_providers_follow_theirs_and_never_become_all) {
  storage::provider here;
  here.name = "here";
  here.base_url = "http://127.0.0.1:1";
  take(store_->create(here)); // takes the id 1
  bring(R"({"format":"logos-export","version":1,"providers":[{"id":1,"name":"gpu","base_url":"http://127.0.0.1:2"}],
    "process":[{"id":8,"name":"a","logos_key":")" +
        core::to_hex(secret().hash("a")) + R"("}],"profiles":[
    {"id":3,"name":"one","process_id":8,"allowed_providers":[1]},
    {"id":4,"name":"none","process_id":8,"allowed_providers":[55]},
    {"id":5,"name":"all","process_id":8}]})");
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.providers.size(), 2U);
  ASSERT_EQ(all.profiles.size(), 3U);
  EXPECT_EQ(all.profiles[0].allowed_providers, std::vector{all.providers[1].id});
  EXPECT_EQ(all.profiles[1].allowed_providers, (std::vector<std::int64_t>{-55})) << "no provider, and never one";
  EXPECT_TRUE(all.profiles[2].allowed_providers.empty());
  const auto before = exported(false);
  EXPECT_NE(before.find(R"("allowed_providers":[)" + std::to_string(all.providers[1].id) + "]"), std::string::npos);
}

TEST_P(import_suite, only_upstreams_root_becomes_root) {
  bring(R"({"users":[{"id":1,"username":"root","name":"Bob"},{"id":2,"username":"boss","name":"root"}]})");
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.users.size(), 2U);
  EXPECT_EQ(all.users[0].username, "root-1");
  EXPECT_EQ(storage::role_of(all.users[0]), core::role::user);
  EXPECT_EQ(storage::role_of(all.users[1]), core::role::root);
}

TEST_P(import_suite, without_secrets_it_needs_a_root_key_and_comes_back_equal) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  bring(upstream);
  const auto before = exported(false);
  store_fixture_copy other{GetParam()};
  take(other.store().migrate());
  auto c = read(before);
  {
    store_fixture_copy rootless{GetParam()};
    take(rootless.store().migrate());
    EXPECT_FALSE(transfer::unload(rootless.store(), c, {})) << "nobody could administer it";
  }
  take(other.store().first_start(secret().hash("another root"), "lg-root"));
  auto d = read(before);
  take(transfer::unload(other.store(), d, {}));
  EXPECT_EQ(transfer::write_own(take(other.store().load_catalog()), false, secret()), before);
}

struct wrong_value {
  std::string_view table, field, row; // the field as the refusal names it
};

TEST_P(import_suite, an_own_export_is_refused_what_the_api_refuses) {
  const std::vector<wrong_value> all{{
      {"process", "settings.rate_limit_rpm", R"("settings":{"rate_limit_rpm":-1})"},
      {"process", "settings.rate_limit_rpm", R"("settings":{"rate_limit_rpm":1.5})"},
      {"process", "settings.rpm_limit", R"("settings":{"rpm_limit":1})"},
      {"process", "weight", R"("weight":1000000000000)"},
      {"process", "weight", R"("weight":0)"},
      {"process", "priority", R"("priority":11)"},
      {"process", "allowed_addresses", R"("allowed_addresses":["nonsense"])"},
      {"process", "allowed_endpoints", R"("allowed_endpoints":["nonsense"])"},
      {"models", "name", R"("name":"logos-v1")"},
      {"models", "parallel", R"("parallel":-1)"},
      {"providers", "auth.format", R"("auth_format":"Bearer sk-secret")"},
      {"providers", "base_url", R"("base_url":"nowhere")"},
      {"providers", "api_key", R"("api_key":"env:HOME")"},
      {"policies", "threshold_cost", R"("threshold_cost":1025)"},
      {"token_types", "counted_from", R"("counted_from":"usage.prompt_tokens")"},
      {"prices", "currency", R"("currency":"eu\nr")"},
      {"rates", "rate", R"("nano_rate":0)"},
      {"limits", "value", R"("value":-1)"},
      {"budgets", "currency", R"("currency":"eu\nr")"},
      {"budgets", "alert_at_percent", R"("alert_at_percent":[0,-5,1000000000])"},
      {"budgets", "alert_secret", R"("alert_secret":"short")"},
      {"credits", "amount", R"("amount_nano":0)"},
      {"credits", "reason", R"("reason":" ")"},
      {"credits", "reverses", R"("reverses":9)"},
      {"budgets", "alert_url", R"("alert_url":"https://10.0.0.7/hook")"},
      {"budgets", "alert_url", R"("alert_url":"http://alerts.example.org/hook")"},
      {"budgets", "alert_url", R"("alert_url":"https://user:pw@alerts.example.org/hook")"},
  }};
  for (const auto& each : all) {
    const auto why = trouble(one_row(each.table, each.row));
    const auto place = "table " + std::string{each.table} + ", row 1, field " + std::string{each.field} + ": ";
    EXPECT_TRUE(why.starts_with(place)) << each.table << " " << each.row << " → " << why;
    EXPECT_EQ(why.find("sk-secret"), why.npos);
  }
  EXPECT_EQ(trouble(one_row({}, {})), "") << "without them it is taken";
}

TEST_P(import_suite, an_alert_url_is_taken_where_the_operator_allows_it_and_asked_of_none_that_is_there) {
  auto c = read(one_row("budgets", R"("alert_url":"http://10.0.0.7/hook")"));
  transfer::options how;
  how.trusted = alerting::trusted_places{{"10.0.0.0/8"}};
  EXPECT_EQ(made(take(transfer::unload(*store_, c, how))), 13U);
  EXPECT_EQ(take(store_->load_catalog()).budgets.front().alert_url, "http://10.0.0.7/hook");
  EXPECT_EQ(trouble(one_row("budgets", R"("alert_url":"http://10.0.0.7/hook")")), "") << "it is left as it is";
}

TEST_P(import_suite, a_refused_row_leaves_nothing_of_its_file) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  const auto before = exported(false);
  EXPECT_NE(trouble(one_row("budgets", R"("currency":"eu\nr")")), "");
  EXPECT_EQ(exported(false), before);
}

TEST_P(import_suite, a_limit_in_upstreams_settings_that_would_limit_nothing_is_refused) {
  const auto with = [](const std::string& settings) {
    return R"({"process":[{"id":7,"logos_key":"lg-tutor-k","name":"tutor","settings":)" + settings + "}]}";
  };
  for (const std::string wrong : {R"({"rate_limit_rpm":-1})", R"({"rpm_limit":1})"})
    EXPECT_TRUE(trouble(with(wrong)).starts_with("table process, row 1, field settings.")) << trouble(with(wrong));
  EXPECT_EQ(trouble(with(R"({"rate_limit_rpm":"60","note":"x"})")), "");
}

TEST_P(import_suite, hashes_of_another_secret_key_are_refused) {
  const auto text = exported(true);
  simdjson::dom::parser parser;
  simdjson::dom::element document = parser.parse(text);
  const auto read =
      transfer::read_document(document, core::secret_key{"quite another secret key"}, take(store_->load_catalog()), {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, core::ec::conflict);
}

} // namespace
} // namespace logos::test
