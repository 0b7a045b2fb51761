// SPDX-License-Identifier: MIT
#include "actors/catalog/usual_parallel.hpp"
#include "config/settle.hpp"
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

class resources_test : public administration_fixture {};

TEST_F(resources_test, a_provider_brings_its_models_and_what_follows_from_its_address) {
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

TEST_F(resources_test, how_much_is_sent_is_left_to_a_server_that_says_so_where_nobody_does) {
  int port = 9000;
  for (const auto* type : {"ollama", "vllm", "custom", "openwebui"}) {
    const auto made = make("providers", R"({"name":")" + std::string{type} + R"(","type":")" + type +
                                            R"(","base_url":"http://10.0.0.1:)" + std::to_string(++port) + "\"}");
    EXPECT_EQ(made.number("parallel"), 0) << type;
    const auto known = *core::parse_provider_type(type);
    EXPECT_EQ(catalog::usual_parallel(known), config::default_parallel(known)) << "until it has said so, as ever";
  }
  const auto said = make("providers", R"({"name":"said","type":"ollama","base_url":"http://10.0.0.2:1","parallel":4})");
  EXPECT_EQ(said.number("parallel"), 4);
}

TEST_F(resources_test, a_model_under_a_provider_takes_what_it_takes_in_a_file) {
  make("providers",
       R"({"name":"gpu","base_url":"http://127.0.0.1:11434","parallel":4,"models":[)"
       R"({"name":"a","upstream":"a:27b","aliases":["alpha"],"tags":"chat","description":"d","accuracy":1,)"
       R"("quality":2,"latency":3,"cost":4,"parallel":3,"residence":"pinned",)"
       R"("reserve_tokens":10,"context_tokens":100,"capabilities":["chat"],"endpoint":"/v1/x"}]})");
  ASSERT_EQ(snapshot_->deployments.size(), 1U);
  const auto& d = snapshot_->deployments[0];
  EXPECT_EQ(d.residence, core::residence::pinned);
  EXPECT_EQ(call("GET", "/admin/v1/deployments/" + std::to_string(d.id)).number("parallel"), 3) << "there alone";
  EXPECT_EQ(call("GET", "/admin/v1/models/" + std::to_string(d.model->id)).number("parallel"), 0);
  const auto offer = [&](const std::string& more) {
    return call("POST", "/admin/v1/providers",
                R"({"name":"x","base_url":"http://h","models":[{"name":"b",)" + more + "}]}");
  };
  for (const auto* wrong : {R"("residence":"warm")", R"("residnece":"pinned")"})
    EXPECT_EQ(offer(wrong).status, 400) << wrong;
  const auto former = offer(R"("weight":5)");
  EXPECT_EQ(former.status, 400);
  EXPECT_TRUE(former.says("accuracy, quality, latency and cost")) << former.body;
}

TEST_F(resources_test, a_deployment_says_what_may_become_of_it_in_memory) {
  make(
      "providers",
      R"({"name":"gpu","base_url":"http://127.0.0.1:11434","total_vram_mb":1000,"max_loaded_models":2,"models":["a"]})");
  const auto& gpu = snapshot_->providers.at(0);
  ASSERT_EQ(gpu.tenants.size(), 1U);
  EXPECT_EQ(gpu.tenants[0].model, "a");
  EXPECT_EQ(gpu.tenants[0].residence, core::residence::automatic);
  EXPECT_EQ(gpu.max_loaded_models, 2U);
  const auto path = "/admin/v1/deployments/" + std::to_string(gpu.tenants[0].deployment_id);
  EXPECT_EQ(call("GET", path).text("residence"), "automatic");
  EXPECT_EQ(call("PATCH", path, R"({"residence":"pinned"})").text("residence"), "pinned");
  EXPECT_EQ(snapshot_->providers.at(0).tenants.at(0).residence, core::residence::pinned);
  EXPECT_EQ(snapshot_->deployments.at(0).residence, core::residence::pinned);
  EXPECT_TRUE(call("PATCH", path, R"({"residence":"warm"})").says("automatic, pinned, drained"));
  make("providers", R"({"name":"cloud","type":"openai","base_url":"https://api.example.org/v1","models":["b"]})");
  EXPECT_TRUE(snapshot_->providers.at(1).tenants.empty()) << "it does not load on demand";
}

TEST_F(resources_test, models_and_deployments_can_be_made_by_name) {
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

TEST_F(resources_test, a_change_needs_the_version_that_if_match_names) {
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

TEST_F(resources_test, a_change_that_changes_nothing_leaves_the_version_and_the_audit_log) {
  const auto made = make("processes", R"({"name":"app","settings":{"rate_limit_rpm":5}})");
  const auto id = std::to_string(made.number("id"));
  const auto at = "/admin/v1/processes/" + id;
  const auto events = [&] {
    return call("GET", "/admin/v1/events?resource=process&id=" + id).json()["data"].get_array().size();
  };
  const auto known = events();
  for (const auto* same : {"{}", R"({"name":"app"})", R"({"settings":{"rate_limit_rpm":5}})"}) {
    const auto answer = call("PATCH", at, same);
    EXPECT_EQ(answer.status, 200) << same;
    EXPECT_EQ(answer.number("version"), made.number("version")) << same;
    EXPECT_EQ(answer.text("updated_at"), made.text("updated_at")) << same;
  }
  EXPECT_EQ(events(), known);
  EXPECT_GT(call("PATCH", at, R"({"name":"other"})").number("version"), made.number("version"));
  EXPECT_EQ(events(), known + 1);
}

TEST_F(resources_test, lists_go_page_by_page_and_are_filtered) {
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

TEST_F(resources_test, what_is_malformed_is_refused_with_words) {
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
           bad{"POST", "/admin/v1/processes", R"({"name":"x","expires_at":"1969-12-31T23:59:59Z"})", 400,
               "in the past"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","key_prefix":"lg"})", 400, "cannot be set"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","user_id":9999})", 400, "user"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"ftp://x"})", 400, "base_url"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","api_key":"env:X"})", 400, "env:"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","auth":{"heder":"X"}})", 400,
               "auth.heder"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","models":[5]})", 400, "models"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","parallel":-1})", 400,
               "from 0 to 1000000"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","parallel":4294967297})", 400,
               "1000000"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","max_in_flight":1000001})", 400,
               "1000000"},
           bad{"POST", "/admin/v1/deployments", R"({"model_id":1,"provider_id":1,"parallel":1000001})", 400, "1000000"},
           bad{"POST", "/admin/v1/models", R"({"name":"x","parallel":1000001})", 400, "1000000"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","auth":{"header":"X Key"}})", 400,
               "auth.header"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","auth":{"format":"{}\r\nx: y"}})",
               400, "auth.format"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","api_key":"a\r\nx: y"})", 400,
               "'api_key'"},
           bad{"POST", "/admin/v1/deployments", R"({"model_id":1,"provider_id":1,"api_key":"a\nb"})", 400, "'api_key'"},
           bad{"POST", "/admin/v1/models", R"({"name":"*"})", 400, "'name'"},
           bad{"POST", "/admin/v1/models", R"({"name":"logos-v1"})", 400, "logos-v"},
           bad{"POST", "/admin/v1/models", R"({"name":"x","aliases":["y","logos-v2"]})", 400, "'aliases'"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","models":["*"]})", 400, "'models'"},
           bad{"POST", "/admin/v1/providers", R"({"name":"x","base_url":"http://h","models":[{"name":"*"}]})", 400,
               "'name'"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","name":"y"})", 400, "twice"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","n\u0061me":"y"})", 400, "twice"},
           bad{"POST", "/admin/v1/processes", R"({"name":"x","settings":{"a":[{"b":1,"b":2}]}})", 400, "twice"},
           bad{"POST", "/admin/v1/models", R"({"name":"x","accuracy":99999999999999999999})", 400,
               "'accuracy' is too large a number: 99999999999999999999."},
           bad{"POST", "/admin/v1/models", R"({"name":"x","accuracy":1000000000001})", 400,
               "'accuracy' must be an integer from -1000000000000 to 1000000000000"},
           bad{"POST", "/admin/v1/models", R"({"name":"x","accuracy":1.5})", 400, "'accuracy' must be an integer, not"},
           bad{"POST", "/admin/v1/limits",
               R"({"scope":"process","scope_id":1,"kind":"requests_per_minute","value":9999999999999})", 400,
               "'value' must be a whole number from 0 to 1000000000000"},
           bad{"GET", "/admin/v1/limits?value=9999999999999", "", 400,
               "'value' must be a whole number from 0 to 1000000000000"},
           bad{"POST", "/admin/v1/budgets", R"({"amount":"9223372036.854775808"})", 400,
               "'amount' must be an amount of at most 9223372036.854775807"},
           bad{"POST", "/admin/v1/budgets", R"({"amount":99999999999})", 400, "at most 9223372036.854775807"},
           bad{"POST", "/admin/v1/budgets", R"({"amount":1e300})", 400, "at most 9223372036.854775807"},
           bad{"POST", "/admin/v1/budgets", R"({"amount":1e400})", 400, "'amount' is too large a number"},
           bad{"POST", "/admin/v1/budgets", R"({"amount":-1})", 400, "0 or more"},
           bad{"POST", "/admin/v1/prices", R"({"price_per_k_token":"0.0000000001"})", 400,
               "'price_per_k_token' must be an amount with at most nine decimals"},
           bad{"POST", "/admin/v1/prices", R"({"price_per_k_token":1e-10})", 400, "so round it"},
           bad{"POST", "/admin/v1/rates", R"({"rate":99999999999999999999})", 400, "'rate' is too large a number"},
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

TEST_F(resources_test, a_name_or_alias_belongs_to_one_model) {
  make("models", R"({"name":"a","aliases":["b"]})");
  EXPECT_EQ(call("POST", "/admin/v1/models", R"({"name":"b"})").status, 409);
  EXPECT_EQ(call("POST", "/admin/v1/models", R"({"name":"c","aliases":["a"]})").status, 409);
  const auto c = make("models", R"({"name":"c"})");
  const auto at = "/admin/v1/models/" + std::to_string(c.number("id"));
  const auto refused = call("PATCH", at, R"({"aliases":["b"]})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.text("param"), "aliases");
  EXPECT_EQ(call("PATCH", at, R"({"aliases":["d"]})").status, 200);
}

TEST_F(resources_test, names_are_taken_once) {
  make("services", R"({"name":"one"})");
  EXPECT_EQ(call("POST", "/admin/v1/services", R"({"name":"one"})").status, 409);
}

TEST_F(resources_test, what_a_file_declares_is_changed_in_the_file) {
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

TEST_F(resources_test, a_price_names_one_model_and_begins_where_it_says) {
  make_gemma();
  const auto price = [](std::string_view more) {
    return R"({"token_type":"prompt_tokens","price_per_k_token":"1","currency":"EUR","valid_from":"2026-01-01")" +
           std::string{more} + "}";
  };
  const auto made = make("prices", price(R"(,"model":"gemma")"));
  const auto path = "/admin/v1/prices/" + std::to_string(made.number("id"));
  const auto id = std::to_string(made.number("model_id"));
  for (const auto& [body, words] : std::initializer_list<std::pair<std::string, std::string_view>>{
           {R"({"model":"gemma","model_id":null})", "different models"},
           {R"({"model_id":)" + id + R"(,"model":null})", "different models"},
           {R"({"valid_from":"0000-01-01"})", "1970"},
           {R"({"valid_from":"1969-12-31T23:59:59Z"})", "1970"}}) {
    const auto answer = call("PATCH", path, body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_TRUE(answer.says(words)) << answer.body;
  }
  EXPECT_EQ(call("POST", "/admin/v1/prices", price(R"(,"model":"gemma","model_id":null)")).status, 400);
  EXPECT_EQ(call("PATCH", path, R"({"model":"gemma","model_id":)" + id + "}").status, 200) << "the same, twice";
  const auto old = call("PATCH", path, R"({"valid_from":"1970-01-01"})");
  EXPECT_EQ(old.status, 200);
  EXPECT_TRUE(old.says(R"("valid_from":"1970-01-01T00:00:00)")) << old.body;
}

TEST_F(resources_test, a_token_type_of_ones_own_says_what_it_counts) {
  const auto made =
      make("token-types", R"({"name":"web_searches","counted_from":"usage.server_tool_use.web_search_requests"})");
  EXPECT_TRUE(made.says(R"("part_of":null,"priced":true)")) << made.body;
  const auto path = "/admin/v1/token-types/" + std::to_string(made.number("id"));
  EXPECT_EQ(call("PATCH", path, R"({"part_of":"prompt_tokens","description":"searches"})").status, 200);
  for (const auto* wrong :
       {R"({"name":"x"})", R"({"name":"x","counted_from":null})", R"({"name":"x","counted_from":"searches"})",
        R"({"name":"x","counted_from":"usage..a"})", R"({"name":"x","counted_from":"usage.a b"})",
        R"({"name":"x","counted_from":"usage.output_tokens"})", R"({"name":"X y","counted_from":"usage.x"})",
        R"({"name":"x","counted_from":"usage.x","part_of":"total_tokens"})",
        R"({"name":"x","counted_from":"usage.x","priced":true})", R"({"name":"x","counted_from":"usage.x","from":1})"})
    EXPECT_EQ(call("POST", "/admin/v1/token-types", wrong).status, 400) << wrong;
  EXPECT_EQ(call("PATCH", "/admin/v1/token-types/1", R"({"name":"asked"})").status, 409);
  EXPECT_EQ(call("DELETE", "/admin/v1/token-types/1").status, 409);
  EXPECT_EQ(call("DELETE", path).status, 204);
}

TEST_F(resources_test, a_rate_is_more_than_nothing_and_begins_where_it_says) {
  const auto made = make("rates", R"({"currency":"USD","rate":"0.92","valid_from":"2026-01-01T00:00:00Z"})");
  EXPECT_TRUE(made.says(R"("currency":"USD","rate":"0.92","valid_from":"2026-01-01T00:00:00)")) << made.body;
  const auto path = "/admin/v1/rates/" + std::to_string(made.number("id"));
  EXPECT_EQ(call("PATCH", path, R"({"rate":0.5})").text("rate"), "0.5");
  for (const auto* wrong : {R"({"rate":0})", R"({"rate":"-1"})", R"({"rate":"x"})", R"({"currency":"usd"})",
                            R"({"valid_from":"1969-01-01"})", R"({"worth":1})"})
    EXPECT_EQ(call("PATCH", path, wrong).status, 400) << wrong;
  EXPECT_EQ(call("DELETE", path).status, 204);
}

TEST_F(resources_test, limits_in_settings_are_numbers) {
  const auto path = "/admin/v1/processes/" + std::to_string(make("processes", R"({"name":"app"})").number("id"));
  for (const auto* good : {"0", "60", "60.0", R"("60")", "null"})
    EXPECT_EQ(call("PATCH", path, R"({"settings":{"rate_limit_rpm":)" + std::string{good} + "}}").status, 200) << good;
  for (const auto* wrong : {"-1", "1.5", R"("many")", R"("")", "true", "[]", "1e300", R"("99999999999999999999")"}) {
    const auto answer = call("PATCH", path, R"({"settings":{"rate_limit_tpm":)" + std::string{wrong} + "}}");
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_TRUE(answer.says("'settings.rate_limit_tpm' must be a whole number from 0 (no request at all) to "))
        << answer.body;
  }
  EXPECT_EQ(call("POST", "/admin/v1/processes", R"({"name":"x","settings":{"rate_limit_rpm":"x"}})").status, 400);
}

TEST_F(resources_test, a_limit_in_settings_whose_name_is_mistyped_is_refused_with_the_names_that_there_are) {
  const auto path = "/admin/v1/processes/" + std::to_string(make("processes", R"({"name":"app"})").number("id"));
  for (const auto* wrong : {R"({"rate_limit_rp":5})", R"({"rate_limit_rpm":5,"rate_limits":null})",
                            R"({"rpm_limit":3})", R"({"tpm":5})", R"({"cloud_tpm_limit":1})", R"({"Rate-Limit-RPM":1})",
                            R"({"limitRpm":1})", R"({"requestsPerMinute":1})", R"({"max_parallel_requests":2})"}) {
    const auto answer = call("PATCH", path, R"({"settings":)" + std::string{wrong} + "}");
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_TRUE(answer.says("limits nothing: there are 'rate_limit_rpm' and 'rate_limit_tpm'")) << answer.body;
  }
  const auto answer = call("POST", "/admin/v1/processes", R"({"name":"x","settings":{"rate_limit_rp":5}})");
  EXPECT_TRUE(answer.says("'settings.rate_limit_rp'")) << answer.body;
  EXPECT_EQ(
      call("PATCH", path, R"({"settings":{"note":"rate_limit","rate":1,"tempo":1,"temper":2,"team":"x"}})").status,
      200);
}

} // namespace
} // namespace logos::tests
