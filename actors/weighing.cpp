// SPDX-License-Identifier: MIT
#include "actors/weighing.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace logos::actors {
namespace {

constexpr std::string_view marker = "weighed=", between = "; ";
constexpr std::size_t most = 8; // of a request that dozens may serve, the row need not grow by kilobytes

/// Whole numbers, one after the other.
class number_reader {
public:
  explicit number_reader(std::string_view text) : text_{text} {}
  /// Nothing if no number stands here, or something other than `end` behind it.
  std::optional<std::int64_t> read(char end) {
    std::int64_t value = 0;
    const auto [rest, bad] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    const auto used = static_cast<std::size_t>(rest - text_.data());
    if (bad != std::errc{} || used >= text_.size() || text_[used] != end) return std::nullopt;
    text_.remove_prefix(used + 1);
    return value;
  }

private:
  std::string_view text_;
};

/// Where it stands in a decision.
std::size_t find_marker(std::string_view decision) {
  if (decision.starts_with(marker)) return 0;
  return decision.find(std::string{between}.append(marker));
}

std::uint32_t flags_of(const alternative& a) {
  return (a.known ? 1U : 0U) | (a.open ? 2U : 0U) | (a.familiar ? 4U : 0U);
}

} // namespace

std::string with_weighing(std::string decision, const weighing& w) {
  if (w.of.empty()) return decision;
  auto out = std::move(decision);
  if (!out.empty()) out += between;
  out.append(marker).append(std::to_string(w.equal_up_to_us)).append(":");
  for (std::size_t i = 0; i < std::min(w.of.size(), most); ++i) {
    const auto& a = w.of[i];
    for (const auto n : {a.deployment_id, a.expected_us, a.wait_us, a.load_us, a.first_token_us, a.defer_us,
                         a.price_nano, std::int64_t{a.failed_permille}, std::int64_t{a.busy_permille}})
      out.append(std::to_string(n)).append("/");
    out.append(std::to_string(flags_of(a))).append(","); // also behind the last: what was cut off is seen
  }
  return out;
}

weighing read_weighing(std::string_view decision) {
  const auto at = find_marker(decision);
  if (at == decision.npos) return {};
  number_reader from{decision.substr(at + marker.size() + (at == 0 ? 0 : between.size()))};
  weighing out;
  const auto bound = from.read(':');
  if (!bound) return {};
  out.equal_up_to_us = *bound;
  while (true) {
    std::int64_t n[10]{};
    for (std::size_t i = 0; i < 10; ++i) {
      const auto value = from.read(i + 1 < 10 ? '/' : ',');
      if (!value) return out;
      n[i] = *value;
    }
    out.of.push_back({n[0], n[1], n[2], n[3], n[4], n[5], n[6], static_cast<std::uint32_t>(n[7]),
                      static_cast<std::uint32_t>(n[8]), (n[9] & 1) != 0, (n[9] & 2) != 0, (n[9] & 4) != 0});
  }
}

std::string_view without_weighing(std::string_view decision) { return decision.substr(0, find_marker(decision)); }

} // namespace logos::actors
