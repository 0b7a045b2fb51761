// SPDX-License-Identifier: MIT
#include "net/wave.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace logos::net {
namespace {

std::string little(std::uint64_t n, int bytes) {
  std::string out;
  for (; bytes-- > 0; n >>= 8)
    out += static_cast<char>(n & 0xFF);
  return out;
}

std::string chunk(std::string_view name, std::string_view content) {
  auto out = std::string{name} + little(content.size(), 4) + std::string{content};
  if (content.size() % 2 != 0) out += '\0';
  return out;
}

/// `frame`: what the head says that all channels' samples of one moment have, in bytes.
std::string format(unsigned tag, unsigned channels, unsigned rate, unsigned frame, unsigned bits) {
  return chunk("fmt ", little(tag, 2) + little(channels, 2) + little(rate, 4) + little(rate * frame, 4) +
                           little(frame, 2) + little(bits, 2));
}

std::string riff(const std::string& chunks) { return "RIFF" + little(chunks.size() + 4, 4) + "WAVE" + chunks; }

const std::string speech = format(1, 1, 16'000, 2, 16); // 32000 bytes a second
const std::string second(32'000, 'x');

using length = std::optional<std::int64_t>;

TEST(wave, lasts_as_long_as_all_of_it_would_in_whole_seconds) {
  EXPECT_EQ(length_of_wave(riff(speech + chunk("data", second.substr(100)))), length{1000});
  EXPECT_EQ(length_of_wave(riff(speech + chunk("data", second))), length{2000}) << "the head is in it";
  EXPECT_EQ(
      length_of_wave(riff(chunk("LIST", "odd") + speech + chunk("fact", "1234") + chunk("data", second + second))),
      length{3000});
  EXPECT_EQ(length_of_wave(riff(format(7, 2, 8000, 2, 8) + chunk("data", second.substr(100)))), length{2000});
}

TEST(wave, is_not_shortened_by_what_its_head_says_of_the_samples) {
  EXPECT_EQ(length_of_wave(riff(speech + "data" + little(2, 4) + second.substr(100))), length{1000});
  EXPECT_EQ(length_of_wave(riff(speech + "data" + little(0xFFFFFFFF, 4) + second.substr(100))), length{1000});
  EXPECT_EQ(length_of_wave(riff(format(1, 1, 16'000, 4000, 16) + chunk("data", second.substr(100)))), length{1000});
  EXPECT_EQ(length_of_wave(riff(format(1, 9, 16'000, 2, 16) + chunk("data", second.substr(100)))), length{1000});
}

TEST(wave, of_another_kind_tells_nothing) {
  for (const auto& file :
       {std::string{}, std::string{"ID3 and so on"}, riff(""), riff(speech), riff(chunk("data", second)),
        riff(format(0x55, 1, 16'000, 2, 16) + chunk("data", second)), // MP3
        riff(format(1, 1, 0, 2, 16) + chunk("data", second)),         // no rate
        riff(format(1, 0, 16'000, 2, 16) + chunk("data", second)),    // no channel
        riff(format(1, 1, 16'000, 0, 16) + chunk("data", second)),    // no size
        riff(chunk("fmt ", "short") + chunk("data", second)), riff(speech + speech + chunk("data", second)),
        riff("fmt " + little(0xFFFFFFFF, 4) + second), "RIFX" + riff(speech + chunk("data", second)).substr(4)})
    EXPECT_EQ(length_of_wave(file), length{}) << file.size();
}

TEST(wave, may_end_anywhere) {
  const auto whole = riff(chunk("LIST", "odd") + speech + chunk("data", second));
  for (std::size_t n = 0; n < 100; ++n)
    EXPECT_EQ(length_of_wave(std::string{whole.substr(0, n)}).has_value(), n >= 12 + 12 + 24 + 8) << n;
}

} // namespace
} // namespace logos::net
