// SPDX-License-Identifier: MIT
#include "net/event_relay.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace logos::net {
namespace {

const std::string delta =
    R"(data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hi \"you\""},"finish_reason":null}],"usage":null})";
const std::string last_delta =
    R"(data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})";
const std::string usage_chunk =
    R"(data: {"id":"1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}})";
const std::string azure_first = R"(data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}],"usage":null})";

/// What a client gets of it that did not ask for usage.
std::string without_usage(std::string text) {
  constexpr std::string_view member = ",\"usage\":null";
  for (auto at = text.find(member); at != std::string::npos; at = text.find(member, at))
    text.erase(at, member.size());
  return text;
}

/// Feeds `stream` in pieces that end at the given offsets.
struct relayed {
  std::string text;
  answer_facts facts;
  bool withheld = false;
  std::size_t most_held = 0;
};
relayed relay(const std::string& stream, bool withhold, const std::vector<std::size_t>& cuts) {
  event_relay relay{withhold};
  relayed out;
  std::vector<std::string_view> views;
  const auto add = [&](std::string_view piece) { views.push_back(piece); };
  const auto write = [&] { // what a piece handed out is good until the next one
    for (const auto view : views)
      out.text += view;
    views.clear();
  };
  std::size_t at = 0;
  for (const auto cut : cuts) {
    const std::string piece = stream.substr(at, cut - at); // a copy: views must not outlive their call
    relay.feed(piece, add);
    write();
    out.most_held = std::max(out.most_held, relay.held());
    at = cut;
  }
  const std::string piece = stream.substr(at);
  relay.feed(piece, add);
  relay.finish(add); // what the last piece handed out is good even now
  write();
  out.facts = relay.facts();
  out.withheld = relay.withheld();
  return out;
}

std::vector<std::size_t> each_byte(const std::string& text) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < text.size(); ++i)
    cuts.push_back(i);
  return cuts;
}

std::string joined(const std::vector<std::string>& events, const std::string& line_end) {
  std::string out;
  for (auto event : events) {
    for (auto at = event.find('\n'); at != std::string::npos; at = event.find('\n', at + line_end.size()))
      event.replace(at, 1, line_end);
    out += event + line_end + line_end;
  }
  return out;
}

void expect_whole(const relayed& got, const std::string& expected, const std::string& what) {
  EXPECT_EQ(got.text, expected) << what;
  EXPECT_EQ(got.facts.tokens.prompt_tokens, 5) << what;
  EXPECT_EQ(got.facts.tokens.completion_tokens, 7) << what;
  EXPECT_EQ(got.facts.deltas, 1U) << what;
  EXPECT_EQ(got.facts.text_bytes, 10U) << what;
  EXPECT_TRUE(got.facts.finished && got.facts.first_token && !got.facts.failed) << what;
}

TEST(event_relay, withholds_exactly_the_usage_chunk_however_the_bytes_are_split) {
  for (const std::string line_end : {"\n", "\r\n", "\r"}) {
    const std::vector<std::string> before{azure_first, ": a comment", "event: x", delta, last_delta};
    const std::vector<std::string> after{": another", "data: [DONE]"};
    auto all = before;
    all.push_back(usage_chunk);
    all.insert(all.end(), after.begin(), after.end());
    auto kept = before;
    kept.insert(kept.end(), after.begin(), after.end());
    const auto stream = joined(all, line_end), expected = without_usage(joined(kept, line_end));
    expect_whole(relay(stream, true, {}), expected, "whole");
    expect_whole(relay(stream, true, each_byte(stream)), expected, "byte by byte");
    expect_whole(relay(stream, false, each_byte(stream)), stream, "not withholding");
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      expect_whole(relay(stream, true, {cut}), expected, "cut at " + std::to_string(cut));
      expect_whole(relay(stream, false, {cut}), stream, "plain, cut at " + std::to_string(cut));
      if (cut + 7 < stream.size()) expect_whole(relay(stream, true, {cut, cut + 7}), expected, "two cuts");
    }
  }
}

