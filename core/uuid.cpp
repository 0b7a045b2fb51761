// SPDX-License-Identifier: MIT
#include "core/uuid.hpp"

#include <random>
#include <sys/random.h>

namespace logos::core {
namespace {

std::uint64_t load_big_endian(const std::uint8_t* p) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i)
    value = value << 8 | p[i];
  return value;
}

void store_big_endian(std::uint8_t* p, std::uint64_t value) {
  for (int i = 7; i >= 0; --i, value >>= 8)
    p[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t split_mix(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

void uuid::to_chars(char* out) const {
  static constexpr char hex[] = "0123456789abcdef";
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = hex[bytes[i] >> 4];
    *out++ = hex[bytes[i] & 15];
  }
}

std::string uuid::str() const {
  std::string text(36, '\0');
  to_chars(text.data());
  return text;
}

std::uint64_t uuid::high() const { return load_big_endian(bytes.data()); }
std::uint64_t uuid::low() const { return load_big_endian(bytes.data() + 8); }

uuid uuid::from_halves(std::uint64_t high, std::uint64_t low) {
  uuid id;
  store_big_endian(id.bytes.data(), high);
  store_big_endian(id.bytes.data() + 8, low);
  return id;
}

std::optional<uuid> uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return std::nullopt;
    const int high = hex_digit(text[at]);
    const int low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

uuid_source::uuid_source(std::uint64_t seed) : state_{split_mix(seed), split_mix(seed)} {}

// xoroshiro128+ (Blackman and Vigna): ids need to be unique, not secret.
std::uint64_t uuid_source::random() {
  const std::uint64_t s0 = state_[0];
  std::uint64_t s1 = state_[1];
  const std::uint64_t result = s0 + s1;
  s1 ^= s0;
  state_[0] = (s0 << 24 | s0 >> 40) ^ s1 ^ (s1 << 16);
  state_[1] = s1 << 37 | s1 >> 27;
  return result;
}

// RFC 9562 method 1: the 12 bits after the version are a counter within one millisecond, started at random low.
uuid uuid_source::next(wall_time now) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto ms = static_cast<std::uint64_t>(since);
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = static_cast<std::uint32_t>(random() & 0x3FF);
  } else if (++counter_ > 0xFFF) {
    ++last_ms_;
    counter_ = 0;
  }
  return uuid::from_halves(last_ms_ << 16 | 0x7000U | counter_, (random() >> 2) | 0x8000000000000000ULL);
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    std::random_device device;
    seed = static_cast<std::uint64_t>(device()) << 32 | device();
  }
  return seed;
}

} // namespace logos::core
