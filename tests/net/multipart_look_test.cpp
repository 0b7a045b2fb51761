// SPDX-License-Identifier: MIT
#include "net/json_splice.hpp"
#include "net/multipart_look.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

using core::ec;

const std::string type = "multipart/form-data; boundary=XX";

std::string part(const std::string& disposition, const std::string& value) {
  return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n";
}
const std::string file = part(R"(name="file"; filename="model")", std::string("RIFF\0\r\n--X\r\nname=\"model\"", 24));

ec code_of(const std::string& content_type, const std::string& body) {
  const auto got = look_multipart(content_type, body);
  return got ? ec::none : got.error().code;
}

TEST(multipart_look, finds_model_and_stream_among_files) {
  const auto body = "\r\n" + file + part("name=\"model\"", "whisper-1") + part("name=stream", "true") + "--XX--\r\n";
  const auto found = look_multipart(type, body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->model, "whisper-1");
  EXPECT_TRUE(found->stream);
  EXPECT_EQ(found->parts, 3U);
  EXPECT_EQ(body.substr(found->model_begin, found->model_end - found->model_begin), "whisper-1");
  const auto expected = "\r\n" + file + part("name=\"model\"", "m2") + part("name=stream", "true") + "--XX--\r\n";
  EXPECT_EQ(splice_range(body, found->model_begin, found->model_end, "m2").str(), expected);
}

TEST(multipart_look, the_boundary_may_be_spelled_in_every_legal_way) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b'(:?)\""), "a b'(:?)");
  EXPECT_EQ(multipart_boundary("multipart/form-data; x=\"; boundary=no\"; boundary=yes"), "yes");
  for (const std::string bad :
       {"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"",
        "multipart/form-data; boundary=a\"b", "multipart/form-data; boundary=\"a \"", "application/json; boundary=a",
        "multipart/form-data; boundary", "multipart/form-data; boundary=\r\n"})
    EXPECT_EQ(multipart_boundary(bad), std::nullopt) << bad;
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
  EXPECT_EQ(code_of("multipart/form-data", file), ec::bad_request);
}

TEST(multipart_look, a_body_without_our_fields_is_no_error) {
  EXPECT_EQ(code_of(type, ""), ec::none);
  EXPECT_EQ(code_of(type, "--XX--\r\n"), ec::none);
  const auto body = file + "--XX--";
  const auto found = look_multipart(type, body);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->model);
}

TEST(multipart_look, a_file_that_is_named_and_not_there_is_told) {
  const auto remote = [](const std::string& parts) { return look_multipart(type, parts + "--XX--")->remote; };
  EXPECT_FALSE(remote(file + part("name=\"prompt\"", "https://x") + part("name=\"model\"", "m")));
  for (const auto* name : {"url", "file_url", "URL", "u%72l", "urls[]", "audio_url", "file_id", "source_uri", "file"})
    EXPECT_TRUE(remote(file + part("name=\"" + std::string{name} + "\"", "https://x"))) << name;
}

TEST(multipart_look, a_field_that_may_name_further_models_is_told) {
  const auto body = part("name=\"model\"", "m") + part("name=\"fallbacks[0]\"", "x") + "--XX--";
  EXPECT_EQ(look_multipart(type, body)->further_models, "fallbacks[0]");
  EXPECT_EQ(look_multipart(type, part("name=\"model\"", "m") + file + "--XX--")->further_models, "");
}

TEST(multipart_look, what_another_reader_might_read_otherwise_is_refused) {
  EXPECT_EQ(code_of(type, part("name=\"model\"", "a")), ec::bad_request) << "does not end";
  EXPECT_EQ(code_of(type, "--XX\nContent-Disposition: form-data; name=\"model\"\n\na\n--XX--\n"), ec::bad_request)
      << "bare LF";
  EXPECT_EQ(code_of(type, part("name*=utf-8''model", "a") + "--XX--"), ec::bad_request);
  EXPECT_EQ(code_of(type, part("name=\"x\"\r\n y: z", "a") + "--XX--"), ec::bad_request) << "folded";
  EXPECT_EQ(code_of(type, part("name=\"x\"\r\nContent-Disposition: form-data; name=\"model\"", "a") + "--XX--"),
            ec::bad_request);
  EXPECT_EQ(code_of(type, "--XXjunk\r\n\r\n\r\n--XX--"), ec::bad_request);
}

TEST(multipart_look, a_model_that_is_doubled_or_no_name_is_refused) {
  EXPECT_EQ(code_of(type, part("name=\"model\"", "a") + part("name=\"model\"", "b") + "--XX--"), ec::bad_field);
  EXPECT_EQ(code_of(type, part("name=\"model\"", "a\r\nb") + "--XX--"), ec::bad_field);
  EXPECT_EQ(code_of(type, part("name=\"model\"", std::string(1000, 'a')) + "--XX--"), ec::bad_field);
  EXPECT_EQ(code_of(type, part("name=\"stream\"", "1") + part("name=\"stream\"", "0") + "--XX--"), ec::bad_field);
}

