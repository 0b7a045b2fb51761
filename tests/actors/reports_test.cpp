// SPDX-License-Identifier: MIT
#include "actors/administration/openapi.hpp"
#include "tests/actors/books_fixture.hpp"

#include <set>

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

using reports_test = books_fixture;

TEST_F(reports_test, what_was_seen_in_a_providers_memory_is_listed_in_pages) {
  make_priced_gemma();
  std::vector<storage::provider_snapshot> all(3);
  for (auto& s : all) {
    s.provider_id = provider_;
    s.snapshot_ts = clock().wall() + std::chrono::seconds{&s - all.data()};
    s.loaded_models = R"([{"name":"gemma","size_vram":9}])";
    s.total_models_loaded = 1;
    s.total_vram_used_bytes = 9;
  }
  all[1].poll_success = false;
  all[1].loaded_models = "[]";
  all[1].error_message = "refused";
  ASSERT_TRUE(store().write_snapshots(all));
  const auto path = "/admin/v1/providers/" + std::to_string(provider_) + "/snapshots";
  const auto first = call("GET", path + "?limit=2");
  ASSERT_EQ(first.status, 200) << first.body;
  const auto rows = first.json()["data"].get_array();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(std::string_view{rows.at(0)["snapshot_ts"]}, core::to_iso8601(all[2].snapshot_ts));
  EXPECT_EQ(std::string_view{rows.at(0)["loaded_models"].at(0)["name"]}, "gemma");
  EXPECT_EQ(std::int64_t{rows.at(0)["total_vram_used_bytes"]}, 9);
  EXPECT_TRUE(rows.at(0)["error_message"].is_null());
  EXPECT_FALSE(bool{rows.at(1)["poll_success"]});
  EXPECT_EQ(std::string_view{rows.at(1)["error_message"]}, "refused");
  const auto rest = call("GET", path + "?limit=2&cursor=" + first.text("next"));
  EXPECT_EQ(rest.json()["data"].get_array().size(), 1U) << rest.body;
  EXPECT_TRUE(rest.json()["next"].is_null());
  const auto at = core::to_iso8601(all[2].snapshot_ts);
  EXPECT_EQ(call("GET", path + "?to=" + at).json()["data"].get_array().size(), 2U);
  EXPECT_EQ(call("GET", path + "?from=" + at).json()["data"].get_array().size(), 1U);
  for (const std::string wrong : {"cursor=7", "cursor=x.y", "cursor=7.", "cursor=-1.2", "model=x", "limit=0"})
    EXPECT_EQ(call("GET", path + "?" + wrong).status, 400) << wrong;
  EXPECT_EQ(call("GET", "/admin/v1/providers/999/snapshots").status, 404);
}

TEST_F(reports_test, a_budgets_balance_is_what_its_period_has_cost) {
  make_priced_gemma();
  const auto key = make("processes", R"({"name":"spender"})").number("id");
  const auto other = make("processes", R"({"name":"other"})").number("id");
  const auto of = [](std::int64_t id, std::string_view period) {
    return R"({"scope":"process","scope_id":)" + std::to_string(id) + R"(,"period":")" + std::string{period} +
           R"(","amount":"1.00","currency":"EUR"})";
  };
  const auto daily = make("budgets", of(key, "day")).number("id");
  const auto total = make("budgets", of(key, "total")).number("id");
  const auto spend = [&](std::uint64_t n, std::int64_t who, core::wall_time at, core::nano cost) {
    storage::finished row;
    row.timestamp_request = at;
    row.request_id = core::uuid_source{n}.next(at);
    row.ids.process_id = who;
    row.http_status = 200;
    row.cost_nano = cost;
    EXPECT_TRUE(store().write_batch({&row, 1}, {}, {}));
  };
  const auto now = clock().wall();
  const auto today = core::start_of(core::budget_period::day, now);
  spend(1, key, today, 250'000'000);
  spend(2, key, now, 50'000'001);
  spend(3, key, today - 1us, 900'000'000);
  spend(4, other, now, 7'000'000'000);
  const auto day = call("GET", "/admin/v1/budgets/" + std::to_string(daily) + "/balance");
  ASSERT_EQ(day.status, 200) << day.body;
  EXPECT_EQ(day.text("spent"), "0.300000001");
  EXPECT_EQ(day.text("left"), "0.699999999");
  EXPECT_EQ(day.text("period_start"), core::to_iso8601(today));
  EXPECT_EQ(day.text("period_end"), core::to_iso8601(core::end_of(core::budget_period::day, now)));
  const auto whole = call("GET", "/admin/v1/budgets/" + std::to_string(total) + "/balance");
  EXPECT_EQ(whole.text("spent"), "1.200000001") << whole.body;
  EXPECT_EQ(whole.text("left"), "0") << "more than the amount may be spent of what is not hard, or was lowered";
  EXPECT_TRUE(whole.says(R"("period_start":null,"period_end":null)"));
  EXPECT_EQ(call("GET", "/admin/v1/budgets/99/balance").status, 404);
  EXPECT_EQ(call("GET", "/admin/v1/budgets/1/balance?at=now").status, 400);
}

