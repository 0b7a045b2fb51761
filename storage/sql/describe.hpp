// SPDX-License-Identifier: MIT
#pragma once
#include "storage/entities.hpp"
#include "storage/sql/table.hpp"

/// Each entity's columns, once: the same description makes its SQL, its parameters and reads it back. A visitor has
/// `field(column, member)`, `reference(column, id, table, noun)`, `json(column, text)`, `secret(column, text)` and
/// `address(column, text)`: a web address that is a secret but for its host. Former versions kept it in clear.
namespace logos::storage {

template <class Entity>
struct description;

template <>
struct description<user> {
  static constexpr std::string_view name = "users", noun = "user", key = "username";
  static void visit(auto& v, auto& e) {
    v.field("username", e.username);
    v.field("prename", e.prename);
    v.field("name", e.name);
    v.field("role", e.role);
  }
};

template <>
struct description<service> {
  static constexpr std::string_view name = "services", noun = "service", key = "name";
  static void visit(auto& v, auto& e) { v.field("name", e.name); }
};

template <>
struct description<process> {
  static constexpr std::string_view name = "process", noun = "process", key = "logos_key";
  static void visit(auto& v, auto& e) {
    v.field("name", e.name);
    v.field("logos_key", e.hash);
    v.field("key_prefix", e.key_prefix);
    v.reference("user_id", e.user_id, "users", "user");
    v.reference("service_id", e.service_id, "services", "service");
    v.field("log", e.log);
    v.field("priority", e.priority);
    v.field("weight", e.weight);
    v.field("expires_at", e.expires_at);
    v.json("settings", e.settings);
    v.field("previous_key", e.previous_hash);
    v.field("previous_key_until", e.previous_until);
    v.field("allowed_models", e.allowed_models);
    v.field("allowed_endpoints", e.allowed_endpoints);
    v.field("allowed_addresses", e.allowed_addresses);
  }
};

template <>
struct description<profile> {
  static constexpr std::string_view name = "profiles", noun = "profile", key = "name";
  static void visit(auto& v, auto& e) {
    v.field("name", e.name);
    v.reference("process_id", e.process_id, "process", "process");
    v.field("allowed_providers", e.allowed_providers);
  }
};

template <>
struct description<permission> {
  static constexpr std::string_view name = "profile_model_permissions", noun = "permission", key = "model_id";
  static void visit(auto& v, auto& e) {
    v.reference("profile_id", e.profile_id, "profiles", "profile");
    v.reference("model_id", e.model_id, "models", "model");
  }
};

template <>
struct description<provider> {
  static constexpr std::string_view name = "providers", noun = "provider", key = "name";
  static void visit(auto& v, auto& e) {
    v.field("name", e.name);
    v.field("provider_type", e.type);
    v.field("base_url", e.base_url);
    v.secret("api_key", e.api_key);
    v.field("auth_name", e.auth_name);
    v.field("auth_format", e.auth_format);
    v.field("privacy_level", e.privacy);
    v.field("ollama_admin_url", e.ollama_admin_url);
    v.field("parallel_capacity", e.parallel_capacity);
    v.field("max_in_flight", e.max_in_flight);
    v.field("total_vram_mb", e.total_vram_mb);
    v.field("keep_alive_seconds", e.keep_alive_seconds);
    v.field("max_loaded_models", e.max_loaded_models);
    v.field("reachable_from", e.reachable_from);
    v.json("settings", e.settings);
    v.field("enabled", e.enabled);
  }
};

template <>
struct description<model> {
  static constexpr std::string_view name = "models", noun = "model", key = "name";
  static void visit(auto& v, auto& e) {
    v.field("name", e.name);
    v.field("aliases", e.aliases);
    v.field("weight_privacy", e.weight_privacy);
    v.field("weight_latency", e.weight_latency);
    v.field("weight_accuracy", e.weight_accuracy);
    v.field("weight_cost", e.weight_cost);
    v.field("weight_quality", e.weight_quality);
    v.field("tags", e.tags);
    v.field("parallel", e.parallel);
    v.field("description", e.description);
    v.field("reserve_tokens", e.reserve_tokens);
    v.field("context_tokens", e.context_tokens);
    v.field("capabilities", e.capabilities);
    v.json("settings", e.settings);
    v.field("enabled", e.enabled);
  }
};

template <>
struct description<deployment> {
  static constexpr std::string_view name = "model_provider", noun = "deployment", key = "provider_id";
  static void visit(auto& v, auto& e) {
    v.reference("model_id", e.model_id, "models", "model");
    v.reference("provider_id", e.provider_id, "providers", "provider");
    v.field("upstream_name", e.upstream_name);
    v.field("endpoint", e.endpoint);
    v.secret("api_key", e.api_key);
    v.field("parallel", e.parallel);
    v.field("residence", e.residence);
    v.json("settings", e.settings);
    v.field("enabled", e.enabled);
  }
};

template <>
struct description<policy> {
  static constexpr std::string_view name = "policies", noun = "policy", key = "name";
  static void visit(auto& v, auto& e) {
    v.field("name", e.name);
    v.reference("entity_id", e.process_id, "process", "process");
    v.reference("profile_id", e.profile_id, "profiles", "profile");
    v.field("description", e.description);
    v.field("threshold_privacy", e.threshold_privacy);
    v.field("threshold_latency", e.threshold_latency);
    v.field("threshold_accuracy", e.threshold_accuracy);
    v.field("threshold_cost", e.threshold_cost);
    v.field("threshold_quality", e.threshold_quality);
    v.field("priority", e.priority);
    v.field("topic", e.topic);
    v.field("applies", e.use);
    v.field("cascade_checks", e.cascade.checks);
    v.field("cascade_min_confidence_permille", e.cascade.min_confidence_permille);
    v.field("cascade_most_steps", e.cascade.most_steps);
    v.field("enabled", e.enabled);
  }
};

template <>
struct description<token_type> {
  static constexpr std::string_view name = "token_types", noun = "token_type", key = "name";
  static void visit(auto& v, auto& e) {
    v.field("name", e.name);
    v.field("description", e.description);
    v.field("counted_from", e.counted_from);
    v.field("part_of", e.part_of);
  }
};

template <>
struct description<rate> {
  static constexpr std::string_view name = "rates", noun = "rate", key = "valid_from";
  static void visit(auto& v, auto& e) {
    v.field("currency", e.currency);
    v.field("valid_from", e.valid_from);
    v.field("nano_rate", e.worth);
  }
};

template <>
struct description<price> {
  static constexpr std::string_view name = "prices", noun = "price", key = "valid_from";
  static void visit(auto& v, auto& e) {
    v.reference("model_id", e.model_id, "models", "model");
    v.reference("provider_id", e.provider_id, "providers", "provider");
    v.field("token_type", e.token_type);
    v.field("valid_from", e.valid_from);
    v.field("nano_per_k_tokens", e.per_k_tokens);
    v.field("currency", e.currency);
  }
};

template <>
struct description<limit> {
  static constexpr std::string_view name = "limits", noun = "limit", key = "kind";
  static void visit(auto& v, auto& e) {
    v.field("scope", e.scope);
    v.field("scope_id", e.scope_id);
    v.field("kind", e.kind);
    v.field("value", e.value);
  }
};

template <>
struct description<budget> {
  static constexpr std::string_view name = "budgets", noun = "budget", key = "period";
  static void visit(auto& v, auto& e) {
    v.field("scope", e.scope);
    v.field("scope_id", e.scope_id);
    v.field("period", e.period);
    v.field("amount_nano", e.amount);
    v.field("currency", e.currency);
    v.field("hard", e.hard);
    v.json("alert_at_percent", e.alert_at_percent);
    v.address("alert_url", e.alert_url);
    v.secret("alert_secret", e.alert_secret);
  }
};

template <>
struct description<credit> {
  static constexpr std::string_view name = "credits", noun = "credit", key = "reverses";
  static void visit(auto& v, auto& e) {
    v.reference("budget_id", e.budget_id, "budgets", "budget");
    v.field("amount_nano", e.amount);
    v.field("reason", e.reason);
    v.reference("reverses", e.reverses, "credits", "credit");
    v.field("made_by", e.made_by);
    v.field("made_at", e.made_at);
  }
};

template <>
struct description<example> {
  static constexpr std::string_view name = "examples", noun = "example", key = "topic";
  static void visit(auto& v, auto& e) {
    v.reference("model_id", e.model_id, "models", "model");
    v.field("topic", e.topic);
    v.field("text", e.text);
    v.field("worth_permille", e.worth_permille);
  }
};

} // namespace logos::storage
