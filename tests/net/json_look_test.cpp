// SPDX-License-Identifier: MIT
#include "net/json_look.hpp"
#include "net/json_text.hpp"
#include "tests/net/padded.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

using core::ec;
using test::padded;
using namespace std::chrono_literals;

ec code_of(std::string_view body) {
  json_looker looker;
  json_look out;
  const padded p{body};
  const auto problem = looker.look(p.view(), out);
  return problem ? problem->code : ec::none;
}

std::string param_of(std::string_view body) {
  json_looker looker;
  json_look out;
  const padded p{body};
  const auto problem = looker.look(p.view(), out);
  return problem ? problem->param : "no problem";
}

json_look look(const padded& p) {
  json_looker looker;
  json_look out;
  const auto problem = looker.look(p.view(), out);
  EXPECT_FALSE(problem) << problem->message;
  return out;
}

TEST(json_look, finds_what_the_gateway_reads) {
  const padded p{R"( {"model" : "gpt-4o", "stream":true,"stream_options":{"include_usage":true},"priority":"high",
    "mode":"batch","timeout_s":2.5,"max_tokens":100,"n":3,"messages":[{"role":"user","content":"abc"},{"x":1}]} )"};
  const auto found = look(p);
  EXPECT_EQ(found.model(), "gpt-4o");
  EXPECT_TRUE(found.stream);
  EXPECT_TRUE(found.include_usage);
  EXPECT_EQ(found.priority, core::priority_high);
  EXPECT_EQ(found.mode, core::traffic_mode::batch);
  EXPECT_EQ(found.timeout, 2500ms);
  EXPECT_EQ(found.completion_limit, 100);
  EXPECT_EQ(found.n, 3);
  EXPECT_EQ(found.messages, 2U);
  EXPECT_EQ(found.content_bytes, 7U);
  EXPECT_EQ(found.content_numbers, 1U);
  EXPECT_EQ(found.member_count, 9U);
  EXPECT_EQ(p.view()[found.open - 1], '{');
}

TEST(json_look, offsets_name_the_very_bytes_of_a_member) {
  const padded p{R"({"a":[1,{"model":"no"}] , "model"  :  "m-1"  , "stream_options" : { "x" : {} }  ,"priority":7})"};
  const auto found = look(p);
  const auto text = [&](body_field f) {
    return p.view().substr(found[f].value_begin, found[f].value_end - found[f].value_begin);
  };
  EXPECT_EQ(text(body_field::model), R"("m-1")");
  EXPECT_EQ(text(body_field::stream_options), R"({ "x" : {} })");
  EXPECT_EQ(text(body_field::priority), "7");
  EXPECT_EQ(p.view().substr(found[body_field::model].key_begin, 7), R"("model")");
  EXPECT_EQ(found[body_field::model].ordinal, 1U);
  EXPECT_EQ(found.stream_options_members, 1U);
}

TEST(json_look, an_escaped_spelling_of_a_field_is_the_field) {
  const padded p{R"({"mod\u0065l":"gpt\u002d4\n"})"};
  EXPECT_EQ(look(p).model(), "gpt-4\n");
  EXPECT_EQ(param_of(R"({"model":"a","mod\u0065l":"b"})"), "model");
}

TEST(json_look, null_means_absent) {
  const padded p{R"({"model":null,"stream":null,"max_tokens":null,"priority":null,"stream_options":null,"n":null})"};
  const auto found = look(p);
  EXPECT_EQ(found.model(), "");
  EXPECT_FALSE(found.stream);
  EXPECT_TRUE(found[body_field::priority].null);
  EXPECT_TRUE(found[body_field::priority].present);
}

TEST(json_look, the_smallest_limit_counts_and_negative_ones_are_none) {
  EXPECT_EQ(look(padded{R"({"max_tokens":-1})"}).completion_limit, std::nullopt);
  EXPECT_EQ(look(padded{R"({"max_tokens":9,"max_completion_tokens":1e1,"max_output_tokens":12.0})"}).completion_limit,
            9);
}

TEST(json_look, other_names_of_a_field_count_as_the_field) {
  const auto found = look(padded{R"({"max_tokens":1,"n_predict":100,"n":2,"n_cmpl":5})"});
  EXPECT_EQ(found.completion_most, 100);
  EXPECT_EQ(found.completion_limit, 1);
  EXPECT_EQ(found.n, 5);
  EXPECT_EQ(look(padded{R"({"n_predict":-1})"}).completion_most, std::nullopt);
  EXPECT_EQ(param_of(R"({"n_predict":"9"})"), "n_predict");
  EXPECT_EQ(param_of(R"({"n_cmpl":0})"), "n_cmpl");
}

