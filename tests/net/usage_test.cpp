// SPDX-License-Identifier: MIT
#include "net/usage.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

/// Reads `body` whole, cut in two at every byte, and byte by byte; all must tell the same.
answer_facts read(content_kind kind, const std::string& body) {
  usage_reader whole{kind};
  whole.read_whole(body);
  const auto check = [&](std::size_t step, std::size_t first) {
    usage_reader reader{kind};
    reader.feed(std::string_view{body}.substr(0, first));
    for (auto at = first; at < body.size(); at += step)
      reader.feed(std::string{body.substr(at, step)});
    reader.finish();
    EXPECT_EQ(reader.facts().tokens, whole.facts().tokens) << first;
    EXPECT_EQ(reader.facts().text_bytes, whole.facts().text_bytes) << first;
    EXPECT_EQ(reader.facts().deltas, whole.facts().deltas) << first;
    EXPECT_EQ(reader.facts().finished, whole.facts().finished) << first;
    EXPECT_EQ(reader.facts().failed, whole.facts().failed) << first;
    EXPECT_EQ(reader.facts().first_token, whole.facts().first_token) << first;
  };
  check(1, 0);
  for (std::size_t cut = 0; cut <= body.size(); cut += 1 + body.size() / 500)
    check(body.size(), cut);
  return whole.facts();
}

TEST(usage, chat_completion_with_details) {
  const auto facts =
      read(content_kind::json, R"({"id":"x","choices":[{"message":{"content":"{\"usage\":{\"prompt_tokens\":99}}"},
    "finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,
    "prompt_tokens_details":{"cached_tokens":3,"audio_tokens":1},"completion_tokens_details":{"reasoning_tokens":4,
    "audio_tokens":2,"accepted_prediction_tokens":5,"rejected_prediction_tokens":6}},"system_fingerprint":"f"})");
  usage expected;
  expected.prompt_tokens = 19;
  expected.completion_tokens = 10;
  expected.total_tokens = 29;
  expected.prompt_cached_tokens = 3;
  expected.prompt_audio_tokens = 1;
  expected.completion_reasoning_tokens = 4;
  expected.completion_audio_tokens = 2;
  expected.completion_accepted_prediction_tokens = 5;
  expected.completion_rejected_prediction_tokens = 6;
  expected.seen = true;
  EXPECT_EQ(facts.tokens, expected);
  EXPECT_TRUE(facts.finished);
}

TEST(usage, usage_may_stand_first_or_in_the_middle) {
  EXPECT_EQ(
      read(content_kind::json, R"({"usage":{"prompt_tokens":8,"total_tokens":8},"data":[{"embedding":[0.1,-2e-3]}]})")
          .tokens.total_tokens,
      8);
  EXPECT_EQ(
      read(content_kind::json,
           R"({ "a" : {} , "usage" : { "prompt_tokens" : 8 } , "b" : "}" , "c" : {"usage":{"prompt_tokens":1}} })")
          .tokens.prompt_tokens,
      8);
}

TEST(usage, responses_api) {
  const auto facts =
      read(content_kind::json, R"({"object":"response","output":[{"content":[{"type":"output_text","text":"a"}]}],
    "usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":6},"output_tokens":87,
    "output_tokens_details":{"reasoning_tokens":7},"total_tokens":123},"metadata":{}})");
  EXPECT_EQ(facts.tokens.prompt_tokens, 36);
  EXPECT_EQ(facts.tokens.completion_tokens, 87);
  EXPECT_EQ(facts.tokens.prompt_cached_tokens, 6);
  EXPECT_EQ(facts.tokens.completion_reasoning_tokens, 7);
}

TEST(usage, responses_stream) {
  const auto facts = read(
      content_kind::sse,
      "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null,\"usage\":null}}\n\n"
      "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello\"}\n\n"
      "event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"text\":\"Hello\"}\n\n"
      "event: response.completed\ndata: "
      "{\"type\":\"response.completed\",\"response\":{\"output\":[{\"text\":\"Hello\"}],"
      "\"usage\":{\"input_tokens\":3,\"output_tokens\":2,\"total_tokens\":5}}}\n\n");
  EXPECT_EQ(facts.tokens.total_tokens, 5);
  EXPECT_EQ(facts.text_bytes, 5U);
  EXPECT_EQ(facts.deltas, 1U);
  EXPECT_TRUE(facts.finished);
  EXPECT_FALSE(facts.failed);
}

