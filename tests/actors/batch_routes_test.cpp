// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

using fields = std::vector<std::pair<std::string, std::string>>;

/// /v1/files and /v1/batches as ADMINISTRATION answers them.
class batch_routes_test : public administration_fixture {
protected:
  reply upload(const fields& more = {}) {
    std::string form;
    const auto part = [&](const std::string& name, const std::string& content) {
      form += "--b\r\ncontent-disposition: form-data; name=" + name + "\r\n\r\n" + content + "\r\n";
    };
    part("\"purpose\"", "batch");
    for (const auto& [name, content] : more)
      part("\"" + name + "\"", content);
    part("\"file\"; filename=\"a.jsonl\"", "{}");
    return call("POST", "/v1/files", form + "--b--\r\n", -1, {{"content-type", "multipart/form-data; boundary=b"}});
  }
  reply submit(const std::string& file, const std::string& more = {}) {
    return call("POST", "/v1/batches",
                R"({"input_file_id":")" + file + R"(","endpoint":"/v1/chat/completions","completion_window":"24h")" +
                    more + "}",
                -1, {{"content-type", "application/json"}});
  }
  std::vector<std::string> ids(const std::string& target) {
    std::vector<std::string> out;
    const auto listed = call("GET", target);
    EXPECT_EQ(listed.status, 200) << listed.body;
    for (const auto each : listed.json()["data"].get_array())
      out.emplace_back(each["id"].get_string().value());
    return out;
  }
};

TEST_F(batch_routes_test, a_file_says_when_it_expires) {
  const auto plain = upload();
  ASSERT_EQ(plain.status, 200) << plain.body;
  EXPECT_EQ(plain.number("expires_at"), plain.number("created_at") + 7 * 86'400) << "as jobs.keep has it";
  const auto brief = upload({{"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}});
  EXPECT_EQ(brief.number("expires_at"), brief.number("created_at") + 3600);
  EXPECT_EQ(call("GET", "/v1/files/" + brief.text("id")).number("expires_at"), brief.number("expires_at"));
  const std::string anchor = "expires_after[anchor]", seconds = "expires_after[seconds]";
  for (const auto& wrong :
       {fields{{anchor, "created_at"}}, fields{{seconds, "3600"}}, fields{{anchor, "now"}, {seconds, "3600"}},
        fields{{anchor, "created_at"}, {seconds, "1h"}}, fields{{anchor, "created_at"}, {seconds, "3599"}},
        fields{{anchor, "created_at"}, {seconds, "2592001"}}}) {
    const auto refused = upload(wrong);
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(refused.says("3600 to 2592000") && refused.says(R"("param":"expires_after")")) << refused.body;
  }
}

TEST_F(batch_routes_test, a_batch_takes_the_lifetime_of_its_files_within_bounds) {
  const auto file = upload().text("id");
  EXPECT_EQ(submit(file, R"(,"output_expires_after":{"anchor":"created_at","seconds":2592000})").status, 200);
  EXPECT_EQ(submit(file, R"(,"output_expires_after":null)").status, 200);
  for (const auto* wrong : {"5", "{}", R"({"anchor":"created_at"})", R"({"seconds":3600})",
                            R"({"anchor":"created_at","seconds":3599})", R"({"anchor":"created_at","seconds":2592001})",
                            R"({"anchor":"created_at","seconds":"3600"})", R"({"anchor":"now","seconds":3600})"}) {
    const auto refused = submit(file, R"(,"output_expires_after":)" + std::string{wrong});
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_TRUE(refused.says(R"("param":"output_expires_after")")) << refused.body;
  }
}

TEST_F(batch_routes_test, lists_go_either_way) {
  std::vector<std::string> files, batches;
  for (int i = 0; i < 3; ++i) {
    files.push_back(upload().text("id"));
    batches.push_back(submit(files.back()).text("id"));
  }
  const std::vector<std::pair<std::string, std::vector<std::string>>> lists{{"/v1/files", files},
                                                                            {"/v1/batches", batches}};
  for (const auto& [path, made] : lists) {
    const std::vector<std::string> newest{made.rbegin(), made.rend()};
    EXPECT_EQ(ids(path), newest);
    EXPECT_EQ(ids(path + "?order=desc"), newest);
    EXPECT_EQ(ids(path + "?order=asc"), made);
    const auto page = call("GET", path + "?order=asc&limit=2");
    EXPECT_TRUE(page.says(R"("has_more":true)")) << page.body;
    EXPECT_EQ(ids(path + "?order=asc&limit=2&after=" + page.text("last_id")), std::vector{made[2]});
    const auto refused = call("GET", path + "?order=up");
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(refused.says("asc or desc") && refused.says(R"("param":"order")")) << refused.body;
  }
}

TEST_F(batch_routes_test, a_batch_tells_its_model_and_what_its_answers_have_used) {
  const auto made = submit(upload().text("id"));
  EXPECT_TRUE(made.says(R"("model":null)") && made.says(R"("usage":null)")) << made.body;
  const auto name = made.text("id");
  const auto id = store().batches().find(name, 0)->id;
  storage::new_job line;
  line.method = "POST";
  line.path = "/v1/chat/completions";
  line.lifetime = 1h;
  line.batch_id = id;
  ASSERT_TRUE(store().batches().begin(id, std::vector{line}, "gemma"));
  ASSERT_TRUE(store().batches().cancel(name, 0));
  const auto lines = store().batches().ended_lines(id, 10)->value();
  ASSERT_TRUE(store().batches().close_lines(id, {{lines.at(0).id}, "x\n", "", 1, 0, false, {10, 4, 5, 3}}));
  const auto shown = call("GET", "/v1/batches/" + name);
  EXPECT_EQ(shown.text("model"), "gemma");
  EXPECT_TRUE(shown.says(R"("usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,)"
                         R"("output_tokens_details":{"reasoning_tokens":3},"total_tokens":15})"))
      << shown.body;
}

} // namespace
} // namespace logos::tests
