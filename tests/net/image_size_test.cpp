// SPDX-License-Identifier: MIT
#include "net/image_size.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace logos::net {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? alphabet[bits >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

std::string text(std::initializer_list<int> bytes) {
  std::string out;
  for (const auto b : bytes)
    out += static_cast<char>(b);
  return out;
}

const std::string png = "\x89PNG\r\n\x1A\n" + text({0, 0, 0, 13}) + "IHDR" + text({0, 0, 5, 0, 0, 0, 2, 208, 8, 6});
const std::string frame = text({0xFF, 0xC2, 0, 17, 8, 0x0B, 0xD0, 0x0F, 0xC0, 3});
const std::string app = text({0xFF, 0xE1, 0x01, 0x00}) + std::string(254, '\0');
const std::string jpeg = text({0xFF, 0xD8}) + app + app + frame;
const std::string riff = "RIFF" + text({1, 2, 3, 4}) + "WEBP";

TEST(image_size, is_what_the_head_says) {
  EXPECT_EQ(read_image_size(base64(png)), (image_size{1280, 720}));
  EXPECT_EQ(read_image_size(base64(jpeg)), (image_size{4032, 3024}));
  EXPECT_EQ(read_image_size(base64(riff + "VP8X" + text({10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x0F, 0, 0x37, 0x02, 0}))),
            (image_size{4096, 568}));
  EXPECT_EQ(read_image_size(base64(riff + "VP8L" + text({9, 0, 0, 0, 0x2F, 0xFF, 0xC1, 0x31, 0}))),
            (image_size{512, 200}));
  EXPECT_EQ(
      read_image_size(base64(riff + "VP8 " + text({9, 0, 0, 0, 0x30, 1, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x41}))),
      (image_size{640, 480}));
}

TEST(image_size, is_unknown_of_anything_else) {
  for (const auto& other : {std::string{}, std::string{"hello"}, "GIF89a" + text({1, 0, 1, 0}), png.substr(0, 21),
                            "\x89PNG\r\n\x1A\n" + text({0, 0, 0, 13}) + "IHDR" + std::string(8, '\0'),
                            jpeg.substr(0, 400), text({0xFF, 0xD8}) + app + "x" + frame,
                            text({0xFF, 0xD8, 0xFF, 0xDA, 0, 8}) + frame, text({0xFF, 0xD8, 0xFF, 0xE1, 0, 0}) + frame,
                            riff + "VP8 " + text({9, 0, 0, 0, 0x30, 1, 0, 1, 1, 1, 0x80, 0x02, 0xE0, 0x01}), riff})
    EXPECT_EQ(read_image_size(base64(other)), std::nullopt) << base64(other);
  const auto whole = base64(png);
  EXPECT_EQ(read_image_size(whole.substr(0, 8) + "\\/" + whole.substr(9)), std::nullopt) << "an escape";
}

TEST(image_size, of_damaged_images_reads_nothing_beyond_them) {
  std::minstd_rand random{3};
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = base64(i % 2 == 0 ? jpeg : png);
    for (int k = 0; k < 3; ++k)
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    damaged.resize(random() % damaged.size());
    read_image_size(std::string{damaged});
  }
}

} // namespace
} // namespace logos::net