TEST(event_relay, data_over_several_lines_is_one_event) {
  const std::string chunk =
      "data: {\"choices\": [ ],\ndata: \"usage\": {\"prompt_tokens\": 5,\ndata: \"completion_tokens\": 7}}";
  const auto stream = joined({delta, chunk, "data: [DONE]"}, "\n");
  expect_whole(relay(stream, true, each_byte(stream)), without_usage(joined({delta, "data: [DONE]"}, "\n")),
               "multi-line");
}

TEST(event_relay, an_event_whose_end_never_comes_is_judged_at_the_end) {
  const auto stream = joined({delta, last_delta}, "\n") + usage_chunk;
  for (const std::string tail : {"", "\n", "\r"})
    expect_whole(relay(stream + tail, true, each_byte(stream + tail)), without_usage(joined({delta, last_delta}, "\n")),
                 "no blank line");
  const auto other = joined({delta}, "\n") + "data: {\"choices\":[],\"us";
  EXPECT_EQ(relay(other, true, {}).text, without_usage(other));
  EXPECT_EQ(relay(other, true, each_byte(other)).text, without_usage(other));
  EXPECT_EQ(relay(delta, true, {}).text, without_usage(delta));
}

TEST(event_relay, a_usage_chunk_whose_counts_cannot_be_is_withheld_too) {
  const std::string wrong = R"(data: {"id":"1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":-7}})";
  const auto stream = joined({delta, last_delta, wrong, "data: [DONE]"}, "\n");
  const auto got = relay(stream, true, each_byte(stream));
  EXPECT_EQ(got.text, without_usage(joined({delta, last_delta, "data: [DONE]"}, "\n")));
  EXPECT_FALSE(got.facts.tokens.seen);
}

TEST(event_relay, chunks_that_only_look_alike_are_relayed) {
  const std::vector<std::string> alike{
      azure_first,
      R"(data: {"choices":[],"usage":null})",
      R"(data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":2}})",
      R"(data: {"usage":{"prompt_tokens":1,"completion_tokens":2}})",
      R"(data: {"x":{"choices":[],"usage":{"prompt_tokens":1}}})",
      R"(data: "{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}")",
      R"(data: {"choices":[],"usage":{"prompt_tokens":1)",
      "data:",
      "data",
      "",
      "id: 7\nretry: 3",
      ": {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}"};
  const auto stream = joined(alike, "\n");
  for (const auto& cuts : {std::vector<std::size_t>{}, each_byte(stream)}) {
    const auto got = relay(stream, true, cuts);
    EXPECT_EQ(got.text, without_usage(stream));
    EXPECT_FALSE(got.withheld);
  }
}

TEST(event_relay, a_line_that_is_no_data_decides_the_same_whole_and_split) {
  const auto stream = joined({usage_chunk + "\nxdata: {\"choices\":[{\"a\":1}]}"}, "\n");
  EXPECT_EQ(relay(stream, true, each_byte(stream)).text, relay(stream, true, {}).text);
}

TEST(event_relay, usage_null_goes_wherever_it_stands_in_the_outermost_object_and_nowhere_else) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"choices":[{"delta":{"content":"a"}}],"usage":null})", R"({"choices":[{"delta":{"content":"a"}}]})"},
      {R"({"choices":[{}],"usage":null,"obfuscation":"x}]{\"y"})", R"({"choices":[{}],"obfuscation":"x}]{\"y"})"},
      {R"({"choices":[{}] , "usage" : null , "x":[1,{"y":2}]})", R"({"choices":[{}]  , "x":[1,{"y":2}]})"},
      {R"({"usage":null,"choices":[{}]})", R"({"choices":[{}]})"},
      {R"({ "usage":null , "choices":[{}]})", R"({ "choices":[{}]})"},
      {R"({"usage":null})", R"({})"},
      {R"({"choices":[{"usage":null}]})", ""},
      {R"({"x":{"a":1,"usage":null},"choices":[]})", ""},
      {R"({"choices":[{"delta":{"content":",\"usage\":null"}}]})", ""},
      {R"({"choices":[{"delta":{"content":"\\","usage":null}}]})", ""},
      {R"({"usage":nul})", ""},
      {R"({"choices":[{}],"usage":{"prompt_tokens":1}})", ""}};
  for (const auto& [event, left] : cases)
    for (const std::string line_end : {"\n", "\r\n", "\r"}) {
      const auto all = [&](const std::string& one) { return joined({"data: " + one, "data:" + one}, line_end); };
      const auto stream = all(event), expected = left.empty() ? stream : all(left);
      EXPECT_EQ(relay(stream, true, {}).text, expected) << event;
      EXPECT_EQ(relay(stream, true, each_byte(stream)).text, expected) << event;
      for (std::size_t cut = 1; cut < stream.size(); ++cut)
        EXPECT_EQ(relay(stream, true, {cut}).text, expected) << event << " cut at " << cut;
      EXPECT_EQ(relay(stream, false, {}).text, stream) << event;
    }
}

