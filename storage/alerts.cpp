// SPDX-License-Identifier: MIT
#include "storage/alerts.hpp"

#include "core/words.hpp"

#include <algorithm>
#include <charconv>

namespace logos::storage {
namespace {

constexpr core::words<4> states{"pending", "delivered", "failed", "unaddressed"};

} // namespace

std::string_view to_string(alert_state state) { return core::word_of(states, state); }
std::optional<alert_state> parse_alert_state(std::string_view text) {
  return core::parse_word<alert_state>(states, text);
}

std::vector<std::int64_t> parse_percentages(std::string_view json) {
  std::vector<std::int64_t> out;
  while (!json.empty()) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), value);
    if (error == std::errc{}) out.push_back(value);
    json.remove_prefix(std::max<std::size_t>(static_cast<std::size_t>(end - json.data()), 1));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string percentages_json(const std::vector<std::int64_t>& all) {
  std::string out = "[";
  for (const auto each : all)
    out.append(out.size() > 1 ? "," : "").append(std::to_string(each));
  return out + "]";
}

std::vector<std::int64_t> alert_percentages(const budget& of) {
  if (!of.alert_at_percent.empty()) return parse_percentages(of.alert_at_percent);
  if (of.hard && of.alert_url.empty()) return {};
  return {100};
}

} // namespace logos::storage
