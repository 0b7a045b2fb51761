// SPDX-License-Identifier: MIT
#include "config/settle.hpp"

#include "config/base_url.hpp"

namespace logos::config {
namespace {

void settle_provider(provider_settings& p, const std::string& key, const positions& where,
                     std::vector<problem>& problems) {
  const auto given = [&](std::string_view name) { return where.contains(key + '.' + std::string(name)); };
  if (!p.base_url.empty()) {
    if (!given("type"))
      if (const auto plain = core::parse_url(p.base_url)) p.type = guess_provider_type(*plain);
    if (const auto address = normalise_base_url(p.type, p.base_url)) {
      p.address = *address;
    } else {
      problem bad;
      bad.key = key + ".base_url";
      bad.message = address.error().message;
      problems.push_back(std::move(bad));
    }
  }
  constexpr std::string_view version = "api-version=";
  if (p.address.query.starts_with(version) && p.api_version.empty())
    p.api_version = p.address.query.substr(version.size());
  p.address.query.clear();
  if (p.type == core::provider_type::azure && p.api_version.empty()) p.api_version = "2024-10-21";
  if (!given("privacy") && core::is_private_host(p.address.host)) p.privacy = core::privacy_level::local;
  if (p.parallel == 0 && !says_how_much(p.type)) p.parallel = default_parallel(p.type);
  const auto usual = default_auth(p.type);
  // A header of one's own carries the bare key, unless it is the usual one.
  if (p.auth.format.empty())
    p.auth.format = p.auth.header.empty() || p.auth.header == usual.header ? usual.format : "{}";
  if (p.auth.header.empty()) p.auth.header = usual.header;
  for (auto& m : p.models)
    if (m.upstream.empty()) m.upstream = m.name;
}

} // namespace

std::uint32_t default_parallel(core::provider_type type) {
  switch (type) {
  case core::provider_type::ollama:
  case core::provider_type::openwebui: return 4;
  case core::provider_type::custom: return 16;
  case core::provider_type::vllm:
  case core::provider_type::openai:
  case core::provider_type::azure:
  case core::provider_type::anthropic: return 64;
  }
  return 4;
}

bool says_how_much(core::provider_type type) {
  return type == core::provider_type::ollama || type == core::provider_type::vllm ||
         type == core::provider_type::custom;
}

auth_settings default_auth(core::provider_type type) {
  if (type == core::provider_type::azure) return {"api-key", "{}"};
  if (type == core::provider_type::anthropic) return {"x-api-key", "{}"};
  return {"Authorization", "Bearer {}"};
}

void settle(settings& s, const positions& where, std::vector<problem>& problems) {
  for (std::size_t i = 0; i < s.providers.size(); ++i)
    settle_provider(s.providers[i], "providers[" + std::to_string(i) + ']', where, problems);
  s.currency_said = where.contains("currency") || !s.rates_nano.empty();
  for (auto& price : s.prices)
    if (price.currency.empty()) price.currency = s.currency;
}

} // namespace logos::config