TEST_F(reports_test, the_description_has_every_member_of_a_request_and_of_a_report_and_no_other) {
  const auto key = make("processes", R"({"name":"app"})").number("id");
  book(1, key);
  simdjson::dom::parser parser;
  const auto schemas = parser.parse(administration::openapi_json("1"))["components"]["schemas"];
  const auto names_of = [](simdjson::dom::element object) {
    std::set<std::string> out;
    for (const auto member : object.get_object())
      out.emplace(member.key);
    return out;
  };
  const auto listed = call("GET", "/admin/v1/requests");
  const auto row = listed.json()["data"].at(0).value();
  const auto id = std::string{row["request_id"].get_string().value()};
  const auto request = schemas["Request"]["properties"].value();
  const auto described = names_of(request);
  for (const auto& name : names_of(row))
    EXPECT_TRUE(described.contains(name)) << name;
  const auto one = call("GET", "/admin/v1/requests/" + id);
  EXPECT_EQ(names_of(one.json()), described);
  auto counts = names_of(request["usage"]["properties"].value());
  EXPECT_EQ(counts.erase("own"), 1U) << "there only where there are some";
  EXPECT_EQ(names_of(one.json()["usage"].value()), counts);
  const auto report = call("GET", "/admin/v1/usage?group_by=process,profile,user,service,provider,model,day,hour,month,"
                                  "week,result");
  ASSERT_EQ(report.status, 200) << report.body;
  auto told = names_of(report.json()["data"].at(0).value());
  const auto by_source = call("GET", "/admin/v1/usage?group_by=usage_source");
  ASSERT_EQ(by_source.status, 200) << by_source.body;
  told.merge(names_of(by_source.json()["data"].at(0).value()));
  EXPECT_EQ(told, names_of(schemas["UsageReport"]["properties"]["data"]["items"]["properties"].value()));
}

TEST_F(reports_test, usage_comes_as_csv_whose_texts_are_no_formulas) {
  const auto evil = make("processes", R"({"name":"=cmd, \"x\""})").number("id");
  book(1, evil);
  const auto r = call("GET", "/admin/v1/usage?group_by=process,day&format=csv");
  EXPECT_EQ(r.status, 200) << r.body;
  EXPECT_TRUE(r.content_type.starts_with("text/csv"));
  EXPECT_NE(r.headers.find("Content-Disposition: attachment; filename=\"usage.csv\"\r\n"), std::string::npos);
  EXPECT_EQ(r.body.substr(0, r.body.find("\r\n")),
            "process_id,process,day,requests,errors,prompt_tokens,completion_tokens,total_tokens,prompt_cached_tokens,"
            "prompt_cache_creation_tokens,prompt_audio_tokens,completion_reasoning_tokens,completion_audio_tokens,"
            "audio_milliseconds,queue_us,cost,currency,request_bytes,response_bytes,estimate_samples,estimate_error,"
            "estimate_deviation,prompt_estimate_error,completion_estimate_error,own");
  EXPECT_TRUE(r.says(std::to_string(evil) + ",\"'=cmd, \"\"x\"\"\",2026-01-01,1,0,1000,")) << r.body;
}