TEST(usage, anthropic_stream_adds_cached_input_and_merges) {
  const auto facts =
      read(content_kind::sse,
           "event: message_start\ndata: "
           "{\"type\":\"message_start\",\"message\":{\"content\":[],\"usage\":{\"input_tokens\":25,"
           "\"cache_creation_input_tokens\":4,\"cache_read_input_tokens\":6,\"output_tokens\":1}}}\n\n"
           "event: content_block_delta\ndata: "
           "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n"
           "event: message_delta\ndata: "
           "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}\n\n"
           "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
  EXPECT_EQ(facts.tokens.prompt_tokens, 35);
  EXPECT_EQ(facts.tokens.prompt_cached_tokens, 6);
  EXPECT_EQ(facts.tokens.prompt_cache_creation_tokens, 4);
  EXPECT_EQ(facts.tokens.completion_tokens, 15);
  EXPECT_EQ(facts.tokens.total_tokens, 50);
  EXPECT_EQ(facts.text_bytes, 2U);
  EXPECT_TRUE(facts.finished);
}

TEST(usage, ollama_native_stream_and_answer) {
  const auto facts = read(content_kind::ndjson,
                          "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done\":false}\n"
                          "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\","
                          "\"prompt_eval_count\":26,\"eval_count\":298}\n");
  EXPECT_EQ(facts.tokens.prompt_tokens, 26);
  EXPECT_EQ(facts.tokens.completion_tokens, 298);
  EXPECT_EQ(facts.tokens.total_tokens, 324);
  EXPECT_EQ(facts.deltas, 1U);
  EXPECT_TRUE(facts.finished);
  EXPECT_EQ(read(content_kind::json, R"({"response":"Hi","done":true,"prompt_eval_count":1,"eval_count":2})")
                .tokens.total_tokens,
            3);
}

TEST(usage, the_last_usage_of_a_stream_wins_and_null_is_none) {
  const auto facts = read(
      content_kind::sse,
      "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,"
      "\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"length\"}],\"usage\": "
      "{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n"
      "data: {\"choices\":[],\"usage\":null}\n\n");
  EXPECT_EQ(facts.tokens.completion_tokens, 2);
  EXPECT_EQ(facts.tokens.prompt_cached_tokens, 0);
  EXPECT_EQ(facts.tokens.total_tokens, 5);
  EXPECT_TRUE(facts.finished);
}

/// What is believed of a report depends on what came behind it.
TEST(usage, of_a_stream_tells_how_much_text_had_come_before_it) {
  const auto behind = [](content_kind kind, const std::string& stream) {
    usage_reader reader{kind};
    reader.read_whole(stream);
    EXPECT_TRUE(reader.facts().tokens.seen);
    return reader.facts().text_bytes - reader.facts().text_before_usage;
  };
  const std::string text = R"(data: {"choices":[{"delta":{"content":"hello"}}]})"
                           "\n\n";
  const std::string with_usage = R"(data: {"choices":[{"delta":{"content":"hello"}}],"usage":{"completion_tokens":1}})"
                                 "\n\n";
  const std::string no_usage = R"(data: {"choices":[],"usage":null})"
                               "\n\n";
  EXPECT_EQ(behind(content_kind::sse, with_usage + text + text + no_usage), 10U);
  EXPECT_EQ(behind(content_kind::sse, text + with_usage), 0U);
  EXPECT_EQ(behind(content_kind::sse, with_usage + text + with_usage), 0U);
  const std::string zeros = R"(data: {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}})"
                            "\n\n",
                    of_the_prompt = R"(data: {"choices":[],"usage":{"prompt_tokens":9}})"
                                    "\n\n";
  EXPECT_EQ(behind(content_kind::sse, with_usage + text + zeros), 5U) << "zeros count no answer";
  EXPECT_EQ(behind(content_kind::sse, with_usage + text + of_the_prompt), 5U);
  const std::string begin = R"(data: {"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}})"
                            "\n\n",
                    delta = R"(data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"hello"}})"
                            "\n\n",
                    end = R"(data: {"type":"message_delta","usage":{"output_tokens":7}})"
                          "\n\n";
  EXPECT_EQ(behind(content_kind::sse, begin + delta), 5U);
  EXPECT_EQ(behind(content_kind::sse, begin + delta + end), 0U);
  EXPECT_EQ(behind(content_kind::ndjson,
                   R"({"message":{"content":"hello"},"done":false})"
                   "\n"
                   R"({"message":{"content":""},"done":true,"prompt_eval_count":3,"eval_count":4})"
                   "\n"),
            0U);
}