TEST(event_relay, whole_events_go_out_as_the_view_that_came_in) {
  const auto stream = without_usage(joined({delta, delta, last_delta}, "\n"));
  for (const bool withhold : {false, true}) {
    event_relay relay{withhold};
    std::vector<std::string_view> pieces;
    relay.feed(stream, [&](std::string_view piece) { pieces.push_back(piece); });
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0].data(), stream.data());
    EXPECT_EQ(pieces[0].size(), stream.size());
  }
}

TEST(event_relay, events_go_out_whole_and_in_one_piece) {
  event_relay relay{true};
  std::vector<std::string> pieces;
  const auto add = [&](std::string_view piece) { pieces.emplace_back(piece); };
  relay.feed(R"(data: {"choices":[{"delta":{"content":"Hel)", add);
  EXPECT_TRUE(pieces.empty());
  EXPECT_EQ(relay.held(), 42U);
  relay.feed("lo\"}}],\"usage\":null}\n\n" + joined({delta, delta}, "\n") + usage_chunk, add);
  relay.feed("\n\n", add);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0], without_usage(R"(data: {"choices":[{"delta":{"content":"Hello"}}]})"
                                     "\n\n" +
                                     joined({delta, delta}, "\n")));
  EXPECT_EQ(relay.facts().text_bytes, 25U);
  EXPECT_TRUE(relay.withheld());
}

TEST(event_relay, a_long_event_loses_its_usage_null_too) {
  const auto long_one = R"(data: {"choices":[{"delta":{"content":")" + std::string(900'000, 'x') +
                        R"("}}],"usage":null,"obfuscation":"a"})";
  const auto stream = joined({delta, long_one, usage_chunk, "data: [DONE]"}, "\n");
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 16'000; cut < stream.size(); cut += 16'000)
    cuts.push_back(cut);
  const auto expected = without_usage(joined({delta, long_one, "data: [DONE]"}, "\n"));
  EXPECT_EQ(relay(stream, true, cuts).text, expected);
  EXPECT_EQ(relay(stream, true, {}).text, expected);
}

TEST(event_relay, an_event_over_1_mib_is_released_and_still_read) {
  const auto big = R"(data: {"choices":[],"pad":")" + std::string(1'200'000, 'x') +
                   R"(","usage":{"prompt_tokens":5,"completion_tokens":7}})";
  const auto stream = joined({big, delta, usage_chunk, "data: [DONE]"}, "\n");
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 1000; cut < stream.size(); cut += 1000)
    cuts.push_back(cut);
  const auto got = relay(stream, true, cuts);
  expect_whole(got, without_usage(joined({big, delta, "data: [DONE]"}, "\n")), "released");
  EXPECT_LE(got.most_held, 1024U * 1024);
}

TEST(event_relay, usage_at_the_end_of_an_event_of_megabytes_is_found) {
  const auto big = R"(data: {"type":"response.completed","response":{"output":[{"text":")" +
                   std::string(3'000'000, 'y') +
                   R"("}],"usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12}}})";
  const auto stream = joined({big}, "\n");
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 16'000; cut < stream.size(); cut += 16'000)
    cuts.push_back(cut);
  for (const bool withhold : {false, true}) {
    const auto got = relay(stream, withhold, cuts);
    EXPECT_EQ(got.text.size(), stream.size());
    EXPECT_EQ(got.facts.tokens.total_tokens, 12);
  }
}

TEST(event_relay, a_byte_order_mark_hides_nothing) {
  const auto stream = "\xEF\xBB\xBF" + joined({usage_chunk}, "\n");
  EXPECT_EQ(relay(stream, true, {}).text, "");
}

} // namespace
} // namespace logos::net
