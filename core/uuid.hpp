// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace logos::core {

/// A UUID version 7 (RFC 9562): 48 bits of milliseconds, then random bits. Names a request everywhere, as text in
/// `x-request-id` and in the database.
struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const uuid&) const = default;
  bool nil() const { return *this == uuid{}; }
  /// Writes the 36 characters of the text form to `out`.
  void to_chars(char* out) const;
  std::string str() const;
  /// The first 8 and last 8 bytes as integers, for a cheap wire form.
  std::uint64_t high() const;
  /// 7 of those that are made here.
  int version() const { return bytes[6] >> 4; }
  std::uint64_t low() const;
  static uuid from_halves(std::uint64_t high, std::uint64_t low);
  static std::optional<uuid> parse(std::string_view text);
};

/// Makes UUIDs. One per thread: not thread-safe. Ids made by one source grow strictly.
class uuid_source {
public:
  /// `seed` makes the random part repeatable; seed with `random_seed()` in production.
  explicit uuid_source(std::uint64_t seed);
  uuid next(wall_time now);

private:
  std::uint64_t random();
  std::array<std::uint64_t, 2> state_;
  std::uint64_t last_ms_ = 0;
  std::uint32_t counter_ = 0;
};

/// Eight bytes from the operating system.
std::uint64_t random_seed();

struct uuid_hash {
  std::size_t operator()(const uuid& id) const noexcept {
    std::uint64_t low;
    std::memcpy(&low, id.bytes.data() + 8, sizeof low); // the random half is already a hash
    return static_cast<std::size_t>(low);
  }
};

} // namespace logos::core
