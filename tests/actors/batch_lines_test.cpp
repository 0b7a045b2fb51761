// SPDX-License-Identifier: MIT
#include "actors/ingress/batch_routes.hpp"
#include "actors/jobs/batch_lines.hpp"
#include "tests/support/fake_exchange.hpp"

#include <gtest/gtest.h>

namespace logos::jobs {
namespace {

using tests::make_exchange;

storage::batch_row batch() {
  storage::batch_row b;
  b.id = 5;
  b.process_id = 7;
  b.profile_id = 3;
  b.endpoint = "/v1/chat/completions";
  b.expires_at = core::system_clock().wall() + std::chrono::hours{24};
  return b;
}

std::string line(const std::string& id, const std::string& body = R"({"model":"m"})") {
  return R"({"custom_id":")" + id + R"(","method":"POST","url":"/v1/chat/completions","body":)" + body + "}";
}

std::vector<std::string> codes(std::string_view content) {
  std::vector<std::string> out;
  for (const auto& e : read_lines(batch(), content).errors)
    out.push_back(std::to_string(e.line) + " " + e.code);
  return out;
}

TEST(read_lines, makes_a_job_of_each_line_and_keeps_its_bytes) {
  const auto read = read_lines(batch(), "\xEF\xBB\xBF" + line("a", R"({ "model" : "m", "x":1.10 })") + "\r\n\n" +
                                            line("b\\u00e4", R"({"priority":"high"})"));
  ASSERT_TRUE(read.errors.empty());
  ASSERT_EQ(read.jobs.size(), 2U);
  EXPECT_TRUE(read.jobs[0].payload.ends_with("\r\n\r\n{ \"model\" : \"m\", \"x\":1.10 }"));
  EXPECT_NE(read.jobs[0].payload.find("use_profile: 3\r\n"), std::string::npos);
  EXPECT_EQ(read.jobs[0].batch_id, 5);
  EXPECT_EQ(read.jobs[1].custom_id, "b\xc3\xa4");
  EXPECT_LT(read.jobs[0].turn, read.jobs[1].turn);
}

TEST(read_lines, tells_the_model_that_all_lines_name) {
  const auto named = [](const std::string& content) { return read_lines(batch(), content).model; };
  const std::string other = R"({"model":"n"})", none = R"({"messages":[]})";
  EXPECT_EQ(named(line("a") + "\n" + line("b")), "m");
  EXPECT_EQ(named(line("a") + "\n" + line("b", other)), "");
  EXPECT_EQ(named(line("a") + "\n" + line("b", other) + "\n" + line("c")), "");
  EXPECT_EQ(named(line("a", none) + "\n" + line("b")), "");
  EXPECT_EQ(named(line("a") + "\nx"), "");
}

TEST(read_lines, says_what_is_wrong_on_which_line) {
  using list = std::vector<std::string>;
  EXPECT_EQ(codes(""), list{"0 empty_file"});
  EXPECT_EQ(codes(" \n\n"), list{"0 empty_file"});
  EXPECT_EQ(codes(line("a") + "\n{\"x\":[1,}\n[]\n"), (list{"2 invalid_json_line", "3 invalid_json_line"}));
  EXPECT_EQ(codes(line("a") + "\n" + line("a")), list{"2 duplicate_custom_id"});
  EXPECT_EQ(
      codes(R"({"method":"GET","url":"/v1/x","body":5,"custom_id":1})"),
      (list{"1 missing_required_parameter", "1 invalid_method", "1 invalid_url", "1 missing_required_parameter"}));
  EXPECT_EQ(codes(line("a", R"({"model":7})")), list{"1 invalid_request"});
}

TEST(read_lines, takes_no_more_lines_and_tells_no_more_errors_than_it_should) {
  std::string bad, many;
  for (int i = 0; i < 1000; ++i)
    bad += "x\n";
  EXPECT_LE(read_lines(batch(), bad).errors.size(), 100U);
  for (int i = 0; i < 50'001; ++i)
    many += line(std::to_string(i)) + "\n";
  const auto read = read_lines(batch(), many);
  ASSERT_EQ(read.errors.size(), 1U);
  EXPECT_EQ(read.errors[0].code, "too_many_requests");
  EXPECT_TRUE(read.jobs.empty());
}

TEST(write_lines, parts_answers_from_errors) {
  storage::job_row fine, wrong, late, ended;
  fine.id = 1;
  fine.status = storage::job_status::success;
  fine.http_status = 200;
  fine.custom_id = "a";
  fine.content_type = "application/json";
  fine.result = R"({"n":1.10})";
  fine.request_id = "r";
  wrong = fine;
  wrong.id = 2;
  wrong.status = storage::job_status::failed;
  wrong.http_status = 418;
  late.id = 3;
  late.status = storage::job_status::failed;
  late.expires_at = late.updated_at;
  ended.id = 4;
  ended.status = storage::job_status::cancelled;
  auto ended_in_mid_call = ended;
  ended_in_mid_call.id = 5;
  ended_in_mid_call.http_status = 499;
  ended_in_mid_call.result = R"({"error":{}})";
  const auto closed = write_lines({fine, wrong, late, ended, ended_in_mid_call});
  EXPECT_EQ(closed.output,
            R"({"id":"batch_req_1","custom_id":"a","response":{"status_code":200,"request_id":"r","body":)"
            R"({"n":1.10}},"error":null})"
            "\n");
  EXPECT_NE(closed.errors.find(R"("status_code":418)"), std::string::npos);
  EXPECT_NE(closed.errors.find(R"("response":null,"error":{"code":"batch_expired")"), std::string::npos);
  EXPECT_NE(closed.errors.find(R"("code":"batch_cancelled")"), std::string::npos);
  EXPECT_EQ(closed.completed, 1);
  EXPECT_EQ(closed.errors.find("499"), std::string::npos) << "what a cancelled line came to is no answer";
  EXPECT_EQ(closed.failed, 4);
  EXPECT_TRUE(closed.expired);
  EXPECT_EQ(closed.jobs, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST(write_lines, adds_up_what_good_answers_have_used) {
  storage::job_row chat, response, wrong;
  chat.status = response.status = storage::job_status::success;
  wrong.status = storage::job_status::failed;
  for (auto* each : {&chat, &response, &wrong}) {
    each->http_status = 200;
    each->content_type = "application/json; charset=utf-8";
  }
  chat.result = R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,)"
                R"("prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}})";
  response.result = R"({"output":[],"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":40},)"
                    R"("output_tokens":50,"output_tokens_details":{"reasoning_tokens":30},"total_tokens":150}})";
  wrong.result = chat.result;
  auto silent = chat;
  silent.result = R"({"choices":[]})";
  EXPECT_EQ(write_lines({chat, response, wrong, silent}).usage, (storage::batch_usage{110, 44, 55, 33}));
}

TEST(write_lines, adds_up_what_the_books_have_of_them) {
  const auto used = [](const std::string& path, const std::string& result) {
    storage::job_row line;
    line.status = storage::job_status::success;
    line.http_status = 200;
    line.path = path;
    line.content_type = "application/json";
    line.result = result;
    return write_lines({line}).usage;
  };
  const std::string beyond = R"("usage":{"prompt_tokens":31,"completion_tokens":1,"total_tokens":332,)"
                             R"("completion_tokens_details":{"reasoning_tokens":300}}})";
  EXPECT_EQ(used("/v1/chat/completions", "{" + beyond), (storage::batch_usage{31, 0, 301, 300}))
      << "a total beyond its parts";
  EXPECT_EQ(used("/v1/embeddings?x=1", R"({"usage":{"total_tokens":9}})"), (storage::batch_usage{9, 0, 0, 0}));
  EXPECT_EQ(used("/v1/chat/completions", R"({"choices":[{"message":{"content":"Hello"}}],)"
                                         R"("usage":{"prompt_tokens":10,"completion_tokens":0}})"),
            storage::batch_usage{})
      << "the books estimate it";
}

TEST(errors_json, is_openais_list) {
  EXPECT_EQ(
      errors_json({{"a", "b\"", "", 0}, {"c", "d", "e", 3}}),
      R"([{"code":"a","line":null,"message":"b\"","param":null},{"code":"c","line":3,"message":"d","param":"e"}])");
}

