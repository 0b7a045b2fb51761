// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/rulebook.hpp"
#include "actors/classification/selection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace logos::embedding {

/// How an operator's embedding model can be asked by a catalog.
struct terms {
  std::string trouble; // why it cannot be, and how to mend that; empty: it can
  std::string model;
  std::int64_t process_id = 0;
  std::int64_t space = 0;                           // numbers what serves it: gists of another one cannot be compared
  std::vector<const catalog::deployment*> places{}; // of the catalog
};
terms terms_of(const catalog::snapshot& in, const classification::embedding_rules& by);

/// Whether a prompt may go to the embedding model, wherever it is served: its sender's policy admits each deployment,
/// and so does what else says which providers serve it. Which models its key may name does not matter.
bool may_see(const classification::selection_input& prompt, const terms& of);
/// The policy's hard filters as a model's name would say them, so that they hold for the call, too.
std::string hard_filters(const catalog::policy* of);

} // namespace logos::embedding
