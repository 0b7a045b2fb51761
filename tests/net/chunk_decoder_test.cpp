// SPDX-License-Identifier: MIT
#include "net/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::net {
namespace {

/// Decodes `bytes` in pieces of `step` bytes; what follows the message stays in `rest`.
std::string decode(std::string bytes, std::size_t step, std::string& rest, bool& ok) {
  chunk_decoder decoder;
  std::string content;
  ok = true;
  for (std::size_t at = 0; at < bytes.size() && ok && !decoder.finished();) {
    const auto n = std::min(step, bytes.size() - at);
    const auto result = decoder.decode({bytes.data() + at, n});
    content.append(bytes.data() + at, result.payload);
    at += result.taken;
    ok = result.ok && (result.taken == n || decoder.finished());
    rest = bytes.substr(at);
  }
  ok = ok && decoder.finished();
  return content;
}

TEST(chunk_decoder, gives_the_same_content_however_the_bytes_come) {
  const std::string framed = "5\r\nhello\r\n1;a=\"b\"\r\n \r\n00A\r\n0123456789\r\n0\r\nx: y\r\nz: w\r\n\r\nnext";
  for (std::size_t step = 1; step <= framed.size(); ++step) {
    std::string rest;
    bool ok = false;
    EXPECT_EQ(decode(framed, step, rest, ok), "hello 0123456789");
    EXPECT_TRUE(ok);
    EXPECT_TRUE(std::string{"next"}.starts_with(rest) || rest == "next");
  }
}

TEST(chunk_decoder, refuses_what_is_not_well_formed) {
  for (const char* framed : {"g\r\n", "\r\n", " 5\r\nhello\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\n", "0\r\n\n",
                             "11111111111111111\r\n", "0\r\nx\x01: y\r\n\r\n"}) {
    for (const std::size_t step : {1UL, 100UL}) {
      std::string rest;
      bool ok = true;
      decode(framed, step, rest, ok);
      EXPECT_FALSE(ok) << framed;
    }
  }
}

} // namespace
} // namespace logos::net
