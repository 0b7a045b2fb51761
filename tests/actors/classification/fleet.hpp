// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"

#include <memory>
#include <string>
#include <vector>

namespace logos::classification {

struct fleet_model {
  std::string name;
  std::string tags{};
  std::string description{};
  std::int32_t accuracy = 0, quality = 0, latency = 0, cost = 0;
  int deployments = 1;
  std::int64_t context_tokens = 0;
};

/// A catalog of these models with the ids 1, 2, 3…, each at as many providers of its own as it says, and one root
/// principal. Deployments are numbered in the order of the models.
inline std::shared_ptr<catalog::snapshot> fleet(const std::vector<fleet_model>& models,
                                                accounting::price_book prices = {}) {
  auto s = std::make_shared<catalog::snapshot>();
  s->version = 1;
  s->prices = std::move(prices);
  std::size_t places = 0;
  for (const auto& m : models)
    places += static_cast<std::size_t>(m.deployments);
  s->providers.reserve(places);
  s->models.reserve(models.size());
  for (const auto& told : models) {
    catalog::model m;
    m.id = static_cast<std::int64_t>(s->models.size()) + 1;
    m.name = told.name;
    m.tags = told.tags;
    m.description = told.description;
    m.weight_accuracy = told.accuracy;
    m.weight_quality = told.quality;
    m.weight_latency = told.latency;
    m.weight_cost = told.cost;
    m.context_tokens = told.context_tokens;
    s->models.push_back(std::move(m));
    for (int i = 0; i < told.deployments; ++i) {
      catalog::provider p;
      p.id = static_cast<std::int64_t>(s->providers.size()) + 1;
      p.name = "provider-" + std::to_string(p.id);
      s->providers.push_back(std::move(p));
      catalog::deployment d;
      d.id = s->providers.back().id;
      d.model = &s->models.back();
      d.provider = &s->providers.back();
      s->deployments.push_back(std::move(d));
    }
  }
  catalog::principal root;
  root.process_id = 1;
  root.root = true;
  s->principals.push_back(std::move(root));
  s->index();
  return s;
}

} // namespace logos::classification
