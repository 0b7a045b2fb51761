// SPDX-License-Identifier: MIT
#include "net/usage.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace logos::net {
namespace {

/// Of a usage object: the prompt, what of it came from a cache, and what went into one.
std::array<std::int64_t, 3> prompt_of(const std::string& usage, const own_counters* counters = nullptr) {
  net::usage u;
  EXPECT_TRUE(read_usage_object(usage, u, counters)) << usage;
  return {u.prompt_tokens, u.prompt_cached_tokens, u.prompt_cache_creation_tokens};
}

TEST(usage_object, of_two_members_with_one_name_the_first_counts) {
  usage read_first;
  ASSERT_TRUE(read_usage_object(
      R"({"prompt_tokens":7,"completion_tokens":2,"prompt_tokens":900,"completion_tokens":"x","total_tokens":9})",
      read_first));
  EXPECT_EQ(read_first.prompt_tokens, 7);
  EXPECT_EQ(read_first.completion_tokens, 2);
  usage unreadable;
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":"x","prompt_tokens":7})", unreadable));
}

TEST(usage_object, what_stands_beside_prompt_tokens_of_a_cache_is_a_part_of_them) {
  using counts = std::array<std::int64_t, 3>;
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"completion_tokens":5,"cache_creation_input_tokens":900})"),
            (counts{1000, 0, 900}));
  EXPECT_EQ(prompt_of(R"({"cache_read_input_tokens":600,"cache_creation_input_tokens":300,"prompt_tokens":1000})"),
            (counts{1000, 600, 300}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_cache_hit_tokens":640,"prompt_cache_miss_tokens":360})"),
            (counts{1000, 640, 0}))
      << "as DeepSeek says it";
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"cache_read_input_tokens":null,"prompt_cache_hit_tokens":7})"),
            (counts{1000, 7, 0}));
}

TEST(usage_object, what_the_details_name_of_a_cache_is_not_counted_twice) {
  using counts = std::array<std::int64_t, 3>;
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":600},)"
                      R"("cache_read_input_tokens":600,"prompt_cache_hit_tokens":600})"),
            (counts{1000, 600, 0}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":600},)"
                      R"("cache_creation_input_tokens":300})"),
            (counts{1000, 600, 300}))
      << "each where it is named";
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_tokens_details":{"cache_creation_tokens":300},)"
                      R"("cache_creation_input_tokens":400,"cache_read_input_tokens":1})"),
            (counts{1000, 1, 300}));
}

TEST(usage_object, no_part_of_a_prompt_is_more_than_the_prompt) {
  using counts = std::array<std::int64_t, 3>;
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":10,"cache_read_input_tokens":5000})"), (counts{10, 10, 0}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":10,"cache_read_input_tokens":8,"cache_creation_input_tokens":8})"),
            (counts{10, 8, 2}));
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":0,"prompt_cache_hit_tokens":8})"), (counts{0, 0, 0}));
  EXPECT_EQ(prompt_of(R"({"input_tokens":10,"cache_read_input_tokens":5000,"output_tokens":1})"),
            (counts{5010, 5000, 0}))
      << "Anthropic's stand beside";
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":null,"input_tokens":10,"cache_read_input_tokens":50})"), (counts{60, 50, 0}));
  usage refused;
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":10,"prompt_cache_hit_tokens":-1})", refused));
}

TEST(usage_object, hits_that_an_operators_own_type_counts_are_no_other_types) {
  const own_counters counters{{100, {"prompt_cache_hit_tokens"}}};
  EXPECT_EQ(prompt_of(R"({"prompt_tokens":1000,"prompt_cache_hit_tokens":640})", &counters),
            (std::array<std::int64_t, 3>{1000, 0, 0}));
}

TEST(usage_object, strange_counts_do_no_harm) {
  usage u;
  EXPECT_FALSE(read_usage_object("{}", u));
  EXPECT_FALSE(read_usage_object("[]", u));
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":"7"})", u));
  EXPECT_FALSE(read_usage_object(R"({"prompt_tokens":)", u));
  EXPECT_FALSE(u.seen);
  usage whole;
  EXPECT_TRUE(read_usage_object(R"({"prompt_tokens":5.0,"completion_tokens":2e3,"total_tokens":2.0})", whole));
  EXPECT_EQ(whole.prompt_tokens, 5);
  EXPECT_EQ(whole.completion_tokens, 2000);
  EXPECT_EQ(whole.total_tokens, 2);
}

