// SPDX-License-Identifier: MIT
#include "actors/jobs/answer_json.hpp"
#include "actors/jobs/job_request.hpp"
#include "actors/jobs/judgement.hpp"
#include "actors/jobs/spool.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace logos::jobs {
namespace {

using core::ec;
using tests::fake_exchange;
using tests::make_exchange;

std::string kept(std::string_view body, std::vector<fake_exchange::line> headers = {}, std::int64_t profile = 3) {
  headers.push_back({"content-type", "application/json"});
  const auto x = make_exchange("POST", "/jobs/v1/chat/completions?a=b", std::move(headers), body);
  net::json_looker looker;
  const auto made = make_request(x->request(), "/v1/chat/completions?a=b", profile, "10.0.0.1", looker);
  EXPECT_TRUE(made) << made.error().message;
  return made ? read_kept(made->text).text : std::string{};
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\r\n" + line + "\r\n") != text.npos;
}

TEST(make_request, keeps_what_matters_and_no_key) {
  const auto text = kept(R"({"model" : "m"})", {{"authorization", "Bearer lg-secret"},
                                                {"logos_key", "lg-secret"},
                                                {"policy", "cheap"},
                                                {"x-logos-dataset", "d"},
                                                {"openai-beta", "x"},
                                                {"host", "h"}});
  EXPECT_TRUE(text.starts_with("POST /v1/chat/completions?a=b HTTP/1.1\r\n"));
  EXPECT_EQ(text.find("lg-secret"), text.npos);
  for (const auto* line : {"policy: cheap", "x-logos-dataset: d", "openai-beta: x", "use_profile: 3",
                           "x-logos-mode: batch", "x-logos-priority: 1"})
    EXPECT_TRUE(has_line(text, line)) << line << " in " << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\n{\"model\" : \"m\"}"));
}

TEST(make_request, does_not_ask_for_a_stream) {
  EXPECT_TRUE(kept(R"({"stream":true,"model":"m","stream_options":{"include_usage":true},"x":1.10})")
                  .ends_with(R"({"stream":false,"model":"m","stream_options":null,"x":1.10})"));
  EXPECT_TRUE(kept(R"({"stream_options":{"include_usage":true},"stream":true})")
                  .ends_with(R"({"stream_options":null,"stream":false})"));
}

TEST(make_request, leaves_priority_and_mode_to_who_names_them) {
  const auto in_body = kept(R"({"model":"m","priority":"high","mode":"interactive"})");
  EXPECT_EQ(in_body.find("x-logos-priority"), in_body.npos);
  EXPECT_EQ(in_body.find("x-logos-mode"), in_body.npos);
  const auto in_header = kept(R"({"model":"m"})", {{"x-logos-priority", "7"}, {"x-logos-mode", "interactive"}});
  EXPECT_TRUE(has_line(in_header, "x-logos-priority: 7"));
  EXPECT_TRUE(has_line(in_header, "x-logos-mode: interactive"));
}

TEST(make_request, refuses_what_could_never_run) {
  net::json_looker looker;
  const auto try_it = [&](std::string_view target, std::string_view body) {
    const auto x = make_exchange("POST", "/jobs", {{"content-type", "application/json"}}, body);
    const auto made = make_request(x->request(), target, 0, "", looker);
    return made ? ec::none : made.error().code;
  };
  EXPECT_EQ(try_it("/v1/chat/completions", "{"), ec::bad_json);
  EXPECT_EQ(try_it("/v1/chat/completions", ""), ec::bad_json);
  EXPECT_EQ(try_it("/v1/models", "{}"), ec::route_not_found);
  EXPECT_EQ(try_it("/admin/v1/users", "{}"), ec::route_not_found);
  EXPECT_EQ(try_it("/v1/../admin", "{}"), ec::bad_request);
}

