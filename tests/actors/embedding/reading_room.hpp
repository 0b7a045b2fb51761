// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/rulebook.hpp"
#include "tests/actors/classification/fleet.hpp"

#include <memory>

namespace logos::embedding {

/// Two models to choose between, and `reader`, which gives vectors. Process 7, `librarian`, asks it.
inline std::shared_ptr<catalog::snapshot> reading_room(core::privacy_level reader = core::privacy_level::local) {
  auto s = classification::fleet({{"coder", "code programming", "writes and debugs computer programs"},
                                  {"poet", "writing creative", "poems, stories and songs"},
                                  {"reader", "", ""}});
  s->models[2].capabilities = {core::capability::embeddings};
  s->providers[2].privacy = reader;
  for (auto& d : s->deployments)
    d.upstream_name = d.model->name;
  catalog::principal librarian;
  librarian.process_id = 7;
  librarian.name = "librarian";
  librarian.profiles.push_back({70, "default", false, {3}});
  s->principals.push_back(std::move(librarian));
  return s;
}

inline std::shared_ptr<classification::decision_rules> reading_rules() {
  auto out = std::make_shared<classification::decision_rules>();
  out->embeddings = {"reader", "librarian", std::chrono::milliseconds{50}, 100};
  return out;
}

} // namespace logos::embedding