TEST_F(reports_test, usage_of_those_with_the_most_requests_says_that_there_are_others) {
  const auto much = make("processes", R"({"name":"much"})").number("id");
  const auto some = make("processes", R"({"name":"some"})").number("id");
  for (std::uint64_t n = 1; n <= 5; ++n)
    book(n, n <= 3 ? much : some);
  const auto top = call("GET", "/admin/v1/usage?group_by=process&limit=1");
  ASSERT_EQ(top.status, 200) << top.body;
  EXPECT_EQ(top.json()["data"].get_array().value().size(), 1u);
  EXPECT_TRUE(top.says("\"process\":\"much\"")) << top.body;
  EXPECT_TRUE(top.says("\"more\":true")) << top.body;
  const auto all = call("GET", "/admin/v1/usage?group_by=process&limit=2");
  EXPECT_EQ(all.json()["data"].get_array().value().size(), 2u);
  EXPECT_TRUE(all.says("\"more\":false")) << all.body;
  EXPECT_EQ(call("GET", "/admin/v1/usage?limit=0").status, 400);
}

TEST_F(reports_test, usage_over_time_comes_in_its_order_unless_another_is_asked_for) {
  const auto key = make("processes", R"({"name":"app"})").number("id");
  const auto spend = [&](std::uint64_t n, int day, core::nano cost) {
    storage::finished row;
    row.timestamp_request = clock().wall() + day * 24h;
    row.request_id = core::uuid_source{n}.next(row.timestamp_request);
    row.ids.process_id = key;
    row.cost_nano = cost;
    EXPECT_TRUE(store().write_batch({&row, 1}, {}, {}));
  };
  spend(1, 2, 1);
  spend(2, 2, 1);
  spend(3, 0, 5);
  spend(4, 1, 9);
  spend(5, 1, 9);
  spend(6, 1, 9);
  const auto requests = [&](const std::string& more) {
    const auto r = call("GET", "/admin/v1/usage?group_by=day" + more);
    EXPECT_EQ(r.status, 200) << r.body;
    std::string text;
    const simdjson::dom::array rows = r.json()["data"];
    for (const auto row : rows)
      text += std::to_string(std::int64_t{row["requests"]});
    return text + (r.says("\"more\":true") ? "+" : "");
  };
  EXPECT_EQ(requests(""), "132");
  EXPECT_EQ(requests("&order=time"), "132");
  EXPECT_EQ(requests("&order=requests"), "321");
  EXPECT_EQ(requests("&order=cost"), "312");
  EXPECT_EQ(requests("&limit=2"), "13+") << "the first of the order";
  EXPECT_EQ(requests("&limit=2&order=cost"), "31+");
  EXPECT_EQ(requests("&limit=3"), "132");
  const auto csv = call("GET", "/admin/v1/usage?group_by=day&format=csv");
  std::vector<std::string> days;
  for (std::size_t at = csv.body.find("\r\n"); at + 2 < csv.body.size(); at = csv.body.find("\r\n", at + 2))
    days.push_back(csv.body.substr(at + 2, 10));
  EXPECT_EQ(days.size(), 3U);
  EXPECT_TRUE(std::is_sorted(days.begin(), days.end())) << csv.body;
  EXPECT_EQ(call("GET", "/admin/v1/usage?group_by=process&order=time").status, 400) << "there is no time in it";
  const auto odd = call("GET", "/admin/v1/usage?group_by=day&order=newest");
  EXPECT_EQ(odd.status, 400);
  EXPECT_TRUE(odd.says("'order' must be one of time, requests, cost")) << odd.body;
}

