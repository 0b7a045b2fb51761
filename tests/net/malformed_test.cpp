// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace logos::net::test {
namespace {

struct bad_request {
  std::string name;
  std::string bytes;
  int status;
};

std::string head(const std::string& lines) { return "GET / HTTP/1.1\r\nhost: a\r\n" + lines + "\r\n"; }
std::string chunked(const std::string& body) {
  return "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + body;
}

std::vector<bad_request> corpus() {
  using namespace std::string_literals;
  return {
      {"words", "hello there\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"tab for a space", "GET\t/ HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"space before the method", " GET / HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"space after the version", "GET / HTTP/1.1 \r\nhost: a\r\n\r\n", 400},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"version 2.0", "GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505},
      {"version 3.7", "GET / HTTP/3.7\r\nhost: a\r\n\r\n", 505},
      {"version 0.9", "GET / HTTP/0.9\r\nhost: a\r\n\r\n", 505},
      {"version 1.2", "GET / HTTP/1.2\r\nhost: a\r\n\r\n", 505},
      {"lower case version", "GET / http/1.1\r\nhost: a\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"NUL first", "\0\0\0\0"s, 400},
      {"high byte first", "\xff\xfe", 400},
      {"control byte in the method", "G\x01T / HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"NUL in the target", "GET /a\0b HTTP/1.1\r\nhost: a\r\n\r\n"s, 400},
      {"control byte in the target", "GET /a\x7f HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"relative target", "GET v1/models HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"empty authority", "GET http:///x HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"foreign scheme", "GET ftp://a/x HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"tunnel", "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"asterisk for GET", "GET * HTTP/1.1\r\nhost: a\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"empty host", "GET / HTTP/1.1\r\nhost:\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", 400},
      {"host with a path", "GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", 400},
      {"host with a user", "GET / HTTP/1.1\r\nhost: u@a\r\n\r\n", 400},
      {"host with a comma", "GET / HTTP/1.1\r\nhost: a,b\r\n\r\n", 400},
      {"no colon", head("novalue\r\n"), 400},
      {"empty name", head(": value\r\n"), 400},
      {"space before the colon", head("name : value\r\n"), 400},
      {"space in the name", head("na me: value\r\n"), 400},
      {"brace in the name", head("na{me: value\r\n"), 400},
      {"NUL in the name", head("na\0me: value\r\n"s), 400},
      {"NUL in the value", head("name: va\0lue\r\n"s), 400},
      {"bell in the value", head("name: va\x07lue\r\n"), 400},
      {"carriage return in the value", head("name: va\rlue\r\n"), 400},
      {"folded header", head("name: a\r\n b\r\n"), 400},
      {"folded with a tab", head("name: a\r\n\tb\r\n"), 400},
      {"folded first header", "GET / HTTP/1.1\r\n host: a\r\n\r\n", 400},
      {"bare line feeds", "GET / HTTP/1.1\nhost: a\n\n", 400},
      {"one bare line feed", "GET / HTTP/1.1\r\nhost: a\nb: c\r\n\r\n", 400},
      {"bare line feed at the end", "GET / HTTP/1.1\r\nhost: a\r\n\n", 400},
      {"length not a number", head("content-length: ten\r\n"), 400},
      {"negative length", head("content-length: -1\r\n"), 400},
      {"signed length", head("content-length: +1\r\n"), 400},
      {"hexadecimal length", head("content-length: 0x10\r\n"), 400},
      {"empty length", head("content-length:\r\n"), 400},
      {"length with spaces", head("content-length: 1 2\r\n"), 400},
      {"two lengths", head("content-length: 1\r\ncontent-length: 2\r\n"), 400},
      {"the same length twice", head("content-length: 1\r\ncontent-length: 1\r\n"), 400},
      {"a list of lengths", head("content-length: 1, 1\r\n"), 400},
      {"length beyond 64 bits", head("content-length: 99999999999999999999999\r\n"), 400},
      {"length too long", head("content-length: 99999999999\r\n"), 413},
      {"length and coding", head("content-length: 3\r\ntransfer-encoding: chunked\r\n"), 400},
      {"coding and length", head("transfer-encoding: chunked\r\ncontent-length: 3\r\n"), 400},
      {"unknown coding", head("transfer-encoding: gzip\r\n"), 501},
      {"two codings", head("transfer-encoding: gzip, chunked\r\n"), 501},
      {"chunked not last", head("transfer-encoding: chunked, gzip\r\n"), 501},
      {"chunked twice", head("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"), 400},
      {"disguised chunked",
       head("transfer-encoding: \x0b"
            "chunked\r\n"),
       400},
      {"coding in HTTP/1.0", "GET / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", 400},
      {"unknown expectation", head("expect: miracles\r\n"), 417},
      {"chunk size not hexadecimal", chunked("x\r\nab\r\n"), 400},
      {"empty chunk size", chunked("\r\nab\r\n"), 400},
      {"negative chunk size", chunked("-1\r\nab\r\n"), 400},
      {"chunk size beyond 64 bits", chunked("fffffffffffffffff\r\n"), 400},
      {"chunk longer than it says", chunked("1\r\nab\r\n0\r\n\r\n"), 400},
      {"bare line feed after a size", chunked("1\na\r\n0\r\n\r\n"), 400},
      {"bare line feed after a chunk", chunked("1\r\na\n0\r\n\r\n"), 400},
      {"NUL in an extension", chunked("1;\0\r\na\r\n0\r\n\r\n"s), 400},
      {"long extension", chunked("1;" + std::string(20'000, 'x') + "\r\n"), 400},
      {"long trailers", chunked("0\r\n" + std::string(20'000, 'x')), 400},
      {"endless short trailers",
       chunked("0\r\n" +
               [] {
                 std::string lines;
                 for (int i = 0; i < 8000; ++i)
                   lines += "x\r\n";
                 return lines;
               }()),
       400},
      {"blank in a chunk size", chunked("1c zz\r\n"), 400},
      {"long chunks",
       chunked("200\r\n" + std::string(512, 'x') + "\r\n201\r\n" + std::string(513, 'x') + "\r\n0\r\n\r\n"), 413},
      {"long target", "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nhost: a\r\n\r\n", 414},
      {"endless target", "GET /" + std::string(9000, 'x'), 414},
      {"endless method", std::string(9000, 'X'), 414},
      {"64 KB key", head("authorization: Bearer " + std::string(65'536, 'k') + "\r\n"), 431},
      {"many headers", head([] {
         std::string lines;
         for (int i = 0; i < 4000; ++i)
           lines += "x-" + std::to_string(i) + ": y\r\n";
         return lines;
       }()),
       431},
  };
}

class malformed : public testing::TestWithParam<bad_request> {};

void expect_error(const std::string& answer, int status) {
  EXPECT_EQ(status_of(answer), status) << answer;
  EXPECT_EQ(header_of(answer, "connection"), "close");
  EXPECT_EQ(header_of(answer, "content-type"), "application/json");
  EXPECT_NE(header_of(answer, "x-request-id"), "");
  simdjson::dom::parser parser;
  const auto body = simdjson::padded_string{body_of(answer)};
  simdjson::dom::element document;
  ASSERT_EQ(parser.parse(body).get(document), simdjson::SUCCESS) << answer;
  std::string_view message;
  EXPECT_EQ(document["error"]["message"].get(message), simdjson::SUCCESS);
  EXPECT_FALSE(message.empty());
}

TEST_P(malformed, request_is_answered_with_a_clear_error_and_the_end) {
  http_settings http;
  http.body_bytes = 1024;
  net_world world{[](const exchange_ptr& x) { x->reply({.status = 299}); }, http};
  auto client = world.client();
  client.send(GetParam().bytes);
  const auto answer = client.read_to_end();
  EXPECT_FALSE(client.timed_out());
  EXPECT_FALSE(world.log.heard("request"));
  expect_error(answer, GetParam().status);
}

TEST_P(malformed, request_after_a_good_one_is_answered_too) {
  http_settings http;
  http.body_bytes = 1024;
  net_world world{[](const exchange_ptr& x) { x->reply({}); }, http};
  auto client = world.client();
  client.send(post("/", "good") + GetParam().bytes);
  EXPECT_EQ(status_of(client.read_message()), 200);
  expect_error(client.read_to_end(), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(corpus, malformed, testing::ValuesIn(corpus()), [](const auto& instance) {
  std::string name = instance.param.name;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

TEST(unusual, requests_are_served) {
  net_world world{[](const exchange_ptr& x) { x->reply({.body = std::string{x->request().target}}); }};
  const std::vector<std::pair<std::string, std::string>> good{
      {"\r\n\r\nGET /after-empty-lines HTTP/1.1\r\nhost: a\r\n\r\n", "/after-empty-lines"},
      {"GET http://gateway:80/absolute?x HTTP/1.1\r\nhost: a\r\n\r\n", "/absolute?x"},
      {"GET HTTPS://gateway HTTP/1.1\r\nhost: a\r\n\r\n", "/"},
      {"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", "*"},
      {"BREW /unknown-method HTTP/1.1\r\nhost: a\r\n\r\n", "/unknown-method"},
      {"GET /no-space-after-colon HTTP/1.1\r\nhost:a\r\n\r\n", "/no-space-after-colon"},
      {"GET /ipv6 HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n", "/ipv6"},
      {"GET /empty-value HTTP/1.1\r\nhost: a\r\nx:\r\n\r\n", "/empty-value"},
      {"GET /utf8-value HTTP/1.1\r\nhost: a\r\nx: gr\xc3\xbc\xc3\x9f\r\n\r\n", "/utf8-value"},
      {"POST /zero HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "/zero"},
      {"POST /zeros HTTP/1.1\r\nhost: a\r\ncontent-length: 0003\r\n\r\nabc", "/zeros"},
      {"POST /CHUNKED HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: Chunked\r\n\r\n00003\r\nabc\r\n000\r\n\r\n",
       "/CHUNKED"},
      {"GET /old HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", "/old"},
  };
  auto client = world.client();
  for (const auto& [bytes, target] : good) {
    client.send(bytes);
    const auto answer = client.read_message();
    EXPECT_EQ(status_of(answer), 200) << bytes << answer;
    EXPECT_EQ(body_of(answer), target);
  }
}

TEST(refusal, reaches_a_client_that_is_still_sending) {
  http_settings http;
  http.body_bytes = 1024;
  net_world world{{}, http};
  auto client = world.client();
  // More than the socket buffers hold: were the connection closed at once, RST would overtake the answer.
  client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 20000000\r\n\r\n");
  client.send(std::string(8'000'000, 'x'));
  EXPECT_EQ(status_of(client.read_message()), 413);
  EXPECT_TRUE(client.sees_end());
}

TEST(refusal, does_not_wait_for_ever_for_a_client_that_neither_reads_nor_leaves) {
  http_settings http;
  http.linger = std::chrono::milliseconds{50};
  net_world world{{}, http};
  auto client = world.client();
  client.send("nonsense\r\n\r\n");
  EXPECT_EQ(status_of(client.read_message()), 400);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (world.counters().connections_open.value() != 0 && std::chrono::steady_clock::now() < until)
    world.on_io([] {});
  EXPECT_EQ(world.counters().connections_open.value(), 0U);
}

} // namespace
} // namespace logos::net::test