TEST(usage_object, details_that_cannot_be_make_it_missing_and_null_is_no_count) {
  const auto seen = [](const std::string& details) {
    usage u;
    const bool read = read_usage_object(
        R"({"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":)" + details + "}", u);
    EXPECT_EQ(read, u.seen);
    return read;
  };
  EXPECT_FALSE(seen(R"({"cached_tokens":-7})"));
  EXPECT_FALSE(seen(R"({"cached_tokens":"7"})"));
  EXPECT_FALSE(seen(R"({"audio_tokens":0.5})"));
  EXPECT_TRUE(seen(R"({"cached_tokens":null,"audio_tokens":1.0})"));
  EXPECT_TRUE(seen(R"({"cost":0.25,"name":"x"})")) << "is not counted";
  EXPECT_TRUE(seen("null"));
  usage most;
  EXPECT_TRUE(read_usage_object(R"({"prompt_tokens":4294967295,"completion_tokens":null})", most));
  EXPECT_EQ(most.total_tokens, 4294967295);
}

/// What a client may have sent to be repeated by the answer: counts that cannot be, and counts that can.
const std::string fakes[] = {R"({"usage":{"input_tokens":-1}})",
                             R"({"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}})",
                             R"({"usage" : {"usage":{"input_tokens":-1},"input_tokens":1,"output_tokens":1}})",
                             R"({"eval_count":-1,"prompt_eval_count":"x"})",
                             R"({"eval_count":1,"prompt_eval_count":1})",
                             R"({"a\"{[":"\\","usage":{"input_tokens":-1}})"};

std::string many(const std::string& text, std::size_t count) {
  std::string out = text;
  for (std::size_t i = 1; i < count; ++i)
    out += "," + text;
  return out;
}

/// What one response repeats of its request, `usage` standing between.
std::vector<std::string> responses(const std::string& fake, const std::string& usage) {
  const auto tools =
      R"("tools":[{"type":"function","name":"f","parameters":{"type":"object","default":)" + fake + "}}]";
  const auto format = R"("text":{"format":{"schema":)" + fake + "}}";
  const auto metadata = R"("metadata":)" + fake;
  const auto several = R"("tools":[)" + many(fake, 40) + "]";
  const std::string head = R"({"object":"response","output":[{"text":"Hello"}],)";
  std::vector<std::string> all;
  for (const auto& each : {tools, format, metadata, several}) {
    all.push_back(head + each + "," + usage + "}");
    all.push_back(head + usage + "," + each + "}");
    all.push_back(head + each + "," + usage + "," + each + "}");
    all.push_back("{" + each + R"(,"output":[],)" + usage + "}");
  }
  return all;
}

/// The same must be read from `body` whole, by bytes and cut in two.
usage told(content_kind kind, const std::string& body) {
  usage_reader whole{kind};
  whole.read_whole(body);
  for (const std::size_t first : {std::size_t{1}, body.size() / 3, body.size() / 2, body.size() - 2}) {
    usage_reader reader{kind};
    reader.feed(std::string_view{body}.substr(0, first));
    const std::size_t step = first == 1 ? 1 : body.size();
    for (auto at = first; at < body.size(); at += step)
      reader.feed(std::string_view{body}.substr(at, step));
    reader.finish();
    EXPECT_EQ(reader.facts().tokens, whole.facts().tokens) << first << ' ' << body;
  }
  return whole.facts().tokens;
}

const std::string true_usage =
    R"("usage":{"input_tokens":30,"output_tokens":900,"output_tokens_details":{"reasoning_tokens":890}})";

TEST(usage_place, what_a_response_repeats_of_its_request_is_no_usage) {
  for (const auto& fake : fakes)
    for (const auto& response : responses(fake, true_usage))
      for (const auto& created : responses(fake, R"("usage":null)")) {
        const auto event = [](const std::string& type, const std::string& of) {
          return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"response\":" + of + "}\n\n";
        };
        usage_reader reader{content_kind::sse};
        reader.read_whole(event("response.created", created) + event("response.completed", response));
        EXPECT_TRUE(reader.facts().tokens.seen) << created << response;
        EXPECT_EQ(reader.facts().tokens.total_tokens, 930) << created << response;
      }
  for (const auto& fake : fakes)
    for (const auto& response : responses(fake, true_usage)) {
      const auto event = R"(data: {"type":"response.completed","response":)" + response + "}\n\n";
      EXPECT_EQ(told(content_kind::sse, event).completion_reasoning_tokens, 890) << event;
      EXPECT_EQ(told(content_kind::ndjson, response + "\n").total_tokens, 930) << response;
      EXPECT_EQ(told(content_kind::json, response).total_tokens, 930) << response;
    }
}

