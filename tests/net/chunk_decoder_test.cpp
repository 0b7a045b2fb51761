// SPDX-License-Identifier: MIT
#include "net/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

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
                             "11111111111111111\r\n", "0\r\nx\x01: y\r\n\r\n", "1c zz\r\n", "5 \r\nhello\r\n0\r\n\r\n",
                             "5\t5\r\nhello\r\n0\r\n\r\n"}) {
    for (const std::size_t step : {1UL, 100UL}) {
      std::string rest;
      bool ok = true;
      decode(framed, step, rest, ok);
      EXPECT_FALSE(ok) << framed;
    }
  }
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

TEST(chunk_decoder, counts_every_byte_that_is_not_content) {
  for (const auto& endless :
       {"0\r\n" + repeated("x\r\n", 6'000), "0\r\n" + repeated("x: y\r\n", 3'000), repeated("0", 17'000),
        "1" + std::string(17'000, ' '), repeated("1;" + std::string(1'000, 'x') + "\r\na\r\n", 20)}) {
    for (const std::size_t step : {1UL, 1'000'000UL}) {
      std::string rest;
      bool ok = true;
      decode(endless, step, rest, ok);
      EXPECT_FALSE(ok) << endless.substr(0, 20);
      EXPECT_FALSE(rest.empty()) << "refused only because it does not end: " << endless.substr(0, 20);
    }
  }
}

TEST(chunk_decoder, takes_any_number_of_chunks_and_the_extensions_that_go_with_them) {
  const std::string signature = ";chunk-signature=" + std::string(64, 'a');
  for (const auto& [framed, content] : std::vector<std::pair<std::string, std::string>>{
           {repeated("1\r\na\r\n", 100'000), std::string(100'000, 'a')},
           {repeated("3e8 ;a=b\r\n" + std::string(1'000, 'a') + "\r\n", 1'000), std::string(1'000'000, 'a')},
           {repeated("3e8" + signature + "\r\n" + std::string(1'000, 'a') + "\r\n", 1'000),
            std::string(1'000'000, 'a')}}) {
    std::string rest;
    bool ok = false;
    EXPECT_EQ(decode(framed + "0\r\nx: " + std::string(15'000, 'y') + "\r\n\r\n", 100, rest, ok), content);
    EXPECT_TRUE(ok) << framed.substr(0, 20);
  }
}

} // namespace
} // namespace logos::net