TEST(judge, takes_every_answer_of_a_provider_for_final) {
  EXPECT_EQ(judge({200, "", "", {}}, 1).status, storage::job_status::success);
  for (const int status : {400, 429, 500, 503}) {
    const auto j = judge({status, "", "", {}}, 1);
    EXPECT_FALSE(j.again) << status;
    EXPECT_EQ(j.status, storage::job_status::failed);
    EXPECT_FALSE(j.message.empty());
  }
}

TEST(judge, tries_again_what_may_pass_later_unless_a_provider_has_worked) {
  net::collected_answer a{503, "", "", {ec::no_provider, "nobody"}};
  EXPECT_TRUE(judge(a, 1).again);
  EXPECT_LT(judge(a, 1).delay, judge(a, 3).delay);
  EXPECT_LE(judge(a, 1000).delay, std::chrono::minutes{2});
  a.begun = true;
  EXPECT_FALSE(judge(a, 1).again);
  a.refusal = {ec::rate_limited, "later", "", 9};
  a.begun = false;
  EXPECT_EQ(judge(a, 1).delay, std::chrono::seconds{9});
  for (const auto code :
       {ec::wrong_key, ec::budget_spent, ec::model_not_found, ec::first_token_timeout, ec::internal}) {
    a.refusal = {code, "no"};
    EXPECT_FALSE(judge(a, 1).again) << core::to_string(code);
    EXPECT_EQ(judge(a, 1).message, "no");
  }
}

TEST(judge, puts_back_what_a_shutdown_ended) {
  EXPECT_TRUE(judge({503, "", "", {ec::shutting_down, "bye"}, true}, 5).again);
  EXPECT_EQ(judge({499, "", "", {ec::client_gone, "cancelled"}}, 1).status, storage::job_status::cancelled);
}

TEST(body_json, is_the_body_when_that_is_json) {
  EXPECT_EQ(body_json("application/json; charset=utf-8", R"({"n":1.10})"), R"({"n":1.10})");
  EXPECT_EQ(body_json("application/json", "{broken"), R"("{broken")");
  EXPECT_EQ(body_json("text/plain", "a\"b"), R"("a\"b")");
  EXPECT_EQ(body_json("audio/mpeg", std::string{"\xff\xfe\x00", 3}), R"({"base64":"//4A"})");
  EXPECT_EQ(body_json("audio/mpeg", "\xff"), R"({"base64":"/w=="})");
  EXPECT_EQ(body_json("", ""), "null");
}

class spool_test : public ::testing::Test {
protected:
  test::temporary_folder folder_;
  core::secret_key key_{"a secret key for tests only"};
  core::uuid run_ = core::uuid::from_halves(0x0197'0000'0000'7000, 0x8000'0000'0000'0001);
};

TEST_F(spool_test, gives_back_what_it_keeps_until_it_forgets) {
  const spool s{folder_ / "jobs", key_};
  EXPECT_TRUE(s.load().empty());
  const std::string body{"line\n\0two", 9};
  ASSERT_TRUE(s.keep(17, run_, {418, "text/plain", body, {}}));
  const auto all = spool{folder_ / "jobs", key_}.load();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].job_id, 17);
  EXPECT_EQ(all[0].run, run_);
  EXPECT_EQ(all[0].answer.status, 418);
  EXPECT_EQ(all[0].answer.content_type, "text/plain");
  EXPECT_EQ(all[0].answer.body, body);
  s.forget(17, run_);
  EXPECT_TRUE(s.load().empty());
}

TEST_F(spool_test, is_sealed_and_drops_what_it_cannot_read) {
  const spool s{folder_.path(), key_};
  s.keep(1, run_, {200, "text/plain", "a rare word", {}});
  for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
    std::ifstream in{entry.path()};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(text.find("rare"), text.npos);
  }
  std::ofstream{folder_ / "2-x"} << "half";
  EXPECT_EQ(s.load().size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "2-x"));
  EXPECT_TRUE((spool{folder_.path(), core::secret_key{"another key, which is no good"}}.load().empty()));
}

} // namespace
} // namespace logos::jobs
