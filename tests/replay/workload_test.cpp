// SPDX-License-Identifier: MIT
#include "replay/report.hpp"
#include "replay/workload.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>

namespace logos::replay {
namespace {

constexpr std::string_view header = "request_id,arrival_offset,mode,priority,body_json\n";

std::string why(std::string_view text) {
  const auto plan = read_workload(text);
  return plan ? "nothing" : plan.error().message;
}

TEST(workload, a_row_becomes_a_request_in_the_order_of_arrival) {
  const auto plan = read_workload(std::string{header} + R"(late,1500.5,batch,LOW,"{""model"":""m""}"
b,0,,,{}
a,0, Interactive ,high,{}
,2000,,mid,{}
)");
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->size(), 4U);
  EXPECT_EQ((*plan)[0].id, "a");
  EXPECT_EQ((*plan)[0].priority, 10);
  EXPECT_EQ((*plan)[1].id, "b");
  EXPECT_EQ((*plan)[1].priority, 5);
  EXPECT_EQ((*plan)[1].mode, core::traffic_mode::interactive);
  EXPECT_EQ((*plan)[2].arrival, std::chrono::microseconds{1'500'500});
  EXPECT_EQ((*plan)[2].mode, core::traffic_mode::batch);
  EXPECT_EQ((*plan)[2].priority, 1);
  EXPECT_EQ((*plan)[2].body, R"({"model":"m"})");
  EXPECT_EQ((*plan)[2].line, 2U);
  EXPECT_EQ((*plan)[3].id, "req-4");
}

TEST(workload, columns_may_stand_in_any_order_and_case) {
  const auto plan = read_workload("BODY_JSON, Arrival_Offset ,note\n{},7,x\n");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->front().arrival, std::chrono::milliseconds{7});
}

TEST(workload, what_is_wrong_is_named_with_its_line_and_column) {
  EXPECT_NE(why("").find("empty"), std::string::npos);
  EXPECT_NE(why("request_id,body_json\n").find("arrival_offset"), std::string::npos);
  EXPECT_NE(why("body_json,arrival_offset,Body_Json\n").find("line 1, column 'body_json'"), std::string::npos);
  const auto second = [](const std::string& row) { return why(std::string{header} + "r,0,,,{}\n" + row + "\n"); };
  for (const auto* row : {"r,soon,,,{}", "r,-1,,,{}", "r,nan,,,{}", "r,,,,{}"})
    EXPECT_NE(second(row).find("line 3, column 'arrival_offset'"), std::string::npos) << second(row);
  EXPECT_NE(second("r,0,sometimes,,{}").find("line 3, column 'mode'"), std::string::npos);
  EXPECT_NE(second("r,0,,urgent,{}").find("line 3, column 'priority'"), std::string::npos);
  EXPECT_NE(second("r,0,,7,{}").find("line 3, column 'priority'"), std::string::npos);
  for (const auto* row : {"r,0,,,", "r,0,,,nothing", "r,0,,,[]", "r,0,,,{\"a\":"})
    EXPECT_NE(second(row).find("line 3"), std::string::npos) << second(row);
  EXPECT_NE(second("r,0,,,{},more").find("6 fields"), std::string::npos);
}

TEST(workload, the_body_that_is_sent_has_mode_and_priority_once) {
  simdjson::dom::parser parser;
  for (const std::string body :
       {"{}", R"({"model":"m"})", R"( { "mode" : "interactive" , "x":[1] } )", R"({"x":1,"priority":3})",
        R"({"priority":"low","a":{"mode":1},"mode":"interactive"})"}) {
    const auto sent = body_to_send({.mode = core::traffic_mode::batch, .priority = 10, .body = body});
    ASSERT_TRUE(sent) << sent.error().message;
    simdjson::dom::object object;
    ASSERT_EQ(parser.parse(*sent).get(object), simdjson::SUCCESS) << *sent;
    int modes = 0, priorities = 0;
    for (const auto member : object) {
      modes += member.key == "mode" ? 1 : 0;
      priorities += member.key == "priority" ? 1 : 0;
    }
    EXPECT_EQ(modes, 1) << *sent;
    EXPECT_EQ(priorities, 1) << *sent;
    EXPECT_EQ(std::string_view{object["mode"]}, "batch");
    EXPECT_EQ(std::int64_t{object["priority"]}, 10);
  }
}

TEST(workload, the_samples_are_read) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LOGOS_WORKLOADS}) {
    const auto text = read_file(entry.path());
    ASSERT_TRUE(text) << text.error().message;
    const auto plan = read_workload(*text);
    ASSERT_TRUE(plan) << entry.path() << plan.error().message;
    EXPECT_GE(plan->size(), 16U);
    ++files;
  }
  EXPECT_EQ(files, 6U);
}

} // namespace
} // namespace logos::replay