TEST(usage_place, an_answer_that_only_repeats_has_no_usage) {
  for (const auto& fake : fakes)
    for (const auto& response : responses(fake, R"("usage":null)")) {
      const auto wrapped = R"({"type":"response.completed","response":)" + response + "}";
      EXPECT_EQ(told(content_kind::json, response), usage{}) << response;
      EXPECT_EQ(told(content_kind::ndjson, response + "\n"), usage{}) << response;
      EXPECT_EQ(told(content_kind::sse, "data: " + wrapped + "\n\n"), usage{}) << response;
      EXPECT_EQ(end_of_usage(wrapped, true), std::string_view::npos) << response;
      EXPECT_EQ(end_of_usage(response, false), std::string_view::npos) << response;
    }
}

/// Who leaves before an answer's end chooses what its last byte is.
TEST(usage_place, an_answer_that_broke_off_in_what_it_repeats_has_no_usage) {
  for (const std::string begin : {R"({"output":[{"text":"Hi"}],"tools":[)", R"({"metadata":)"})
    for (const auto& fake : fakes) {
      const auto body = begin + many(fake, 3);
      for (std::size_t size = 0; size <= body.size(); ++size)
        for (const auto kind : {content_kind::json, content_kind::ndjson}) {
          usage_reader reader{kind};
          reader.read_whole(std::string_view{body}.substr(0, size));
          EXPECT_EQ(reader.facts().tokens, usage{}) << body.substr(0, size);
        }
    }
}

TEST(usage_place, is_where_providers_put_it) {
  const std::string u = R"("usage":{"input_tokens":3,"output_tokens":4})";
  for (const std::string& chunk :
       {"{" + u + "}", R"({"a":[{"b":"}"}],)" + u + "}", R"({"response":{"a":{},)" + u + "}}",
        R"({"type":"message_start","message":{"content":[],)" + u + "}}", R"({"choices":[],"x_groq":{)" + u + "}}",
        R"({"choices":[{"delta":{"content":"\"usage\":{"}},{"index":1,)" + u + "}]}"}) {
    EXPECT_EQ(told(content_kind::sse, "data: " + chunk + "\n\n").total_tokens, 7) << chunk;
    ASSERT_NE(end_of_usage(chunk, true), std::string_view::npos) << chunk;
    EXPECT_EQ(chunk[end_of_usage(chunk, true)], '}') << chunk;
    EXPECT_TRUE(std::string_view{chunk}.substr(0, end_of_usage(chunk, true)).ends_with(":4")) << chunk;
  }
  for (const std::string& chunk : {R"({"tools":{)" + u + "}}", R"({"response":{"message":{)" + u + "}}}",
                                   R"({"a":{"choices":[{)" + u + "}]}}", R"({"choices":[{"delta":{)" + u + "}}]}",
                                   R"({"a":"response","b":{)" + u + "}}", R"({"response":[],"tools":[{)" + u + "}]}"}) {
    EXPECT_FALSE(told(content_kind::sse, "data: " + chunk + "\n\n").seen) << chunk;
    EXPECT_EQ(end_of_usage(chunk, true), std::string_view::npos) << chunk;
  }
}

/// Of more than a MiB only the tail is kept.
TEST(usage_place, what_an_answer_of_megabytes_repeats_is_no_usage_either) {
  const auto in_pieces = [](content_kind kind, const std::string& body) {
    usage_reader reader{kind};
    for (std::size_t at = 0; at < body.size(); at += 16'000)
      reader.feed(std::string_view{body}.substr(at, 16'000));
    reader.finish();
    return reader.facts().tokens;
  };
  for (const auto& fake : fakes)
    for (const std::string& pad :
         {std::string(2'000'000, '{'), std::string(2'000'000, 'x') + "\\\"", many(fake, 50'000)}) {
      const auto quoted = pad.back() == '}' ? "[" + pad + "]" : "\"" + pad + "\"";
      for (const std::string& response :
           {R"({"instructions":)" + quoted + R"(,"tools":[)" + fake + "]," + true_usage + R"(,"metadata":)" + fake +
                "}",
            R"({"tools":[{"a":)" + quoted + R"(,"default":)" + fake + "}]," + true_usage + "}"}) {
        const auto event = R"({"type":"response.completed","response":)" + response + "}";
        EXPECT_EQ(in_pieces(content_kind::sse, "data: " + event + "\n\n").total_tokens, 930);
        EXPECT_EQ(in_pieces(content_kind::ndjson, event + "\n").total_tokens, 930);
        EXPECT_EQ(in_pieces(content_kind::json, response).total_tokens, 930);
        const auto broken = response.substr(0, response.find(true_usage));
        EXPECT_EQ(in_pieces(content_kind::ndjson, broken.substr(0, 600'000)), usage{});
        usage_reader whole{content_kind::json};
        whole.read_whole(broken);
        EXPECT_EQ(whole.facts().tokens, usage{});
      }
    }
}

} // namespace
} // namespace logos::net