TEST_F(reports_test, requests_and_usage_can_be_of_one_user) {
  std::int64_t keys[2], users[2];
  for (const std::string name : {"ann", "bob"}) {
    const auto n = name == "ann" ? 0 : 1;
    users[n] = make("users", R"({"username":")" + name + R"("})").number("id");
    keys[n] = make("processes", R"({"name":"k","user_id":)" + std::to_string(users[n]) + "}").number("id");
  }
  const auto nobodys = make("processes", R"({"name":"nobodys"})").number("id");
  book(1, keys[0], 1, users[0]);
  book(2, keys[0], 1, users[0]);
  book(3, keys[1], 1, users[1]);
  book(4, nobodys);
  const auto listed = [&](std::int64_t user, std::int64_t caller, const std::string& more = {}) {
    const auto r = call("GET", "/admin/v1/requests?user_id=" + std::to_string(user) + more, {}, caller);
    return r.json()["data"].get_array().value().size();
  };
  const auto summed = [&](std::int64_t user, std::int64_t caller) {
    const auto r = call("GET", "/admin/v1/usage?user_id=" + std::to_string(user), {}, caller);
    return std::int64_t{r.json()["data"].at(0)["requests"]};
  };
  EXPECT_EQ(listed(users[0], root_id()), 2U);
  EXPECT_EQ(listed(users[1], root_id()), 1U);
  EXPECT_EQ(listed(users[1], root_id(), "&process_id=" + std::to_string(keys[0])), 0U);
  EXPECT_EQ(summed(users[0], root_id()), 2);
  EXPECT_EQ(listed(users[0], keys[0]), 2U);
  EXPECT_EQ(listed(users[1], keys[0]), 0U) << "somebody else's";
  EXPECT_EQ(summed(users[1], keys[0]), 0);
  EXPECT_EQ(listed(users[0], nobodys), 0U);
  for (const std::string at : {"requests", "usage"})
    EXPECT_EQ(call("GET", "/admin/v1/" + at + "?user_id=x").status, 400);
}

TEST_F(reports_test, csv_can_be_asked_for_by_header_and_has_a_head_line_without_rows) {
  const auto r = call("GET", "/admin/v1/usage?group_by=model", {}, -1, {{"Accept", "text/csv"}});
  EXPECT_TRUE(r.body.starts_with("model_id,model,requests,")) << r.body;
  EXPECT_EQ(r.body.find("\r\n"), r.body.size() - 2);
  EXPECT_TRUE(call("GET", "/admin/v1/usage?format=json", {}, -1, {{"Accept", "text/csv"}}).says("\"data\""));
  const auto refused = call("GET", "/admin/v1/usage?format=xml");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says("must be json or csv"));
}

TEST_F(reports_test, requests_come_as_csv_page_by_page) {
  for (std::uint64_t n = 1; n <= 3; ++n)
    book(n, root_id());
  const auto first = call("GET", "/admin/v1/requests?format=csv&limit=2&from=2026-01-01");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_TRUE(first.body.starts_with("id,request_id,received_at,")) << first.body;
  EXPECT_EQ(std::count(first.body.begin(), first.body.end(), '\n'), 3);
  const auto at = first.headers.find("x-next-cursor: ");
  ASSERT_NE(at, std::string::npos) << first.headers;
  const auto cursor = first.headers.substr(at + 15, first.headers.find("\r\n", at) - at - 15);
  const auto second = call("GET", "/admin/v1/requests?format=csv&limit=2&cursor=" + cursor);
  EXPECT_EQ(std::count(second.body.begin(), second.body.end(), '\n'), 2) << second.body;
  EXPECT_EQ(second.headers.find("x-next-cursor"), std::string::npos);
  EXPECT_EQ(call("GET", "/admin/v1/requests?format=csv&limit=10000").status, 200);
  EXPECT_EQ(call("GET", "/admin/v1/requests?limit=10000").status, 400);
}

TEST_F(reports_test, what_is_on_the_books_is_priced_anew) {
  make_priced_gemma();
  std::vector<storage::finished> rows;
  for (std::uint64_t n = 1; n <= 600; ++n) // more than one job's worth
    rows.push_back(book(n, root_id()));
  book(601, root_id(), 0);
  price("0.5");
  const std::string range = R"("from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","model":"gemma")";
  const auto tried = call("POST", "/admin/v1/rerate", "{" + range + R"(,"dry_run":true})");
  ASSERT_EQ(tried.status, 200) << tried.body;
  EXPECT_EQ(tried.text("cost_before"), "0");
  EXPECT_EQ(tried.text("cost_after"), "300");
  EXPECT_EQ(cost(rows[0]), 0);
  EXPECT_TRUE(call("GET", "/admin/v1/events?action=rerate").says("\"data\":[]")) << "nothing was changed";

  const auto done = call("POST", "/admin/v1/rerate", "{" + range + "}");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.number("requests"), 601);
  EXPECT_EQ(done.number("changed"), 600);
  EXPECT_EQ(done.text("difference"), "300");
  EXPECT_EQ(cost(rows[0]), 500'000'000);
  EXPECT_EQ(cost(rows[599]), 500'000'000);
  const auto again = call("POST", "/admin/v1/rerate", "{" + range + "}");
  EXPECT_EQ(again.number("changed"), 0);
  EXPECT_EQ(again.text("cost_before"), "300");
  const auto events = call("GET", "/admin/v1/events?action=rerate");
  EXPECT_EQ(events.json()["data"].get_array().value().size(), 4u) << "asked for and done, twice";
  EXPECT_EQ(events.json()["data"].at(2)["after"]["cost_after"].get_string().value(), "300");
  EXPECT_EQ(events.json()["data"].at(2)["before"]["model"].get_string().value(), "gemma");
}