TEST(json_look, whoever_asks_for_a_dearer_tariff_is_seen) {
  EXPECT_EQ(look(padded{R"({"service_tier":"priority"})"}).dearer, "service_tier");
  EXPECT_EQ(look(padded{R"({"speed":"fast"})"}).dearer, "speed");
  EXPECT_EQ(look(padded{R"({"inference_geo":"us"})"}).dearer, "inference_geo");
  EXPECT_EQ(look(padded{R"({"service_tier":"pri\u006frity"})"}).dearer, "service_tier");
  EXPECT_EQ(look(padded{R"({"service\u005ftier":"priority"})"}).dearer, "service_tier");
  EXPECT_EQ(look(padded{R"({"service_tier":{"a":1}})"}).dearer, "service_tier") << "whoever reads that";
  for (const auto* body :
       {R"({"service_tier":"auto"})", R"({"service_tier":null})", R"({"service_tier":"flex"})", R"({"speed":1.25})",
        R"({"speed":"standard"})", R"({"metadata":{"service_tier":"priority"}})"})
    EXPECT_EQ(look(padded{body}).dearer, "") << body;
  EXPECT_EQ(code_of(R"({"Service_Tier":"priority"})"), ec::bad_field);
}

TEST(json_look, the_list_with_most_elements_is_measured) {
  const auto of = [](std::string_view body) {
    const auto found = look(padded{body});
    return std::pair{found.list_elements, found.list_bytes};
  };
  using measured = std::pair<std::uint32_t, std::uint64_t>;
  EXPECT_EQ(of(R"({"query":"q"})"), (measured{0, 0}));
  EXPECT_EQ(of(R"({"query":"q","documents":[]})"), (measured{0, 0}));
  EXPECT_EQ(of(R"({"tags":[1,2],"documents":["aa", "bb","cc" ]})"), (measured{3, 15}));
  EXPECT_EQ(of(R"({"documents":[{"t":"aa"},{"t":[1,2]}]})"), (measured{2, 20})) << "the longer one of two";
  EXPECT_EQ(of(R"({"documents":[[],[]]})"), (measured{2, 0})) << "what has no scalars takes none";
}

TEST(json_look, attachments_are_not_counted_as_text) {
  const auto found = look(padded{R"({"input":[{"role":"user","content":[{"image_url":"data:image/png;base64,AAAA"},)"
                                 R"({"text":"hello"},{"input_audio":{"data":"AAAAAAAA","format":"wav"}}]}],)"
                                 R"("prompt":[1,2,3],"user":"not this"})"});
  EXPECT_EQ(found.attachments, 1U);
  EXPECT_EQ(found.attachment_bytes, 26U + 8U);
  EXPECT_EQ(found.sound_bytes, 8U);
  EXPECT_EQ(found.content_bytes, 4U + 5U + 3U);
  EXPECT_EQ(found.content_numbers, 3U);
}

TEST(json_look, an_attachment_counts_as_one_only_where_a_provider_takes_it_for_one) {
  const auto bytes_of = [](std::string_view part) {
    return look(padded{R"({"messages":[{"role":"user","content":[)" + std::string{part} + "]}]}"}).attachment_bytes;
  };
  constexpr std::string_view attached[] = {
      R"({"ima\u0067e_url":{"url":"data:image/png;base64,AA"}})", R"({"image_url":{"url":"data:image/png;base64,AA"}})",
      R"({"source":{"type":"base64","media_type":"image/png","data":"AA"}})",
      R"({"source":{"data":"AA","media_type":"image/png","type":"base64"}})",
      R"({"type":"tool_result","content":[{"source":{"type":"base64","media_type":"image/png","data":"AA"}}]})"};
  for (const auto part : attached)
    EXPECT_NE(bytes_of(part), 0U) << part;
  constexpr std::string_view texts[] = {
      R"("data:image/png;base64,AA")",
      R"({"text":"data:image/png;base64,AA"})",
      R"({"url":"data:image/png;base64,AA"})",
      R"({"image_url":{"detail":"data:image/png;base64,AA"}})",
      R"({"image_url":{"url":"data:text/plain,AA"}})",
      R"({"video_url":{"url":"data:video/mp4;base64,AA"}})", // each of its frames may count
      R"({"source":{"type":"text","media_type":"text/plain","data":"data:image/png;base64,AA"}})",
      R"({"source":{"type":"text","media_type":"image/png","data":"AA"}})",
      R"({"file":{"file_data":"data:image/png;base64,AA"}})"};
  for (const auto part : texts)
    EXPECT_EQ(bytes_of(part), 0U) << part;
  EXPECT_EQ(look(padded{R"({"tools":[{"image_url":{"url":"data:image/png;base64,AA"}}],)"
                        R"("messages":[{"image_url":{"url":"data:image/png;base64,AA"}}]})"})
                .attachment_bytes,
            0U);
}

