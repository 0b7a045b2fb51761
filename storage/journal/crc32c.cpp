// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"

#include <array>
#include <cstring>

namespace logos::storage {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t x = i;
    for (int bit = 0; bit < 8; ++bit)
      x = (x >> 1) ^ ((x & 1) ? 0x82F63B78u : 0u);
    table[i] = x;
  }
  return table;
}

std::uint32_t by_table(const char* at, std::size_t size, std::uint32_t crc) noexcept {
  static constexpr auto table = make_table();
  for (; size > 0; --size, ++at)
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(*at)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_processor(const char* at, std::size_t size,
                                                             std::uint32_t crc) noexcept {
  std::uint64_t wide = crc;
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; --size, ++at)
    crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(*at));
  return crc;
}
#endif

using implementation = std::uint32_t (*)(const char*, std::size_t, std::uint32_t) noexcept;

implementation choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return by_processor;
#endif
  return by_table;
}

const implementation chosen = choose();

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t start) noexcept {
  return ~chosen(bytes.data(), bytes.size(), ~start);
}

} // namespace logos::storage
