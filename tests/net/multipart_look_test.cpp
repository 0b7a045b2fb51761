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
  const auto body =
      "preamble\r\n" + file + part("name=\"model\"", "whisper-1") + part("name=stream", "true") + "--XX--\r\nepilogue";
  const auto found = look_multipart(type, body);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->model, "whisper-1");
  EXPECT_TRUE(found->stream);
  EXPECT_EQ(found->parts, 3U);
  EXPECT_EQ(body.substr(found->model_begin, found->model_end - found->model_begin), "whisper-1");
  const auto expected =
      "preamble\r\n" + file + part("name=\"model\"", "m2") + part("name=stream", "true") + "--XX--\r\nepilogue";
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
  EXPECT_EQ(code_of(type, "nothing of the kind"), ec::none);
  EXPECT_EQ(code_of(type, "--XX--\r\n"), ec::none);
  const auto body = file + "--XX--";
  const auto found = look_multipart(type, body);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->model);
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

TEST(multipart_look, empty_and_headless_parts_are_parts) {
  const auto found = look_multipart(
      type, "--XX\r\n\r\nno headers\r\n--XX\r\n--XX\r\nContent-Disposition: form-data; name=model\r\n\r\n\r\n--XX--");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->model, "");
}

} // namespace
} // namespace logos::net