TEST(json_look, images_are_measured_where_their_head_tells) {
  const std::string png = "iVBORw0KGgoAAAANSUhEUgAAAgAAAAIACAYAAAD0eNT6"; // 512 × 512
  const auto found = look(padded{R"({"messages":[{"role":"user","content":[)"
                                 R"({"image_url":{"url":"data:image/jpeg;base64,)" +
                                 png + R"("}},{"source":{"type":"base64","media_type":"image/png","data":")" + png +
                                 R"("}},{"image_url":{"url":"data:image/png,)" + png +
                                 R"("}},{"image_url":{"url":"https://a.b/c.png"}}]}]})"});
  EXPECT_EQ(found.attachments, 4U);
  EXPECT_EQ(found.sized, (std::vector<image_size>(2, {512, 512})));
  EXPECT_FALSE(found.remembers);
}

TEST(json_look, a_list_of_numbers_is_told_from_lists_of_them) {
  const auto flat = look(padded{R"({"prompt":[1,-2,3]})"});
  EXPECT_EQ(flat.messages, 3U);
  EXPECT_EQ(flat.bare_numbers, 3U);
  EXPECT_EQ(flat.id_bytes, 2U) << "-2 is none's";
  EXPECT_EQ(look(padded{"{\"prompt\":[ 10, 20 ,\n30,\"x\", 40, 50]}"}).id_bytes, 10U + 1 + 2 + 1)
      << "with the blanks between two";
  const auto nested = look(padded{R"({"prompt":[[1],[2]]})"});
  EXPECT_EQ(nested.messages, 2U);
  EXPECT_EQ(nested.bare_numbers, 0U);
  EXPECT_EQ(nested.id_bytes, 2U);
  EXPECT_EQ(look(padded{R"({"messages":[{"content":[7],"x":8}],"input":[["a",[9]]],"prompt":5})"}).id_bytes, 0U);
}

TEST(json_look, numbers_and_duplicates_that_are_not_ours_do_not_matter) {
  EXPECT_EQ(code_of(R"({"seed":123456789012345678901234567890,"x":1e999,"a":1,"a":2,"m":{"model":1,"model":2}})"),
            ec::none);
  EXPECT_EQ(code_of(R"({"a":"\ud800 alone is well-formed"})"), ec::none);
  EXPECT_EQ(code_of("{}"), ec::none);
  EXPECT_EQ(code_of(" \n{ } \t"), ec::none);
}

TEST(json_look, malformed_bodies_are_refused) {
  const std::string_view bodies[] = {"",
                                     "  ",
                                     "nonsense",
                                     "[]",
                                     "\"text\"",
                                     "12",
                                     "null",
                                     "{",
                                     "}",
                                     "{}}",
                                     "{}{}",
                                     "{} x",
                                     R"({"a"})",
                                     R"({"a":})",
                                     R"({"a":1,})",
                                     R"({,"a":1})",
                                     R"({"a":1 "b":2})",
                                     R"({"a" 1})",
                                     R"({a:1})",
                                     R"({'a':1})",
                                     R"({1:2})",
                                     R"({"a":[1,]})",
                                     R"({"a":[1 2]})",
                                     R"({"a":[1,2})",
                                     R"({"a":{"b":1})",
                                     R"({"a":{"b":{"c":1})",
                                     R"({"a":{"b":{"c":{"d":1})",
                                     R"({"a":[[[1})",
                                     R"({"a":1]})",
                                     R"({"a":tru})",
                                     R"({"a":True})",
                                     R"({"a":nul})",
                                     R"({"a":nullx})",
                                     R"({"a":+1})",
                                     R"({"a":01})",
                                     R"({"a":1.})",
                                     R"({"a":.5})",
                                     R"({"a":1e})",
                                     R"({"a":-})",
                                     R"({"a":NaN})",
                                     R"({"a":0x10})",
                                     R"({"a":1}1)",
                                     R"({"a":"unclosed})",
                                     R"({"a":"\x"})",
                                     R"({"a":"\u12"})",
                                     R"({"a":"\u12G4"})",
                                     R"({"\q":1})",
                                     R"({"a":{"\q":1}})",
                                     R"({"a":"b":1})",
                                     R"({"a":["b":1]})",
                                     R"({"a":"x"y})",
                                     "{\"a\":\"\n\"}",
                                     "\xEF\xBB\xBF{}",
                                     "{\"a\":\"\xff\"}",
                                     "{\"a\":\"\xC0\xAF\"}",
                                     "{\"a\":\"\xED\xA0\x80\"}",
                                     "/**/{}",
                                     "{\"a\":1}//"};
  for (const auto body : bodies)
    EXPECT_EQ(code_of(body), ec::bad_json) << body;
  EXPECT_EQ(code_of(std::string_view{"{\"a\":\0}", 7}), ec::bad_json);
  EXPECT_EQ(code_of(std::string_view{"{\"a\":\"\0\"}", 9}), ec::bad_json);
  EXPECT_EQ(code_of(std::string_view{"{}\0", 3}), ec::bad_json);
}

