// SPDX-License-Identifier: MIT
#include "core/vocabulary.hpp"

#include "core/residence.hpp"
#include "core/words.hpp"

#include <charconv>

namespace logos::core {
namespace {

constexpr words<7> provider_types{"openai", "azure", "ollama", "vllm", "openwebui", "anthropic", "custom"};
constexpr words<4> privacy_levels{"LOCAL", "CLOUD_IN_EU_BY_EU_PROVIDER", "CLOUD_IN_EU_BY_US_PROVIDER",
                                  "CLOUD_NOT_IN_EU_BY_US_PROVIDER"};
constexpr words<2> log_levels{"BILLING", "FULL"};
constexpr words<2> traffic_modes{"interactive", "batch"};
constexpr words<2> origins{"api", "config"};
constexpr words<3> roles{"user", "admin", "root"};
constexpr words<3> residences{"automatic", "pinned", "drained"};
constexpr words<3> policy_uses{"named", "default", "always"};
constexpr words<4> usage_source_words{"none", "provider", "estimated", "partial"};
constexpr words<5> result_statuses{"success", "error", "timeout", "client_gone", "partial"};

} // namespace

std::string_view to_string(provider_type x) { return word_of(provider_types, x); }
std::string_view to_string(privacy_level x) { return word_of(privacy_levels, x); }
std::string_view to_string(log_level x) { return word_of(log_levels, x); }
std::string_view to_string(traffic_mode x) { return word_of(traffic_modes, x); }
std::string_view to_string(origin x) { return word_of(origins, x); }
std::string_view to_string(role x) { return word_of(roles, x); }
std::string_view to_string(residence x) { return word_of(residences, x); }
std::string_view to_string(policy_use x) { return word_of(policy_uses, x); }
std::string_view to_string(usage_source x) { return word_of(usage_source_words, x); }
std::string_view to_string(result_status x) { return word_of(result_statuses, x); }

std::optional<provider_type> parse_provider_type(std::string_view s) {
  return parse_word<provider_type>(provider_types, s);
}
std::optional<privacy_level> parse_privacy_level(std::string_view s) {
  return parse_word<privacy_level>(privacy_levels, s);
}
std::optional<log_level> parse_log_level(std::string_view s) { return parse_word<log_level>(log_levels, s); }
std::optional<traffic_mode> parse_traffic_mode(std::string_view s) {
  return parse_word<traffic_mode>(traffic_modes, s);
}
std::optional<role> parse_role(std::string_view s) { return parse_word<role>(roles, s); }

std::optional<policy_use> parse_policy_use(std::string_view s) { return parse_word<policy_use>(policy_uses, s); }

std::optional<residence> parse_residence(std::string_view s) { return parse_word<residence>(residences, s); }

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
