// SPDX-License-Identifier: MIT
#include "commands/demo.hpp"

#include "config/settle.hpp"
#include "simulator/spec.hpp"

#include <algorithm>

namespace logos::commands {
namespace {

core::provider_type type_of(simulator::flavour api) {
  switch (api) {
  case simulator::flavour::azure: return core::provider_type::azure;
  case simulator::flavour::ollama: return core::provider_type::ollama;
  case simulator::flavour::openai: break;
  }
  return core::provider_type::openai;
}

config::model_settings model_of(const simulator::model_spec& m, bool local) {
  config::model_settings out;
  out.name = m.name;
  out.upstream = m.name;
  const bool embeds = m.can("embedding");
  out.tags = embeds ? "embedding" : "chat";
  out.description = embeds ? "Simulated: turns text into vectors." : "Simulated: answers with text.";
  out.quality = embeds ? -8 : local ? 0 : 4; // what names no model gets one that chats
  out.cost = local ? 8 : 0;
  return out;
}

} // namespace

boost::system::result<demo_fleet, core::failure> demo_fleet::start() {
  demo_fleet out;
  for (auto& spec : simulator::demo_fleet()) {
    auto server = std::make_unique<simulator::server>(std::move(spec));
    if (const auto port = server->start(); !port)
      return core::failure{core::ec::internal,
                           "A simulated provider cannot listen on loopback: " + port.error().message()};
    out.servers_.push_back(std::move(server));
  }
  return out;
}

void demo_fleet::declare(config::settings& s) const {
  for (const auto& server : servers_) {
    const auto& spec = server->spec();
    config::provider_settings p;
    p.name = spec.name;
    p.type = type_of(spec.api);
    p.base_url = server->url();
    p.api_key = config::secret_text{spec.api_key};
    p.privacy = p.type == core::provider_type::ollama ? core::privacy_level::local
                                                      : core::privacy_level::cloud_not_in_eu_by_us_provider;
    p.parallel = config::default_parallel(p.type);
    p.total_vram_mb = spec.total_vram_mb;
    for (const auto& m : spec.models)
      p.models.push_back(model_of(m, p.type == core::provider_type::ollama));
    s.providers.push_back(std::move(p));
  }
}

} // namespace logos::commands