TEST(json_look, every_prefix_of_a_body_is_refused) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":[{"text":"a\"b"}]}],"x":[[],{}],"n":1})";
  for (std::size_t length = 0; length < body.size(); ++length)
    EXPECT_EQ(code_of(std::string_view{body}.substr(0, length)), ec::bad_json) << length;
  EXPECT_EQ(code_of(body), ec::none);
}

TEST(json_look, wrong_fields_are_named) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"model":1})", "model"},
      {R"({"model":{"a":"b"}})", "model"},
      {R"({"model":["a"]})", "model"},
      {R"({"stream":"true"})", "stream"},
      {R"({"stream":1})", "stream"},
      {R"({"stream_options":true})", "stream_options"},
      {R"({"stream_options":[]})", "stream_options"},
      {R"({"stream_options":{"include_usage":1}})", "stream_options.include_usage"},
      {R"({"stream_options":{"include_usage":true,"include_usage":false}})", "stream_options.include_usage"},
      {R"({"priority":11})", "priority"},
      {R"({"priority":true})", "priority"},
      {R"({"mode":"turbo"})", "mode"},
      {R"({"timeout_s":-1})", "timeout_s"},
      {R"({"timeout_s":"30"})", "timeout_s"},
      {R"({"max_tokens":"100"})", "max_tokens"},
      {R"({"max_tokens":1.5})", "max_tokens"},
      {R"({"max_tokens":1e300})", "max_tokens"},
      {R"({"max_tokens":123456789012345678901234567890})", "max_tokens"},
      {R"({"n":0})", "n"},
      {R"({"n":100000})", "n"},
      {R"({"model":"a","model":"b"})", "model"},
      {R"({"model":"a","model":"a"})", "model"},
      {R"({"stream":false,"stream":true})", "stream"}};
  for (const auto& [body, param] : cases) {
    EXPECT_EQ(code_of(body), ec::bad_field) << body;
    EXPECT_EQ(param_of(body), param) << body;
  }
}

TEST(json_look, depth_bombs_end_with_a_clear_error) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(code_of(nested(json_depth_limit - 1)), ec::none);
  EXPECT_EQ(code_of(nested(json_depth_limit)), ec::bad_json);
  EXPECT_EQ(code_of(nested(1'000'000)), ec::bad_json);
  EXPECT_EQ(code_of(R"({"a":)" + std::string(1'000'000, '[')), ec::bad_json);
}

TEST(json_look, a_looker_is_as_good_after_a_failure_and_a_large_body) {
  json_looker looker;
  json_look out;
  const padded bad{"{"}, good{R"({"model":"m"})"}, large{R"({"model":"l","x":")" + std::string(3'000'000, 'x') + "\"}"};
  EXPECT_TRUE(looker.look(bad.view(), out));
  EXPECT_FALSE(looker.look(large.view(), out));
  EXPECT_EQ(out.model(), "l");
  EXPECT_FALSE(looker.look(good.view(), out));
  EXPECT_EQ(out.model(), "m");
  EXPECT_FALSE(looker.look_copying(R"({"model":"c"})", out));
  EXPECT_EQ(out.model(), "c");
}

TEST(json_text, unescape_resolves_every_escape) {
  EXPECT_EQ(unescape(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescape(R"(\u0041\u00e9\u20AC\ud83d\ude00)"), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(unescape(R"(\ud83d!\ude00)"), "\ufffd!\ufffd");
}

} // namespace
} // namespace logos::net
