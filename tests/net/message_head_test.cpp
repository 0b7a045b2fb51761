// SPDX-License-Identifier: MIT
#include "net/message_head.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

TEST(head_scanner, finds_the_same_end_however_the_bytes_come) {
  const std::string bytes = "GET / HTTP/1.1\r\nhost: a\r\n\r\nrest\n";
  const std::size_t length = bytes.size() - 5;
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    head_scanner scanner;
    auto state = head_scanner::state::more;
    for (std::size_t n = step; state == head_scanner::state::more && n < bytes.size() + step; n += step)
      state = scanner.scan(std::string_view{bytes}.substr(0, std::min(n, bytes.size())));
    EXPECT_EQ(state, head_scanner::state::complete);
    EXPECT_EQ(scanner.length(), length);
  }
}

TEST(response_head, is_taken_apart) {
  response_head head;
  std::string why;
  ASSERT_TRUE(parse_response_head("HTTP/1.1 429 Too Many\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                                  "retry-after: 17\r\ntransfer-encoding: chunked\r\nx: y\r\n\r\n",
                                  head, why))
      << why;
  EXPECT_EQ(head.status, 429);
  EXPECT_EQ(head.reason, "Too Many");
  EXPECT_EQ(head.content_type, "text/event-stream; charset=utf-8");
  EXPECT_EQ(head.retry_after_s, 17U);
  EXPECT_TRUE(head.chunked);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.content_length);
  EXPECT_EQ(head.headers.size(), 4U);
}

TEST(response_head, that_could_be_misunderstood_is_refused) {
  response_head head;
  for (const std::string_view lines :
       {"content-length: 1\r\ncontent-length: 2\r\n", "content-length: 1\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip\r\n", "content-length: x\r\n", "a b: c\r\n"}) {
    std::string why;
    EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\n" + std::string{lines} + "\r\n", head, why)) << lines;
    EXPECT_FALSE(why.empty());
  }
}

TEST(response_head, of_an_old_server_does_not_keep_the_connection) {
  response_head head;
  std::string why;
  ASSERT_TRUE(parse_response_head("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n", head, why));
  EXPECT_FALSE(head.keep_alive);
  ASSERT_TRUE(parse_response_head("HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n", head, why));
  EXPECT_FALSE(head.keep_alive);
}

} // namespace
} // namespace logos::net
