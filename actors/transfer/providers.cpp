// SPDX-License-Identifier: MIT
#include "actors/transfer/providers.hpp"

#include "actors/catalog/provider_extras.hpp"
#include "actors/catalog/usual_parallel.hpp"
#include "config/base_url.hpp"
#include "config/header_text.hpp"
#include "config/settle.hpp"

#include <array>

namespace logos::transfer {

core::failure complete(storage::provider& p, given known) {
  if (!known.type)
    if (const auto plain = core::parse_url(p.base_url)) p.type = config::guess_provider_type(*plain);
  const auto address = config::normalise_base_url(p.type, p.base_url);
  if (!address) return {core::ec::bad_field, address.error().message, "base_url"};
  if (!known.parallel) // as where one is made over the API
    p.parallel_capacity = catalog::usual_parallel(p.type) != 0 ? 0 : config::default_parallel(p.type);
  if (!known.privacy)
    p.privacy = core::is_private_host(address->host) ? core::privacy_level::local
                                                     : core::privacy_level::cloud_not_in_eu_by_us_provider;
  auto extras = catalog::read_extras(p.settings);
  if (p.type == core::provider_type::azure && extras.api_version.empty()) {
    extras.api_version = "2024-10-21";
    p.settings = catalog::write_extras(extras);
  }
  return {};
}

core::failure check(const storage::provider& p) {
  const auto refused = [](std::string_view column, std::string_view wrong) {
    return core::failure{core::ec::bad_field, std::string{wrong} + ".", std::string{column}};
  };
  if (const auto address = config::normalise_base_url(p.type, p.base_url); !address)
    return refused("base_url", address.error().message);
  if (const auto wrong = config::address_problem(p.ollama_admin_url); !p.ollama_admin_url.empty() && !wrong.empty())
    return refused("ollama_admin_url", wrong);
  if (const auto wrong = config::auth_header_problem(p.auth_name); !p.auth_name.empty() && !wrong.empty())
    return refused("auth_name", wrong);
  if (const auto wrong = config::auth_format_problem(p.auth_format); !p.auth_format.empty() && !wrong.empty())
    return refused("auth_format", wrong);
  return {};
}

core::failure check(const storage::deployment& d) {
  const auto wrong = config::endpoint_problem(d.endpoint);
  return wrong.empty() ? core::failure{} : core::failure{core::ec::bad_field, wrong + ".", "endpoint"};
}

bool read_upstream_type(std::string_view word, storage::provider& p) {
  const auto type = core::parse_provider_type(word);
  if (type) p.type = *type;
  return type.has_value();
}

void read_upstream_endpoint(std::string_view endpoint, const storage::provider& at, storage::deployment& to) {
  const auto whole = endpoint;
  const auto query = endpoint.find('?');
  auto path = endpoint.substr(0, query);
  while (path.starts_with('/'))
    path.remove_prefix(1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (at.type == core::provider_type::azure) {
    if (const auto name = path.find("deployments/"); name != path.npos) path.remove_prefix(name + 12);
    if (const auto slash = path.find('/'); slash != path.npos && slash != 0 && !path.starts_with("http")) {
      to.upstream_name = path.substr(0, slash);
      return;
    }
  }
  static constexpr std::array<std::string_view, 8> usual{
      "",           "v1",           "chat/completions", "v1/chat/completions", "api/chat", "api/chat/completions",
      "embeddings", "v1/embeddings"};
  for (const auto known : usual)
    if (path == known && query == whole.npos) return;
  to.endpoint = whole;
}

} // namespace logos::transfer
