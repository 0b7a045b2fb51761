// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"

#include <memory>
#include <string>

namespace logos::tests {

/// Keys of `small_catalog`.
inline constexpr std::string_view root_key = "lg-root-key";
inline constexpr std::string_view user_key = "lg-user-key";   // process 2: may use gemma only
inline constexpr std::string_view bare_key = "lg-nobody-key"; // process 3: has no profile

inline const core::secret_key& test_secret() {
  static const core::secret_key secret{"a secret for tests, long enough"};
  return secret;
}

/// Two local providers and a cloud. Models: gemma (1) at both local ones (deployments 1, 2), gpt (2) in the cloud (3).
inline std::shared_ptr<catalog::snapshot> small_catalog(std::uint64_t version = 1, accounting::rules rules = {},
                                                        accounting::price_book prices = {}) {
  auto s = std::make_shared<catalog::snapshot>();
  s->rules = std::move(rules);
  s->prices = std::move(prices);
  s->version = version;
  const auto provider = [&](std::int64_t id, std::string name, core::privacy_level privacy) {
    catalog::provider p;
    p.id = id;
    p.name = std::move(name);
    p.type = core::provider_type::openai;
    p.base_url = "http://127.0.0.1:" + std::to_string(9000 + id);
    p.api_key = "provider-key-" + std::to_string(id);
    p.privacy = privacy;
    s->providers.push_back(std::move(p));
  };
  provider(1, "local-1", core::privacy_level::local);
  provider(2, "local-2", core::privacy_level::local);
  provider(3, "cloud", core::privacy_level::cloud_not_in_eu_by_us_provider);
  const auto model = [&](std::int64_t id, std::string name, std::string alias, std::int32_t quality) {
    catalog::model m;
    m.id = id;
    m.name = std::move(name);
    m.aliases.push_back(std::move(alias));
    m.weight_quality = quality;
    s->models.push_back(std::move(m));
  };
  model(1, "gemma", "gemma-alias", 1);
  model(2, "gpt", "gpt-alias", 9);
  const auto deployment = [&](std::int64_t id, std::size_t m, std::size_t p, std::string upstream) {
    catalog::deployment d;
    d.id = id;
    d.model = &s->models[m];
    d.provider = &s->providers[p];
    d.upstream_name = std::move(upstream);
    d.route =
        *net::route_of({d.provider->type, d.provider->base_url, d.upstream_name, "", d.provider->api_key, "", "", ""});
    d.target = std::make_shared<net::upstream_target>();
    s->deployments.push_back(std::move(d));
  };
  deployment(1, 0, 0, "gemma3:27b");
  deployment(2, 0, 1, "gemma3:27b");
  deployment(3, 1, 2, "gpt");
  const auto principal = [&](std::int64_t id, std::string_view key, bool root, std::vector<std::int64_t> models) {
    catalog::principal who;
    who.process_id = id;
    who.name = "process-" + std::to_string(id);
    who.root = root;
    if (root || !models.empty()) who.profiles.push_back({id * 10, "default", root, std::move(models)});
    s->keys.emplace(test_secret().hash(key), s->principals.size());
    s->principals.push_back(std::move(who));
  };
  principal(1, root_key, true, {});
  principal(2, user_key, false, {1});
  principal(3, bare_key, false, {});
  catalog::policy local;
  local.id = 1;
  local.name = "local-only";
  local.threshold_privacy = core::privacy_level::local;
  s->policies.push_back(local);
  s->index();
  return s;
}

} // namespace logos::tests
