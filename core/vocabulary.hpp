// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

/// The words that configuration, code, API, database and metrics share.
namespace logos::core {

enum class provider_type : std::uint8_t { openai, azure, ollama, vllm, openwebui, anthropic, custom };
/// From the strictest to the least strict: a policy with threshold T admits deployments with level <= T.
enum class privacy_level : std::uint8_t {
  local = 0,
  cloud_in_eu_by_eu_provider = 1,
  cloud_in_eu_by_us_provider = 2,
  cloud_not_in_eu_by_us_provider = 3
};
enum class log_level : std::uint8_t { billing, full };
enum class traffic_mode : std::uint8_t { interactive, batch };
/// Who made an entity: a file (read-only in the API) or the API.
enum class origin : std::uint8_t { api, config };
/// What a user may administer: what is their own, everything but what makes somebody root, or everything.
enum class role : std::uint8_t { user, admin, root };
/// When a policy holds: when a request names it, also when a request names none, always.
enum class policy_use : std::uint8_t { named, standard, always };
enum class usage_source : std::uint8_t { none, provider, estimated, partial };
/// How a request ended. Stored as `result_status` together with the HTTP status and the error code.
enum class result_status : std::uint8_t { success, error, timeout, client_gone, partial };

/// What an answer without a limit of its own may have, in tokens, where its model does not say (`reserve_tokens`).
inline constexpr std::int64_t default_answer_tokens = 4096;

/// Scheduling priority, 1 (last) to 10 (first). low = 1, mid = 5, high = 10, as upstream has it.
using priority = std::uint8_t;
inline constexpr priority priority_low = 1;
inline constexpr priority priority_mid = 5;
inline constexpr priority priority_high = 10;

std::string_view to_string(provider_type);
std::string_view to_string(privacy_level);
std::string_view to_string(log_level);
std::string_view to_string(traffic_mode);
std::string_view to_string(origin);
std::string_view to_string(role);
std::string_view to_string(policy_use);
std::string_view to_string(usage_source);
std::string_view to_string(result_status);

std::optional<provider_type> parse_provider_type(std::string_view);
std::optional<privacy_level> parse_privacy_level(std::string_view);
std::optional<log_level> parse_log_level(std::string_view);
std::optional<traffic_mode> parse_traffic_mode(std::string_view);
std::optional<role> parse_role(std::string_view);
std::optional<policy_use> parse_policy_use(std::string_view);
/// `low`, `mid`, `medium`, `normal`, `high` or 1 to 10.
std::optional<priority> parse_priority(std::string_view);

} // namespace logos::core