bool ours(std::string_view method, std::string_view target, std::string_view purpose = {}) {
  const std::string form =
      "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n" + std::string{purpose} + "\r\n--b--\r\n";
  const auto x = make_exchange(method, target, {{"content-type", "multipart/form-data; boundary=b"}},
                               purpose.empty() ? std::string_view{} : std::string_view{form});
  return ingress::is_about_batches(x->request());
}

TEST(is_about_batches, what_the_gateway_runs_itself_and_nothing_else) {
  EXPECT_TRUE(ours("POST", "/v1/batches"));
  EXPECT_TRUE(ours("GET", "/openai/batches/batch_logos_x"));
  EXPECT_TRUE(ours("POST", "/v1/batches/x/cancel"));
  EXPECT_TRUE(ours("GET", "/v1/files/file-logos-x/content"));
  EXPECT_TRUE(ours("POST", "/v1/files", "batch"));
  EXPECT_TRUE(ours("GET", "/v1/files"));
  EXPECT_TRUE(ours("GET", "/v1/files/?limit=1&purpose=batch_output"));
  EXPECT_FALSE(ours("POST", "/v1/files", "assistants"));
  EXPECT_FALSE(ours("POST", "/v1/files"));
  EXPECT_FALSE(ours("GET", "/v1/files?purpose=assistants&x=1"));
  EXPECT_FALSE(ours("GET", "/v1/files/file-abc"));
  EXPECT_FALSE(ours("POST", "/v1/batchesque"));
  EXPECT_FALSE(ours("POST", "/v1/chat/completions"));
}

} // namespace
} // namespace logos::jobs
