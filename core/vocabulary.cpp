// SPDX-License-Identifier: MIT
#include "core/vocabulary.hpp"

#include <array>
#include <charconv>

namespace logos::core {
namespace {

constexpr std::array<std::string_view, 7> provider_types{"openai",    "azure",     "ollama", "vllm",
                                                         "openwebui", "anthropic", "custom"};
constexpr std::array<std::string_view, 4> privacy_levels{
    "LOCAL", "CLOUD_IN_EU_BY_EU_PROVIDER", "CLOUD_IN_EU_BY_US_PROVIDER", "CLOUD_NOT_IN_EU_BY_US_PROVIDER"};
constexpr std::array<std::string_view, 2> log_levels{"BILLING", "FULL"};
constexpr std::array<std::string_view, 2> traffic_modes{"interactive", "batch"};
constexpr std::array<std::string_view, 2> origins{"api", "config"};
constexpr std::array<std::string_view, 4> usage_sources{"none", "provider", "estimated", "partial"};
constexpr std::array<std::string_view, 5> result_statuses{"success", "error", "timeout", "client_gone", "partial"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

template <class Enum, std::size_t N>
std::string_view name(const std::array<std::string_view, N>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : std::string_view{"unknown"};
}

} // namespace

std::string_view to_string(provider_type x) { return name(provider_types, x); }
std::string_view to_string(privacy_level x) { return name(privacy_levels, x); }
std::string_view to_string(log_level x) { return name(log_levels, x); }
std::string_view to_string(traffic_mode x) { return name(traffic_modes, x); }
std::string_view to_string(origin x) { return name(origins, x); }
std::string_view to_string(usage_source x) { return name(usage_sources, x); }
std::string_view to_string(result_status x) { return name(result_statuses, x); }

std::optional<provider_type> parse_provider_type(std::string_view s) { return parse<provider_type>(provider_types, s); }
std::optional<privacy_level> parse_privacy_level(std::string_view s) { return parse<privacy_level>(privacy_levels, s); }
std::optional<log_level> parse_log_level(std::string_view s) { return parse<log_level>(log_levels, s); }
std::optional<traffic_mode> parse_traffic_mode(std::string_view s) { return parse<traffic_mode>(traffic_modes, s); }

std::optional<priority> parse_priority(std::string_view s) {
  if (s == "low") return priority_low;
  if (s == "mid" || s == "medium" || s == "normal") return priority_mid;
  if (s == "high") return priority_high;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc{} || end != s.data() + s.size() || value < 1 || value > 10) return std::nullopt;
  return static_cast<priority>(value);
}

} // namespace logos::core