TEST(usage, of_a_document_leaves_its_text_only_where_that_is_wanted) {
  const std::string body = R"({"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}],)"
                           R"("usage":{"prompt_tokens":3,"completion_tokens":2}})";
  for (const bool wanted : {false, true}) {
    usage_reader reader{content_kind::json, nullptr, wanted};
    reader.read_whole(body);
    EXPECT_EQ(reader.facts().text.kept(), wanted ? "hello" : "");
    EXPECT_EQ(reader.facts().text_bytes, wanted ? 5U : 0U);
    EXPECT_EQ(reader.facts().tokens.completion_tokens, 2);
    EXPECT_TRUE(reader.facts().finished);
  }
}

TEST(usage, zeros_take_nothing_back_that_was_counted) {
  usage_reader r{content_kind::sse};
  r.read_whole(R"(data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":40,"total_tokens":50}})"
               "\n\n"
               R"(data: {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}})"
               "\n\ndata: [DONE]\n\n");
  EXPECT_EQ(r.facts().tokens.prompt_tokens, 10);
  EXPECT_EQ(r.facts().tokens.completion_tokens, 40);
}

TEST(usage, a_stream_without_usage_leaves_something_to_estimate_from) {
  const auto facts =
      read(content_kind::sse,
           "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
           "data: {\"choices\":[{\"delta\":{\"content\":\":-) \\\"x\\\": \"}}]}\n\n"
           "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\ndata: [DONE]\n\n");
  EXPECT_FALSE(facts.tokens.seen);
  EXPECT_EQ(facts.deltas, 2U);
  EXPECT_EQ(facts.text_bytes, 13U);
  EXPECT_TRUE(facts.first_token);
  EXPECT_TRUE(facts.finished);
}

TEST(usage, a_role_is_not_a_token_but_a_tool_call_is) {
  answer_facts facts;
  read_chunk(R"({"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]})", facts);
  EXPECT_FALSE(facts.first_token);
  read_chunk(R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}}]})", facts);
  EXPECT_TRUE(facts.first_token);
  EXPECT_FALSE(facts.finished);
}

TEST(usage, errors_inside_an_answer_are_seen) {
  EXPECT_TRUE(read(content_kind::sse, "data: {\"error\":{\"message\":\"boom\"}}\n\n").failed);
  EXPECT_TRUE(read(content_kind::sse, "event: error\ndata: {\"type\":\"error\",\"message\":\"m\"}\n\n").failed);
  EXPECT_TRUE(read(content_kind::ndjson, "{\"error\":\"model not found\"}\n").failed);
  EXPECT_TRUE(read(content_kind::json, R"({"error":{"message":"x"}})").failed);
  EXPECT_FALSE(read(content_kind::json, R"({"error":null,"usage":{"prompt_tokens":1}})").failed);
  EXPECT_FALSE(read(content_kind::sse,
                    "data: {\"x\":{\"error\":{}},\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\":{}}\"}}]}\n\n")
                   .failed);
}