TEST(multipart_look, what_stands_before_the_first_boundary_or_behind_the_last_is_refused) {
  const auto good = part("name=\"model\"", "good");
  EXPECT_EQ(code_of(type, "{\"model\":\"evil\"}\r\n" + good + "--XX--"), ec::bad_request);
  EXPECT_EQ(code_of(type, "nothing of the kind"), ec::bad_request);
  EXPECT_EQ(code_of(type, " \t\r\n\r\n" + good + "--XX-- \r\n\r\n"), ec::none);
  EXPECT_EQ(code_of(type, " " + good + "--XX--"), ec::bad_request) << "not at the beginning of a line";
  EXPECT_EQ(code_of(type, good + "--XX--\r\n" + part("name=\"model\"", "evil") + "--XX--"), ec::bad_request);
  EXPECT_EQ(code_of(type, good + "--XX--{}"), ec::bad_request);
}

TEST(multipart_look, a_line_end_that_only_some_take_for_one_hides_no_part) {
  for (const std::string end : {"\n", "\r"})
    EXPECT_EQ(code_of(type, part("name=\"file\"; filename=\"a\"", "x" + end + "--XX" + end +
                                                                      "Content-Disposition: form-data; name=\"model\"" +
                                                                      end + end + "evil") +
                                "--XX--"),
              ec::bad_request);
  EXPECT_EQ(code_of(type, part("name=\"file\"; filename=\"a\"", "x--XX y\r\n--X\r\n") + "--XX--"), ec::none);
}

TEST(multipart_look, parameters_that_readers_disagree_about_are_refused) {
  const auto body = part("name=\"model\"", "good") + "--XX--";
  for (const std::string more :
       {"; boundary=y", "; Boundary=XX", "; boundary*=utf-8''y", "; boundary*0=y", "; x=\"a\\\"; boundary=y; z=\"",
        ", multipart/form-data; boundary=y", "; x=\"a\"b", "; x", "; x=\"a"})
    EXPECT_EQ(code_of(type + more, body), ec::bad_request) << more;
  for (const std::string disposition :
       {"name=\"model\"; name=\"x\"", "name=\"x\"; NAME=\"model\"", "name=x; name*=utf-8''model",
        "name=x; name*0=mo; name*1=del", "name=x; filename=a; filename=b", "name=x; filename*0=a",
        "name=x; filename=\"a\\\"; name=model; z=\"", "name = model", "name=\"x\"model", "name=x model", "name"})
    EXPECT_EQ(code_of(type, part(disposition, "evil") + "--XX--"), ec::bad_request) << disposition;
  for (const std::string head : {"Content-Disposition : form-data; name=\"model\"", "Content-Disposition",
                                 "X: a\nContent-Disposition: b", "Content-Disposition: form-data; name=\"mo\rdel\""})
    EXPECT_EQ(code_of(type, "--XX\r\n" + head + "\r\n\r\nevil\r\n--XX--"), ec::bad_request) << head;
  EXPECT_EQ(code_of(type, "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n--XX--"), ec::bad_request)
      << "a head without an end";
}

TEST(multipart_look, a_field_of_ours_is_plain_and_spelled_plainly) {
  for (const std::string field : {"model", "stream", "n"})
    for (const std::string& disposition :
         {field + "\"; filename=\"\"", field + "\"; filename=\"a\"", field + "\"; filename*=utf-8''a"}) {
      const auto found = look_multipart(type, part("name=\"" + disposition, "1") + "--XX--");
      ASSERT_FALSE(found) << disposition;
      EXPECT_EQ(found.error().param, field);
    }
  for (const std::string name :
       {"%6Dodel", "mo\\del", "model ", " model", "Model", "STREAM", "N", "model[]", "\xc5\xbftream", "%4e"})
    EXPECT_EQ(code_of(type, part("name=\"" + name + "\"", "1") + "--XX--"), ec::bad_field) << name;
  EXPECT_EQ(code_of(type, part("name=\"n\"", "1") + part("name=\"n\"", "1") + "--XX--"), ec::bad_field);
}

TEST(multipart_look, the_forms_of_real_clients_are_read) {
  const std::string end = "--XX--\r\n";
  for (const std::string disposition :
       {R"(name="file"; filename="a b.wav")", R"(name=file; filename=a.wav; filename*=utf-8''a.wav)", // .NET
        R"(name="file"; filename="C:\sound\a.wav")", R"(name="file"; filename="a\"b.wav")",           // curl
        "name=\"file\"; filename=\"\xc3\xa4;b.wav\"", R"(name="file"; filename="a%22b.wav")",
        R"(name="response_format")", R"(name="timestamp_granularities[]")", R"(name="file";filename="a.wav";)"}) {
    const auto form = part(disposition, "RIFF") + part("name=\"model\"", "whisper-1") + end;
    const auto found = look_multipart(type, form);
    ASSERT_TRUE(found) << disposition << ": " << found.error().message;
    EXPECT_EQ(found->model, "whisper-1");
  }
  for (const std::string boundary : {"----WebKitFormBoundary7MA4YWxk", "------------------------d74496d66958873e",
                                     "\"----=_Part_0_12.34\"", "----=_Part_0_12.34", "\"a: b\"; charset=utf-8"})
    EXPECT_TRUE(multipart_boundary("multipart/form-data; boundary=" + boundary)) << boundary;
}

TEST(multipart_look, empty_and_headless_parts_are_parts) {
  const auto found = look_multipart(
      type, "--XX\r\n\r\nno headers\r\n--XX\r\n--XX\r\nContent-Disposition: form-data; name=model\r\n\r\n\r\n--XX--");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->model, "");
}

} // namespace
} // namespace logos::net
