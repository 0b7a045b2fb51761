// SPDX-License-Identifier: MIT
#include "actors/monitoring/versions.hpp"

#include <array>
#include <charconv>

namespace logos::monitoring {
namespace {

/// Before it, Ollama holds one model at a time, serves one request at a time, and has known holes.
constexpr version_number oldest_ollama{0, 3, 0};
/// From the first of these until the last it chooses by memory how many requests it serves at a time: four or one,
/// later two or one (ollama #4218, #10468, #11330).
constexpr version_number chooses_of_four_from{0, 2, 0};
constexpr version_number chooses_of_two_from{0, 6, 7};
constexpr version_number chooses_until{0, 10, 0};

} // namespace

std::optional<version_number> parse_version_number(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::array<unsigned, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts[i]);
    if (error != std::errc{})
      return i == 0 ? std::nullopt : std::optional{version_number{parts[0], parts[1], parts[2]}};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return version_number{parts[0], parts[1], parts[2]};
}

std::uint32_t usual_slots_of_ollama(std::string_view version) {
  const auto number = parse_version_number(version);
  if (!number) return 0;
  if (*number < chooses_of_four_from || *number >= chooses_until) return 1;
  return *number < chooses_of_two_from ? 0 : 2;
}

std::string remark_on_ollama(std::string_view version) {
  const auto number = parse_version_number(version);
  if (!number) return "its version is strange";
  // A server that was built by hand says so.
  if (*number == version_number{}) return {};
  if (*number < oldest_ollama) return "it is older than 0.3 and holds one model at a time: update it";
  return {};
}

} // namespace logos::monitoring
