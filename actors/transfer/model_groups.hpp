// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace logos::transfer {

/// Upstream's models, of which two may have one name. Here they are one: a client names either, and a name that was
/// changed would be answered with 404, or with the other's model. Names that differ only in the case of letters are one
/// name. The one with the lowest id is kept, with the deployments and permissions of all.
class model_groups {
public:
  model_groups(simdjson::dom::element tables, const storage::catalog_data& there);

  /// The id of the model that this one is here; its own, for nearly all.
  std::int64_t kept(std::int64_t id) const;
  /// What the model is called here: as it is spelled here already, else as in the file.
  const std::string& name(std::int64_t id) const { return at(kept(id)).name; }
  /// What upstream called it, where that is something else, and so what it has to be called at its providers.
  std::string other_name(std::int64_t id) const;
  bool is_merged(std::int64_t id) const { return kept(id) != id; }
  /// Why a row of `models` is left out, as a sentence for the report.
  std::string left_out(const std::string& where, std::int64_t id) const;

  /// Once everything else of models is in the cargo, with ids of kept ones: the privacy of those that several became,
  /// and who may use more by it. `privacy`: of the file's models; `links`: what upstream deploys, models and providers;
  /// `allowed`: upstream's permissions, profiles and models.
  struct facts {
    const std::map<std::int64_t, core::privacy_level>& privacy;
    const std::vector<std::pair<std::int64_t, std::int64_t>>& links;
    const std::vector<std::pair<std::int64_t, std::int64_t>>& allowed;
  };
  void settle(cargo& into, const facts& known) const;

private:
  struct row {
    std::string called; // in the file
    std::string name;   // here
    std::int64_t kept = 0;
  };
  const row& at(std::int64_t id) const;
  std::map<std::int64_t, std::vector<std::int64_t>> groups() const;
  core::privacy_level privacy_of(const std::vector<std::int64_t>& group, cargo& in, const facts& known) const;
  void warn(const std::vector<std::int64_t>& group, cargo& into, const facts& known) const;

  const storage::catalog_data& there_;
  std::map<std::int64_t, row> rows_;
};

} // namespace logos::transfer