TEST(usage, of_a_huge_document_the_tail_is_enough) {
  const auto body =
      R"({"data":[")" + std::string(5'000'000, 'z') + R"("],"usage":{"prompt_tokens":8,"total_tokens":8}})";
  usage_reader reader{content_kind::json};
  for (std::size_t at = 0; at < body.size(); at += 60'000)
    reader.feed(std::string_view{body}.substr(at, 60'000));
  reader.finish();
  EXPECT_EQ(reader.facts().tokens.total_tokens, 8);
}

TEST(usage, what_cannot_be_understood_is_passed_over) {
  for (const std::string body :
       {"", "{", "}", "\"usage\":{", "{\"usage\":", "{\"usage\":{\"usage\":{\"usage\":{", ":::", "\":\":\"", "]]]]"})
    for (const auto kind : {content_kind::json, content_kind::sse, content_kind::ndjson, content_kind::opaque})
      EXPECT_FALSE(read(kind, body).tokens.seen) << body;
  std::string many = "{";
  for (int i = 0; i < 100'000; ++i)
    many += R"("usage":{},"error":{},)";
  usage_reader reader{content_kind::json}; // must not take the square of its length
  reader.read_whole(many);
  EXPECT_FALSE(reader.facts().tokens.seen);
}

TEST(usage, of_an_answer_whose_type_tells_nothing_is_read_by_its_beginning) {
  const auto json = read(content_kind::opaque, R"( {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}})");
  EXPECT_EQ(json.tokens.completion_tokens, 5);
  const auto events = read(content_kind::opaque, "data: {\"choices\":[{\"delta\":{\"content\":\"ab\"}}]}\n\n"
                                                 "data: {\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}\n\n");
  EXPECT_EQ(events.tokens.prompt_tokens, 3);
  EXPECT_EQ(events.deltas, 1U);
  EXPECT_TRUE(read(content_kind::opaque, "event: a\ndata: {\"usage\":{\"prompt_tokens\":3}}\n\n").tokens.seen);
  for (const std::string sound : {R"(ID3 {"usage":{"prompt_tokens":3}})", R"(date {"usage":{"prompt_tokens":3}})"})
    EXPECT_FALSE(read(content_kind::opaque, sound).tokens.seen) << sound;
  EXPECT_FALSE(read(content_kind::opaque, std::string(100, ' ') + R"({"usage":{"prompt_tokens":3}})").tokens.seen)
      << "nobody waits for ever";
}

TEST(usage, content_types_tell_the_kind) {
  EXPECT_EQ(content_kind_of("application/json; charset=utf-8"), content_kind::json);
  EXPECT_EQ(content_kind_of("Text/Event-Stream;charset=utf-8"), content_kind::sse);
  EXPECT_EQ(content_kind_of("application/x-ndjson"), content_kind::ndjson);
  EXPECT_EQ(content_kind_of("audio/mpeg"), content_kind::opaque);
  EXPECT_EQ(content_kind_of(""), content_kind::opaque);
}

TEST(usage, counts_of_an_operators_own_are_read_where_they_are) {
  const own_counters counters{{100, {"server_tool_use", "web_search_requests"}}, {101, {"seconds"}}};
  const auto read_by = [&](content_kind kind, std::string_view body) {
    usage_reader reader{kind, &counters};
    reader.read_whole(body);
    return reader.facts().tokens;
  };
  using counts = std::vector<core::own_count>;
  const auto whole =
      read_by(content_kind::json,
              R"({"usage":{"input_tokens":5,"server_tool_use":{"web_search_requests":3},"output_tokens":2}})");
  EXPECT_EQ(whole.own, (counts{{100, 3}}));
  EXPECT_EQ(whole.prompt_tokens, 5);
  const auto stream =
      read_by(content_kind::sse,
              "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n"
              "data: {\"usage\":{\"output_tokens\":9,\"server_tool_use\":{\"web_search_requests\":1}}}\n\n"
              "data: {\"usage\":{\"output_tokens\":9,\"server_tool_use\":{\"web_search_requests\":2}}}\n\n");
  EXPECT_EQ(stream.own, (counts{{100, 2}})) << "the last word counts";
  const auto sound = read_by(content_kind::json, R"({"text":"x","usage":{"type":"duration","seconds":12.4}})");
  EXPECT_EQ(sound.own, (counts{{101, 12}}));
  EXPECT_EQ(sound.audio_milliseconds, 12'400);
  for (const auto* none :
       {R"({"usage":{"input_tokens":5,"server_tool_use":null}})", R"({"usage":{"input_tokens":5}})",
        R"({"usage":{"input_tokens":5,"seconds":"x","server_tool_use":{"web_search_requests":{}}}})"})
    EXPECT_TRUE(read_by(content_kind::json, none).own.empty()) << none;
}

TEST(usage, of_a_transcription_may_be_its_length) {
  const auto length = [](std::string_view usage) {
    const auto facts = read(content_kind::json, R"({"text":"hi","usage":)" + std::string{usage} + "}");
    return facts.tokens.seen ? facts.tokens.audio_milliseconds : -1;
  };
  EXPECT_EQ(length(R"({"type":"duration","seconds":600})"), 600'000);
  EXPECT_EQ(length(R"({"seconds":8.47,"type":"duration"})"), 8470) << "no millisecond more for being binary";
  EXPECT_EQ(length(R"({"type":"duration","seconds":0.0001})"), 1) << "rounded up";
  EXPECT_EQ(length(R"({"type":"duration","seconds":-3})"), -1);
  EXPECT_EQ(length(R"({"type":"duration","seconds":1e300})"), -1) << "absurd";
  EXPECT_EQ(length(R"({"type":"duration","seconds":"8"})"), -1);
  EXPECT_EQ(length(R"({"type":"tokens","seconds":8})"), -1);
  EXPECT_EQ(length(R"({"seconds":8})"), -1);
  EXPECT_EQ(length(R"({"type":"tokens","total_tokens":8})"), 0);
  const auto streamed =
      read(content_kind::sse, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n"
                              "data: {\"type\":\"transcript.text.done\",\"text\":\"hi\",\"usage\":{\"type\":"
                              "\"duration\",\"seconds\":3.5}}\n\n");
  EXPECT_EQ(streamed.tokens.audio_milliseconds, 3500);
  EXPECT_TRUE(streamed.tokens.seen);
}

TEST(usage, of_a_verbose_transcription_without_usage_its_length_is_kept) {
  const auto told = [](const std::string& body) { return read(content_kind::json, body).tokens.told_milliseconds; };
  const std::string segments = R"("segments":[{"id":0,"duration":99,"words":[{"duration":98}]}],)";
  EXPECT_EQ(told(R"({"task":"transcribe","duration":8.470500267028809,)" + segments + R"("text":"hi"})"), 8471);
  EXPECT_EQ(told("{" + segments + R"("duration":"8.25","text":"hi"})"), 8250) << "as vLLM writes it";
  EXPECT_EQ(told("{" + segments + R"("text":"hi"})"), 0);
  EXPECT_EQ(told(R"({"duration":"long","text":"hi"})"), 0);
  EXPECT_FALSE(read(content_kind::json, R"({"duration":8,"text":"hi"})").tokens.seen) << "elsewhere it may be anything";
}

TEST(usage, a_count_that_cannot_be_makes_all_of_its_usage_missing) {
  for (const std::string bad : {"-1", "12.5", "\"12\"", "true", "{}", "1e300", "4294967296", "99999999999999999999999"})
    for (const std::string name : {"prompt_tokens", "completion_tokens", "total_tokens"}) {
      std::string object;
      for (const std::string each : {"prompt_tokens", "completion_tokens", "total_tokens"})
        object += (object.empty() ? "{\"" : ",\"") + each + "\":" + (each == name ? bad : "7");
      const auto facts = read(content_kind::json, R"({"choices":[{"message":{"content":"Hello"}}],"usage":)" + object +
                                                      R"(,"prompt_tokens_details":{}}})");
      EXPECT_FALSE(facts.tokens.seen) << name << ' ' << bad;
      EXPECT_EQ(facts.tokens.prompt_tokens, 0) << name << ' ' << bad;
      EXPECT_EQ(facts.text_bytes, 5U) << "to estimate from: " << name << ' ' << bad;
    }
}

TEST(usage, what_an_answer_tells_before_or_after_such_a_count_is_not_believed_either) {
  const std::string start = R"({"type":"message_start","message":{"usage":{"input_tokens":)";
  const std::string end = R"({"type":"message_delta","usage":{"output_tokens":)";
  const auto seen = [&](const std::string& prompt, const std::string& answer) {
    return read(content_kind::sse,
                "data: " + start + prompt + R"(,"output_tokens":1}}})" + "\n\ndata: " + end + answer + "}}\n\n")
        .tokens.seen;
  };
  EXPECT_TRUE(seen("25", "15"));
  EXPECT_FALSE(seen("25", "-15")) << "one token would be billed of all that came";
  EXPECT_FALSE(seen("-25", "15")) << "the prompt would be free";
}

TEST(usage, ollamas_own_counts_are_believed_as_little) {
  const auto tokens = [](const std::string& prompt, const std::string& answer) {
    return read(content_kind::ndjson,
                R"({"response":"Hi","done":true,"prompt_eval_count":)" + prompt + R"(,"eval_count":)" + answer + "}\n")
        .tokens;
  };
  EXPECT_EQ(tokens("26", "4").total_tokens, 30);
  for (const std::string bad : {"-4", "4.5", "\"4\"", "99999999999999999999999"}) {
    EXPECT_FALSE(tokens("26", bad).seen) << bad;
    EXPECT_FALSE(tokens(bad, "4").seen) << bad;
  }
}

} // namespace
} // namespace logos::net
