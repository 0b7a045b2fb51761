// SPDX-License-Identifier: MIT
#include "core/database_words.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/vocabulary.hpp"

#include <gtest/gtest.h>

#include <set>

namespace logos::core {
namespace {

TEST(error_test, every_code_has_a_row_with_a_name_of_its_own_and_an_error_status) {
  std::set<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(ec::last_); ++i) {
    const auto& row = facts(static_cast<ec>(i));
    EXPECT_EQ(static_cast<int>(row.code), i);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GE(row.status, 400);
    EXPECT_FALSE(row.type.empty());
    EXPECT_FALSE(row.openai.empty());
  }
}

TEST(error_test, a_code_from_a_newer_node_is_an_internal_error) { EXPECT_EQ(facts(static_cast<ec>(250)).status, 500); }

TEST(error_test, callers_are_not_told_where_the_database_is) {
  const std::string words = "PostgreSQL: connection to server at \"10.0.0.7\", port 5432 failed";
  for (const auto code : {ec::storage_away, ec::internal}) {
    EXPECT_EQ(openai_error({code, words}).find("10.0.0.7"), std::string::npos);
    EXPECT_EQ(openai_error({code, "table jobs: " + words}).find("10.0.0.7"), std::string::npos);
  }
  EXPECT_NE(problem_json({ec::storage_away, words}).find("10.0.0.7"), std::string::npos) << "who administers it is";
  EXPECT_EQ(message_for_all({ec::storage_away, "the journal is full"}), "the journal is full");
}

TEST(error_test, the_openai_shape_survives_any_bytes) {
  const failure f{ec::bad_field, "a \"quoted\"\n\x01 \xff\xc3\x28 \xe2\x82\xac", "model"};
  EXPECT_EQ(openai_error(f), R"#({"error":{"message":"a \"quoted\"\n\u0001 \ufffd\ufffd( )#"
                             "\xe2\x82\xac"
                             R"#(","type":"invalid_request_error","param":"model","code":"invalid_value"}})#");
}

TEST(error_test, a_problem_of_rfc_9457_has_its_statuss_phrase_as_title) {
  EXPECT_EQ(problem_json({ec::bad_field, "'x' is odd.", "x"}),
            R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"'x' is odd.","param":"x",)"
            R"("code":"invalid_value"})");
  for (int i = 1; i <= static_cast<int>(ec::last_); ++i)
    if (const auto code = static_cast<ec>(i); http_status(code) != 500) {
      EXPECT_EQ(problem_json({code, "x"}).find("Internal Server Error"), std::string::npos) << to_string(code);
    }
}

TEST(error_test, surrogates_and_overlong_forms_are_not_utf8) {
  EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(json_string("\xc0\xaf"), R"("\ufffd\ufffd")");
  EXPECT_EQ(json_string("\xf5\x80\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
  EXPECT_EQ(json_string("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"");
}

TEST(error_test, what_is_kept_of_a_message_quotes_nothing_of_the_request) {
  EXPECT_EQ(without_quotes({ec::model_not_found, "The model 'it's mine' does not exist."}),
            "The model '…' does not exist.");
  EXPECT_EQ(without_quotes({ec::bad_field, "'a' names 'b', which is none."}), "'…', which is none.");
  EXPECT_EQ(without_quotes({ec::bad_json, "The body isn't JSON."}), "The body isn't JSON.");
  EXPECT_EQ(without_quotes({ec::budget_spent, "The budget of process 'x' (7) is spent."}),
            "The budget of process 'x' (7) is spent.");
}

TEST(time_test, texts_are_utc_to_the_microsecond) {
  const wall_time t{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{2} +
                    std::chrono::minutes{3} + std::chrono::seconds{4} + std::chrono::microseconds{56}};
  EXPECT_EQ(to_sql(t), "2026-11-21 02:03:04.000056+00");
  EXPECT_EQ(to_iso8601(t), "2026-11-21T02:03:04.000056Z");
}

TEST(vocabulary_test, words_round_trip_and_others_are_refused) {
  for (int i = 0; i < 7; ++i) {
    const auto type = static_cast<provider_type>(i);
    EXPECT_EQ(parse_provider_type(to_string(type)), type);
  }
  for (int i = 0; i < 4; ++i) {
    const auto level = static_cast<privacy_level>(i);
    EXPECT_EQ(parse_privacy_level(to_string(level)), level);
  }
  EXPECT_FALSE(parse_provider_type("OpenAI"));
  EXPECT_EQ(parse_priority("high"), priority_high);
  EXPECT_EQ(parse_priority("3"), priority{3});
  for (const char* text : {"", "0", "11", "-1", "3x", "urgent", " 3"})
    EXPECT_FALSE(parse_priority(text)) << text;
}

} // namespace
} // namespace logos::core
