// SPDX-License-Identifier: MIT
#include "tokenization/vocabulary.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>

namespace logos::tokenization {
namespace {

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

/// Of the file that OpenAI publishes: a line with the base64 of each token and its rank.
std::string checksum_of_openais_file(std::string_view ranks) {
  const vocabulary words{ranks};
  std::string text;
  for (token t = 0; t < words.size(); ++t)
    text.append(base64(words.bytes(t))).append(" ").append(std::to_string(t)).append("\n");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < length; ++i)
    for (const unsigned half : {digest[i] / 16U, digest[i] % 16U})
      hex += "0123456789abcdef"[half];
  return hex;
}

// The checksums stand in tiktoken's openai_public.py.
TEST(ranks, are_those_that_openai_publishes) {
  EXPECT_EQ(checksum_of_openais_file(o200k_ranks()),
            "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d");
  EXPECT_EQ(checksum_of_openais_file(cl100k_ranks()),
            "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7");
}

TEST(vocabulary, finds_every_token_by_its_bytes_and_nothing_else) {
  const vocabulary words{o200k_ranks()};
  ASSERT_EQ(words.size(), 199998U);
  for (token t = 0; t < words.size(); ++t)
    ASSERT_EQ(words.find(words.bytes(t)), t);
  for (const std::string_view none : {"", "qzxj", "\xff\xff\xff\xff", "zzzzzzzzzzzzz"})
    EXPECT_EQ(words.find(none), no_token) << none;
  EXPECT_EQ(words.find(std::string(300, ' ')), no_token);
}

} // namespace
} // namespace logos::tokenization
