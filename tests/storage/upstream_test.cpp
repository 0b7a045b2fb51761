// SPDX-License-Identifier: MIT
#include "tests/storage/transfer_fixture.hpp"

#include <algorithm>

namespace logos::test {
namespace {

class upstream_import : public import_suite {
protected:
  static bool has_note(const transfer::report& r, std::string_view words) {
    return std::any_of(r.notes.begin(), r.notes.end(),
                       [&](const std::string& note) { return note.starts_with(words); });
  }
  /// Whether another installation takes in what this one exports, and then exports the same.
  void expect_to_come_back() {
    const auto whole = exported(true);
    store_fixture_copy other{GetParam()};
    take(other.store().migrate());
    auto c = read(whole);
    take(transfer::unload(other.store(), c, {}));
    EXPECT_EQ(transfer::write_own(take(other.store().load_catalog()), true, secret()), whole);
  }
};
LOGOS_ON_BOTH(upstream_import);

TEST_P(upstream_import, numbers_beyond_what_there_is_here_are_clamped_noted_and_exported_again) {
  const auto report = bring(R"({"process":[{"id":5,"logos_key":"lg-eve","name":"eve"}],
    "providers":[{"id":9,"name":"o","base_url":"http://127.0.0.1:1","provider_type":"ollama","keep_alive_seconds":-1,
      "max_loaded_models":-2,"total_vram_mb":-3,"parallel_capacity":5000000}],
    "models":[{"id":1,"name":"gpt","parallel":5000000}],
    "policies":[{"id":1,"entity_id":5,"name":"far","threshold_privacy":"LOCAL","threshold_latency":5000,
      "threshold_cost":-5000,"threshold_accuracy":7,"priority":50}]})");
  for (const auto* words : {"table providers, row 1, field keep_alive_seconds: -1, for ever, is taken as 31536000",
                            "table providers, row 1, field max_loaded_models: -2 is taken as 0",
                            "table providers, row 1, field total_vram_mb: -3 is taken as 0",
                            "table providers, row 1, field parallel_capacity: 5000000 is taken as 1000000",
                            "table models, row 1, field parallel: 5000000 is taken as 1000000",
                            "table policies, row 1, field threshold_latency: 5000 is taken as 1024",
                            "table policies, row 1, field threshold_cost: -5000 is taken as -1024",
                            "table policies, row 1, field priority: 50 is taken as 10"})
    EXPECT_TRUE(has_note(report, words)) << words;
  EXPECT_EQ(report.notes.size(), 8U);
  const auto all = take(store_->load_catalog());
  EXPECT_EQ(all.providers.at(0).keep_alive_seconds, 31'536'000);
  EXPECT_EQ(all.policies.at(0).threshold_accuracy, 7);
  expect_to_come_back();
}

TEST_P(upstream_import, what_our_own_import_would_refuse_is_refused_at_once) {
  EXPECT_TRUE(trouble(R"({"models":[{"id":1,"name":"logos-v1"}]})").starts_with("table models, row 1, field name: "));
  EXPECT_TRUE(trouble(R"({"process":[{"id":5,"logos_key":"k","name":"a","settings":{"rate_limit_rpm":-1}}]})")
                  .starts_with("table process, row 1, field settings.rate_limit_rpm: "));
  EXPECT_TRUE(trouble(R"({"providers":[{"id":9,"name":"o","base_url":"http://127.0.0.1:1","api_key":"env:HOME"}]})")
                  .starts_with("table providers, row 1, field api_key: "));
  EXPECT_TRUE(take(store_->load_catalog()).models.empty());
}

TEST_P(upstream_import, tables_that_are_not_taken_over_are_noted_and_what_is_no_table_is_refused) {
  const std::string rest = R"({"users":[{"id":2,"username":"ann"}])";
  const auto report = bring(rest + R"(,"ollama_provider_snapshots":[{"id":1},{"id":2}],"extras":[]})", true);
  EXPECT_TRUE(has_note(report, "table ollama_provider_snapshots: 2 rows are left out"));
  EXPECT_TRUE(has_note(report, "table extras: left out"));
  EXPECT_TRUE(bring(rest + R"(,"ollama_provider_snapshots":[]})", true).notes.empty());
  for (const auto* more : {R"("dry_run":true)", R"("dry_run":null)", R"("extras":{})"}) {
    const auto name = std::string{more}.substr(0, std::string_view{more}.find(':'));
    const auto told = "upstream's export has no member " + name + ", and it is no table.";
    EXPECT_EQ(trouble(rest + "," + more + "}"), told);
    EXPECT_EQ(trouble(R"({"json_data":)" + rest + "}," + more + "}"), told) << "around it";
  }
  EXPECT_EQ(trouble(R"({"logos_key":"lg-root","json_data":)" + rest + "}}"), "") << "as upstream's scripts send it";
}

TEST_P(upstream_import, logged_headers_come_without_credentials_by_name_and_by_look) {
  bring(R"({"process":[{"id":5,"logos_key":"lg-eve","name":"eve","log":"FULL"}],
    "log_entry":[{"id":1,"timestamp_request":"2026-01-01T00:00:00+00:00","privacy_level":"FULL","process_id":5,
      "headers":{"api_key":"canary","apikey":"canary","X-Auth-Token":"canary","logos_key":"canary","accept":"*/*",
        "x-note":"Bearer lg-eve-key-1234567890","referer":"https://x.test/?key=canary&a=1","n":7,
        "more":[{"token":"canary","plain":"sk-0123456789abcdef\\\"x"}]}}]})");
  const auto id = take(store_->list_requests({}, {}, 10)).rows.at(0).request_id_text;
  const auto headers = take(store_->find_request(id)).headers;
  EXPECT_EQ(headers.find("canary"), std::string::npos) << headers;
  simdjson::dom::parser parser;
  const simdjson::dom::element kept = parser.parse(headers);
  for (const auto* name : {"api_key", "apikey", "X-Auth-Token", "logos_key"})
    EXPECT_EQ(std::string_view{kept[name]}, "[redacted]") << name;
  EXPECT_EQ(std::string_view{kept["accept"]}, "*/*");
  EXPECT_EQ(std::string_view{kept["x-note"]}, "Bearer [redacted]");
  EXPECT_EQ(std::string_view{kept["referer"]}, "https://x.test/?key=[redacted]&a=1");
  EXPECT_EQ(std::int64_t{kept["n"]}, 7);
  EXPECT_EQ(std::string_view{kept["more"].at(0)["token"]}, "[redacted]");
  EXPECT_EQ(std::string_view{kept["more"].at(0)["plain"]}, "[redacted]\"x");
}

} // namespace
} // namespace logos::test