TEST_F(reports_test, what_the_journal_still_has_is_priced_anew_with_the_rest) {
  make_priced_gemma();
  std::vector<storage::finished> rows{book(1, root_id())};
  price("0.5");
  flush_ = [&] {
    rows.push_back(book(2, root_id()));
    return 0;
  };
  const std::string range = R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"})";
  const auto done = call("POST", "/admin/v1/rerate", range);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.number("requests"), 2);
  EXPECT_EQ(cost(rows.at(1)), 500'000'000);
}

TEST_F(reports_test, nothing_is_priced_anew_while_the_newest_requests_cannot_be_written) {
  make_priced_gemma();
  const auto row = book(1, root_id());
  price("0.5");
  const std::string range = R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"})";
  const auto expect_refused = [&](const reply& r) {
    EXPECT_EQ(r.status, 503) << r.body;
    EXPECT_TRUE(r.says("storage_unavailable") && r.says("Try again")) << r.body;
    EXPECT_EQ(cost(row), 0);
    EXPECT_TRUE(call("GET", "/admin/v1/events?action=rerate").says("\"data\":[]"));
  };
  flush_ = [] { return 3; };
  expect_refused(call("POST", "/admin/v1/rerate", range));
  flush_ = [] { return std::nullopt; };
  const auto waiting = start("POST", "/admin/v1/rerate", range);
  EXPECT_FALSE(waiting->answer());
  advance(1min);
  ASSERT_TRUE(waiting->answer()) << "it does not wait for ever";
  expect_refused({waiting->answer()->status, waiting->answer()->body, {}, {}});
  with_.storage = nullptr;
  expect_refused(call("POST", "/admin/v1/rerate", range));
}

TEST_F(reports_test, sums_that_no_single_cost_could_be_are_told_exactly) {
  make_priced_gemma();
  for (std::uint64_t n = 1; n <= 3; ++n)
    book(n, root_id());
  price("9223372036.5"); // nearly the most that one request can cost
  const std::string range = R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"})";
  const auto dear = call("POST", "/admin/v1/rerate", range);
  ASSERT_EQ(dear.status, 200) << dear.body;
  EXPECT_EQ(dear.text("cost_after"), "27670116109.5");
  EXPECT_EQ(dear.text("difference"), "27670116109.5");
  const auto id = store().list<storage::price>(0, 1)->at(0).id;
  ASSERT_EQ(call("DELETE", "/admin/v1/prices/" + std::to_string(id)).status, 204);
  const auto cheap = call("POST", "/admin/v1/rerate", range);
  EXPECT_EQ(cheap.text("cost_before"), "27670116109.5");
  EXPECT_EQ(cheap.text("cost_after"), "0");
  EXPECT_EQ(cheap.text("difference"), "-27670116109.5");
}

TEST_F(reports_test, pricing_anew_is_refused_with_words) {
  make_priced_gemma();
  for (const auto& [body, words] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"({"from":"2026-01-01"})", "'to' is required"},
           {R"({"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"})", "must be before"},
           {R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","model":"gemmma"})", "no model 'gemmma'"},
           {R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","dryrun":true})", "dry_run"},
           {R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","dry_run":1})", "must be true or false"},
           {R"({"from":1,"to":"2026-01-02T00:00:00Z"})", "'from' must be"}}) {
    const auto r = call("POST", "/admin/v1/rerate", body);
    EXPECT_EQ(r.status, 400) << body;
    EXPECT_TRUE(r.says(words)) << r.body;
  }
}

} // namespace
} // namespace logos::tests
