// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/imprint.hpp"

namespace logos::classification {
namespace {

/// Another meaning of an imprint's numbers is another version, as of the learner's bytes.
constexpr char version = 2;

} // namespace

std::string to_bytes(const imprint& of) {
  std::string out(1, version);
  for (const auto n : of.numbers) {
    const auto bits = static_cast<std::uint16_t>(n);
    out += static_cast<char>(bits & 0xff);
    out += static_cast<char>(bits >> 8);
  }
  return out;
}

std::optional<imprint> imprint_from(std::string_view bytes) {
  if (bytes.size() != 1 + 2 * imprint::count || bytes.front() != version) return std::nullopt;
  imprint out;
  for (std::size_t i = 0; i < imprint::count; ++i)
    out.numbers[i] = static_cast<std::int16_t>(static_cast<std::uint8_t>(bytes[1 + 2 * i]) |
                                               (static_cast<std::uint8_t>(bytes[2 + 2 * i]) << 8));
  return out;
}

} // namespace logos::classification
