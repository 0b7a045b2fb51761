// SPDX-License-Identifier: MIT
#include "commands/declarations.hpp"

#include "actors/catalog/provider_extras.hpp"
#include "core/network.hpp"

#include <algorithm>

namespace logos::commands {
namespace {

storage::provider provider_of(const config::provider_settings& p) {
  storage::provider out;
  out.name = p.name;
  out.type = p.type;
  out.base_url = p.base_url;
  out.api_key = p.api_key.reveal();
  out.auth_name = p.auth.header;
  out.auth_format = p.auth.format;
  out.privacy = p.privacy;
  if (p.ollama_admin_url) out.ollama_admin_url = p.ollama_admin_url->str();
  out.parallel_capacity = p.parallel;
  out.max_in_flight = p.max_in_flight;
  out.total_vram_mb = static_cast<std::int64_t>(p.total_vram_mb);
  out.max_loaded_models = p.max_loaded_models;
  out.reachable_from = p.reachable_from;
  out.settings =
      catalog::write_extras({.api_version = p.api_version, .ca_file = p.tls.ca, .passthrough = p.passthrough});
  out.enabled = p.enabled;
  return out;
}

storage::model model_of(const config::model_settings& m) {
  storage::model out;
  out.name = m.name;
  out.aliases = m.aliases;
  out.tags = m.tags;
  out.description = m.description;
  out.weight_accuracy = m.accuracy;
  out.weight_quality = m.quality;
  out.weight_latency = m.latency;
  out.weight_cost = m.cost;
  out.reserve_tokens = m.reserve_tokens;
  out.context_tokens = m.context_tokens;
  out.capabilities = m.capabilities;
  return out;
}

/// Two providers may serve the same model: the first description counts, names and aliases add up.
void declare_model(std::vector<storage::model>& models, const config::model_settings& m) {
  const auto known = std::find_if(models.begin(), models.end(), [&](const auto& x) { return x.name == m.name; });
  if (known == models.end()) {
    models.push_back(model_of(m));
    return;
  }
  for (const auto& alias : m.aliases)
    if (std::find(known->aliases.begin(), known->aliases.end(), alias) == known->aliases.end())
      known->aliases.push_back(alias);
  if (known->description.empty()) known->description = m.description;
  if (known->tags.empty()) known->tags = m.tags;
  if (known->context_tokens == 0) known->context_tokens = m.context_tokens;
  if (known->capabilities.empty()) known->capabilities = m.capabilities;
}

storage::policy policy_of(const config::policy_settings& p) {
  storage::policy out;
  out.name = p.name;
  out.description = p.description;
  out.threshold_privacy = p.threshold_privacy;
  out.threshold_latency = p.threshold_latency;
  out.threshold_accuracy = p.threshold_accuracy;
  out.threshold_cost = p.threshold_cost;
  out.threshold_quality = p.threshold_quality;
  out.priority = p.priority;
  out.topic = p.topic;
  out.use = p.applies;
  if (p.cascade)
    out.cascade = {p.cascade->checks, p.cascade->min_confidence_nano / 1'000'000,
                   static_cast<std::int64_t>(p.cascade->most_steps)};
  return out;
}

storage::config_declarations::declared_price price_of(const config::price_settings& p, const config::settings& s) {
  storage::price out;
  out.token_type = p.token_type;
  out.valid_from = p.valid_from;
  out.per_k_tokens = p.price_per_k_token_nano;
  out.currency = p.currency.empty() ? s.currency : p.currency;
  return {p.model, p.provider, out};
}

} // namespace

storage::config_declarations declarations_of(const config::settings& s, std::string_view node, std::string_view file) {
  storage::config_declarations out;
  out.node = node;
  out.file = file;
  out.revision = static_cast<std::int64_t>(s.config_revision);
  out.live_nodes = {std::string{node}};
  for (const auto& p : s.providers) {
    out.providers.push_back(provider_of(p));
    for (const auto& m : p.models) {
      declare_model(out.models, m);
      storage::deployment d;
      d.upstream_name = m.upstream;
      d.endpoint = m.endpoint;
      d.parallel = m.parallel;
      d.residence = m.residence;
      out.deployments.push_back({m.name, p.name, std::move(d)});
    }
  }
  for (const auto& p : s.policies)
    out.policies.push_back(policy_of(p));
  if (s.currency_said) out.currency = s.currency;
  for (const auto& [currency, worth] : s.rates_nano) {
    auto& rate = out.rates.emplace_back();
    rate.currency = currency;
    rate.worth = worth;
  }
  for (const auto& p : s.prices)
    out.prices.push_back(price_of(p, s));
  return out;
}

classification::decision_rules_ptr decision_rules_of(const config::classification_settings& s) {
  using classification::part;
  auto out = std::make_shared<classification::decision_rules>();
  const auto& b = s.balance;
  for (const auto& [which, weight] :
       {std::pair{part::policy, b.policy}, std::pair{part::tags, b.tags}, std::pair{part::semantic, b.semantic},
        std::pair{part::features, b.features}, std::pair{part::time, b.time}, std::pair{part::price, b.price},
        std::pair{part::errors, b.errors}, std::pair{part::context, b.context}, std::pair{part::learned, b.learned}})
    out->weights[which] = weight;
  for (const auto& e : s.examples)
    out->examples.push_back({e.model, e.topic, e.text, static_cast<float>(e.worth)});
  if (const auto& asked = s.embeddings) out->embeddings = {asked->model, asked->process, asked->timeout, asked->cache};
  return out;
}

net::http_settings http_settings_of(const config::settings& s, unsigned threads) {
  net::http_settings out;
  out.header_bytes = s.limits.header_bytes;
  out.body_bytes = s.limits.request_body_bytes;
  out.header_time = s.limits.header_time;
  out.body_time = s.limits.body_time;
  out.keep_alive = s.limits.keep_alive;
  out.write_stall = s.limits.idle;
  out.max_connections = std::max(s.limits.max_connections / threads, 1U); // the kernel spreads them evenly
  out.cors = s.cors;
  for (const auto& text : s.trusted_proxies)
    if (const auto network = core::parse_network(text)) out.trusted_proxies.push_back(*network); // validated
  out.upstream_idle = s.limits.upstream_idle;
  return out;
}

net::call_limits call_limits_of(const config::limits_settings& s) {
  return {.connect = s.connect, .first_byte = s.first_token, .idle = s.idle, .total = s.total};
}

} // namespace logos::commands
